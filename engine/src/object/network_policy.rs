//! NetworkPolicy (networking/v1).

use super::kind::{Kind, Scope};
use super::shape::{Field, Part, Shape, optional, or_empty, required};
use crate::net::{Cidr, Selector};

const PORTS: Field = or_empty(
    "ports",
    Shape::Set(&Shape::Record(&[
        optional("protocol", Shape::Text, "`TCP` (if absent), `UDP` or `SCTP`."),
        optional("port", Shape::PortOrName, "Number or name; every port if absent."),
        optional("endPort", Shape::Long, "Last port of a range that starts at `port`."),
    ])),
    "Ports that the rule allows; empty allows every port.",
);
const PEER: &[Field] = &[
    optional(
        "podSelector",
        Shape::Selector,
        "Pods of the policy's namespace, or of the namespaces selected beside it.",
    ),
    optional("namespaceSelector", Shape::Selector, "Namespaces; with no requirement, all of them."),
    optional(
        "ipBlock",
        Shape::Record(&[
            required("cidr", Shape::Address, "The range."),
            or_empty("except", Shape::Set(&Shape::Address), "Ranges inside `cidr` that are left out."),
        ]),
        "An address range.",
    ),
];

/// A peer of an ingress rule.
pub(super) const INGRESS_PEER: Part = Part {
    entity: "networking::v1::IngressPeer",
    owner: "networking::v1::NetworkPolicy",
    doc: "One element of `from`.",
    fields: PEER,
};
/// A peer of an egress rule.
pub(super) const EGRESS_PEER: Part = Part {
    entity: "networking::v1::EgressPeer",
    owner: "networking::v1::NetworkPolicy",
    doc: "One element of `to`.",
    fields: PEER,
};
/// An ingress rule.
pub(super) const INGRESS_RULE: Part = Part {
    entity: "networking::v1::IngressRule",
    owner: "networking::v1::NetworkPolicy",
    doc: "One element of `spec.ingress`.",
    fields: &[or_empty("from", Shape::Parts(&INGRESS_PEER), "Who may connect; empty means anyone."), PORTS],
};
/// An egress rule.
pub(super) const EGRESS_RULE: Part = Part {
    entity: "networking::v1::EgressRule",
    owner: "networking::v1::NetworkPolicy",
    doc: "One element of `spec.egress`.",
    fields: &[
        or_empty("to", Shape::Parts(&EGRESS_PEER), "Where the pods may connect to; empty means anywhere."),
        PORTS,
    ],
};

/// What is read of a NetworkPolicy. Source: `k8s.io/api/networking/v1.NetworkPolicySpec`.
pub(super) const NETWORK_POLICY: Kind = Kind {
    group: "networking.k8s.io",
    versions: &["v1"],
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    scope: Scope::Namespaced,
    entity: "networking::v1::NetworkPolicy",
    template: None,
    doc: "Which connections pods may have.",
    fields: &[or_empty(
        "spec",
        Shape::Record(&[
            or_empty(
                "podSelector",
                Shape::Selector,
                "The pods it is about; with no requirement, all pods of the namespace.",
            ),
            optional(
                "policyTypes",
                Shape::Set(&Shape::Text),
                "`Ingress`, `Egress`. If absent: Ingress, and Egress if there is an egress rule.",
            ),
            or_empty("ingress", Shape::Parts(&INGRESS_RULE), "What is allowed in."),
            or_empty("egress", Shape::Parts(&EGRESS_RULE), "What is allowed out."),
        ]),
        "The specification.",
    )],
};

/// A NetworkPolicy in typed form, after defaulting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkPolicy {
    /// The pods it is about.
    pub pod_selector: Selector,
    /// Selected pods are isolated for ingress.
    pub isolates_ingress: bool,
    /// Selected pods are isolated for egress.
    pub isolates_egress: bool,
    /// Ingress rules as written, also when `isolates_ingress` is false (then they mean nothing).
    pub ingress: Vec<Rule>,
    /// Egress rules as written, also when `isolates_egress` is false (then they mean nothing).
    pub egress: Vec<Rule>,
}

/// A rule of either direction. Empty `peers` means everyone, empty `ports` means every port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// `from` or `to`. A list that is none is one `Peer::Unreadable`, so that it never reads as everyone.
    pub peers: Vec<Peer>,
    /// `ports`, with the same care.
    pub ports: Vec<NetworkPolicyPort>,
}

/// One peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Pods by selectors. At least one is present.
    Pods {
        /// Absent: all pods of the selected namespaces.
        pods: Option<Selector>,
        /// Absent: the policy's own namespace.
        namespaces: Option<Selector>,
    },
    /// An address range.
    Block(IpBlock),
    /// A peer that could not be read (there is a finding); what hangs on it is unknown.
    Unreadable,
}

/// An address range with holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpBlock {
    /// The range.
    pub cidr: Cidr,
    /// Ranges that are left out.
    pub except: Vec<Cidr>,
}

/// One port of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkPolicyPort {
    /// Every port of a protocol.
    Every {
        /// `TCP`, `UDP` or `SCTP`.
        protocol: String,
    },
    /// The ports from `first` to `last`, both included.
    Range {
        /// `TCP`, `UDP` or `SCTP`.
        protocol: String,
        /// First port.
        first: u16,
        /// Last port.
        last: u16,
    },
    /// A port by name, looked up at the destination.
    Named {
        /// `TCP`, `UDP` or `SCTP`.
        protocol: String,
        /// The name.
        name: String,
    },
    /// A port that could not be read (there is a finding); what hangs on it is unknown.
    Unreadable,
}
