//! The rules that decide.

use super::{Answer, Cause, Passage, Reason};
use crate::cluster::Direction;
use crate::finding::{ObjectRef, Span};
use crate::net::{AddressSet, Ports};
use crate::object::{Action, Tier};

/// An answer and what makes it. If the answer has several parts, the evidence speaks of the part that fares best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The answer.
    pub answer: Answer,
    /// The source's side; `None` if the source is an address set, of which no policy of the cluster speaks.
    pub egress: Option<SideEvidence>,
    /// The destination's side; `None` likewise.
    pub ingress: Option<SideEvidence>,
}

/// What one end lets pass to or from the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideEvidence {
    /// Which way.
    pub direction: Direction,
    /// The workload, by name.
    pub workload: String,
    /// Whether some policy isolates it that way; if none does, everything passes.
    pub isolated: Match,
    /// What this side lets pass, by itself; of the port that is asked about, if one is.
    pub passage: Passage,
    /// The cluster-wide policies that are about it, or may be, and have rules of the direction: in the order of tier,
    /// priority and name, which is that in which they are asked.
    pub tiers: Vec<TierPolicyEvidence>,
    /// The ports that the Admin tier leaves to NetworkPolicies, because it passes them on or says nothing; of the port that
    /// is asked about, if one is.
    pub left_to_network_policies: Passage,
    /// The NetworkPolicies that isolate it, or may, sorted by name.
    pub policies: Vec<PolicyEvidence>,
    /// Why the plugin has a say, beside what stands at policies, peers and ports.
    pub reasons: Vec<Reason>,
    /// What is not known beside policies: an open world, kinds that are not modelled.
    pub causes: Vec<Cause>,
}

/// Whether something holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It does.
    Yes,
    /// It does for these of the addresses.
    Part(AddressSet),
    /// It does not, and why not.
    No(Why),
    /// The plugin chooses.
    Plugin(Reason),
    /// It is not known.
    Unknown(Cause),
}

/// Why something does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The namespace is another than the policy's, of which a peer without `namespaceSelector` speaks.
    OtherNamespace {
        /// The policy's.
        wanted: String,
        /// The end's.
        found: String,
    },
    /// A label of the pods is not as the selector wants it.
    PodLabel {
        /// The requirement, as `kubectl --selector` has it.
        wanted: String,
        /// The label's value, if it is there.
        found: Option<String>,
    },
    /// A label of the namespace is not as the selector wants it.
    NamespaceLabel {
        /// The requirement, as `kubectl --selector` has it.
        wanted: String,
        /// The label's value, if it is there.
        found: Option<String>,
    },
    /// Selectors pick pods, and this end is outside.
    NoPod,
    /// The block does not hold the addresses.
    OutsideOfBlock {
        /// The block.
        block: AddressSet,
    },
    /// The block can hold no pod's address, and this end is a pod.
    BlockWithoutPods {
        /// The block.
        block: AddressSet,
    },
    /// No container of the destination has a port of that name and protocol.
    NoSuchPortName {
        /// The name.
        name: String,
    },
    /// The destination is outside, where ports have no names.
    NameOutside {
        /// The name.
        name: String,
    },
    /// The port that is asked about is none of these.
    OtherPort {
        /// What it is about.
        ports: Ports,
    },
    /// No policy isolates the workload that way.
    NothingIsolates,
    /// Cluster-wide policies never select pods on their node's network, and this end is one.
    OnNode,
    /// The peer speaks of nodes, and this end is none.
    NoNode,
    /// The block can hold no address that this end can have.
    NetworksWithoutPods {
        /// The block.
        networks: AddressSet,
    },
    /// The peer has no field that the API knows: its rule fails closed.
    PeerNotKnown,
}

/// One cluster-wide policy at one end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierPolicyEvidence {
    /// The policy.
    pub policy: ObjectRef,
    /// Its tier; `None` if it cannot be read.
    pub tier: Option<Tier>,
    /// Its priority, 0 to 1000, the lower goes first; `None` if it has none or it cannot be read.
    pub priority: Option<u16>,
    /// Whether it is about the workload, and counts where it says.
    pub applies: Match,
    /// Its rules of the direction, in the order written, which is that in which they are asked.
    pub rules: Vec<TierRuleEvidence>,
}

/// One rule of a cluster-wide policy. A rule that matches and decides nothing is passed over: something before it has
/// decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierRuleEvidence {
    /// JSON pointer of the rule inside its object, such as `/spec/ingress/0`.
    pub field: String,
    /// What it is called; empty if it has no name.
    pub name: String,
    /// Source and span of the rule in it, if the object came with its text.
    pub place: Option<(u32, Span)>,
    /// What becomes of what it matches.
    pub action: Action,
    /// A peer of it has no field that the API knows: `Accept` matches nothing, any other action denies everything.
    pub fails_closed: bool,
    /// The ports that it matches between these ends: for sure (`allow`), by the plugin's choice, or perhaps.
    pub matches: Passage,
    /// Those of them that nothing before it has decided.
    pub decides: Passage,
    /// Its peers in the order written.
    pub peers: Vec<PeerEvidence>,
    /// Its ports in the order written; none if the rule is about everything.
    pub ports: Vec<PortEvidence>,
}

/// One NetworkPolicy at one end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEvidence {
    /// The policy.
    pub policy: ObjectRef,
    /// Whether it isolates the workload.
    pub isolates: Match,
    /// What it allows between these ends.
    pub passage: Passage,
    /// Its rules of the direction, in the order written.
    pub rules: Vec<RuleEvidence>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleEvidence {
    /// JSON pointer of the rule inside its object, such as `/spec/ingress/0`.
    pub field: String,
    /// Index of the source and the bytes of the rule in it, if the object came with its text.
    pub place: Option<(u32, Span)>,
    /// What the rule allows between these ends.
    pub passage: Passage,
    /// Its peers in the order written; none if the rule is about everyone.
    pub peers: Vec<PeerEvidence>,
    /// Its ports in the order written; none if the rule is about every port.
    pub ports: Vec<PortEvidence>,
}

/// One peer of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerEvidence {
    /// JSON pointer inside the object.
    pub field: String,
    /// Whether it takes in the other end.
    pub matches: Match,
}

/// One port of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortEvidence {
    /// JSON pointer inside the object.
    pub field: String,
    /// Whether it is about a port of the destination, and about the one that is asked.
    pub matches: Match,
}
