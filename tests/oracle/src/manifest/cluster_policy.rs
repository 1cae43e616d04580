//! Cluster-wide policies as written. Source of every field: `sigs.k8s.io/network-policy-api`.

use serde::Deserialize;

use super::{LabelSelector, Protocol};

/// Specification of ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy, which differ in `tier` and
/// `priority`, the words of `action`, and `protocols` against `ports`.
#[derive(Clone, Debug, Deserialize)]
pub struct ClusterPolicySpec {
    /// `Admin` or `Baseline`; ClusterNetworkPolicy only.
    pub tier: Option<String>,
    /// Lower goes first; not on BaselineAdminNetworkPolicy.
    #[serde(default)]
    pub priority: i32,
    /// Pods it applies to.
    pub subject: PodsOfNamespaces,
    /// Ingress rules, in order.
    pub ingress: Option<Vec<ClusterRule>>,
    /// Egress rules, in order.
    pub egress: Option<Vec<ClusterRule>>,
}

/// A subject, or the part of a peer that speaks of pods: one of the two.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodsOfNamespaces {
    /// All pods of these namespaces.
    pub namespaces: Option<LabelSelector>,
    /// These pods of these namespaces.
    pub pods: Option<NamespacedPod>,
}

/// `NamespacedPod`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NamespacedPod {
    /// Namespaces; all if absent.
    pub namespace_selector: LabelSelector,
    /// Pods of them.
    pub pod_selector: LabelSelector,
}

/// A rule of a cluster-wide policy.
#[derive(Clone, Debug, Deserialize)]
pub struct ClusterRule {
    /// What becomes of traffic that matches.
    pub action: Action,
    /// Sources or destinations.
    #[serde(alias = "from", alias = "to")]
    pub peers: Vec<ClusterPeer>,
    /// v1alpha2: everything if absent.
    pub protocols: Option<Vec<ClusterProtocol>>,
    /// v1alpha1: everything if absent.
    pub ports: Option<Vec<AdminPort>>,
}

/// What becomes of traffic. v1alpha1 says `Allow` where v1alpha2 says `Accept`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "three actions by their names")]
pub enum Action {
    #[serde(alias = "Allow")]
    Accept,
    Deny,
    Pass,
}

/// A peer of a cluster-wide policy; none of the fields set means one that is not known.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClusterPeer {
    /// Pods.
    #[serde(flatten)]
    pub workloads: PodsOfNamespaces,
    /// Blocks of addresses; egress only.
    pub networks: Option<Vec<String>>,
    /// Nodes by label; egress only.
    pub nodes: Option<LabelSelector>,
    /// Names; egress only, and only in rules that accept.
    pub domain_names: Option<Vec<String>>,
}

/// `ClusterNetworkPolicyProtocol`: one of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "protocols by their names")]
pub struct ClusterProtocol {
    pub tcp: Option<DestinationPort>,
    pub udp: Option<DestinationPort>,
    pub sctp: Option<DestinationPort>,
    pub destination_named_port: Option<String>,
}

/// What of a protocol must match.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationPort {
    /// Port of the destination.
    pub destination_port: PortOrRange,
}

/// One number or one range.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "a number or a range")]
pub struct PortOrRange {
    pub number: Option<u16>,
    pub range: Option<Range>,
}

/// Both ends included.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "protocol (v1alpha1), first and last port")]
pub struct Range {
    pub protocol: Option<Protocol>,
    pub start: u16,
    pub end: u16,
}

/// `AdminNetworkPolicyPort`: one of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AdminPort {
    /// A number.
    pub port_number: Option<ProtocolAndPort>,
    /// A name.
    pub named_port: Option<String>,
    /// A range.
    pub port_range: Option<Range>,
}

/// TCP if no protocol is named.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "protocol and port")]
pub struct ProtocolAndPort {
    pub protocol: Option<Protocol>,
    pub port: u16,
}
