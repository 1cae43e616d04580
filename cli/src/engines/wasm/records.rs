//! The contract's records ↔ the engine's types. Everything is taken apart without `..`: nothing can be lost on the way.

use engine::cluster::World;
use engine::fact::{Cause, CauseKind};
use engine::finding::{Edit, Finding, Fix, ObjectRef, Outcome, Place, PolicyRef, Related, Severity, Span};
use engine::policy_test::{ConditionCoverage, PolicyCoverage, TestCase, TestReport};
use engine::review::{CheckOptions, Decision, Digests, Examined, Report, Skipped, Unknown};
use engine::text::{Format, Source};
use wasm_host::api;

/// A record as the engine's own value.
pub(super) trait Record {
    /// The engine's type.
    type Own;
    /// The value.
    fn own(self) -> Self::Own;
}

impl<R: Record> Record for Vec<R> {
    type Own = Vec<R::Own>;
    fn own(self) -> Self::Own {
        self.into_iter().map(Record::own).collect()
    }
}

impl<R: Record> Record for Option<R> {
    type Own = Option<R::Own>;
    fn own(self) -> Self::Own {
        self.map(Record::own)
    }
}

/// A source as a record.
pub(super) fn source(source: &Source) -> api::Source {
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

/// An object's name as a record.
pub(super) fn object(object: &ObjectRef) -> api::ObjectRef {
    let ObjectRef { group, version, kind, namespace, name } = object.clone();
    api::ObjectRef { group, version, kind, namespace, name }
}

/// How far the input may be trusted, as a record.
pub(super) fn world(world: World) -> api::WorldKind {
    match world {
        World::Auto => api::WorldKind::Auto,
        World::Closed => api::WorldKind::Closed,
        World::Open => api::WorldKind::Open,
    }
}

/// The options of `check` as a record; the settings are those of the loaded policies on both sides.
pub(super) fn options(options: &CheckOptions) -> api::CheckOptions {
    let CheckOptions { world, operation, user, groups, namespace, settings: _ } = options.clone();
    api::CheckOptions { world: self::world(world), operation, user, groups, namespace }
}

impl Record for api::Report {
    type Own = Report;
    fn own(self) -> Report {
        let api::Report {
            decision,
            findings,
            unknowns,
            objects,
            examined,
            skipped,
            policies_asked,
            closed,
            open,
            unusable,
            digests: api::Digests { policies, cluster },
        } = self;
        Report {
            decision: match decision {
                api::Decision::Allow => Decision::Allow,
                api::Decision::Deny => Decision::Deny,
                api::Decision::Unknown => Decision::Unknown,
            },
            findings: findings.own(),
            unknowns: unknowns.own(),
            objects: objects.into_iter().map(|api::Count { kind, number }| (kind, number)).collect(),
            examined: examined.own(),
            skipped: skipped.own(),
            policies_asked,
            closed,
            open,
            unusable,
            digests: Digests { policies, cluster },
        }
    }
}

impl Record for api::Skipped {
    type Own = Skipped;
    fn own(self) -> Skipped {
        let api::Skipped { source, reason, place } = self;
        Skipped { source, reason, place: place.own() }
    }
}

impl Record for api::Examined {
    type Own = Examined;
    fn own(self) -> Examined {
        let api::Examined { object, source } = self;
        Examined { object: object.own(), source }
    }
}

impl Record for api::Finding {
    type Own = Finding;
    fn own(self) -> Finding {
        let api::Finding {
            code,
            severity,
            outcome,
            title,
            message,
            object,
            field,
            value,
            place,
            related,
            policy,
            help,
            references,
            fix,
            settles,
            ratcheted,
        } = self;
        Finding {
            code,
            severity: match severity {
                api::Severity::Info => Severity::Info,
                api::Severity::Warning => Severity::Warning,
                api::Severity::Error => Severity::Error,
            },
            outcome: outcome.own(),
            title,
            message,
            object: object.own(),
            field,
            value,
            place: place.own(),
            related: related.own(),
            policy: policy.own(),
            help,
            references,
            fix: fix.own(),
            settles,
            ratcheted,
        }
    }
}

impl Record for api::Outcome {
    type Own = Outcome;
    fn own(self) -> Outcome {
        match self {
            api::Outcome::Audit => Outcome::Audit,
            api::Outcome::Warn => Outcome::Warn,
            api::Outcome::Deny => Outcome::Deny,
        }
    }
}

impl Record for api::Place {
    type Own = Place;
    fn own(self) -> Place {
        let api::Place { source, start, end, line, column, end_line, end_column } = self;
        Place { source, span: Span { start, end }, line, column, end_line, end_column }
    }
}

impl Record for api::ObjectRef {
    type Own = ObjectRef;
    fn own(self) -> ObjectRef {
        let api::ObjectRef { group, version, kind, namespace, name } = self;
        ObjectRef { group, version, kind, namespace, name }
    }
}

impl Record for api::Related {
    type Own = Related;
    fn own(self) -> Related {
        let api::Related { message, object, field, place } = self;
        Related { message, object: object.own(), field, place: place.own() }
    }
}

impl Record for api::PolicyRef {
    type Own = PolicyRef;
    fn own(self) -> PolicyRef {
        let api::PolicyRef { id, pack, place } = self;
        PolicyRef { id, pack, place: place.own() }
    }
}

impl Record for api::Fix {
    type Own = Fix;
    fn own(self) -> Fix {
        let api::Fix { title, edits } = self;
        let edit = |api::Edit { place, text }| Edit { place: place.own(), text };
        Fix { title, edits: edits.into_iter().map(edit).collect() }
    }
}

impl Record for api::Unknown {
    type Own = Unknown;
    fn own(self) -> Unknown {
        let api::Unknown { policy, code, object, field, causes, place, outcome } = self;
        Unknown {
            policy: policy.own(),
            code,
            object: object.own(),
            field,
            causes: causes.own(),
            place: place.own(),
            outcome: outcome.own(),
        }
    }
}

impl Record for api::Cause {
    type Own = Cause;
    fn own(self) -> Cause {
        let api::Cause { kind, message, field } = self;
        let kind = match kind {
            api::CauseKind::NotAsked => CauseKind::NotAsked,
            api::CauseKind::Failed => CauseKind::Failed,
        };
        Cause { kind, message, field }
    }
}

impl Record for api::TestReport {
    type Own = TestReport;
    fn own(self) -> TestReport {
        let api::TestReport { cases, problems, filtered_out, policies, conditions } = self;
        TestReport {
            cases: cases.own(),
            problems: problems.own(),
            filtered_out,
            policies: policies.own(),
            conditions: conditions.own(),
        }
    }
}

impl Record for api::TestCase {
    type Own = TestCase;
    fn own(self) -> TestCase {
        let api::TestCase { file, name, place, passed, diff } = self;
        TestCase { file, name, place: place.own(), passed, diff }
    }
}

impl Record for api::PolicyCoverage {
    type Own = PolicyCoverage;
    fn own(self) -> PolicyCoverage {
        let api::PolicyCoverage { policy, place, fired, silent } = self;
        PolicyCoverage { policy, place: place.own(), fired, silent }
    }
}

impl Record for api::Condition {
    type Own = ConditionCoverage;
    fn own(self) -> ConditionCoverage {
        let api::Condition { policy, text, place, seen_true, seen_false } = self;
        ConditionCoverage { policy, text, place: place.own(), seen_true, seen_false }
    }
}
