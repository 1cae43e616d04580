//! Namespace (core/v1).

use super::Meta;
use super::kind::{Kind, Scope};
use crate::text::Value;

/// What is read of a Namespace.
pub(super) const NAMESPACE: Kind = Kind {
    group: "",
    versions: &["v1"],
    kind: "Namespace",
    plural: "namespaces",
    scope: Scope::Cluster,
    entity: "core::v1::Namespace",
    template: None,
    doc: "A namespace. Its facts speak of what is in it.",
    fields: &[],
};

/// A Namespace in typed form; its labels are in the metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// It is being deleted (`deletionTimestamp`, or `status.phase: Terminating`).
    pub terminating: bool,
}

impl Namespace {
    pub(super) fn lower(object: &Value, meta: &Meta) -> Namespace {
        let phase = object.at(&["status", "phase"]).and_then(Value::as_str);
        Namespace { terminating: meta.deleting || phase == Some("Terminating") }
    }
}
