//! The repository's own files, for the tests that keep its shape.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// One text file of the repository.
#[derive(Debug)]
pub struct File {
    /// Path from the root, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Every file below `folder` (from the root) with one of the endings, sorted by path; build output is left out.
///
/// # Errors
/// A folder or file cannot be read.
pub fn files(folder: &str, endings: &[&str]) -> std::io::Result<Vec<File>> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | ".git" | "node_modules" | "vendor") {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let text = std::fs::read_to_string(&path)?;
                let path = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                found.push(File { path, text });
            }
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(found)
}

/// Compares a generated text with the committed file; with `HEDGEROW_UPDATE` set it writes the file instead.
///
/// # Errors
/// What differs, and how to write the file anew; or a file that cannot be read or written.
pub fn in_step(path: &str, generated: &str) -> Result<(), String> {
    let file = root().join(path);
    if std::env::var_os("HEDGEROW_UPDATE").is_some() {
        return std::fs::write(&file, generated).map_err(|error| format!("{path}: {error}"));
    }
    let committed = std::fs::read_to_string(&file).map_err(|error| format!("{path}: {error}"))?;
    if committed == generated {
        return Ok(());
    }
    let mut lines = committed.lines().zip(generated.lines()).zip(1..);
    let first = lines.find(|((old, new), _)| old != new).map_or(0, |(_, line)| line);
    Err(format!("{path} is not in step (first difference in line {first}); run the test with HEDGEROW_UPDATE=1"))
}
