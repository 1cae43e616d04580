//! ObjectMeta.

use super::shape::{Field, Shape, optional, or_empty};

/// What is read of every object's metadata. Source: `metav1.ObjectMeta`.
pub const METADATA: &[Field] = &[
    optional("name", Shape::Text, "Absent on CREATE with `generateName`."),
    optional("generateName", Shape::Text, "Prefix from which the API server makes the name."),
    optional("namespace", Shape::Text, "Absent for cluster-scoped objects."),
    or_empty("labels", Shape::Tags("meta::v1::Labels"), "Labels."),
    or_empty("annotations", Shape::Tags("meta::v1::Annotations"), "Annotations."),
    optional("deletionTimestamp", Shape::Opaque, "Set while the object is being deleted."),
];

/// Metadata in typed form. Labels and annotations are sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Name; empty while there is only `generateName`.
    pub name: String,
    /// Namespace; empty for cluster-scoped objects. Filled in from the request or `--namespace` where the text has none.
    pub namespace: String,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// Annotations that facts read (all others stay in the text).
    pub annotations: Vec<(String, String)>,
    /// The controlling owner (`ownerReferences[controller=true]`): kind and name.
    pub controller: Option<(String, String)>,
    /// `deletionTimestamp` is set.
    pub deleting: bool,
}
