//! Whether an UPDATE changes anything that a policy could read.

use crate::text::{Node, Value};

/// Metadata that no policy reads and that controllers change while an object is being deleted.
const UNREAD_METADATA: &[&str] = &[
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
];

/// True if two objects are equal but for status and the metadata that no policy reads.
pub(super) fn unchanged(old: &Value, new: &Value) -> bool {
    same_without(old, new, &["metadata", "status"]) && {
        let metadata = |value: &Value| value.get("metadata").cloned().unwrap_or(Value::NULL);
        same_without(&metadata(old), &metadata(new), UNREAD_METADATA)
    }
}

fn same_without(left: &Value, right: &Value, but: &[&str]) -> bool {
    let (Some(left), Some(right)) = (left.as_map(), right.as_map()) else { return same(left, right) };
    let mut keys = left.iter().chain(right.iter()).map(|entry| &*entry.key).filter(|key| !but.contains(key));
    keys.all(|key| same(left.get(key).unwrap_or(&Value::NULL), right.get(key).unwrap_or(&Value::NULL)))
}

/// Equality of values wherever they stood; absent and null are the same, the order of keys does not matter.
fn same(left: &Value, right: &Value) -> bool {
    match (&left.node, &right.node) {
        (Node::Null, Node::Null) => true,
        (Node::Bool(left), Node::Bool(right)) => left == right,
        (Node::Int(left), Node::Int(right)) => left == right,
        (Node::Float(left), Node::Float(right)) => left == right,
        (Node::Text(left), Node::Text(right)) => left == right,
        (Node::List(left), Node::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Node::Map(_), Node::Map(_)) => same_without(left, right, &[]),
        _ => false,
    }
}
