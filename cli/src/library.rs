//! Packs: the library that comes with hedgerow, or what `--policies` names.

use std::path::{Path, PathBuf};

use anyhow::Context;
use engine::text::{Format, Source};
use ignore::WalkBuilder;

use crate::args::Policies;
use crate::input::{name_of, read};

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

/// The library.
pub(crate) fn built_in() -> Vec<Source> {
    Vec::new()
}

/// The files of packs below a folder, sorted by path.
pub(crate) fn pack_files(folder: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for entry in WalkBuilder::new(folder).require_git(false).git_global(false).sort_by_file_path(Ord::cmp).build() {
        let entry = entry.with_context(|| format!("`{}` cannot be read", name_of(folder)))?;
        let path = entry.path();
        if belongs_to_pack(path) && path.is_file() {
            sources.push(read(path).with_context(|| format!("`{}` cannot be read", name_of(path)))?);
        }
    }
    Ok(sources)
}

fn belongs_to_pack(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("cedar" | "md")) || path.file_name().is_some_and(|name| name == "pack.toml")
}

/// The engine knows the operator's configuration by its name.
fn configuration(path: &Path) -> anyhow::Result<Source> {
    let source = read(path).with_context(|| format!("`{}` cannot be read", name_of(path)))?;
    Ok(Source { format: Format::Toml, ..source })
}
