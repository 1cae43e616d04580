//! Lists the files of every pack beside this crate and embeds their bytes.
#![expect(clippy::panic, reason = "a build script has no other way to stop the build")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR"));
    // Whatever is in the folder: a pack may be new.
    println!("cargo::rerun-if-changed={}", root.display());
    let mut table = String::from("&[\n");
    for pack in sorted(&root).into_iter().filter(|path| path.join("pack.toml").is_file()) {
        for file in sorted(&pack).into_iter().filter(|path| belongs(path)) {
            let name = format!("{}/{}", last(&pack), last(&file));
            let written = writeln!(table, "    ({name:?}, include_bytes!({:?})),", file.display().to_string());
            stop_unless(written.is_ok(), "the table");
        }
    }
    table.push(']');
    let out = Path::new(&var("OUT_DIR")).join("sources.rs");
    stop_unless(fs::write(&out, table).is_ok(), &out.display().to_string());
}

/// Whether a file is part of a pack.
fn belongs(path: &Path) -> bool {
    let name = last(path);
    name == "pack.toml" || [".cedar", ".md", ".test.yaml"].iter().any(|end| name.ends_with(end))
}

/// The entries of a folder by name, so that the table is the same on every machine.
fn sorted(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { panic!("cannot read {}", folder.display()) };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn last(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn var(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

fn stop_unless(written: bool, what: &str) {
    if !written {
        panic!("cannot write {what}");
    }
}
