//! The one table of facts: what a row is, and all of them. The rows stand in the files below, by what they are about.

mod others;
mod pods;
mod policies;
mod rules;
mod services;

use super::{About, Answer, Evidence};
use super::{
    backends, dead, endpoints, environment, exposure, external_name, half_open, ingress, load_balancer, namespace,
    network_policy, outward, peer, pod_template, rule, service, service_port, shadow, stateful_set,
};
use crate::cluster::{NAMESPACES_AND_WORKLOADS, NETWORK, WORKLOADS};

/// The type a fact has in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactType {
    /// `Bool`
    Bool,
    /// `Long`
    Long,
    /// `String`
    Text,
    /// `Set<String>`; objects are written `NAMESPACE/NAME`.
    Texts,
}

/// One row of the table. Two rows are the same if they have the same name on the same types.
#[derive(Clone, Copy, Debug)]
pub struct FactSpec {
    /// Cedar entity types that have it.
    pub on: &'static [&'static str],
    /// The attribute's name inside `facts`.
    pub name: &'static str,
    /// Its type.
    pub ty: FactType,
    /// The field that a finding points at when a policy hangs on the fact, as a path below the object or part; empty for the
    /// whole of it.
    pub field: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// When it is not applicable; empty if it always is.
    pub not_applicable: &'static str,
    /// When it is unknown; empty if it never is (it hangs on the object alone). Beside that, every fact is unknown whose own
    /// field could not be read.
    pub unknown: &'static str,
    /// Group and kind of what must be known of the cluster: what a host has to watch.
    pub needs: &'static [(&'static str, &'static str)],
    pub(super) compute: fn(About<'_>) -> Answer,
    pub(super) evidence: fn(About<'_>) -> Vec<Evidence>,
}

impl PartialEq for FactSpec {
    fn eq(&self, other: &FactSpec) -> bool {
        self.name == other.name && self.on == other.on
    }
}

impl Eq for FactSpec {}

/// A row without what computes it.
struct Row {
    on: &'static [&'static str],
    name: &'static str,
    ty: FactType,
    field: &'static str,
    meaning: &'static str,
    not_applicable: &'static str,
    unknown: &'static str,
}

const fn row(
    on: &'static [&'static str],
    name: &'static str,
    ty: FactType,
    field: &'static str,
    meaning: &'static str,
    not_applicable: &'static str,
    unknown: &'static str,
) -> Row {
    Row { on, name, ty, field, meaning, not_applicable, unknown }
}

impl Row {
    /// The row, with the kinds that it needs and the function that computes it.
    const fn by(self, needs: &'static [(&'static str, &'static str)], compute: fn(About<'_>) -> Answer) -> FactSpec {
        let Row { on, name, ty, field, meaning, not_applicable, unknown } = self;
        FactSpec { on, name, ty, field, meaning, not_applicable, unknown, needs, compute, evidence: no_evidence }
    }
}

impl FactSpec {
    /// The row, with the function that finds the second places.
    const fn shown_by(self, evidence: fn(About<'_>) -> Vec<Evidence>) -> FactSpec {
        FactSpec { evidence, ..self }
    }
}

fn no_evidence(_: About<'_>) -> Vec<Evidence> {
    Vec::new()
}

use FactType::{Bool, Long, Text, Texts};

const SERVICE: &[&str] = &["core::v1::Service"];
const SERVICE_PORT: &[&str] = &["core::v1::ServicePort"];
const NAMESPACE: &[&str] = &["core::v1::Namespace"];
const NETWORK_POLICY: &[&str] = &["networking::v1::NetworkPolicy"];
const INGRESS_RULE: &[&str] = &["networking::v1::IngressRule"];
const RULES: &[&str] = &["networking::v1::EgressRule", "networking::v1::IngressRule"];
const EGRESS_RULE: &[&str] = &["networking::v1::EgressRule"];
const PEERS: &[&str] = &["networking::v1::EgressPeer", "networking::v1::IngressPeer"];
const TEMPLATE: &[&str] = &["core::v1::PodTemplate"];
const STATEFUL_SET: &[&str] = &["apps::v1::StatefulSet"];
const INGRESS_PATH: &[&str] = &["networking::v1::IngressPath"];
const INGRESS_HOST: &[&str] = &["networking::v1::IngressHost"];
const SLICES: &[&str] = &["core::v1::Endpoints", "discovery::v1::EndpointSlice"];
const NAMESPACED: &[&str] = &[
    "apps::v1::DaemonSet",
    "apps::v1::Deployment",
    "apps::v1::ReplicaSet",
    "apps::v1::StatefulSet",
    "batch::v1::CronJob",
    "batch::v1::Job",
    "core::v1::Endpoints",
    "core::v1::Namespace",
    "core::v1::Pod",
    "core::v1::PodTemplate",
    "core::v1::ReplicationController",
    "core::v1::Service",
    "discovery::v1::EndpointSlice",
    "networking::v1::Ingress",
    "networking::v1::NetworkPolicy",
];
/// The fact hangs on its object alone.
const ALONE: &[(&str, &str)] = &[];
const NAMESPACES: &[(&str, &str)] = &[("", "Namespace")];
const SERVICES: &[(&str, &str)] = &[("", "Service")];
const STATEFUL_SETS: &[(&str, &str)] = &[("apps", "StatefulSet")];
const POLICIES: &[(&str, &str)] = &[("networking.k8s.io", "NetworkPolicy")];
const INGRESSES: &[(&str, &str)] = &[("networking.k8s.io", "Ingress")];
const ENDPOINT_SLICES: &[(&str, &str)] = endpoints::SLICES;

const WORKLOADS_AND_POLICIES: &[(&str, &str)] = &[
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("networking.k8s.io", "NetworkPolicy"),
];

const SELECTS_NONE: &str = "the Service has no selector, or is an ExternalName";
const NO_WORKLOADS: &str = "the workloads of the namespace are not all known";

/// Every fact, by entity type in the order of the schema.
pub const FACTS: &[FactSpec] = &ALL;

/// By the file that they stand in.
const GROUPS: &[&[FactSpec]] = &[
    others::COMMON_ROWS,
    services::SERVICE_ROWS,
    services::PORT_ROWS,
    others::NAMESPACE_ROWS,
    policies::POLICY_ROWS,
    rules::RULE_ROWS,
    rules::PEER_ROWS,
    pods::POD_ROWS,
    others::INGRESS_ROWS,
    others::ENDPOINT_ROWS,
];

const COUNT: usize = {
    let (mut count, mut rest) = (0, GROUPS);
    while let [group, others @ ..] = rest {
        count += group.len();
        rest = others;
    }
    count
};

static ALL: [FactSpec; COUNT] = {
    let mut all = [row(&[], "", Bool, "", "", "", "").by(ALONE, service::headless); COUNT];
    let (mut free, mut rest): (&mut [FactSpec], _) = (&mut all, GROUPS);
    while let [group, others @ ..] = rest {
        free = filled(free, group);
        rest = others;
    }
    all
};

/// Writes the rows into the first places, and gives the others.
const fn filled<'a>(mut free: &'a mut [FactSpec], mut rows: &[FactSpec]) -> &'a mut [FactSpec] {
    while let [fact, more @ ..] = rows {
        match free {
            [slot, empty @ ..] => {
                *slot = *fact;
                free = empty;
            }
            [] => return &mut [],
        }
        rows = more;
    }
    free
}
