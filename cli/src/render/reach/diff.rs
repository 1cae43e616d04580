//! Two networks → what changes, as bytes. One file an output format.

mod because;
pub(crate) mod csv;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod picture;
mod rows;
pub(crate) mod text;

use engine::finding::ObjectRef;
use engine::reach::{Diff, EndsChange};

use super::Known;
use crate::command::diff::Kind;
use crate::exit::Exit;
use crate::render::closing::plural;

/// Two networks and what changes from the one to the other.
#[derive(Debug)]
pub(crate) struct Compared<'a> {
    /// What was.
    pub(crate) old: Known<'a>,
    /// What is to be.
    pub(crate) new: Known<'a>,
    /// What changes.
    pub(crate) diff: &'a Diff,
    /// Objects of policy kinds that are not modelled and not the same in both.
    pub(crate) strange: Vec<ObjectRef>,
    /// How the run ends.
    pub(crate) exit: Exit,
}

impl Compared<'_> {
    /// How many connections are of this kind.
    fn count(&self, kind: Kind) -> usize {
        self.diff.changed.iter().filter(|change| Kind::of(change) == kind).count()
    }
}

/// In one line: `different: 2 connections opened, 1 cut; 1 workload appeared`.
pub(crate) fn headline(compared: &Compared<'_>) -> String {
    let [opened, cut, changed, unsettled] = Kind::ALL.map(|kind| compared.count(kind));
    let mut parts = Vec::new();
    for (number, word) in [(opened, "opened"), (cut, "cut"), (changed, "changed"), (unsettled, "in doubt")] {
        match (number, parts.is_empty()) {
            (0, _) => {}
            (_, true) => parts.push(format!("{} {word}", plural(number, "connection"))),
            (_, false) => parts.push(format!("{number} {word}")),
        }
    }
    let Diff { changed: _, appeared, gone } = compared.diff;
    let connections = (!parts.is_empty()).then(|| parts.join(", "));
    let appeared = (!appeared.is_empty()).then(|| format!("{} appeared", plural(appeared.len(), "workload")));
    let gone = (!gone.is_empty()).then(|| format!("{} gone", plural(gone.len(), "workload")));
    let strange = (!compared.strange.is_empty())
        .then(|| format!("{} that is not modelled changed", plural(compared.strange.len(), "object")));
    let all: Vec<String> = [connections, appeared, gone, strange].into_iter().flatten().collect();
    let word = word(compared);
    if all.is_empty() { format!("{word}: nothing changes") } else { format!("{word}: {}", all.join("; ")) }
}

/// The word of the result.
fn word(compared: &Compared<'_>) -> &'static str {
    match compared.exit {
        Exit::Clean => "same",
        Exit::Findings => "different",
        Exit::Unusable => "incomplete",
        Exit::Unknown => "unknown",
    }
}

/// Which of a connection's ends is only in one network.
fn of_ends(ends: EndsChange) -> &'static str {
    match ends {
        EndsChange::Stay => "stay",
        EndsChange::Appeared => "appeared",
        EndsChange::Gone => "gone",
    }
}
