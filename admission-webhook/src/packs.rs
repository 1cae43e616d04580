//! The policies as they are on disk, or embedded.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasm_host::Packs;
use wasm_host::api::{Format, Parameter, Source};

use crate::args::PackArgs;

/// Policy files larger than this are not read.
const MAX_FILE: u64 = 4 << 20;
/// Folders deeper than this are not read.
const MAX_DEPTH: usize = 8;

/// Why packs cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PacksError {
    #[error("cannot read `{}`: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("`{}` is larger than 4 MiB", path.display())]
    TooLarge { path: PathBuf },
    #[error("`{}` has folders more than 8 deep", path.display())]
    TooDeep { path: PathBuf },
    #[error("`{}` holds no `*.cedar` file", path.display())]
    Nothing { path: PathBuf },
}

/// Reads all packs, the operator's configuration and the parameters.
///
/// # Errors
/// When a file or folder cannot be read, or a folder holds no policy.
pub(crate) fn read(args: &PackArgs) -> Result<Packs, PacksError> {
    let mut sources = Vec::new();
    if args.policies.is_empty() {
        let embedded = policies::sources().iter().filter(|(name, _)| is_read(name));
        sources.extend(embedded.map(|(name, bytes)| source((*name).to_owned(), bytes.to_vec())));
    }
    for folder in &args.policies {
        let before = sources.len();
        read_folder(folder, &folder_name(folder), MAX_DEPTH, &mut sources)?;
        if !sources.iter().skip(before).any(|source| source.name.ends_with(".cedar")) {
            return Err(PacksError::Nothing { path: folder.clone() });
        }
    }
    if let Some(path) = &args.config {
        sources.push(source("hedgerow.toml".into(), read_file(path)?));
    }
    let parameters = args.param.iter().map(|(name, value)| Parameter { name: name.clone(), value: value.clone() });
    Ok(Packs { sources, parameters: parameters.collect() })
}

/// The setting by which packs tell what a change opens and cuts.
pub(crate) fn announce() -> Parameter {
    Parameter { name: "announce".to_owned(), value: "true".to_owned() }
}

/// A hash over all that was read, to see whether it changed.
pub(crate) fn fingerprint(packs: &Packs) -> [u8; 32] {
    let mut hash = Sha256::new();
    for source in &packs.sources {
        for bytes in [source.name.as_bytes(), &source.bytes] {
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        }
    }
    hash.finalize().into()
}

/// Packs are known by the folder's own name, wherever it is mounted.
fn folder_name(folder: &Path) -> String {
    let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let named = if folder.file_name().is_some() { folder } else { &real };
    named.file_name().map_or_else(|| "policies".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn read_folder(folder: &Path, name: &str, depth: usize, into: &mut Vec<Source>) -> Result<(), PacksError> {
    let unreadable = |error| PacksError::Unreadable { path: folder.to_owned(), error };
    if depth == 0 {
        return Err(PacksError::TooDeep { path: folder.to_owned() });
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
        // A mounted ConfigMap keeps its files a second time under `..data` and `..2026_…`.
        if file.starts_with('.') {
            continue;
        }
        let name = format!("{name}/{file}");
        // Follows links, which is how a ConfigMap is mounted.
        let kind = fs::metadata(&path).map_err(|error| PacksError::Unreadable { path: path.clone(), error })?;
        if kind.is_dir() {
            read_folder(&path, &name, depth - 1, into)?;
        } else if is_read(&file) {
            into.push(source(name, read_file(&path)?));
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<Vec<u8>, PacksError> {
    let unreadable = |error| PacksError::Unreadable { path: path.to_owned(), error };
    if fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE {
        return Err(PacksError::TooLarge { path: path.to_owned() });
    }
    fs::read(path).map_err(unreadable)
}

/// Tests and pages have no part in decisions.
fn is_read(name: &str) -> bool {
    name.ends_with(".cedar") || name.ends_with(".toml")
}

fn source(name: String, bytes: Vec<u8>) -> Source {
    let format = if name.ends_with(".cedar") { Format::Cedar } else { Format::Toml };
    Source { name, format, bytes }
}
