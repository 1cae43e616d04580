//! The contract's records ↔ the engine's types. Every field is named, so that a new one cannot be forgotten.

use engine::cluster::World;
use engine::fact::{Cause, CauseKind};
use engine::finding::{Edit, Finding, Fix, ObjectRef, Outcome, Place, PolicyRef, Related, Severity, Span};
use engine::policy_test::{ConditionCoverage, PolicyCoverage, TestCase, TestReport};
use engine::review::{CheckOptions, Decision, Digests, Report, Skipped, Unknown};
use engine::text::{Format, Source};
use wasm_host::api;

pub(super) fn sources(sources: &[Source]) -> Vec<api::Source> {
    sources.iter().map(source).collect()
}

fn source(source: &Source) -> api::Source {
    let Source { name, format, bytes } = source;
    let format = match format {
        Format::Auto => api::Format::Auto,
        Format::Yaml => api::Format::Yaml,
        Format::Json => api::Format::Json,
        Format::Cedar => api::Format::Cedar,
        Format::Toml => api::Format::Toml,
        Format::Markdown => api::Format::Markdown,
    };
    api::Source { name: name.clone(), format, bytes: bytes.clone() }
}

/// The settings are not handed over: they are those of the loaded packs.
pub(super) fn check_options(options: &CheckOptions) -> api::CheckOptions {
    let CheckOptions { world, operation, user, groups, namespace, settings: _ } = options;
    let world = match world {
        World::Auto => api::WorldKind::Auto,
        World::Closed => api::WorldKind::Closed,
        World::Open => api::WorldKind::Open,
    };
    api::CheckOptions {
        world,
        operation: operation.clone(),
        user: user.clone(),
        groups: groups.clone(),
        namespace: namespace.clone(),
    }
}

fn place(place: api::Place) -> Place {
    let api::Place { source, start, end, line, column, end_line, end_column } = place;
    Place { source, span: Span { start, end }, line, column, end_line, end_column }
}

fn object(object: api::ObjectRef) -> ObjectRef {
    let api::ObjectRef { group, version, kind, namespace, name } = object;
    ObjectRef { namespace, kind, name, group, version }
}

fn severity(severity: api::Severity) -> Severity {
    match severity {
        api::Severity::Info => Severity::Info,
        api::Severity::Warning => Severity::Warning,
        api::Severity::Error => Severity::Error,
    }
}

fn outcome(outcome: api::Outcome) -> Outcome {
    match outcome {
        api::Outcome::Audit => Outcome::Audit,
        api::Outcome::Warn => Outcome::Warn,
        api::Outcome::Deny => Outcome::Deny,
    }
}

fn policy(policy: api::PolicyRef) -> PolicyRef {
    let api::PolicyRef { id, pack, place: at } = policy;
    PolicyRef { id, pack, place: at.map(place) }
}

fn related(related: api::Related) -> Related {
    let api::Related { message, object: of, field, place: at } = related;
    Related { message, object: of.map(object), field, place: at.map(place) }
}

fn fix(fix: api::Fix) -> Fix {
    let api::Fix { title, edits } = fix;
    let edit = |api::Edit { place: at, text }: api::Edit| Edit { place: place(at), text };
    Fix { title, edits: edits.into_iter().map(edit).collect() }
}

pub(super) fn findings(findings: Vec<api::Finding>) -> Vec<Finding> {
    findings.into_iter().map(finding).collect()
}

fn finding(finding: api::Finding) -> Finding {
    let api::Finding {
        code,
        severity: grave,
        outcome: does,
        title,
        message,
        object: of,
        field,
        value,
        place: at,
        related: others,
        policy: by,
        help,
        references,
        fix: change,
        settles,
        ratcheted,
    } = finding;
    Finding {
        code,
        severity: severity(grave),
        outcome: outcome(does),
        title,
        message,
        object: of.map(object),
        field,
        value,
        place: at.map(place),
        related: others.into_iter().map(related).collect(),
        policy: by.map(policy),
        help,
        references,
        fix: change.map(fix),
        settles,
        ratcheted,
    }
}

fn unknown(unknown: api::Unknown) -> Unknown {
    let api::Unknown { policy: by, code, object: of, field, causes, outcome: does } = unknown;
    let cause = |api::Cause { kind, message }: api::Cause| Cause {
        kind: match kind {
            api::CauseKind::NotAsked => CauseKind::NotAsked,
            api::CauseKind::Failed => CauseKind::Failed,
        },
        message,
    };
    Unknown {
        policy: policy(by),
        code,
        object: of.map(object),
        field,
        causes: causes.into_iter().map(cause).collect(),
        outcome: outcome(does),
    }
}

pub(super) fn report(report: api::Report) -> Report {
    let api::Report {
        decision,
        findings: found,
        unknowns,
        objects,
        skipped,
        policies_asked,
        closed,
        open,
        unusable,
        digests,
    } = report;
    let api::Digests { policies, cluster } = digests;
    Report {
        decision: match decision {
            api::Decision::Allow => Decision::Allow,
            api::Decision::Deny => Decision::Deny,
            api::Decision::Unknown => Decision::Unknown,
        },
        findings: findings(found),
        unknowns: unknowns.into_iter().map(unknown).collect(),
        objects: objects.into_iter().map(|api::Count { kind, number }| (kind, number)).collect(),
        skipped: skipped.into_iter().map(|api::Skipped { source, reason }| Skipped { source, reason }).collect(),
        policies_asked,
        closed,
        open,
        unusable,
        digests: Digests { policies, cluster },
    }
}

pub(super) fn test_report(report: api::TestReport) -> TestReport {
    let api::TestReport { cases, problems, filtered_out, policies, conditions } = report;
    let case = |api::TestCase { file, name, place: at, passed, diff }: api::TestCase| TestCase {
        file,
        name,
        place: at.map(place),
        passed,
        diff,
    };
    let condition = |api::Condition { policy, text, place: at, seen_true, seen_false }: api::Condition| {
        ConditionCoverage { policy, text, place: place(at), seen_true, seen_false }
    };
    let covered = |api::PolicyCoverage { policy, place: at, fired, silent }: api::PolicyCoverage| PolicyCoverage {
        policy,
        place: at.map(place),
        fired,
        silent,
    };
    TestReport {
        cases: cases.into_iter().map(case).collect(),
        problems: findings(problems),
        filtered_out,
        policies: policies.into_iter().map(covered).collect(),
        conditions: conditions.into_iter().map(condition).collect(),
    }
}
