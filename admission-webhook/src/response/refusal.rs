//! The status of a refused request: what the person at the other end reads.

use wasm_host::api::{Finding, ObjectRef, Outcome, Review, Unknown};

use super::line;
use super::wire::{Cause, Details, Status};
use super::{field_path, line::single};

/// Lines beside the count; DESIGN §7.
const MAX_LINES: usize = 10;
/// Bytes of the whole message; DESIGN §7.
const MAX_BYTES: usize = 4096;
/// Characters of one line, so that a long one does not crowd out the others.
const MAX_LINE: usize = 700;

/// 403 with what denies, line by line, and all findings as causes.
pub(super) fn status(review: &Review) -> Status {
    Status::forbidden(message(review), details(review))
}

fn message(review: &Review) -> String {
    let denying: Vec<String> = denying(review).map(|entry| line::cut(entry.line(), MAX_LINE)).collect();
    let count = count(review, denying.len());
    let mut message = String::new();
    let mut shown = 0;
    let room = MAX_BYTES - count.len() - " (999999999 not shown)".len();
    for line in denying.iter().take(MAX_LINES) {
        if message.len() + line.len() + 1 > room {
            break;
        }
        message.push_str(line);
        message.push('\n');
        shown += 1;
    }
    message.push_str(&count);
    if shown < denying.len() {
        message.push_str(&format!(" ({} not shown)", denying.len() - shown));
    }
    message
}

/// `2 findings deny, 1 warns; read on: https://…`
fn count(review: &Review, denying: usize) -> String {
    let warning = review.findings.iter().filter(|finding| finding.outcome == Outcome::Warn).count();
    let mut count = format!("{denying} {}", if denying == 1 { "finding denies" } else { "findings deny" });
    if warning > 0 {
        count.push_str(&format!(", {warning} {}", if warning == 1 { "warns" } else { "warn" }));
    }
    if let Some(place) = read_on(review) {
        count.push_str("; read on: ");
        count.push_str(&line::cut(single(&place), 300));
    }
    count
}

fn read_on(review: &Review) -> Option<String> {
    denying(review).next().map(|entry| match entry {
        Denying::Finding(Finding { references, code, .. }) => {
            references.first().cloned().unwrap_or_else(|| format!("hedgerow check --explain {code}"))
        }
        Denying::Unknown(Unknown { code, .. }) => format!("hedgerow check --explain {code}"),
    })
}

/// What refuses.
enum Denying<'a> {
    Finding(&'a Finding),
    Unknown(&'a Unknown),
}

impl Denying<'_> {
    fn line(&self) -> String {
        match self {
            Denying::Finding(finding) => line::of_finding(finding),
            Denying::Unknown(unknown) => line::of_unknown(unknown),
        }
    }
}

fn denying(review: &Review) -> impl Iterator<Item = Denying<'_>> {
    let findings = review.findings.iter().filter(|finding| finding.outcome == Outcome::Deny).map(Denying::Finding);
    let unknowns = review.unknowns.iter().filter(|unknown| unknown.outcome == Outcome::Deny).map(Denying::Unknown);
    findings.chain(unknowns)
}

fn details(review: &Review) -> Details {
    let findings = review.findings.iter().map(|finding| Cause {
        reason: finding.code.clone(),
        message: single(&finding.message),
        field: field_path::of(&finding.field),
    });
    let unknowns = review.unknowns.iter().filter(|unknown| unknown.outcome == Outcome::Deny).map(|unknown| Cause {
        reason: unknown.code.clone(),
        message: single(&line::cannot_be_decided(unknown)),
        field: field_path::of(&unknown.field),
    });
    let causes = findings.chain(unknowns).collect();
    let (name, group, kind) = match object(review) {
        Some(ObjectRef { name, group, kind, .. }) => (name.clone(), group.clone(), kind.clone()),
        None => Default::default(),
    };
    Details { name, group, kind, causes }
}

fn object(review: &Review) -> Option<&ObjectRef> {
    let of_findings = review.findings.iter().filter_map(|finding| finding.object.as_ref());
    of_findings.chain(review.unknowns.iter().filter_map(|unknown| unknown.object.as_ref())).next()
}
