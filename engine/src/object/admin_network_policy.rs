//! AdminNetworkPolicy (policy.networking.k8s.io/v1alpha1), and what it shares with BaselineAdminNetworkPolicy.

use super::kind::{Kind, Scope};
use super::shape::{Field, Literal, Part, Shape, default, optional, or_empty, required};
use super::tier_dialect::{Dialect, number, only_field, priority, range};
use super::tier_policy::{DOMAIN_NAMES, NETWORKS, NODES, POD_SELECTOR, PODS_BY_NAMESPACE, RULE_NAME};
use super::{Notes, Path, Tier, TierPolicy, TierPort, port};
use crate::net::Protocol;
use crate::text::Value;

const PROTOCOL: Field = default("protocol", Shape::Text, Literal::Text("TCP"), "`TCP` (if absent), `UDP` or `SCTP`.");
/// Pods of namespaces.
const PODS: Field = optional(
    "pods",
    Shape::Record(&[
        required("namespaceSelector", Shape::Selector, "Their namespaces; with no requirement, all of them."),
        POD_SELECTOR,
    ]),
    "Pods of namespaces.",
);
/// Whom a policy is about.
pub(super) const SUBJECT: Field =
    required("subject", Shape::Record(&[PODS_BY_NAMESPACE, PODS]), "The pods it is about.");
/// Ports of a rule.
pub(super) const PORTS: Field = or_empty(
    "ports",
    Shape::Set(&Shape::Record(&[
        optional("portNumber", Shape::Record(&[PROTOCOL, required("port", Shape::Long, "The port.")]), "One port."),
        optional(
            "portRange",
            Shape::Record(&[
                PROTOCOL,
                required("start", Shape::Long, "First port."),
                required("end", Shape::Long, "Last port, above the first."),
            ]),
            "Ports next to each other.",
        ),
        optional("namedPort", Shape::Text, "A port by its name at the destination, of any protocol."),
    ])),
    "Ports that the rule matches, one field each; absent matches everything.",
);
const ACTION: Field = required("action", Shape::Text, "`Allow`, `Deny`, or `Pass`: NetworkPolicies say.");
/// Fields of a peer of an ingress rule.
pub(super) const INGRESS_PEER_FIELDS: &[Field] = &[PODS_BY_NAMESPACE, PODS];
/// Fields of a peer of an egress rule of the baseline.
pub(super) const BASELINE_EGRESS_PEER_FIELDS: &[Field] = &[PODS_BY_NAMESPACE, PODS, NODES, NETWORKS];

const INGRESS_PEER: Part = Part {
    entity: "policy::v1alpha1::IngressPeer",
    owner: "policy::v1alpha1::AdminNetworkPolicy",
    doc: "One element of `from`.",
    fields: INGRESS_PEER_FIELDS,
};
const EGRESS_PEER: Part = Part {
    entity: "policy::v1alpha1::EgressPeer",
    owner: "policy::v1alpha1::AdminNetworkPolicy",
    doc: "One element of `to`.",
    fields: &[PODS_BY_NAMESPACE, PODS, NODES, NETWORKS, DOMAIN_NAMES],
};
const INGRESS_RULE: Part = Part {
    entity: "policy::v1alpha1::IngressRule",
    owner: "policy::v1alpha1::AdminNetworkPolicy",
    doc: "One element of `spec.ingress`.",
    fields: &[RULE_NAME, ACTION, required("from", Shape::Parts(&INGRESS_PEER), "Sources; at least one."), PORTS],
};
const EGRESS_RULE: Part = Part {
    entity: "policy::v1alpha1::EgressRule",
    owner: "policy::v1alpha1::AdminNetworkPolicy",
    doc: "One element of `spec.egress`.",
    fields: &[RULE_NAME, ACTION, required("to", Shape::Parts(&EGRESS_PEER), "Destinations; at least one."), PORTS],
};

/// What is read of an AdminNetworkPolicy. Source: `sigs.k8s.io/network-policy-api/apis/v1alpha1.AdminNetworkPolicySpec`.
pub(super) const ADMIN_NETWORK_POLICY: Kind = Kind {
    group: "policy.networking.k8s.io",
    versions: &["v1alpha1"],
    kind: "AdminNetworkPolicy",
    plural: "adminnetworkpolicies",
    scope: Scope::Cluster,
    entity: "policy::v1alpha1::AdminNetworkPolicy",
    template: None,
    doc: "Rules for pods of the whole cluster, before NetworkPolicies.",
    fields: &[required(
        "spec",
        Shape::Record(&[
            required("priority", Shape::Long, "0 to 1000; the lower goes first."),
            SUBJECT,
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

/// How both kinds of v1alpha1 are read.
pub(super) const DIALECT: Dialect = Dialect {
    actions: &["Allow", "Deny", "Pass"],
    most: 100,
    ports: "ports",
    port: admin_port,
    namespace_selector_optional: false,
    peers: [&["namespaces", "pods"], &["namespaces", "pods", "nodes", "networks", "domainNames"]],
};

pub(super) fn lower(object: &Value, notes: &mut Notes<'_>) -> TierPolicy {
    let priority = priority(object, notes);
    DIALECT.lower(object, Some(Tier::Admin), priority, notes)
}

fn admin_port(value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> TierPort {
    let fields = ["portNumber", "portRange", "namedPort"];
    let Some((field, value)) = only_field(value, &fields, path, notes) else { return TierPort::Unreadable };
    if field == "namedPort" {
        return value.as_str().map_or(TierPort::Unreadable, |name| TierPort::Named(name.to_owned()));
    }
    let path = path.key(field);
    let protocol = Protocol::parse(&port::protocol(value, &path, notes));
    match (field, protocol) {
        (_, None) => TierPort::Unreadable,
        ("portRange", Some(protocol)) => range(value, protocol, &path, notes),
        (_, Some(protocol)) => number(value, "port", protocol, &path, notes),
    }
}
