//! A cluster in a file: how far each of its kinds is all there, and which fields the file has to have.
//!
//! A document of kind `Snapshot` says of each kind whether the file holds every object of it. With such a document, and the
//! world left to `auto`, files are the cluster as its API server has it: what is not there does not exist.

use std::collections::BTreeSet;

use crate::cluster::{KindState, prune_fields};
use crate::finding::ObjectRef;
use crate::object::shape::{Field, Shape};
use crate::object::{KINDS, Kind, METADATA, Object, POD_TEMPLATE};
use crate::reach::UNMODELLED;
use crate::text::Value;
use crate::way::WAYS_IN;

/// API group of [`SNAPSHOT_KIND`].
pub const SNAPSHOT_GROUP: &str = "hedgerow.dev";
/// Kind of the document that makes files a snapshot.
pub const SNAPSHOT_KIND: &str = "Snapshot";

/// What a question needs of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotOf {
    /// What connections, names and ways hang on.
    Network,
    /// What policies read.
    Policies,
    /// Both.
    Everything,
}

/// A kind that a snapshot has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotKind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Versions whose fields are read, the preferred one first; none if any version will do.
    pub versions: &'static [&'static str],
    /// Paths of the fields that are read, `/` between keys and `*` for each element of a list; what is not below one of them
    /// can be left out without changing an answer. Beside them: `apiVersion` and `kind`.
    pub fields: Vec<String>,
}

/// The kinds of a snapshot, in a fixed order. Never Secrets nor ConfigMaps.
///
/// ```
/// use engine::review::{SnapshotOf, snapshot_kinds};
/// let kinds = snapshot_kinds(SnapshotOf::Network);
/// let policy = kinds.iter().find(|kind| kind.kind == "NetworkPolicy").unwrap();
/// assert!(policy.fields.iter().any(|field| field == "spec"));
/// ```
pub fn snapshot_kinds(of: SnapshotOf) -> Vec<SnapshotKind> {
    let known = KINDS.iter().map(|kind| SnapshotKind {
        group: kind.group,
        kind: kind.kind,
        versions: kind.versions,
        fields: fields(kind),
    });
    let is_known = |group: &str, kind: &str| KINDS.iter().any(|known| known.group == group && known.kind == kind);
    let ways = WAYS_IN.iter().filter(|(group, kind)| !is_known(group, kind));
    let beside = UNMODELLED.iter().chain(ways).filter(|_| of != SnapshotOf::Policies);
    let strange = beside.map(|(group, kind)| SnapshotKind {
        group,
        kind,
        versions: &[],
        fields: ["metadata/name", "metadata/namespace", "spec"].map(str::to_owned).to_vec(),
    });
    known.chain(strange).collect()
}

/// What facts read of a kind, and what policies can.
fn fields(kind: &Kind) -> Vec<String> {
    let mut paths: BTreeSet<String> =
        prune_fields(kind.group, kind.kind).unwrap_or_default().into_iter().map(str::to_owned).collect();
    shaped(METADATA, "metadata/", &mut paths);
    shaped(kind.fields, "", &mut paths);
    if let Some(template) = kind.template {
        let at: String = template.iter().map(|key| format!("{key}/")).collect();
        shaped(POD_TEMPLATE.fields, &at, &mut paths);
    }
    let all: Vec<String> = paths.iter().cloned().collect();
    // A path keeps everything below it.
    paths.retain(|path| {
        !all.iter().any(|other| path.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/')))
    });
    paths.into_iter().collect()
}

fn shaped(fields: &[Field], before: &str, paths: &mut BTreeSet<String>) {
    for field in fields {
        let path = format!("{before}{}", field.name);
        match field.shape {
            Shape::Record(fields) => shaped(fields, &format!("{path}/"), paths),
            Shape::Parts(part) => shaped(part.fields, &format!("{path}/*/"), paths),
            Shape::Set(Shape::Record(fields)) => shaped(fields, &format!("{path}/*/"), paths),
            _ => drop(paths.insert(path)),
        }
    }
}

/// What a Snapshot says: group, kind and state of each kind; `None` for another object.
pub(super) fn states(object: &Object) -> Option<Vec<(String, String, KindState)>> {
    let ObjectRef { group, kind, .. } = &object.id;
    if group != SNAPSHOT_GROUP || kind != SNAPSHOT_KIND {
        return None;
    }
    let kinds = object.raw.as_deref()?.get("kinds").and_then(Value::as_list).unwrap_or_default();
    let text = |value: &Value, key| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let state = |value: &Value| match text(value, "state").as_str() {
        "complete" => KindState::Synced { resource_version: String::new() },
        "not-served" => KindState::NotServed,
        _ => KindState::Unknown { reason: text(value, "reason") },
    };
    Some(kinds.iter().map(|value| (text(value, "group"), text(value, "kind"), state(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_facts_and_policies_read_is_kept_and_nothing_secret() {
        let kinds = snapshot_kinds(SnapshotOf::Everything);
        assert!(kinds.iter().all(|kind| !matches!(kind.kind, "Secret" | "ConfigMap")));
        let check = |kind: &str, wanted: &[&str]| {
            let kind = kinds.iter().find(|known| known.kind == kind).unwrap();
            for field in wanted {
                assert!(kind.fields.iter().any(|path| path == field), "{field}: {:#?}", kind.fields);
            }
            kind.fields.clone()
        };
        let pod = check("Pod", &["metadata/labels", "spec/containers/*/ports", "spec/hostNetwork", "status/phase"]);
        let secret = |path: &String| path.ends_with("/env") || path == "spec" || path == "spec/containers";
        assert!(!pod.iter().any(secret), "{pod:#?}");
        check("Deployment", &["spec/template/metadata/labels", "spec/replicas", "spec/selector"]);
        check("CiliumNetworkPolicy", &["spec"]);
        let network = snapshot_kinds(SnapshotOf::Network);
        for kind in ["CronJob", "Service", "EndpointSlice", "ClusterNetworkPolicy", "HTTPRoute", "ReferenceGrant"] {
            assert!(network.iter().any(|known| known.kind == kind), "{kind}");
        }
        let policies = snapshot_kinds(SnapshotOf::Policies);
        assert!(policies.len() == KINDS.len() && policies.iter().all(|kind| kind.kind != "CiliumNetworkPolicy"));
    }
}
