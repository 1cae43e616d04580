//! The table of kinds that are read.

use super::shape::{Field, Part};
use super::{
    admin_network_policy, baseline_admin_network_policy, cluster_network_policy, endpoint_slice, endpoints, ingress,
    namespace, network_policy, pod, service, stateful_set, workload,
};

/// Whether objects of a kind live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// They have a namespace.
    Namespaced,
    /// They have none.
    Cluster,
}

/// What is known of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Every version whose fields are the same for what is read; the first is the preferred one.
    pub versions: &'static [&'static str],
    /// Kind, such as `Service`.
    pub kind: &'static str,
    /// Resource name, such as `services`.
    pub plural: &'static str,
    /// Namespaced or not.
    pub scope: Scope,
    /// Cedar entity type, such as `core::v1::Service`.
    pub entity: &'static str,
    /// The fields beside `apiVersion`, `kind` and `metadata`.
    pub fields: &'static [Field],
    /// Where the pod template stands, as a path of keys: empty path for a Pod, `None` for kinds without one.
    pub template: Option<&'static [&'static str]>,
    /// What it is, in a sentence.
    pub doc: &'static str,
}

/// Every kind that is read, in alphabetical order of entity type. Other kinds are kept as `k8s::Object`.
pub const KINDS: &[&Kind] = &[
    &workload::DAEMON_SET,
    &workload::DEPLOYMENT,
    &workload::REPLICA_SET,
    &stateful_set::STATEFUL_SET,
    &workload::CRON_JOB,
    &workload::JOB,
    &endpoints::ENDPOINTS,
    &namespace::NAMESPACE,
    &pod::POD,
    &workload::REPLICATION_CONTROLLER,
    &service::SERVICE,
    &endpoint_slice::ENDPOINT_SLICE,
    &ingress::INGRESS,
    &network_policy::NETWORK_POLICY,
    &admin_network_policy::ADMIN_NETWORK_POLICY,
    &baseline_admin_network_policy::BASELINE_ADMIN_NETWORK_POLICY,
    &cluster_network_policy::CLUSTER_NETWORK_POLICY,
];

/// The kind that `apiVersion` and `kind` name, any of its versions.
pub fn kind_of(api_version: &str, kind: &str) -> Option<&'static Kind> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    KINDS.iter().copied().find(|known| known.kind == kind && known.group == group && known.versions.contains(&version))
}

/// Every part that a kind has, outermost first.
pub fn parts_of(kind: &Kind) -> Vec<&'static Part> {
    let mut parts = Vec::new();
    if kind.template.is_some() {
        parts.push(&pod::POD_TEMPLATE);
        collect(pod::POD_TEMPLATE.fields, &mut parts);
    }
    collect(kind.fields, &mut parts);
    parts
}

fn collect(fields: &'static [Field], into: &mut Vec<&'static Part>) {
    use super::shape::Shape;
    for field in fields {
        match field.shape {
            Shape::Parts(part) => {
                into.push(part);
                collect(part.fields, into);
            }
            Shape::Record(fields) => collect(fields, into),
            _ => {}
        }
    }
}
