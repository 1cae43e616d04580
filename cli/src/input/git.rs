//! `git:REV:PATH` → the manifests of a revision, read by the `git` program.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use engine::text::{Limits, Source};

use super::format_of;

/// What a revision holds at a path. `PATH` is from the root of the repository, or, with `./`, from here, as git has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Revision {
    revision: String,
    path: String,
}

/// What is there.
#[derive(Debug)]
pub(super) enum Found {
    /// The file itself.
    File(Source),
    /// The `*.yaml`, `*.yml` and `*.json` of a directory, by path.
    Directory(Vec<Source>),
}

/// A file of a tree.
struct Entry {
    path: String,
    object: String,
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "git:{}:{}", self.revision, self.path)
    }
}

impl Revision {
    /// Reads `git:REV:PATH`; without a second colon, the whole revision.
    pub(super) fn of(path: &Path) -> Option<Revision> {
        let spec = path.to_str()?.strip_prefix("git:")?;
        let (revision, path) = spec.split_once(':').unwrap_or((spec, ""));
        Some(Revision { revision: revision.to_owned(), path: path.trim_end_matches('/').to_owned() })
    }

    /// What it holds. Links and hidden files are no manifests.
    ///
    /// # Errors
    /// There is no git, no such revision or no such path; the message says which.
    pub(super) fn read(&self, recursive: bool) -> Result<Found, String> {
        let object = self.object()?;
        let kind = self.git(&["cat-file", "-t", &object])?;
        if text(&kind) == "blob" {
            let [source] = self
                .contents(vec![Entry { path: self.path.clone(), object }], "")?
                .try_into()
                .map_err(|_| format!("`{self}` cannot be read: git gave no contents"))?;
            return Ok(Found::File(source));
        }
        let mut listing = vec!["ls-tree", "-z", "--full-tree", &object];
        if recursive {
            listing.insert(1, "-r");
        }
        let listed = self.git(&listing)?;
        let below = if self.path.is_empty() { String::new() } else { format!("{}/", self.path) };
        Ok(Found::Directory(self.contents(entries(&listed.stdout), &below)?))
    }

    /// The number of the blob or tree.
    fn object(&self) -> Result<String, String> {
        let Revision { revision, path } = self;
        if revision.is_empty() || revision.starts_with('-') {
            return Err(format!("`{self}` names no revision: it is written `git:REV:PATH`, such as `git:main:deploy`"));
        }
        self.git(&["rev-parse", "--git-dir"])?;
        let known = self.run(&["rev-parse", "--verify", "--quiet", revision])?;
        if !known.status.success() {
            return Err(format!("`{self}` cannot be read: there is no revision `{revision}`"));
        }
        let found = self.run(&["rev-parse", "--verify", "--quiet", &format!("{revision}:{path}")])?;
        if !found.status.success() {
            return Err(format!(
                "`{self}` cannot be read: there is no `{path}` in that revision; paths are from the root of the repository, or from here with `./`"
            ));
        }
        Ok(text(&found))
    }

