//! Paths → tests, the files they name, and the packs they are about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use engine::finding::Finding;
use engine::text::{Format, Limits, Node, Source, Value};

use crate::args::Policies;
use crate::input::{cannot_read, manifests, name_of, read, unreadable};
use crate::library;

/// What a run of tests needs.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Test files, then files that they name.
    pub(super) tests: Vec<Source>,
    /// Packs, and the operator's configuration.
    pub(super) packs: Vec<Source>,
    /// Files that cannot be read.
    pub(super) problems: Vec<Finding>,
}

/// Reads tests and packs. The packs are those of `--policies`, else those that stand with the tests, else the library.
pub(super) fn find(paths: &[PathBuf], policies: &Policies) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for path in paths {
        // Else the folder around it would be searched for packs.
        if let Err(error) = std::fs::metadata(path) {
            anyhow::bail!(cannot_read(&name_of(path), &error));
        }
        found.tests_of(path);
    }
    found.named_files();
    let mut policies = policies.clone();
    if policies.policies.is_empty() {
        policies.policies = folders_with_packs(paths);
    }
    found.packs = library::sources(&policies)?;
    Ok(found)
}

impl Found {
    fn tests_of(&mut self, path: &Path) {
        let files = if path.is_dir() { manifests(path, &mut self.problems) } else { vec![path.to_owned()] };
        for file in files {
            match read(&file) {
                Ok(source) if !path.is_dir() || is_test(&source) => self.add(source),
                Ok(_) => {}
                Err(error) => self.problems.push(unreadable(&name_of(&file), &error)),
            }
        }
    }

    fn add(&mut self, source: Source) {
        if self.tests.iter().all(|known| known.name != source.name) {
            self.tests.push(source);
        }
    }

    /// Adds the files that tests name by `file:`; the engine says it where one is missing.
    fn named_files(&mut self) {
        let mut named = BTreeSet::new();
        for test in &self.tests {
            let folder = Path::new(&test.name).parent().unwrap_or(Path::new(""));
            for document in engine::text::read(test, &Limits::default(), &mut Vec::new()) {
                files_in(&document.value, folder, &mut named);
            }
        }
        for file in named {
            if let Ok(source) = read(&file) {
                self.add(source);
            }
        }
    }
}

/// By name, or by what it holds.
fn is_test(source: &Source) -> bool {
    let says = |needle: &[u8]| source.bytes.windows(needle.len()).any(|window| window == needle);
    source.name.ends_with(".test.yaml") || (source.format == Format::Yaml && says(b"kind: PolicyTest"))
}

fn files_in(value: &Value, folder: &Path, named: &mut BTreeSet<PathBuf>) {
    match &value.node {
        Node::Map(map) => {
            for entry in map.iter() {
                match entry.value.as_str() {
                    Some(path) if &*entry.key == "file" => drop(named.insert(folder.join(path))),
                    _ => files_in(&entry.value, folder, named),
                }
            }
        }
        Node::List(list) => list.iter().for_each(|element| files_in(element, folder, named)),
        Node::Null | Node::Bool(_) | Node::Int(_) | Node::Float(_) | Node::Text(_) => {}
    }
}

/// The named folders, and the folders of named files, that hold a pack.
fn folders_with_packs(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for path in paths {
        let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(Path::new(".")) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        if library::holds_pack(folder) && folders.iter().all(|known| known != folder) {
            folders.push(folder.to_owned());
        }
    }
    folders
}
