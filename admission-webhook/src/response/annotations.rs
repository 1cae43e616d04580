//! What goes into the audit log beside the answer: everything, whole.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use wasm_host::api::{Decision, Finding, Outcome, Related, Review, Unknown};

use crate::failure::Trouble;

/// Digests, decision, freshness, and the findings with all their evidence.
pub(super) fn of(review: &Review, freshness: String) -> BTreeMap<&'static str, String> {
    let mut annotations = BTreeMap::from([
        ("policies-digest", review.digests.policies.clone()),
        ("cluster-digest", review.digests.cluster.clone()),
        ("decision", decision(review).to_owned()),
    ]);
    if !freshness.is_empty() {
        annotations.insert("freshness", freshness);
    }
    if !review.findings.is_empty() {
        let codes: BTreeSet<&str> = review.findings.iter().map(|finding| finding.code.as_str()).collect();
        annotations.insert("codes", codes.into_iter().collect::<Vec<_>>().join(","));
        annotations.insert("findings", list(review.findings.iter().map(of_finding)));
    }
    if !review.unknowns.is_empty() {
        annotations.insert("unknowns", list(review.unknowns.iter().map(of_unknown)));
    }
    annotations
}

/// Why there is no review.
pub(super) fn of_failure(trouble: Trouble, policies: &str) -> BTreeMap<&'static str, String> {
    let mut annotations = BTreeMap::from([("decision", "failed".to_owned()), ("failure", trouble.name().to_owned())]);
    if !policies.is_empty() {
        annotations.insert("policies-digest", policies.to_owned());
    }
    annotations
}

fn decision(review: &Review) -> &'static str {
    match review.decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
        Decision::Unknown => "unknown",
    }
}

/// One finding, as the audit log has it.
#[derive(Serialize)]
struct FindingEntry<'a> {
    code: &'a str,
    policy: Option<&'a str>,
    outcome: &'static str,
    field: &'a str,
    value: Option<&'a str>,
    message: &'a str,
    ratcheted: bool,
    settles: bool,
    related: Vec<RelatedEntry<'a>>,
}

#[derive(Serialize)]
struct RelatedEntry<'a> {
    kind: Option<&'a str>,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    field: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct UnknownEntry<'a> {
    code: &'a str,
    policy: &'a str,
    outcome: &'static str,
    field: &'a str,
    causes: Vec<&'a str>,
}

fn list<T: Serialize>(entries: impl Iterator<Item = T>) -> String {
    // Strings and booleans always serialise.
    serde_json::to_string(&entries.collect::<Vec<_>>()).unwrap_or_default()
}

fn of_finding(finding: &Finding) -> FindingEntry<'_> {
    FindingEntry {
        code: &finding.code,
        policy: finding.policy.as_ref().map(|policy| &*policy.id),
        outcome: outcome(finding.outcome),
        field: &finding.field,
        value: finding.value.as_deref(),
        message: &finding.message,
        ratcheted: finding.ratcheted,
        settles: finding.settles,
        related: finding.related.iter().map(of_related).collect(),
    }
}

fn of_related(related: &Related) -> RelatedEntry<'_> {
    let object = related.object.as_ref();
    RelatedEntry {
        kind: object.map(|object| &*object.kind),
        namespace: object.map(|object| &*object.namespace),
        name: object.map(|object| &*object.name),
        field: &related.field,
        message: &related.message,
    }
}

fn of_unknown(unknown: &Unknown) -> UnknownEntry<'_> {
    UnknownEntry {
        code: &unknown.code,
        policy: &unknown.policy.id,
        outcome: outcome(unknown.outcome),
        field: &unknown.field,
        causes: unknown.causes.iter().map(|cause| &*cause.message).collect(),
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Audit => "audit",
        Outcome::Warn => "warn",
        Outcome::Deny => "deny",
    }
}
