//! A directory → the manifests in it, and what `.gitignore` left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, Walk, WalkBuilder};

/// What a directory holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// `*.yaml`, `*.yml` and `*.json`, sorted.
    pub(super) files: Vec<PathBuf>,
    /// Manifests and whole directories that `.gitignore` leaves out, sorted.
    pub(super) ignored: Vec<PathBuf>,
    /// Directories that could not be read.
    pub(super) errors: Vec<(String, std::io::Error)>,
}

/// Walks `root`; hidden files are no manifests, and links to directories are not followed.
pub(super) fn manifests(root: &Path, recursive: bool) -> Found {
    let mut found = Found::default();
    let mut kept = BTreeSet::new();
    for entry in walk(root, recursive).build() {
        match entry {
            Ok(entry) => {
                if is_manifest(&entry) {
                    found.files.push(entry.path().to_owned());
                }
                kept.insert(entry.into_path());
            }
            Err(error) => found.errors.push(cause(root, error)),
        }
    }
    found.ignored = left_out(root, recursive, kept);
    found
}

/// What a walk without `.gitignore` meets and `kept` does not hold; such a directory is named, not walked.
fn left_out(root: &Path, recursive: bool, kept: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let kept = Arc::new(kept);
    let inside = Arc::clone(&kept);
    let mut everything = walk(root, recursive);
    everything.git_ignore(false).ignore(false).parents(false);
    everything.filter_entry(move |entry| {
        entry.depth() == 0 || entry.path().parent().is_some_and(|parent| inside.contains(parent))
    });
    let entries: Walk = everything.build();
    let entries = entries.filter_map(Result::ok).filter(|entry| !kept.contains(entry.path()));
    entries.filter(|entry| is_directory(entry) || is_manifest(entry)).map(DirEntry::into_path).collect()
}

fn walk(root: &Path, recursive: bool) -> WalkBuilder {
    let mut walk = WalkBuilder::new(root);
    walk.require_git(false).git_global(false).git_exclude(false);
    walk.max_depth(if recursive { None } else { Some(1) });
    walk.sort_by_file_path(Ord::cmp);
    walk
}

fn is_directory(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

fn is_manifest(entry: &DirEntry) -> bool {
    let extension = entry.path().extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "json")) && entry.path().is_file()
}

fn cause(root: &Path, error: ignore::Error) -> (String, std::io::Error) {
    let message = error.to_string();
    let name = match &error {
        ignore::Error::WithPath { path, .. } => super::name_of(path),
        ignore::Error::WithDepth { err, .. } => match &**err {
            ignore::Error::WithPath { path, .. } => super::name_of(path),
            _ => super::name_of(root),
        },
        _ => super::name_of(root),
    };
    (name, error.into_io_error().unwrap_or_else(|| std::io::Error::other(message)))
}
