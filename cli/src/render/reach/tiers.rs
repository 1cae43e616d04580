//! The cluster-wide policies of one side as text: tier, priority, the rules that decide, and those that are passed over.

use engine::net::Ports;
use engine::object::{Action, Tier};
use engine::reach::{Match, Passage, SideEvidence, TierPolicyEvidence, TierRuleEvidence};

use super::evidence::{doubts, excerpt, obstacles, place_of};
use super::{Known, words};

/// The policies of the Admin tier, and of no tier that is known, as indented lines.
pub(super) fn before_network_policies(known: &Known<'_>, side: &SideEvidence) -> String {
    let policies: Vec<_> = side.tiers.iter().filter(|policy| policy.tier != Some(Tier::Baseline)).collect();
    let mut text: String = policies.iter().map(|policy| of_policy(known, policy)).collect();
    if !policies.is_empty() {
        let left = &side.left_to_network_policies;
        text.push_str(&format!("  the Admin tier leaves {} to NetworkPolicies\n", left_over(left)));
    }
    text
}

/// The policies of the Baseline tier as indented lines.
pub(super) fn after_network_policies(known: &Known<'_>, side: &SideEvidence) -> String {
    let policies = side.tiers.iter().filter(|policy| policy.tier == Some(Tier::Baseline));
    policies.map(|policy| of_policy(known, policy)).collect()
}

fn left_over(left: &Passage) -> String {
    let Passage { allow, implementation_defined, unknown } = left;
    let sure = (!allow.is_empty()).then(|| words::of_ports(allow));
    let plugin = (!implementation_defined.is_empty())
        .then(|| format!("{} by the network plugin's choice", words::of_ports(implementation_defined)));
    let unknown = (!unknown.is_empty()).then(|| format!("perhaps {}", words::of_ports(unknown)));
    let named: Vec<String> = [sure, plugin, unknown].into_iter().flatten().collect();
    if named.is_empty() { "nothing".to_owned() } else { named.join(", ") }
}

fn of_policy(known: &Known<'_>, evidence: &TierPolicyEvidence) -> String {
    let TierPolicyEvidence { policy, tier, priority, applies, rules } = evidence;
    let tier = tier.map_or_else(|| "some tier".to_owned(), |tier| format!("{} tier", tier.as_str()));
    let priority = priority.map(|priority| format!(", priority {priority}")).unwrap_or_default();
    let about = match applies {
        Match::Yes => "is about it".to_owned(),
        other => format!("may be about it: {}", words::matches(other)),
    };
    let at = place_of(known, policy, super::evidence::NAME);
    let mut text = format!("  {tier}{priority}: {}{at} {about}\n", policy.display());
    for rule in rules {
        text.push_str(&of_rule(known, evidence, rule));
    }
    text
}

fn of_rule(known: &Known<'_>, evidence: &TierPolicyEvidence, rule: &TierRuleEvidence) -> String {
    let name = if rule.name.is_empty() { String::new() } else { format!(" `{}`", rule.name) };
    let at = place_of(known, &evidence.policy, &rule.field);
    let closed = if rule.fails_closed { " fails closed, for a peer has no field that the API knows, and" } else { "" };
    let mut text = format!("    rule {}{name}{at}{closed} {}\n", rule.field, effect(rule));
    if !rule.decides.is_denied() {
        if let Some(place) = known.places.value(&evidence.policy, &rule.field) {
            text.push_str(&excerpt(known, &place, "      "));
        }
        text.push_str(&doubts(&rule.field, &rule.peers, &rule.ports));
    } else if rule.matches.is_denied() && !rule.fails_closed {
        text.push_str(&obstacles(&rule.field, &rule.peers, &rule.ports));
    }
    text
}

/// `denies TCP 80`, `is passed over …`.
fn effect(rule: &TierRuleEvidence) -> String {
    let TierRuleEvidence { decides, matches, action, fails_closed, .. } = rule;
    if matches.is_denied() {
        return "does not match".to_owned();
    }
    let action = if *fails_closed && *action != Action::Unreadable { Action::Deny } else { *action };
    if decides.is_denied() {
        return format!("would {}, and is passed over: something before it decides", verb(action, "").1.trim_end());
    }
    let of = |ports: &Ports| verb(action, &words::of_ports(ports));
    let Passage { allow, implementation_defined, unknown } = decides;
    let sure = (!allow.is_empty()).then(|| of(allow).0);
    let plugin = (!implementation_defined.is_empty())
        .then(|| format!("by the network plugin's choice {}", of(implementation_defined).0));
    let unknown = (!unknown.is_empty()).then(|| format!("may {}", of(unknown).1));
    [sure, plugin, unknown].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What it does to these ports, and what it would do.
fn verb(action: Action, ports: &str) -> (String, String) {
    match action {
        Action::Accept => (format!("accepts {ports}"), format!("accept {ports}")),
        Action::Deny => (format!("denies {ports}"), format!("deny {ports}")),
        Action::Pass if ports.is_empty() => ("passes it on".to_owned(), "pass it on".to_owned()),
        Action::Pass => (format!("passes {ports} on"), format!("pass {ports} on")),
        Action::Unreadable => (
            format!("decides about {ports} in a way that cannot be read"),
            format!("decide about {ports} in a way that cannot be read"),
        ),
    }
}
