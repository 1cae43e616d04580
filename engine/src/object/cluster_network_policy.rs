//! ClusterNetworkPolicy (policy.networking.k8s.io).

use super::kind::{Kind, Scope};
use super::shape::{Field, Part, Shape, optional, or_empty, required};
use super::tier_dialect::{Dialect, number, only_field, priority, range};
use super::tier_policy::{DOMAIN_NAMES, NETWORKS, NODES, POD_SELECTOR, PODS_BY_NAMESPACE, RULE_NAME};
use super::{Notes, Path, Tier, TierPolicy, TierPort};
use crate::net::Protocol;
use crate::text::Value;

const PODS: Field = optional(
    "pods",
    Shape::Record(&[
        or_empty("namespaceSelector", Shape::Selector, "Their namespaces; with no requirement, all of them."),
        POD_SELECTOR,
    ]),
    "Pods of namespaces.",
);
const DESTINATION_PORT: &[Field] = &[optional(
    "destinationPort",
    Shape::Record(&[
        optional("number", Shape::Long, "One port."),
        optional(
            "range",
            Shape::Record(&[
                required("start", Shape::Long, "First port."),
                required("end", Shape::Long, "Last port, above the first."),
            ]),
            "Ports next to each other.",
        ),
    ]),
    "Port of the destination: a number or a range.",
)];
const PROTOCOLS: Field = or_empty(
    "protocols",
    Shape::Set(&Shape::Record(&[
        optional("tcp", Shape::Record(DESTINATION_PORT), "Of TCP."),
        optional("udp", Shape::Record(DESTINATION_PORT), "Of UDP."),
        optional("sctp", Shape::Record(DESTINATION_PORT), "Of SCTP."),
        optional("destinationNamedPort", Shape::Text, "A port by its name at the destination, of any protocol."),
    ])),
    "What the rule matches, one field each; absent matches everything.",
);
const ACTION: Field = required("action", Shape::Text, "`Accept`, `Deny`, or `Pass`: the next tier says.");

/// A peer of an ingress rule.
const INGRESS_PEER: Part = Part {
    entity: "policy::v1alpha2::IngressPeer",
    owner: "policy::v1alpha2::ClusterNetworkPolicy",
    doc: "One element of `from`.",
    fields: &[PODS_BY_NAMESPACE, PODS],
};
/// A peer of an egress rule.
const EGRESS_PEER: Part = Part {
    entity: "policy::v1alpha2::EgressPeer",
    owner: "policy::v1alpha2::ClusterNetworkPolicy",
    doc: "One element of `to`.",
    fields: &[PODS_BY_NAMESPACE, PODS, NODES, NETWORKS, DOMAIN_NAMES],
};
const INGRESS_RULE: Part = Part {
    entity: "policy::v1alpha2::IngressRule",
    owner: "policy::v1alpha2::ClusterNetworkPolicy",
    doc: "One element of `spec.ingress`.",
    fields: &[RULE_NAME, ACTION, required("from", Shape::Parts(&INGRESS_PEER), "Sources; at least one."), PROTOCOLS],
};
const EGRESS_RULE: Part = Part {
    entity: "policy::v1alpha2::EgressRule",
    owner: "policy::v1alpha2::ClusterNetworkPolicy",
    doc: "One element of `spec.egress`.",
    fields: &[RULE_NAME, ACTION, required("to", Shape::Parts(&EGRESS_PEER), "Destinations; at least one."), PROTOCOLS],
};

/// What is read of a ClusterNetworkPolicy. Source: `sigs.k8s.io/network-policy-api/apis/v1alpha2.ClusterNetworkPolicySpec`.
pub(super) const CLUSTER_NETWORK_POLICY: Kind = Kind {
    group: "policy.networking.k8s.io",
    versions: &["v1alpha2", "v1beta1"],
    kind: "ClusterNetworkPolicy",
    plural: "clusternetworkpolicies",
    scope: Scope::Cluster,
    entity: "policy::v1alpha2::ClusterNetworkPolicy",
    template: None,
    doc: "Rules for pods of the whole cluster, before or behind NetworkPolicies.",
    fields: &[required(
        "spec",
        Shape::Record(&[
            required("tier", Shape::Text, "`Admin`: before NetworkPolicies; `Baseline`: for pods that none selects."),
            required("priority", Shape::Long, "0 to 1000; the lower goes first in its tier."),
            required("subject", Shape::Record(&[PODS_BY_NAMESPACE, PODS]), "The pods it is about."),
            or_empty(
                "ingress",
                Shape::Parts(&INGRESS_RULE),
                "Rules for what comes in, the first that matches decides.",
            ),
            or_empty("egress", Shape::Parts(&EGRESS_RULE), "Rules for what goes out, the first that matches decides."),
        ]),
        "The specification.",
    )],
};

const DIALECT: Dialect = Dialect {
    actions: &["Accept", "Deny", "Pass"],
    most: 25,
    ports: "protocols",
    port: protocol,
    namespace_selector_optional: true,
    peers: [&["namespaces", "pods"], &["namespaces", "pods", "nodes", "networks", "domainNames"]],
};

pub(super) fn lower(object: &Value, notes: &mut Notes<'_>) -> TierPolicy {
    let tier = tier(object, notes);
    let priority = priority(object, notes);
    DIALECT.lower(object, tier, priority, notes)
}

fn tier(object: &Value, notes: &mut Notes<'_>) -> Option<Tier> {
    let value = object.at(&["spec", "tier"])?;
    let path = Path::ROOT.key("spec");
    let words = [Tier::Admin, Tier::Baseline].map(Tier::as_str);
    if value.as_str() == Some("") {
        notes.refused(&path.key("tier"), value, "and the API wants a tier", None);
    }
    notes.expect_word(&path.key("tier"), value, &words);
    [Tier::Admin, Tier::Baseline].into_iter().find(|tier| value.as_str() == Some(tier.as_str()))
}

fn protocol(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> TierPort {
    const FIELDS: [(&str, Protocol); 3] = [("tcp", Protocol::Tcp), ("udp", Protocol::Udp), ("sctp", Protocol::Sctp)];
    let fields = ["tcp", "udp", "sctp", "destinationNamedPort"];
    let Some((field, value)) = only_field(value, &fields, path, notes) else { return TierPort::Unreadable };
    let Some((_, protocol)) = FIELDS.iter().find(|(name, _)| *name == field) else {
        return value.as_str().map_or(TierPort::Unreadable, |name| TierPort::Named(name.to_owned()));
    };
    let path = path.key(field);
    let Some((_, value)) = only_field(value, &["destinationPort"], &path, notes) else { return TierPort::Unreadable };
    let path = path.key("destinationPort");
    match only_field(value, &["number", "range"], &path, notes) {
        Some(("range", value)) => range(value, *protocol, &path.key("range"), notes),
        Some(_) => number(value, "number", *protocol, &path, notes),
        None => TierPort::Unreadable,
    }
}
