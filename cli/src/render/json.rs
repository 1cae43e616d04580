//! The report as JSON, version 1. The published schema is `docs/schema/report.v1.json`.
//!
//! Every field is always there; what is absent is `null`. Structs are taken apart without `..`, so that a new field of the
//! engine cannot be forgotten here.

use engine::fact::{Cause, CauseKind};
use engine::finding::{Edit, Finding, Fix, ObjectRef, Place, PolicyRef, Related, Severity};
use engine::review::{Decision, Digests, Examined, Report, Skipped, Unknown};
use serde_json::{Value, json};

use super::View;
use crate::command::check::{examined, failed};

/// The address of the schema, which is also its `$id`.
pub(crate) const SCHEMA: &str = "https://hedgerow.dev/schema/report.v1.json";

/// The report as JSON, with a line break at its end.
pub(crate) fn render(view: &View<'_>) -> String {
    let Report {
        decision,
        findings,
        unknowns,
        objects,
        examined: judged,
        skipped,
        policies_asked,
        closed,
        open,
        unusable,
        digests: Digests { policies, cluster },
    } = view.report;
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let report = json!({
        "$schema": SCHEMA,
        "version": 1,
        "decision": decision_word(*decision),
        "exitCode": view.exit.number(),
        "summary": {
            "objects": examined(view.report),
            "policiesAsked": policies_asked,
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "infos": count(Severity::Info),
            "notAsked": unknowns.iter().filter(|unknown| !failed(unknown)).count(),
            "failed": unknowns.iter().filter(|unknown| failed(unknown)).count(),
            "skipped": skipped.len(),
        },
        "objects": objects.iter().map(|(kind, number)| json!({ "kind": kind, "count": number })).collect::<Vec<_>>(),
        "examined": list(judged, |Examined { object, source }| json!({ "object": object_ref(object), "source": source })),
        "namespaces": { "closed": closed, "open": open },
        "findings": list(findings, finding),
        "unknowns": list(unknowns, unknown),
        "skipped": list(skipped, left_out),
        "unusable": unusable,
        "digests": { "policies": policies, "cluster": cluster },
    });
    format!("{report:#}\n")
}

/// One document left out.
pub(crate) fn left_out(skipped: &Skipped) -> Value {
    let Skipped { source, reason, place: at } = skipped;
    json!({ "source": source, "reason": reason, "place": at.as_ref().map(place) })
}

/// One finding.
pub(crate) fn finding(finding: &Finding) -> Value {
    let Finding {
        code,
        severity,
        outcome,
        title,
        message,
        object,
        field,
        value,
        place: at,
        related,
        policy,
        help,
        references,
        fix,
        settles,
        ratcheted,
    } = finding;
    json!({
        "code": code,
        "severity": severity.as_str(),
        "outcome": outcome.as_str(),
        "title": title,
        "message": message,
        "object": object.as_ref().map(object_ref),
        "field": field,
        "value": value,
        "place": at.as_ref().map(place),
        "related": list(related, related_place),
        "policy": policy.as_ref().map(policy_ref),
        "help": help,
        "references": references,
        "fix": fix.as_ref().map(change),
        "settles": settles,
        "ratcheted": ratcheted,
    })
}

/// One place.
pub(crate) fn place(place: &Place) -> Value {
    let Place { source, span, line, column, end_line, end_column } = place;
    json!({
        "source": source,
        "line": line,
        "column": column,
        "endLine": end_line,
        "endColumn": end_column,
        "start": span.start,
        "end": span.end,
    })
}

/// One object's name.
pub(crate) fn object_ref(object: &ObjectRef) -> Value {
    let ObjectRef { namespace, kind, name, group, version } = object;
    json!({ "group": group, "version": version, "kind": kind, "namespace": namespace, "name": name })
}

fn related_place(related: &Related) -> Value {
    let Related { message, object, field, place: at } = related;
    json!({
        "message": message,
        "object": object.as_ref().map(object_ref),
        "field": field,
        "place": at.as_ref().map(place),
    })
}

fn policy_ref(policy: &PolicyRef) -> Value {
    let PolicyRef { id, pack, place: at } = policy;
    json!({ "id": id, "pack": pack, "place": at.as_ref().map(place) })
}

fn change(fix: &Fix) -> Value {
    let Fix { title, edits } = fix;
    json!({ "title": title, "edits": list(edits, |Edit { place: at, text }| json!({ "place": place(at), "text": text })) })
}

fn unknown(unknown: &Unknown) -> Value {
    let Unknown { policy, code, object, field, causes, place: at, outcome } = unknown;
    json!({
        "code": code,
        "policy": policy_ref(policy),
        "object": object.as_ref().map(object_ref),
        "field": field,
        "outcome": outcome.as_str(),
        "causes": list(causes, cause),
        "place": at.as_ref().map(place),
    })
}

fn cause(cause: &Cause) -> Value {
    let Cause { kind, message, field } = cause;
    json!({ "kind": cause_word(*kind), "message": message, "field": field })
}

fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
        Decision::Unknown => "unknown",
    }
}

fn cause_word(kind: CauseKind) -> &'static str {
    match kind {
        CauseKind::NotAsked => "not-asked",
        CauseKind::Failed => "failed",
    }
}

/// One value for each item.
pub(crate) fn list<T>(items: &[T], to_json: impl Fn(&T) -> Value) -> Vec<Value> {
    items.iter().map(to_json).collect()
}

#[cfg(test)]
mod tests {
    use crate::render::sample;

    #[test]
    fn every_report_is_valid_by_the_published_schema() {
        let schema = serde_json::from_str(include_str!("../../../docs/schema/report.v1.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for sample in sample::all() {
            let report: serde_json::Value = serde_json::from_str(&super::render(&sample.view())).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{}", errors.join("\n"));
        }
    }

    #[test]
    fn the_schema_knows_every_field() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/schema/report.v1.json")).unwrap();
        assert_eq!(schema["$id"], super::SCHEMA);
        let finding = super::finding(&sample::everything().report.findings[0]);
        let written: Vec<&String> = finding.as_object().unwrap().keys().collect();
        let known = &schema["$defs"]["finding"]["required"];
        assert_eq!(serde_json::json!(written), *known);
    }
}
