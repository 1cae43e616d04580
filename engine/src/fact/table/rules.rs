//! Facts about the rules of NetworkPolicies and their peers.

use super::*;

const NO_FLOW: &str = "the peer is an ipBlock, the policy or the peer selects nothing or more than 50 workloads, or `policyTypes` leaves the direction out";

/// Of a rule.
pub(super) const RULE_ROWS: &[FactSpec] = &[
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
        RULES,
        "shadowedBy",
        Texts,
        "",
        "The rule that makes this one needless, written `POLICY/spec/ingress/0`: the widest one that allows everything it allows to all pods that it is about, whatever pods there are; or else those rules that do so together.",
        "it allows something that no others can be seen to allow, or `policyTypes` leaves its direction out",
        "none is here, and the NetworkPolicies of the namespace are not all known; or more than 2,000 rules would have to be looked at",
    ).by(POLICIES, shadow::shadowed_by).shown_by(shadow::places),
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
];

/// Of a peer.
pub(super) const PEER_ROWS: &[FactSpec] = &[
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
    row(
        PEERS,
        "refusedBy",
        Texts,
        "",
        "The workloads that the peer picks whose own side lets nothing of what the rule allows pass, to or from any pod of the policy, for sure.",
        NO_FLOW,
        "workloads, namespaces or policies are not all known, or a policy kind is not modelled",
    ).by(NETWORK, half_open::refused_by).shown_by(half_open::places),
    row(
        PEERS,
        "halfOpen",
        Bool,
        "",
        "All workloads that the peer picks are in `refusedBy`: one end allows what the other denies.",
        NO_FLOW,
        "none is here that lets something pass, and workloads, namespaces or policies are not all known",
    ).by(NETWORK, half_open::half_open).shown_by(half_open::places),
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
];
