//! NetworkPolicy (networking/v1).

use super::kind::{Kind, Scope};
use super::shape::{Field, Part, Shape, optional, or_empty, required};
use super::{Notes, Path, TargetPort, label_selector, port};
use crate::net::{Cidr, Operator, Requirement, Selector};
use crate::text::Value;

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
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// `from` or `to`. A list that is none is one `Peer::Unreadable`, so that it never reads as everyone.
    pub peers: Vec<Peer>,
    /// `ports`, with the same care.
    pub ports: Vec<NetworkPolicyPort>,
}

/// One peer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpBlock {
    /// The range.
    pub cidr: Cidr,
    /// Ranges that are left out.
    pub except: Vec<Cidr>,
}

/// One port of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

const TYPES: [&str; 2] = ["Ingress", "Egress"];

impl NetworkPolicy {
    pub(super) fn lower(object: &Value, notes: &mut Notes<'_>) -> NetworkPolicy {
        let spec = object.get("spec").unwrap_or(&Value::NULL);
        let path = Path::ROOT.key("spec");
        // A selector that cannot be read selects nothing here; `Object::is_readable` says that this is a guess.
        let pod_selector = match spec.get("podSelector") {
            None => Selector::default(),
            Some(value) => label_selector::lower(value).unwrap_or_else(selects_nothing),
        };
        let ingress = rules(spec, ["ingress", "from"], &path, notes);
        let egress = rules(spec, ["egress", "to"], &path, notes);
        let types = spec.get("policyTypes").and_then(Value::as_list).unwrap_or_default();
        for (index, value) in types.iter().enumerate() {
            notes.expect_word(&path.key("policyTypes").index(index), value, &TYPES);
        }
        let has = |wanted: &str| types.iter().any(|value| value.as_str() == Some(wanted));
        // Absent or empty `policyTypes` default to Ingress, and to Egress too only if there is an egress rule.
        let (isolates_ingress, isolates_egress) =
            if types.is_empty() { (true, !egress.is_empty()) } else { (has("Ingress"), has("Egress")) };
        NetworkPolicy { pod_selector, isolates_ingress, isolates_egress, ingress, egress }
    }
}

fn selects_nothing() -> Selector {
    let requirement = Requirement { key: String::new(), operator: Operator::In, values: Vec::new() };
    Selector { requirements: vec![requirement] }
}

fn rules(spec: &Value, [direction, peers]: [&str; 2], path: &Path<'_>, notes: &mut Notes<'_>) -> Vec<Rule> {
    let Some(value) = spec.get(direction) else { return Vec::new() };
    let path = path.key(direction);
    let Some(list) = value.as_list() else {
        return vec![Rule { peers: vec![Peer::Unreadable], ports: vec![NetworkPolicyPort::Unreadable] }];
    };
    let rule = |(index, rule): (usize, &Value)| {
        let path = path.index(index);
        Rule {
            peers: elements(rule, peers, &path, Peer::Unreadable, |value, path| peer(value, path, notes)),
            ports: elements(rule, "ports", &path, NetworkPolicyPort::Unreadable, |value, path| {
                policy_port(value, path, notes)
            }),
        }
    };
    list.iter().enumerate().map(rule).collect()
}

/// The elements of the list at `key` of a rule; the one element `unreadable` where there should be a list and is none, for
/// an empty list would allow everything.
fn elements<T>(
    rule: &Value,
    key: &str,
    path: &Path<'_>,
    unreadable: T,
    mut element: impl FnMut(&Value, &Path<'_>) -> T,
) -> Vec<T> {
    if rule.as_map().is_none() && !rule.is_null() {
        return vec![unreadable];
    }
    let Some(value) = rule.get(key) else { return Vec::new() };
    let Some(list) = value.as_list() else { return vec![unreadable] };
    let path = path.key(key);
    list.iter().enumerate().map(|(index, value)| element(value, &path.index(index))).collect()
}

fn peer(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Peer {
    let [pods, namespaces, block] = ["podSelector", "namespaceSelector", "ipBlock"].map(|key| value.get(key));
    match (pods.or(namespaces), block) {
        (None, None) => {
            if value.as_map().is_some() || value.is_null() {
                let why = "and the API wants `podSelector`, `namespaceSelector` or `ipBlock` in it";
                notes.refused_unreadable(path, value, why, None);
            }
            Peer::Unreadable
        }
        (Some(_), Some(_)) => {
            let why = "and the API refuses `ipBlock` beside a selector";
            notes.refused_unreadable(path, value, why, Some("make them two peers".to_owned()));
            Peer::Unreadable
        }
        (None, Some(block)) => ip_block(block, &path.key("ipBlock"), notes).map_or(Peer::Unreadable, Peer::Block),
        (Some(_), None) => match (selector(pods), selector(namespaces)) {
            (Some(pods), Some(namespaces)) => Peer::Pods { pods, namespaces },
            _ => Peer::Unreadable,
        },
    }
}

/// `Some(None)` if absent, `None` if it cannot be read.
fn selector(value: Option<&Value>) -> Option<Option<Selector>> {
    match value {
        None => Some(None),
        Some(value) => label_selector::lower(value).map(Some),
    }
}

fn ip_block(block: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<IpBlock> {
    let cidr = range(block.get("cidr")?, &path.key("cidr"), notes)?;
    let mut except = Vec::new();
    if let Some(list) = block.get("except") {
        let path = path.key("except");
        for (index, value) in list.as_list()?.iter().enumerate() {
            let path = path.index(index);
            let hole = range(value, &path, notes)?;
            if !cidr.contains(&hole) || hole.prefix == cidr.prefix {
                notes.refused(&path, value, &format!("and the API wants a range inside `{cidr}` and smaller"), None);
            }
            except.push(hole);
        }
    }
    Some(IpBlock { cidr, except })
}

pub(super) fn range(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<Cidr> {
    let text = value.as_str()?;
    if let Some(single) = Cidr::parse_or_address(text).filter(|_| !text.contains('/')) {
        notes.refused_unreadable(path, value, "and the API wants a range", Some(format!("write `{single}`")));
        return None;
    }
    Cidr::parse(text)
}

fn policy_port(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> NetworkPolicyPort {
    if value.as_map().is_none() && !value.is_null() {
        return NetworkPolicyPort::Unreadable;
    }
    let protocol = port::protocol(value, path, notes);
    let is_given = |key| value.get(key).is_some();
    match port::number_or_name(value, "port", path, notes) {
        Some(TargetPort::Number(first)) => {
            let last = port::number(value, "endPort", path, notes);
            if last.is_none() && is_given("endPort") {
                return NetworkPolicyPort::Unreadable;
            }
            let last = last.unwrap_or(first);
            if let Some(value) = value.get("endPort").filter(|_| last < first) {
                notes.refused(&path.key("endPort"), value, &format!("below `port`, which is {first}"), None);
            }
            NetworkPolicyPort::Range { protocol, first, last }
        }
        Some(TargetPort::Name(name)) => {
            end_port_alone(value, path, "which needs a number in `port`, not a name", notes);
            NetworkPolicyPort::Named { protocol, name }
        }
        None if is_given("port") => NetworkPolicyPort::Unreadable,
        None => {
            end_port_alone(value, path, "which needs `port`", notes);
            NetworkPolicyPort::Every { protocol }
        }
    }
}

fn end_port_alone(port: &Value, path: &Path<'_>, why: &str, notes: &mut Notes<'_>) {
    if let Some(value) = port.get("endPort") {
        notes.refused(&path.key("endPort"), value, why, None);
    }
}