    /// The contents of all of them, by one run of git.
    fn contents(&self, entries: Vec<Entry>, below: &str) -> Result<Vec<Source>, String> {
        let mut child = self.spawn(&["cat-file", "--batch"])?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let asked: String = entries.iter().map(|entry| format!("{}\n", entry.object)).collect();
        // Asked from beside, for git answers before it has heard all.
        let asking = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(asked.as_bytes())));
        let mut answer = Vec::new();
        let read = stdout.map(|mut stdout| stdout.read_to_end(&mut answer));
        let ended = child.wait();
        let asked = asking.join();
        if !matches!((read, ended, asked), (Some(Ok(_)), Ok(_), Ok(Some(Ok(()))))) {
            return Err(format!("`{self}` cannot be read: git broke off"));
        }
        let mut rest = answer.as_slice();
        let mut sources = Vec::new();
        for entry in entries {
            let (bytes, after) =
                blob(rest).ok_or_else(|| format!("`{self}` cannot be read: git does not have `{}`", entry.path))?;
            rest = after;
            let cut = bytes.len().min(Limits::default().bytes + 1);
            let name = format!("git:{}:{below}{}", self.revision, entry.path);
            let bytes = bytes.get(..cut).unwrap_or_default().to_vec();
            sources.push(Source { format: format_of(Path::new(&name)), name, bytes });
        }
        Ok(sources)
    }

    /// Runs git; what it complains about is the error.
    fn git(&self, arguments: &[&str]) -> Result<Output, String> {
        let output = self.run(arguments)?;
        if output.status.success() {
            return Ok(output);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        let complaint = complaint.lines().next().unwrap_or("git failed").trim_start_matches("fatal: ");
        Err(format!("`{self}` cannot be read: {complaint}"))
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, String> {
        self.spawn(arguments)?.wait_with_output().map_err(|error| self.no_git(&error))
    }

    fn spawn(&self, arguments: &[&str]) -> Result<std::process::Child, String> {
        let mut command = Command::new("git");
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|error| self.no_git(&error))
    }

    fn no_git(&self, error: &std::io::Error) -> String {
        format!("`{self}` cannot be read: the `git` program cannot be run: {error}")
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The manifests of `git ls-tree -z`: `MODE TYPE OBJECT\tPATH\0` each, sorted by path.
fn entries(listed: &[u8]) -> Vec<Entry> {
    let lines = listed.split(|byte| *byte == 0).filter_map(|line| std::str::from_utf8(line).ok());
    let entry = |line: &str| {
        let (about, path) = line.split_once('\t')?;
        let mut about = about.split(' ');
        let (mode, _, object) = (about.next()?, about.next()?, about.next()?);
        let file = mode.starts_with("100");
        let hidden = path.split('/').any(|part| part.starts_with('.'));
        let manifest = [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending));
        (file && !hidden && manifest).then(|| Entry { path: path.to_owned(), object: object.to_owned() })
    };
    let mut entries: Vec<Entry> = lines.filter_map(entry).collect();
    entries.sort_by(|one, two| one.path.cmp(&two.path));
    entries
}

/// The first blob of `git cat-file --batch` (`OBJECT blob SIZE\n`, the bytes, `\n`), and what follows.
fn blob(answer: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = answer.iter().position(|byte| *byte == b'\n')?;
    let (head, rest) = answer.split_at_checked(end)?;
    let mut head = std::str::from_utf8(head).ok()?.split(' ').skip(1);
    let ("blob", size) = (head.next()?, head.next()?.parse::<usize>().ok()?) else { return None };
    let (bytes, rest) = rest.get(1..)?.split_at_checked(size)?;
    Some((bytes, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_cut_at_its_first_colon() {
        let check = |spec: &str, wanted: Option<[&str; 2]>| {
            let found = Revision::of(Path::new(spec));
            assert_eq!(found.as_ref().map(|it| [it.revision.as_str(), it.path.as_str()]), wanted, "{spec}");
        };
        check("git:main:deploy/", Some(["main", "deploy"]));
        check("git:HEAD~2:a:b", Some(["HEAD~2", "a:b"]));
        check("git:main", Some(["main", ""]));
        check("deploy", None);
    }

    #[test]
    fn only_visible_files_of_a_tree_are_manifests() {
        let tree = b"100644 blob 1\tb.yaml\x00120000 blob 2\tlink.yaml\x00100755 blob 3\ta/c.json\x00\
            100644 blob 4\t.github/d.yml\x00160000 commit 5\te.yaml\x00100644 blob 6\tf.txt\x00";
        let found: Vec<String> = entries(tree).iter().map(|entry| format!("{} {}", entry.path, entry.object)).collect();
        assert_eq!(found, ["a/c.json 3", "b.yaml 1"]);
    }

    #[test]
    fn blobs_may_hold_anything() {
        let (first, rest) = blob(b"1 blob 3\na\n\n\n2 blob 0\n\n").unwrap();
        assert_eq!((first, blob(rest).unwrap()), (&b"a\n\n"[..], (&b""[..], &b""[..])));
        assert!(blob(b"1 missing\n").is_none());
    }
}
