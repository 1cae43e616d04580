//! The one table of facts.

use super::{About, Answer, Evidence};
use super::{
    backends, endpoints, environment, external_name, ingress, load_balancer, namespace, network_policy, peer,
    pod_template, rule, service, service_port, stateful_set,
};
use crate::cluster::{NAMESPACES_AND_WORKLOADS, WORKLOADS};

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

const SELECTS_NONE: &str = "the Service has no selector, or is an ExternalName";
const NO_WORKLOADS: &str = "the workloads of the namespace are not all known";

/// Every fact, by entity type in the order of the schema.
pub const FACTS: &[FactSpec] = &[
    row(
        NAMESPACED,
        "environment",
        Text,
        "metadata/namespace",
        "Value of the namespace's environment label (`environment`, then `env`, unless set otherwise).",
        "the namespace has no such label",
        "the namespace is not known",
    ).by(NAMESPACES, environment::environment).shown_by(environment::places),
    // Service
    row(SERVICE, "headless", Bool, "spec/clusterIP", "`spec.clusterIP` is `None`.", "", "").by(ALONE, service::headless),
    row(SERVICE, "portCount", Long, "spec/ports", "Number of ports.", "", "").by(ALONE, service::port_count),
    row(
        SERVICE,
        "selectedWorkloads",
        Texts,
        "spec/selector",
        "The workloads that the selector picks.",
        SELECTS_NONE,
        NO_WORKLOADS,
    ).by(WORKLOADS, backends::names).shown_by(backends::places),
    row(
        SERVICE,
        "selectsNothing",
        Bool,
        "spec/selector",
        "The selector picks no workload.",
        SELECTS_NONE,
            "none is here, and the workloads of the namespace are not all known",
        ).by(WORKLOADS, backends::selects_nothing),
    row(
        SERVICE,
        "selectedWorkloadCount",
        Long,
        "spec/selector",
        "How many workloads the selector picks.",
        SELECTS_NONE,
        NO_WORKLOADS,
    ).by(WORKLOADS, backends::count).shown_by(backends::places),
    row(
        SERVICE,
        "backendReplicas",
        Long,
        "spec/selector",
        "Replicas wanted of all selected workloads together; a DaemonSet counts as 1000, a Job or CronJob as one.",
        SELECTS_NONE,
        NO_WORKLOADS,
    ).by(WORKLOADS, backends::replicas).shown_by(backends::places),
    row(
        SERVICE,
        "backedOnlyByDaemonSets",
        Bool,
        "spec/selector",
        "Every selected workload is a DaemonSet.",
        "the selector picks nothing",
        NO_WORKLOADS,
    ).by(WORKLOADS, backends::only_daemon_sets).shown_by(backends::places),
    row(
        SERVICE,
        "backendsWithoutReadinessProbe",
        Texts,
        "spec/selector",
        "Selected workloads with a container port and no container that has a readinessProbe.",
        SELECTS_NONE,
        NO_WORKLOADS,
    ).by(WORKLOADS, backends::without_readiness_probe).shown_by(backends::places_without_readiness_probe),
    row(
        SERVICE,
        "hostNetworkBackends",
        Texts,
        "spec/selector",
        "Selected workloads on the host's network, where NetworkPolicies are not enforced by most plugins.",
        SELECTS_NONE,
        NO_WORKLOADS,
    ).by(WORKLOADS, backends::on_host_network).shown_by(backends::places_on_host_network),
    row(
        SERVICE,
        "sameSelectorServices",
        Texts,
        "spec/selector",
        "Other Services of the namespace with the same selector and a port in common; a headless Service and one with an address are a pair and do not count.",
        SELECTS_NONE,
            "none is here, and the Services of the namespace are not all known",
        ).by(SERVICES, service::same_selector).shown_by(service::same_selector_places),
    row(
        SERVICE,
        "governedStatefulSets",
        Texts,
        "metadata/name",
        "StatefulSets of the namespace whose `serviceName` is this Service.",
        "",
        NO_WORKLOADS,
    ).by(STATEFUL_SETS, service::governed).shown_by(service::governed_places),
    row(
        SERVICE,
        "internalLoadBalancer",
        Bool,
        "metadata/annotations",
        "An annotation or class of a known cloud makes the load balancer internal.",
        "the type is not LoadBalancer",
        "",
    ).by(ALONE, load_balancer::internal),
    row(
        SERVICE,
        "widestSourceRange",
        Long,
        "spec/loadBalancerSourceRanges",
        "The shortest prefix length among `loadBalancerSourceRanges`.",
        "there is none",
        "",
    ).by(ALONE, load_balancer::widest_source_range),
    row(
        SERVICE,
        "loadBalancersInNamespace",
        Long,
        "spec/type",
        "LoadBalancer Services in the namespace, this one included.",
        "the type is not LoadBalancer",
        "the Services of the namespace are not all known",
    ).by(SERVICES, load_balancer::in_namespace),
    row(
        SERVICE,
        "externalNameClass",
        Text,
        "spec/externalName",
        "What `externalName` is: `loopback`, `metadata`, `cluster` (a name inside the cluster), `ip` (an address, not a name) or `external`.",
        "the type is not ExternalName",
        "",
    ).by(ALONE, external_name::class),
    row(
        SERVICE,
        "externalNameMissing",
        Bool,
        "spec/externalName",
        "`externalName` is a name inside the cluster and no such Service exists.",
        "`externalName` is no Service name inside the cluster",
            "no such Service is here, and the Services of that namespace are not all known",
        ).by(SERVICES, external_name::missing),
    row(
        SERVICE,
        "externalNameLoops",
        Bool,
        "spec/externalName",
        "Following `externalName` through Services comes back to this one.",
        "`externalName` is no Service name inside the cluster",
        "the Services on the way are not all known",
    ).by(SERVICES, external_name::loops),
    row(
        SERVICE,
        "manualEndpoints",
        Bool,
        "spec/selector",
        "EndpointSlices or Endpoints name this Service although it has no selector.",
        "the Service has a selector, or is an ExternalName",
            "none is here, and the EndpointSlices of the namespace are not all known",
        ).by(ENDPOINT_SLICES, endpoints::manual).shown_by(endpoints::manual_places),
    row(
        SERVICE,
        "dnsNames",
        Texts,
        "metadata/name",
        "The four names by which pods of its namespace find it: `NAME`, `NAME.NS`, `NAME.NS.svc`, `NAME.NS.svc.DOMAIN`.",
        "",
        "the Service has no name yet (`generateName`)",
    ).by(ALONE, service::dns_names),
    row(
        SERVICE,
        "podDnsNames",
        Texts,
        "metadata/name",
        "Full names of single pods, `POD.NAME.NS.svc.DOMAIN`, of the StatefulSets that a headless Service governs.",
        "the Service is not headless",
        "the StatefulSets of the namespace are not all known, or the Service has no name yet (`generateName`)",
    ).by(STATEFUL_SETS, service::pod_dns_names).shown_by(service::governed_places),
    row(
        SERVICE,
        "dangerousEndpoints",
        Texts,
        "spec/selector",
        "Addresses of its EndpointSlices that are loopback, link-local or a metadata service.",
        "the Service has a selector, or is an ExternalName",
        "the EndpointSlices of the namespace are not all known",
    ).by(ENDPOINT_SLICES, endpoints::dangerous_of_service).shown_by(endpoints::dangerous_places),
    // ServicePort
    row(
        SERVICE_PORT,
        "targetPortDeclared",
        Bool,
        "targetPort",
        "Some selected workload has a container port with this name or number and protocol.",
        "the Service selects nothing, or is an ExternalName",
            "no such port is here, and the workloads of the namespace are not all known",
        ).by(WORKLOADS, service_port::declared).shown_by(service_port::places),
    row(
        SERVICE_PORT,
        "protocolMismatch",
        Bool,
        "protocol",
        "The target port is declared, but only with another protocol.",
        "",
        NO_WORKLOADS,
    ).by(WORKLOADS, service_port::protocol_mismatch).shown_by(service_port::places),
    row(
        SERVICE_PORT,
        "declaredPortNames",
        Texts,
        "targetPort",
        "Names of the container ports that the selected workloads declare.",
        "the Service selects nothing, or is an ExternalName",
        NO_WORKLOADS,
    ).by(WORKLOADS, service_port::declared_names).shown_by(service_port::places),
    row(
        SERVICE_PORT,
        "targetPortNumbers",
        Long,
        "targetPort",
        "How many different numbers a named target port has among the selected workloads.",
        "`targetPort` is no name, or resolves nowhere",
        NO_WORKLOADS,
    ).by(WORKLOADS, service_port::numbers).shown_by(service_port::places),
    row(
        SERVICE_PORT,
        "nodePortOwners",
        Texts,
        "nodePort",
        "Other Services that ask for the same node port and protocol.",
        "there is no `nodePort`",
            "none is here, and the Services of all namespaces are not all known",
        ).by(SERVICES, service_port::node_port_owners).shown_by(service_port::node_port_places),
    // Namespace
    row(
        NAMESPACE,
        "defaultDenyIngress",
        Bool,
        "metadata/name",
        "A NetworkPolicy isolates every pod for ingress and allows nothing by itself.",
        "",
            "none is here, and the NetworkPolicies of the namespace are not all known",
        ).by(POLICIES, namespace::default_deny_ingress).shown_by(namespace::default_deny_ingress_places),
    row(
        NAMESPACE,
        "defaultDenyEgress",
        Bool,
        "metadata/name",
        "A NetworkPolicy isolates every pod for egress and allows nothing by itself, or only DNS.",
        "",
            "none is here, and the NetworkPolicies of the namespace are not all known",
        ).by(POLICIES, namespace::default_deny_egress).shown_by(namespace::default_deny_egress_places),
    row(NAMESPACE, "workloadCount", Long, "metadata/name", "Workloads in the namespace.", "", NO_WORKLOADS).by(WORKLOADS, namespace::workload_count),
    row(
        NAMESPACE,
        "loadBalancers",
        Long,
        "metadata/name",
        "LoadBalancer Services in the namespace.",
        "",
        "the Services of the namespace are not all known",
    ).by(SERVICES, namespace::load_balancers),
    // NetworkPolicy
    row(
        NETWORK_POLICY,
        "isolatesIngress",
        Bool,
        "spec/policyTypes",
        "Selected pods are isolated for ingress, after the defaulting of `policyTypes`.",
        "",
        "",
    ).by(ALONE, network_policy::isolates_ingress),
    row(
        NETWORK_POLICY,
        "isolatesEgress",
        Bool,
        "spec/policyTypes",
        "Selected pods are isolated for egress, after the defaulting of `policyTypes`.",
        "",
        "",
    ).by(ALONE, network_policy::isolates_egress),
    row(
        NETWORK_POLICY,
        "defaultDenyIngress",
        Bool,
        "spec/ingress",
        "It selects every pod, isolates ingress and has no ingress rule.",
        "",
        "",
    ).by(ALONE, network_policy::default_deny_ingress),
    row(
        NETWORK_POLICY,
        "defaultDenyEgress",
        Bool,
        "spec/egress",
        "It selects every pod, isolates egress and has no egress rule, or only rules that allow DNS (port 53).",
        "",
        "",
    ).by(ALONE, network_policy::default_deny_egress),
    row(
        NETWORK_POLICY,
        "onlyDefaultDenyIngress",
        Bool,
        "metadata/name",
        "It is a default deny for ingress, and the namespace has no other.",
        "it is no default deny for ingress",
        "the NetworkPolicies of the namespace are not all known",
    ).by(POLICIES, network_policy::only_default_deny_ingress),
    row(
        NETWORK_POLICY,
        "onlyDefaultDenyEgress",
        Bool,
        "metadata/name",
        "It is a default deny for egress, and the namespace has no other.",
        "it is no default deny for egress",
        "the NetworkPolicies of the namespace are not all known",
    ).by(POLICIES, network_policy::only_default_deny_egress),
    row(
        NETWORK_POLICY,
        "allowsAllIngress",
        Bool,
        "spec/ingress",
        "An ingress rule in force has neither peers nor ports.",
        "",
        "",
    ).by(ALONE, network_policy::allows_all_ingress),
    row(
        NETWORK_POLICY,
        "allowsAllEgress",
        Bool,
        "spec/egress",
        "An egress rule in force has neither peers nor ports.",
        "",
        "",
    ).by(ALONE, network_policy::allows_all_egress),
    row(
        NETWORK_POLICY,
        "ignoredRules",
        Text,
        "spec/policyTypes",
        "`ingress` or `egress`: there are rules of that direction, and `policyTypes` leaves it out, so they mean nothing.",
        "no rule is ignored",
        "",
    ).by(ALONE, network_policy::ignored_rules),
    row(
        NETWORK_POLICY,
        "selectedWorkloads",
        Texts,
        "spec/podSelector",
        "The workloads that `podSelector` picks.",
        "",
        NO_WORKLOADS,
    ).by(WORKLOADS, network_policy::selected_workloads).shown_by(network_policy::places),
    row(
        NETWORK_POLICY,
        "selectsNothing",
        Bool,
        "spec/podSelector",
        "`podSelector` picks no workload.",
        "",
            "none is here, and the workloads of the namespace are not all known",
        ).by(WORKLOADS, network_policy::selects_nothing),
    row(
        NETWORK_POLICY,
        "hostNetworkWorkloads",
        Texts,
        "spec/podSelector",
        "Selected workloads on the host's network, where most plugins do not enforce the policy.",
        "",
        NO_WORKLOADS,
    ).by(WORKLOADS, network_policy::host_network_workloads).shown_by(network_policy::host_network_places),
    row(
        NETWORK_POLICY,
        "allowsDnsUdp",
        Bool,
        "spec/egress",
        "Some egress rule in force allows UDP port 53, by number or by CoreDNS' names `dns` and `dns-tcp`.",
        "",
        "",
    ).by(ALONE, network_policy::allows_dns_udp),
    row(
        NETWORK_POLICY,
        "allowsDnsTcp",
        Bool,
        "spec/egress",
        "Some egress rule in force allows TCP port 53, by number or by CoreDNS' names `dns` and `dns-tcp`.",
        "",
        "",
    ).by(ALONE, network_policy::allows_dns_tcp),
    // rules
    row(
        RULES,
        "widestPortRange",
        Long,
        "ports",
        "Ports in the widest range of the rule: `endPort - port + 1`, 1 for a single port.",
        "the rule names no port number",
        "",
    ).by(ALONE, rule::widest_port_range),
    row(
        RULES,
        "orLikelyMeantAnd",
        Bool,
        "",
        "Two peers follow each other, one with only a namespaceSelector and one with only a podSelector: either suffices, both were likely meant.",
        "",
        "",
    ).by(ALONE, rule::or_likely_meant_and),
    row(
        INGRESS_RULE,
        "deadPorts",
        Texts,
        "ports",
        "Ports of the rule that no selected workload declares, written `80/TCP`, `8000-8999/TCP` or `http/TCP`.",
        "the policy selects nothing, or a selected workload declares no port at all",
        NO_WORKLOADS,
    ).by(WORKLOADS, rule::dead_ports).shown_by(rule::port_places),
    row(
        INGRESS_RULE,
        "unresolvedPortNames",
        Texts,
        "ports",
        "Port names of the rule that no selected workload has.",
        "the policy selects nothing",
        NO_WORKLOADS,
    ).by(WORKLOADS, rule::unresolved_port_names).shown_by(rule::port_places),
    row(EGRESS_RULE, "allowsDns", Bool, "ports", "The rule allows UDP or TCP port 53.", "", "").by(ALONE, rule::allows_dns),
    row(EGRESS_RULE, "onlyDns", Bool, "ports", "The rule allows port 53 and no other port.", "", "").by(ALONE, rule::only_dns),
    // peers
    row(
        PEERS,
        "selectedWorkloads",
        Texts,
        "",
        "The workloads that the peer's selectors pick.",
        "the peer is an ipBlock",
        "namespaces or workloads are not all known",
    ).by(NAMESPACES_AND_WORKLOADS, peer::selected_workloads).shown_by(peer::places),
    row(
        PEERS,
        "selectsNothing",
        Bool,
        "",
        "The peer's selectors pick no workload.",
        "the peer is an ipBlock",
            "none is here, and namespaces or workloads are not all known",
        ).by(NAMESPACES_AND_WORKLOADS, peer::selects_nothing),
    row(PEERS, "prefixLength", Long, "ipBlock/cidr", "Prefix length of `ipBlock.cidr`.", "the peer is no ipBlock", "").by(ALONE, peer::prefix_length),
    row(
        PEERS,
        "hostBits",
        Bool,
        "ipBlock/cidr",
        "`ipBlock.cidr` has bits set beyond its prefix.",
        "the peer is no ipBlock",
        "",
    ).by(ALONE, peer::host_bits),
    row(
        PEERS,
        "coversEverything",
        Bool,
        "ipBlock/cidr",
        "`ipBlock.cidr` is 0.0.0.0/0 or ::/0.",
        "the peer is no ipBlock",
        "",
    ).by(ALONE, peer::covers_everything),
    row(
        PEERS,
        "coversMetadataAddress",
        Bool,
        "ipBlock/cidr",
        "A cloud's metadata address (169.254.169.254, fd00:ec2::254) is in `cidr` and not in `except`.",
        "the peer is no ipBlock",
        "",
    ).by(ALONE, peer::covers_metadata_address),
    row(
        PEERS,
        "exceptOutsideCidr",
        Bool,
        "ipBlock/except",
        "An `except` is no proper part of `cidr`.",
        "the peer is no ipBlock, or has no `except`",
        "",
    ).by(ALONE, peer::except_outside_cidr),
    // pods and workloads
    row(
        TEMPLATE,
        "isolatedIngress",
        Bool,
        "metadata/labels",
        "Some NetworkPolicy selects the pods for ingress.",
        "the pods are on the host's network",
            "none is here, and the NetworkPolicies of the namespace are not all known",
        ).by(POLICIES, pod_template::isolated_ingress).shown_by(pod_template::isolated_ingress_places),
    row(
        TEMPLATE,
        "isolatedEgress",
        Bool,
        "metadata/labels",
        "Some NetworkPolicy selects the pods for egress.",
        "the pods are on the host's network",
            "none is here, and the NetworkPolicies of the namespace are not all known",
        ).by(POLICIES, pod_template::isolated_egress).shown_by(pod_template::isolated_egress_places),
    row(
        TEMPLATE,
        "egressAllowsDns",
        Bool,
        "metadata/labels",
        "Some NetworkPolicy that selects the pods allows UDP port 53.",
        "no NetworkPolicy isolates the pods for egress, or they are on the host's network",
        "none is here that does, and the NetworkPolicies of the namespace are not all known",
    ).by(POLICIES, pod_template::egress_allows_dns).shown_by(pod_template::isolated_egress_places),
    row(
        TEMPLATE,
        "services",
        Texts,
        "metadata/labels",
        "Services that select the pods.",
        "",
        "the Services of the namespace are not all known",
    ).by(SERVICES, pod_template::services).shown_by(pod_template::service_places),
    row(TEMPLATE, "containerPortCount", Long, "spec/containers", "Container ports declared.", "", "").by(ALONE, pod_template::container_port_count),
    row(
        STATEFUL_SET,
        "governingService",
        Text,
        "spec/serviceName",
        "What `serviceName` names: `headless`, `not-headless` or `missing`.",
        "there is no `serviceName`",
            "no such Service is here, and the Services of the namespace are not all known",
        ).by(SERVICES, stateful_set::governing_service).shown_by(stateful_set::places),
    // Ingress
    row(
        INGRESS_PATH,
        "backendMissing",
        Bool,
        "backend",
        "The backend Service does not exist.",
        "the backend is no Service",
            "no such Service is here, and the Services of the namespace are not all known",
        ).by(SERVICES, ingress::backend_missing),
    row(
        INGRESS_PATH,
        "backendPortMissing",
        Bool,
        "backend",
        "The backend Service exists and does not offer the port.",
        "the backend is no Service, or the Service is missing",
            "no such Service is here, and the Services of the namespace are not all known",
        ).by(SERVICES, ingress::backend_port_missing).shown_by(ingress::backend_places),
    row(
        INGRESS_PATH,
        "sameHostAndPath",
        Texts,
        "path",
        "Other Ingresses with the same host and path.",
        "",
            "none is here, and the Ingresses of all namespaces are not all known",
        ).by(INGRESSES, ingress::same_host_and_path).shown_by(ingress::same_host_and_path_places),
    row(
        INGRESS_HOST,
        "coveredByTls",
        Bool,
        "host",
        "An entry of `spec.tls` covers the host.",
        "the rule has no host",
        "",
    ).by(ALONE, ingress::covered_by_tls),
    // EndpointSlice, Endpoints
    row(
        SLICES,
        "dangerousAddresses",
        Texts,
        "",
        "Addresses that are loopback, link-local, or a cloud's metadata service.",
        "",
        "",
    ).by(ALONE, endpoints::dangerous_addresses),
    row(
        SLICES,
        "serviceSelects",
        Bool,
        "",
        "The Service that the object belongs to has a selector, so that the control plane manages its endpoints.",
        "it names no Service, or the Service does not exist",
            "no such Service is here, and the Services of the namespace are not all known",
        ).by(SERVICES, endpoints::service_selects).shown_by(endpoints::service_places),
];
