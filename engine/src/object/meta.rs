//! ObjectMeta.

use super::shape::{Field, Shape, optional, or_empty};
use crate::text::Value;

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
    /// Annotations but `kubectl`'s copy of the object.
    pub annotations: Vec<(String, String)>,
    /// The controlling owner (`ownerReferences[controller=true]`): kind and name.
    pub controller: Option<(String, String)>,
    /// `deletionTimestamp` is set.
    pub deleting: bool,
}

/// `kubectl` keeps the whole object in it; nothing reads it.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Meta {
    /// Reads the metadata of an object; `namespace` is what stands for an absent one.
    pub(super) fn lower(object: &Value, namespace: &str) -> Meta {
        let metadata = object.get("metadata").unwrap_or(&Value::NULL);
        let text = |key| metadata.get(key).and_then(Value::as_str).unwrap_or_default();
        let written = text("namespace");
        Meta {
            name: text("name").to_owned(),
            namespace: if written.is_empty() { namespace } else { written }.to_owned(),
            labels: tags(metadata.get("labels"), |_| true),
            annotations: tags(metadata.get("annotations"), |key| key != LAST_APPLIED),
            controller: controller(metadata),
            deleting: metadata.get("deletionTimestamp").is_some(),
        }
    }
}

/// A map of text to text, sorted by key. Null is the empty text, as Go's decoder has it; other values are left out.
pub(super) fn tags(map: Option<&Value>, keeps: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let entries = map.and_then(Value::as_map).into_iter().flat_map(|map| map.iter());
    let mut tags: Vec<_> = entries
        .filter(|entry| keeps(&entry.key))
        .filter_map(|entry| {
            let value = if entry.value.is_null() { "" } else { entry.value.as_str()? };
            Some((entry.key.to_string(), value.to_owned()))
        })
        .collect();
    tags.sort_unstable();
    tags
}

fn controller(metadata: &Value) -> Option<(String, String)> {
    let owners = metadata.get("ownerReferences")?.as_list()?;
    let owner = owners.iter().find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))?;
    let text = |key| owner.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some((text("kind"), text("name")))
}
