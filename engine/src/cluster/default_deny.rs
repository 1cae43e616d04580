//! Which NetworkPolicies are a namespace's default deny, and which rules are about DNS.

use crate::object::{NetworkPolicy, NetworkPolicyPort, Rule};

/// Port names by which the manifests of CoreDNS call port 53.
const DNS_NAMES: [&str; 2] = ["dns", "dns-tcp"];

/// Selects every pod, isolates ingress and has no ingress rule.
pub(crate) fn ingress(policy: &NetworkPolicy) -> bool {
    policy.pod_selector.selects_all() && policy.isolates_ingress && policy.ingress.is_empty()
}

/// Selects every pod, isolates egress and has no egress rule, or only rules that allow DNS.
pub(crate) fn egress(policy: &NetworkPolicy) -> bool {
    policy.pod_selector.selects_all() && policy.isolates_egress && policy.egress.iter().all(is_only_dns)
}

/// Whether the rule allows port 53 and no other.
pub(crate) fn is_only_dns(rule: &Rule) -> bool {
    let only = |port: &NetworkPolicyPort| match port {
        NetworkPolicyPort::Range { first, last, protocol } => (*first, *last) == (53, 53) && protocol != "SCTP",
        NetworkPolicyPort::Named { name, .. } => DNS_NAMES.contains(&name.as_str()),
        NetworkPolicyPort::Every { .. } | NetworkPolicyPort::Unreadable => false,
    };
    !rule.ports.is_empty() && rule.ports.iter().all(only)
}

/// Whether some egress rule in force allows port 53 of a protocol.
pub(crate) fn lets_dns_out(policy: &NetworkPolicy, protocol: &str) -> bool {
    policy.isolates_egress && policy.egress.iter().any(|rule| allows_dns(rule, protocol))
}

/// Whether the rule allows port 53 of a protocol.
pub(crate) fn allows_dns(rule: &Rule, protocol: &str) -> bool {
    let allows = |port: &NetworkPolicyPort| match port {
        NetworkPolicyPort::Every { protocol: of } => of == protocol,
        NetworkPolicyPort::Range { protocol: of, first, last } => of == protocol && (*first..=*last).contains(&53),
        NetworkPolicyPort::Named { protocol: of, name } => of == protocol && DNS_NAMES.contains(&name.as_str()),
        NetworkPolicyPort::Unreadable => false,
    };
    rule.ports.is_empty() || rule.ports.iter().any(allows)
}
