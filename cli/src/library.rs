//! Packs: the library that comes with hedgerow, or what `--policies` names.

use std::path::{Path, PathBuf};

use engine::text::{Format, Source};
use ignore::WalkBuilder;

use crate::args::Policies;
use crate::input::{cannot_read, format_of, name_of, read};

/// The sources of the packs and of the operator's configuration, ready to be loaded.
///
/// # Errors
/// A folder without a pack, and files that cannot be read.
pub(crate) fn sources(args: &Policies) -> anyhow::Result<Vec<Source>> {
    let mut sources = packs(&args.policies)?;
    if let Some(path) = &args.config {
        sources.push(configuration(path)?);
    }
    Ok(sources)
}

/// The sources of the packs alone; the library's if no folder is named.
pub(crate) fn packs(folders: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    if folders.is_empty() {
        return Ok(built_in());
    }
    let mut sources = Vec::new();
    for folder in folders {
        let found = pack_files(folder)?;
        let manifest = |source: &Source| source.name.rsplit('/').next() == Some("pack.toml");
        anyhow::ensure!(found.iter().any(manifest), "`{}` holds no pack: there is no `pack.toml`", name_of(folder));
        sources.extend(found);
    }
    Ok(sources)
}

/// The library that comes with hedgerow.
pub(crate) fn built_in() -> Vec<Source> {
    policies::sources()
        .iter()
        .filter(|(name, _)| belongs_to_pack(Path::new(name)))
        .map(|(name, bytes)| Source {
            name: (*name).to_owned(),
            format: format_of(Path::new(name)),
            bytes: bytes.to_vec(),
        })
        .collect()
}

/// Whether there is a pack in a folder or below it.
pub(crate) fn holds_pack(folder: &Path) -> bool {
    walk(folder).filter_map(Result::ok).any(|entry| entry.file_name() == "pack.toml")
}

/// The files of packs below a folder, sorted by path.
pub(crate) fn pack_files(folder: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for entry in walk(folder) {
        let entry = entry.map_err(|error| unwalkable(folder, error))?;
        let path = entry.path();
        if belongs_to_pack(path) && path.is_file() {
            sources.push(read_file(path)?);
        }
    }
    Ok(sources)
}

/// The `.cedar` files at or below a path, sorted.
pub(crate) fn cedar_files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in walk(path) {
        let path = entry.map_err(|error| unwalkable(path, error))?.into_path();
        if path.extension().is_some_and(|extension| extension == "cedar") && path.is_file() {
            files.push(path);
        }
    }
    anyhow::ensure!(!files.is_empty(), "`{}` holds no `.cedar` file", name_of(path));
    Ok(files)
}

fn walk(folder: &Path) -> ignore::Walk {
    let mut walk = WalkBuilder::new(folder);
    walk.require_git(false).git_global(false).git_exclude(false).sort_by_file_path(Ord::cmp).build()
}

fn belongs_to_pack(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("cedar" | "md")) || path.file_name().is_some_and(|name| name == "pack.toml")
}

/// The engine takes a TOML source that is no `pack.toml` for the operator's configuration.
fn configuration(path: &Path) -> anyhow::Result<Source> {
    Ok(Source { format: Format::Toml, ..read_file(path)? })
}

fn read_file(path: &Path) -> anyhow::Result<Source> {
    read(path).map_err(|error| anyhow::anyhow!(cannot_read(&name_of(path), &error)))
}

fn unwalkable(path: &Path, error: ignore::Error) -> anyhow::Error {
    let text = error.to_string();
    anyhow::anyhow!(cannot_read(&name_of(path), &error.into_io_error().unwrap_or_else(|| std::io::Error::other(text))))
}
