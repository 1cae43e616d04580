//! Places, objects and findings.

use engine::finding as from;

use super::list;
use crate::bindings::exports::hedgerow::policy::types as wit;

impl From<wit::Source> for engine::Source {
    fn from(wit::Source { name, format, bytes }: wit::Source) -> Self {
        engine::Source { name, format: format.into(), bytes }
    }
}

impl From<wit::Format> for engine::Format {
    fn from(format: wit::Format) -> Self {
        match format {
            wit::Format::Auto => engine::Format::Auto,
            wit::Format::Yaml => engine::Format::Yaml,
            wit::Format::Json => engine::Format::Json,
            wit::Format::Cedar => engine::Format::Cedar,
            wit::Format::Toml => engine::Format::Toml,
            wit::Format::Markdown => engine::Format::Markdown,
        }
    }
}

impl From<from::Place> for wit::Place {
    fn from(place: from::Place) -> Self {
        let from::Place { source, span: from::Span { start, end }, line, column, end_line, end_column } = place;
        wit::Place { source, start, end, line, column, end_line, end_column }
    }
}

impl From<from::ObjectRef> for wit::ObjectRef {
    fn from(from::ObjectRef { namespace, kind, name, group, version }: from::ObjectRef) -> Self {
        wit::ObjectRef { group, version, kind, namespace, name }
    }
}

impl From<wit::ObjectRef> for from::ObjectRef {
    fn from(wit::ObjectRef { group, version, kind, namespace, name }: wit::ObjectRef) -> Self {
        from::ObjectRef { namespace, kind, name, group, version }
    }
}

impl From<from::Severity> for wit::Severity {
    fn from(severity: from::Severity) -> Self {
        match severity {
            from::Severity::Info => wit::Severity::Info,
            from::Severity::Warning => wit::Severity::Warning,
            from::Severity::Error => wit::Severity::Error,
        }
    }
}

impl From<from::Outcome> for wit::Outcome {
    fn from(outcome: from::Outcome) -> Self {
        match outcome {
            from::Outcome::Audit => wit::Outcome::Audit,
            from::Outcome::Warn => wit::Outcome::Warn,
            from::Outcome::Deny => wit::Outcome::Deny,
        }
    }
}

impl From<from::PolicyRef> for wit::PolicyRef {
    fn from(from::PolicyRef { id, pack, place }: from::PolicyRef) -> Self {
        wit::PolicyRef { id, pack, place: place.map(Into::into) }
    }
}

impl From<from::Related> for wit::Related {
    fn from(from::Related { message, object, field, place }: from::Related) -> Self {
        wit::Related { message, object: object.map(Into::into), field, place: place.map(Into::into) }
    }
}

impl From<from::Edit> for wit::Edit {
    fn from(from::Edit { place, text }: from::Edit) -> Self {
        wit::Edit { place: place.into(), text }
    }
}

impl From<from::Fix> for wit::Fix {
    fn from(from::Fix { title, edits }: from::Fix) -> Self {
        wit::Fix { title, edits: list(edits) }
    }
}

impl From<from::Finding> for wit::Finding {
    fn from(finding: from::Finding) -> Self {
        let from::Finding {
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
        } = finding;
        wit::Finding {
            code,
            severity: severity.into(),
            outcome: outcome.into(),
            title,
            message,
            object: object.map(Into::into),
            field,
            value,
            place: place.map(Into::into),
            related: list(related),
            policy: policy.map(Into::into),
            help,
            references,
            fix: fix.map(Into::into),
            settles,
            ratcheted,
        }
    }
}
