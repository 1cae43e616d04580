//! Namespace (core/v1).

use super::kind::{Kind, Scope};

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
