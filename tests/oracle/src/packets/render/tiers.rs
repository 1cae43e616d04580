//! The chains of one pod and one way: admin, then NetworkPolicies, then baseline.

use std::fmt::Write;

use serde_json::Value;

use super::matching::{cluster_policy_ports, network_policy_ports};
use super::selecting::picks;
use super::{Addresses, Pod, Ports, Scene, Way};

/// Writes the chains, and gives the name of the first.
pub(super) fn chains(scene: &Scene<'_>, pod: &Pod, way: Way, out: &mut String) -> String {
    let name = format!("{}_{}", way.rules(), pod.number);
    let [admin, policies, baseline] = ["admin", "policies", "baseline"].map(|tier| format!("{name}_{tier}"));
    let lines = cluster_policies(scene, pod, way, "Baseline", "return");
    write!(out, " chain {baseline} {{\n{lines} }}\n").unwrap_or_default();
    let lines = network_policies(scene, pod, way, &baseline);
    write!(out, " chain {policies} {{\n{lines} }}\n").unwrap_or_default();
    let next = format!("goto {policies}");
    let lines = cluster_policies(scene, pod, way, "Admin", &next);
    write!(out, " chain {admin} {{\n{lines}  {next}\n }}\n").unwrap_or_default();
    admin
}

/// A line for each way in which a packet can match both.
fn write_lines(lines: &mut String, way: Way, addresses: &Addresses, ports: &Ports, verdict: &str) {
    for address in addresses.expressions(way.peer_address()) {
        for port in ports.expressions() {
            // A packet is of one family; nftables refuses a rule that speaks of two.
            let speaks_of = |family: &str| format!("{address} ").starts_with(family) || port.starts_with(family);
            if speaks_of("ip ") && speaks_of("ip6 ") {
                continue;
            }
            writeln!(lines, "  {address} {port} {verdict}").unwrap_or_default();
        }
    }
}

fn network_policies(scene: &Scene<'_>, pod: &Pod, way: Way, baseline: &str) -> String {
    let mut lines = String::new();
    let mut isolated = false;
    for policy in scene.of_kind("NetworkPolicy") {
        let (spec, namespace) = (&policy["spec"], &policy["metadata"]["namespace"]);
        let selected = *namespace == *pod.namespace && picks(&spec["podSelector"], &pod.labels);
        if !selected || !is_about(spec, way) {
            continue;
        }
        isolated = true;
        for rule in spec[way.rules()].as_array().into_iter().flatten() {
            let addresses = scene.network_policy_peers(namespace, &rule[way.peers()]);
            let ports = network_policy_ports(scene, pod, way, rule);
            write_lines(&mut lines, way, &addresses, &ports, "return");
        }
    }
    lines.push_str("  goto ");
    lines.push_str(if isolated { "denied" } else { baseline });
    lines.push('\n');
    lines
}

fn is_about(spec: &Value, way: Way) -> bool {
    let types: Vec<&str> = spec["policyTypes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if types.is_empty() {
        return way == Way::In || spec["egress"].as_array().is_some_and(|rules| !rules.is_empty());
    }
    types.contains(&if way == Way::In { "Ingress" } else { "Egress" })
}

/// The policies of a tier in their order; at equal priority that in which they are written.
fn cluster_policies(scene: &Scene<'_>, pod: &Pod, way: Way, tier: &str, pass: &str) -> String {
    let old = if tier == "Admin" { "AdminNetworkPolicy" } else { "BaselineAdminNetworkPolicy" };
    let mut policies = scene.of_kind(old);
    policies.extend(scene.of_kind("ClusterNetworkPolicy").into_iter().filter(|policy| policy["spec"]["tier"] == tier));
    policies.sort_by_key(|policy| policy["spec"]["priority"].as_i64());
    let mut lines = String::new();
    for policy in policies {
        let spec = &policy["spec"];
        if !scene.cluster_policy_picks(&spec["subject"], pod) {
            continue;
        }
        for rule in spec[way.rules()].as_array().into_iter().flatten() {
            cluster_rule(scene, pod, way, rule, pass, &mut lines);
        }
    }
    lines
}

fn cluster_rule(scene: &Scene<'_>, pod: &Pod, way: Way, rule: &Value, pass: &str, lines: &mut String) {
    let peers = &rule[way.peers()];
    let verdict = match rule["action"].as_str() {
        Some("Accept" | "Allow") => "return",
        Some("Pass") => pass,
        _ => "goto denied",
    };
    // A peer without a field that is known: it fails closed.
    let closed =
        peers.as_array().into_iter().flatten().any(|peer| peer.as_object().is_some_and(|peer| peer.is_empty()));
    if closed {
        if verdict != "return" || rule["action"] == "Pass" {
            lines.push_str("  goto denied\n");
        }
        return;
    }
    let ports = cluster_policy_ports(scene, pod, way, rule);
    write_lines(lines, way, &scene.cluster_policy_peers(peers), &ports, verdict);
}
