//! CSV (RFC 4180): a line for each connection that changes.

use engine::net::Ports;
use engine::reach::Passage;

use super::because::{Asker, Because};
use super::rows::Workloads;
use super::{Compared, of_ends};
use crate::command::diff::Kind;
use crate::render::reach::csv::line;

/// What changes, as CSV.
pub(crate) fn render(compared: &Compared<'_>) -> String {
    let workloads = Workloads::of(compared);
    let mut asker = Asker::of(compared);
    let mut text = line(["source", "destination", "change", "ends", "before", "after", "opened", "cut", "because"]);
    for change in &compared.diff.changed {
        let because: Vec<String> = asker.because(change).iter().map(Because::text).collect();
        text.push_str(&line([
            &workloads.name(&change.source),
            &workloads.name(&change.destination),
            Kind::of(change).as_str(),
            of_ends(change.ends),
            &passage(&change.before),
            &passage(&change.after),
            &ports(&change.after.allow.intersection(&change.before.deny())),
            &ports(&change.before.allow.intersection(&change.after.deny())),
            &because.join("; "),
        ]));
    }
    text
}

fn ports(ports: &Ports) -> String {
    if ports.is_empty() { String::new() } else { ports.to_string() }
}

/// `TCP 80; unknown: UDP 53`.
fn passage(passage: &Passage) -> String {
    let Passage { allow, implementation_defined, unknown } = passage;
    let parts = [("", allow), ("implementation-defined: ", implementation_defined), ("unknown: ", unknown)];
    let parts = parts.into_iter().filter(|(_, ports)| !ports.is_empty());
    parts.map(|(word, ports)| format!("{word}{ports}")).collect::<Vec<_>>().join("; ")
}
