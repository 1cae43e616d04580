//! Expected against actual, as lines.

use super::spec::CaseSpec;
use crate::finding::Outcome;
use crate::review::{Review, Unknown};

/// Lines of a diff (`-` expected, `+` actual, ` ` both), and whether expected and actual agree. Only policies for which
/// `about` holds count.
pub(super) fn diff(case: &CaseSpec<'_>, review: &Review, about: impl Fn(&str) -> bool) -> (Vec<String>, bool) {
    let verdict = verdict(review, &about);
    let mut lines = Vec::new();
    if verdict == case.review {
        lines.push(format!("  review: {verdict}"));
    } else {
        lines.push(format!("- review: {}", case.review));
        lines.push(format!("+ review: {verdict}"));
    }
    let mut actual = actual(review, &about);
    for expected in &case.findings {
        let line = line(&expected.id, expected.field.as_deref(), expected.message.as_deref());
        match actual.iter().position(|actual| matches(&line, actual)) {
            Some(at) => {
                actual.remove(at);
                lines.push(format!("  {line}"));
            }
            None => lines.push(format!("- {line}")),
        }
    }
    lines.extend(actual.iter().map(|actual| format!("+ {}", actual.0)));
    lines.extend(unknown_lines(case, review, &about));
    let passed = lines.iter().all(|line| line.starts_with(' '));
    (lines, passed)
}

/// An actual finding: with its message, and without.
struct Actual(String, [String; 3]);

fn matches(expected: &str, actual: &Actual) -> bool {
    actual.0 == expected || actual.1.iter().any(|form| form == expected)
}

fn actual(review: &Review, about: &impl Fn(&str) -> bool) -> Vec<Actual> {
    let ours = |finding: &&crate::finding::Finding| finding.policy.as_ref().is_some_and(|policy| about(&policy.id));
    review
        .findings
        .iter()
        .filter(ours)
        .map(|finding| {
            let id = finding.policy.as_ref().map(|policy| policy.id.as_str()).unwrap_or_default();
            let (field, message) = (Some(finding.field.as_str()), Some(finding.message.as_str()));
            Actual(line(id, field, message), [line(id, field, None), line(id, None, message), line(id, None, None)])
        })
        .collect()
}

fn line(id: &str, field: Option<&str>, message: Option<&str>) -> String {
    let field = field.map(|field| format!(" at {}", if field.is_empty() { "/" } else { field })).unwrap_or_default();
    let message = message.map(|message| format!(": {message}")).unwrap_or_default();
    format!("finding {id}{field}{message}")
}

/// Unknown policies explain an unexpected review; an expected `unknown` needs no such lines.
fn unknown_lines(case: &CaseSpec<'_>, review: &Review, about: &impl Fn(&str) -> bool) -> Vec<String> {
    let mark = if case.review == "unknown" { ' ' } else { '+' };
    let ours = |unknown: &&Unknown| about(&unknown.policy.id);
    let causes =
        |unknown: &Unknown| unknown.causes.iter().map(|cause| cause.message.as_str()).collect::<Vec<_>>().join("; ");
    let lines = review.unknowns.iter().filter(ours);
    lines.map(|unknown| format!("{mark} unknown {}: {}", unknown.policy.id, causes(unknown))).collect()
}

/// The review in one word, by the policies that the file is about.
fn verdict(review: &Review, about: &impl Fn(&str) -> bool) -> &'static str {
    let ours = |finding: &&crate::finding::Finding| finding.policy.as_ref().is_some_and(|policy| about(&policy.id));
    let worst = review.findings.iter().filter(ours).map(|finding| finding.outcome).max();
    let unknown = review.unknowns.iter().any(|unknown| about(&unknown.policy.id));
    match worst {
        Some(Outcome::Deny) => "deny",
        _ if unknown => "unknown",
        Some(Outcome::Warn) => "warn",
        Some(Outcome::Audit) | None => "allow",
    }
}
