//! Paths on the command line → sources.
//!
//! What is named is read whatever it is; in a directory only manifests are. Nothing that cannot be read stops the rest.

mod git;
mod helm;
mod walk;

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use engine::finding::{Code, Finding, Place, Span};
use engine::review::{Skipped, SnapshotOf};
use engine::text::{Format, Limits, Source};

use crate::args::Input;
use crate::{live, terminal};

/// What the paths hold.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// What was read, in the order of the command line, directories by name.
    pub(crate) sources: Vec<Source>,
    /// Names of sources that were named themselves, not found in a directory.
    pub(crate) named: BTreeSet<String>,
    /// What a directory holds that is no manifest.
    pub(crate) skipped: Vec<Skipped>,
    /// What could not be used.
    pub(crate) problems: Vec<Finding>,
    seen: BTreeSet<PathBuf>,
}

/// Reads everything that the command line names; of live clusters, what is needed.
pub(crate) fn gather(input: &Input, of: SnapshotOf) -> Gathered {
    let mut gathered = Gathered::default();
    for path in input.all() {
        if path.as_os_str() == "-" {
            gathered.stdin();
        } else if let Some(context) = context_of(&path) {
            gathered.context(context, of);
        } else if let Some(revision) = git::Revision::of(&path) {
            gathered.revision(&revision, !input.flags.no_recursive);
        } else if path.is_dir() {
            gathered.directory(&path, !input.flags.no_recursive);
        } else {
            gathered.file(&path);
        }
    }
    gathered
}

impl Gathered {
    fn stdin(&mut self) {
        if !self.named.insert("-".to_owned()) {
            return;
        }
        match terminal::read_stdin(Limits::default().bytes) {
            Ok(bytes) => self.sources.push(Source { name: "-".to_owned(), format: Format::Auto, bytes }),
            Err(error) => self.problems.push(unreadable("-", &error)),
        }
    }

    fn file(&mut self, path: &Path) {
        match read(path) {
            Ok(source) => self.named(identity(path), source),
            Err(error) => self.problems.push(unreadable(&name_of(path), &error)),
        }
    }

    fn directory(&mut self, root: &Path, recursive: bool) {
        let found = walk::manifests(root, recursive);
        self.skipped.extend(found.ignored.iter().map(|path| skipped(&name_of(path), "left out by .gitignore")));
        self.problems.extend(found.errors.into_iter().map(|(name, error)| unreadable(&name, &error)));
        for path in found.files {
            match read(&path) {
                Ok(source) => self.found(identity(&path), source),
                Err(error) => self.problems.push(unreadable(&name_of(&path), &error)),
            }
        }
    }

    fn revision(&mut self, revision: &git::Revision, recursive: bool) {
        match revision.read(recursive) {
            Ok(git::Found::File(source)) => self.named(PathBuf::from(&source.name), source),
            Ok(git::Found::Directory(sources)) => {
                sources.into_iter().for_each(|source| self.found(PathBuf::from(&source.name), source));
            }
            Err(message) => {
                let place = Some(top_of(&revision.to_string()));
                self.problems.push(Finding { place, ..Code::UnreadableText.finding(message) });
            }
        }
    }

    fn context(&mut self, context: &str, of: SnapshotOf) {
        let name = format!("context:{context}");
        match live::snapshot(context, of) {
            Ok(text) => {
                let source = Source { name: name.clone(), format: Format::Yaml, bytes: text.into_bytes() };
                self.add(PathBuf::from(name), source);
            }
            Err(error) => {
                let message = format!("the cluster of `{name}` cannot be read: {error:#}").replace('\n', " ");
                let place = Some(top_of(&name));
                self.problems.push(Finding { place, ..Code::UnreadableText.finding(message) });
            }
        }
    }

    /// A source that was named itself.
    fn named(&mut self, identity: PathBuf, source: Source) {
        self.named.insert(source.name.clone());
        match helm::first_action(&source) {
            Some(place) => self.problems.push(template(place)),
            None => self.add(identity, source),
        }
    }

    /// A source that a directory holds.
    fn found(&mut self, identity: PathBuf, source: Source) {
        if helm::first_action(&source).is_some() {
            self.skipped.push(skipped(&source.name, "a Helm template; pipe `helm template` into `hedgerow check -`"));
        } else {
            self.add(identity, source);
        }
    }

    fn add(&mut self, identity: PathBuf, source: Source) {
        if self.seen.insert(identity) {
            self.sources.push(source);
        }
    }
}

/// The same for a file that is named in several ways.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The name in `context:NAME`.
fn context_of(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix("context:")
}

/// Whether a word of the command line names input: `-`, a context, a revision, or an existing path.
pub(crate) fn is_input(word: &str) -> bool {
    word == "-"
        || word.starts_with("context:")
        || git::Revision::of(Path::new(word)).is_some()
        || Path::new(word).exists()
}

/// The manifests below a directory, by path; what cannot be read becomes a problem.
pub(crate) fn manifests(root: &Path, problems: &mut Vec<Finding>) -> Vec<PathBuf> {
    let found = walk::manifests(root, true);
    problems.extend(found.errors.into_iter().map(|(name, error)| unreadable(&name, &error)));
    found.files
}

/// The bytes of a file, cut one byte above the engine's limit so that the engine sees that it is too long.
pub(crate) fn read(path: &Path) -> std::io::Result<Source> {
    let limit = Limits::default().bytes as u64 + 1;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(Source { name: name_of(path), format: format_of(path), bytes })
}

/// How a path is named in findings: as typed, with `/`, without a leading `./`.
pub(crate) fn name_of(path: &Path) -> String {
    let name = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    name.strip_prefix("./").map(str::to_owned).unwrap_or(name)
}

/// How a file is written, by its ending.
pub(crate) fn format_of(path: &Path) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") => Format::Yaml,
        Some("cedar") => Format::Cedar,
        Some("toml") => Format::Toml,
        Some("md") => Format::Markdown,
        _ => Format::Auto,
    }
}

/// A finding about a file that cannot be read.
pub(crate) fn unreadable(name: &str, error: &std::io::Error) -> Finding {
    Finding { place: Some(top_of(name)), ..Code::UnreadableText.finding(cannot_read(name, error)) }
}

/// `NAME cannot be read`, and why.
pub(crate) fn cannot_read(name: &str, error: &std::io::Error) -> String {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    };
    format!("`{name}` cannot be read: {reason}")
}

fn template(place: Place) -> Finding {
    let message = format!("`{}` is a Helm template, not a manifest", place.source);
    let help = "render it first: `helm template CHART | hedgerow check -`".to_owned();
    Finding { place: Some(place), help: Some(help), ..Code::Syntax.finding(message) }
}

/// The place of a whole source, for what is said about all of it.
pub(crate) fn top_of(name: &str) -> Place {
    Place { source: name.to_owned(), span: Span::default(), line: 1, column: 1, end_line: 1, end_column: 1 }
}

fn skipped(source: &str, reason: &str) -> Skipped {
    Skipped { source: source.to_owned(), reason: reason.to_owned(), place: None }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::name_of;

    #[test]
    fn names_are_as_typed_without_a_leading_dot() {
        assert_eq!(name_of(Path::new("./shop/web.yaml")), "shop/web.yaml");
        assert_eq!(name_of(Path::new("../web.yaml")), "../web.yaml");
        assert_eq!(name_of(Path::new("/tmp/web.yaml")), "/tmp/web.yaml");
    }
}
