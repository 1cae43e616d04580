//! The rules that decide.

use super::{Answer, Cause, Passage, Reason};
use crate::cluster::Direction;
use crate::finding::{ObjectRef, Span};
use crate::net::AddressSet;

/// An answer and what makes it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The answer.
    pub answer: Answer,
    /// The source's side; `None` if the source is an address set, of which no policy of the cluster speaks.
    pub egress: Option<SideEvidence>,
    /// The destination's side; `None` likewise.
    pub ingress: Option<SideEvidence>,
}

/// What one end lets pass to or from the other.
#[derive(Clone, Debug)]
pub struct SideEvidence {
    /// Which way.
    pub direction: Direction,
    /// The workload, by name.
    pub workload: String,
    /// Whether some policy isolates it that way.
    pub isolated: Match,
    /// What this side lets pass, by itself.
    pub passage: Passage,
    /// The policies that isolate it, or may, sorted by name.
    pub policies: Vec<PolicyEvidence>,
    /// Causes beside policies: an open world, kinds that are not modelled.
    pub causes: Vec<Cause>,
}

/// Whether something holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It does.
    Yes,
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
    /// The namespace is another than the policy's.
    OtherNamespace {
        /// The policy's.
        wanted: String,
        /// The end's.
        found: String,
    },
    /// A label of the pods is not as the selector wants it.
    PodLabel {
        /// The requirement, such as `app in (web)`.
        wanted: String,
        /// The label's value, if it is there.
        found: Option<String>,
    },
    /// A label of the namespace is not as the selector wants it.
    NamespaceLabel {
        /// The requirement.
        wanted: String,
        /// The label's value, if it is there.
        found: Option<String>,
    },
    /// Selectors pick pods, and this end is an address outside.
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
    /// The destination is an address outside, where ports have no names.
    NameOutside {
        /// The name.
        name: String,
    },
    /// The port that is asked about is another.
    OtherPort,
    /// Nothing isolates the workload.
    NothingIsolates,
}

/// One NetworkPolicy at one end.
#[derive(Clone, Debug)]
pub struct PolicyEvidence {
    /// The policy.
    pub policy: ObjectRef,
    /// Whether it selects the workload.
    pub selects: Match,
    /// Its rules of the direction, in the order written.
    pub rules: Vec<RuleEvidence>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct RuleEvidence {
    /// JSON pointer of the rule inside its object, such as `/spec/ingress/0`.
    pub field: String,
    /// Index of the source and the bytes of the rule in it, if the object came with its text.
    pub place: Option<(u32, Span)>,
    /// What the rule lets pass between these ends.
    pub passage: Passage,
    /// Its peers in the order written; none if the rule lets everyone in or out.
    pub peers: Vec<PeerEvidence>,
    /// Its ports in the order written; none if the rule is about every port.
    pub ports: Vec<PortEvidence>,
}

/// One peer of a rule.
#[derive(Clone, Debug)]
pub struct PeerEvidence {
    /// JSON pointer inside the object.
    pub field: String,
    /// Whether it takes in the other end.
    pub matches: Match,
}

/// One port of a rule.
#[derive(Clone, Debug)]
pub struct PortEvidence {
    /// JSON pointer inside the object.
    pub field: String,
    /// What it lets pass, if the peers match.
    pub passage: Passage,
    /// Whether it is about what is asked.
    pub matches: Match,
}
