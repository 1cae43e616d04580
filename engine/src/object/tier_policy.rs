//! What the three kinds of cluster-wide policy have in common: fields, and their typed form.

use super::shape::{Field, Shape, optional, or_empty, required};
use crate::net::{Cidr, Ports, Selector};

/// All pods of some namespaces.
pub(super) const PODS_BY_NAMESPACE: Field =
    optional("namespaces", Shape::Selector, "All pods of these namespaces; with no requirement, of all namespaces.");
/// Which pods of the namespaces.
pub(super) const POD_SELECTOR: Field = required("podSelector", Shape::Selector, "Pods; with no requirement, all.");
/// Nodes.
pub(super) const NODES: Field =
    optional("nodes", Shape::Selector, "The addresses of these nodes; with no requirement, of all nodes.");
/// Blocks of addresses.
pub(super) const NETWORKS: Field =
    or_empty("networks", Shape::Set(&Shape::Address), "Address ranges; pods that have such an address are in them.");
/// Names.
pub(super) const DOMAIN_NAMES: Field = or_empty(
    "domainNames",
    Shape::Set(&Shape::Text),
    "The addresses of these domain names; `*.` in front stands for one or more labels.",
);
/// What a rule is called.
pub(super) const RULE_NAME: Field = optional("name", Shape::Text, "What the rule is called; means nothing else.");

/// Where a policy stands among the others. Source: `ClusterNetworkPolicySpec.tier`: Admin, then NetworkPolicies, then
/// Baseline, then the default that everything passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Before NetworkPolicies.
    Admin,
    /// For pods that no NetworkPolicy selects.
    Baseline,
}

impl Tier {
    /// `Admin` or `Baseline`, as the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::Admin => "Admin",
            Tier::Baseline => "Baseline",
        }
    }
}

/// What becomes of traffic that a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It passes (`Accept`, in v1alpha1 `Allow`).
    Accept,
    /// It does not.
    Deny,
    /// The next tier says.
    Pass,
    /// What is written could not be read or is none of these (there is a finding); what hangs on it is unknown.
    Unreadable,
}

/// A cluster-wide policy in typed form: ClusterNetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierPolicy {
    /// `None` if it could not be read.
    pub tier: Option<Tier>,
    /// 0 to 1000, the lower goes first; 0 for a BaselineAdminNetworkPolicy, of which there is one. `None` if it could not be
    /// read.
    pub priority: Option<u16>,
    /// The pods it is about; `None` if it could not be read.
    pub subject: Option<TierPods>,
    /// Ingress rules in order. Where there should be a list and is none, one rule of which nothing is known.
    pub ingress: Vec<TierRule>,
    /// Egress rules, with the same care.
    pub egress: Vec<TierRule>,
}

/// Pods by selectors. Pods on the node's network are never among them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TierPods {
    /// Their namespaces.
    pub namespaces: Selector,
    /// Which pods there; absent: all.
    pub pods: Option<Selector>,
}

/// A rule of either direction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TierRule {
    /// `name`; empty if it has none.
    pub name: String,
    /// What becomes of what it matches.
    pub action: Action,
    /// `from` or `to`; never empty: where there should be peers and are none, one `TierPeer::Unreadable`.
    pub peers: Vec<TierPeer>,
    /// `protocols` or `ports`. Empty means everything. A list that is none is one `TierPort::Unreadable`.
    pub ports: Vec<TierPort>,
}

impl TierRule {
    /// A rule of which nothing is known.
    pub(crate) fn unreadable() -> TierRule {
        TierRule {
            name: String::new(),
            action: Action::Unreadable,
            peers: vec![TierPeer::Unreadable],
            ports: vec![TierPort::Unreadable],
        }
    }
}

/// One peer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TierPeer {
    /// Pods.
    Pods(TierPods),
    /// Address ranges (`networks`, egress only).
    Networks(Vec<Cidr>),
    /// The addresses of nodes (`nodes`, egress only).
    Nodes(Selector),
    /// The addresses of names (`domainNames`, egress only).
    DomainNames(Vec<String>),
    /// No field that the API knows: a rule with such a peer fails closed. Source: `ClusterNetworkPolicyIngressPeer`, "if an
    /// implementation sees no fields are set then it can infer that the deployed CRD is of an incompatible version".
    NotKnown,
    /// A peer that could not be read (there is a finding); what hangs on it is unknown.
    Unreadable,
}

/// One element of `protocols` or `ports`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TierPort {
    /// These ports.
    Numbers(Ports),
    /// A port by name, of any protocol, looked up at the destination.
    Named(String),
    /// A port that could not be read (there is a finding); what hangs on it is unknown.
    Unreadable,
}
