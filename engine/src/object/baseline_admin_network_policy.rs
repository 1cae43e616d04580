//! BaselineAdminNetworkPolicy (policy.networking.k8s.io/v1alpha1).

use super::admin_network_policy::{BASELINE_EGRESS_PEER_FIELDS, DIALECT, INGRESS_PEER_FIELDS, PORTS, SUBJECT};
use super::kind::{Kind, Scope};
use super::shape::{Field, Part, Shape, or_empty, required};
use super::tier_dialect::Dialect;
use super::tier_policy::RULE_NAME;
use super::{Meta, Notes, Path, Tier, TierPolicy};
use crate::text::Value;

const ACTION: Field = required("action", Shape::Text, "`Allow` or `Deny`.");

const INGRESS_PEER: Part = Part {
    entity: "policy::v1alpha1::BaselineIngressPeer",
    owner: "policy::v1alpha1::BaselineAdminNetworkPolicy",
    doc: "One element of `from`.",
    fields: INGRESS_PEER_FIELDS,
};
const EGRESS_PEER: Part = Part {
    entity: "policy::v1alpha1::BaselineEgressPeer",
    owner: "policy::v1alpha1::BaselineAdminNetworkPolicy",
    doc: "One element of `to`.",
    fields: BASELINE_EGRESS_PEER_FIELDS,
};
const INGRESS_RULE: Part = Part {
    entity: "policy::v1alpha1::BaselineIngressRule",
    owner: "policy::v1alpha1::BaselineAdminNetworkPolicy",
    doc: "One element of `spec.ingress`.",
    fields: &[RULE_NAME, ACTION, required("from", Shape::Parts(&INGRESS_PEER), "Sources; at least one."), PORTS],
};
const EGRESS_RULE: Part = Part {
    entity: "policy::v1alpha1::BaselineEgressRule",
    owner: "policy::v1alpha1::BaselineAdminNetworkPolicy",
    doc: "One element of `spec.egress`.",
    fields: &[RULE_NAME, ACTION, required("to", Shape::Parts(&EGRESS_PEER), "Destinations; at least one."), PORTS],
};

/// What is read of the BaselineAdminNetworkPolicy. Source:
/// `sigs.k8s.io/network-policy-api/apis/v1alpha1.BaselineAdminNetworkPolicySpec`.
pub(super) const BASELINE_ADMIN_NETWORK_POLICY: Kind = Kind {
    group: "policy.networking.k8s.io",
    versions: &["v1alpha1"],
    kind: "BaselineAdminNetworkPolicy",
    plural: "baselineadminnetworkpolicies",
    scope: Scope::Cluster,
    entity: "policy::v1alpha1::BaselineAdminNetworkPolicy",
    template: None,
    doc: "Rules for pods that no NetworkPolicy selects; the one named `default`.",
    fields: &[required(
        "spec",
        Shape::Record(&[
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

pub(super) fn lower(object: &Value, meta: &Meta, notes: &mut Notes<'_>) -> TierPolicy {
    let name = object.at(&["metadata", "name"]);
    if let Some(name) = name.filter(|_| meta.name != "default") {
        let path = Path::ROOT.key("metadata");
        notes.refused(&path.key("name"), name, "and the API takes only the name `default`", None);
    }
    let dialect = Dialect {
        actions: &["Allow", "Deny"],
        peers: [&["namespaces", "pods"], &["namespaces", "pods", "nodes", "networks"]],
        ..DIALECT
    };
    dialect.lower(object, Some(Tier::Baseline), Some(0), notes)
}
