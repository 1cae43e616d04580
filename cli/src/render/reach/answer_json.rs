//! An answer as JSON, version 1, by the same schema as the list.

use engine::finding::Place;
use engine::object::{Action, Tier};
use engine::reach::{
    Answer, Explanation, Match, Part, PeerEvidence, PolicyEvidence, PortEvidence, RuleEvidence, SideEvidence,
    TierPolicyEvidence, TierRuleEvidence,
};
use serde_json::{Value, json};

use super::json::{cause, document, end, passage, reason};
use super::{Asked, evidence, exposure, offered, turn, words};
use crate::render::json::{list, object_ref, place};

/// The answer as JSON, with a line break at its end.
pub(crate) fn render(asked: &Asked<'_>) -> String {
    let Explanation { answer, egress, ingress } = &asked.explanation;
    let Answer { verdict, parts, reasons, causes } = answer;
    let reach = asked.known.reach;
    let part = |Part { source, destination, passage: passes }: &Part| json!({ "source": end(reach, source), "destination": end(reach, destination), "passage": passage(passes) });
    let report = document(&asked.known, asked.exit, |fields| {
        let port = asked.port.map(|ask| json!({ "protocol": ask.protocol.as_str(), "port": ask.port }));
        let question = json!({
            "source": end(reach, &asked.source),
            "destination": end(reach, &asked.destination),
            "port": port,
        });
        let rest = [
            ("question", question),
            ("verdict", verdict.as_str().into()),
            ("parts", list(parts, part).into()),
            ("reasons", list(reasons, reason).into()),
            ("causes", list(causes, cause).into()),
            ("egress", egress.as_ref().map(|found| side(asked, found)).into()),
            ("exposure", asked.exposure.as_ref().map(exposure::json).into()),
            ("ingress", ingress.as_ref().map(|found| side(asked, found)).into()),
            ("waysIn", offered::ways_json(&asked.known, &asked.entrances)),
            ("turn", asked.turn.as_ref().map(|found| turn::json(&asked.known, found)).into()),
        ];
        fields.extend(rest.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    });
    format!("{report:#}\n")
}

fn side(asked: &Asked<'_>, side: &SideEvidence) -> Value {
    let SideEvidence { direction: _, workload, isolated, passage: passes, policies, reasons, causes, .. } = side;
    json!({
        "workload": workload,
        "isolated": matches(isolated),
        "passage": passage(passes),
        "tiers": list(&side.tiers, |found| tier_policy(asked, found)),
        "leftToNetworkPolicies": passage(&side.left_to_network_policies),
        "policies": list(policies, |found| policy(asked, found)),
        "reasons": list(reasons, reason),
        "causes": list(causes, cause),
    })
}

fn tier_policy(asked: &Asked<'_>, found: &TierPolicyEvidence) -> Value {
    let TierPolicyEvidence { policy, tier, priority, applies, rules } = found;
    let at = |field: &str| asked.known.places.value(policy, field);
    let rule = |rule: &TierRuleEvidence| {
        let TierRuleEvidence { field, name, place: _, action, fails_closed, .. } = rule;
        let peer = |PeerEvidence { field, matches }: &PeerEvidence| element(field, at(field), matches);
        let port = |PortEvidence { field, matches }: &PortEvidence| element(field, at(field), matches);
        json!({
            "field": field,
            "name": if name.is_empty() { Value::Null } else { name.as_str().into() },
            "place": at(field).as_ref().map(place),
            "action": action_word(*action),
            "failsClosed": fails_closed,
            "matches": passage(&rule.matches),
            "decides": passage(&rule.decides),
            "peers": list(&rule.peers, peer),
            "ports": list(&rule.ports, port),
        })
    };
    json!({
        "policy": object_ref(policy),
        "place": at(evidence::NAME).as_ref().map(place),
        "tier": tier.map(Tier::as_str),
        "priority": priority,
        "applies": matches(applies),
        "rules": list(rules, rule),
    })
}

fn action_word(action: Action) -> Option<&'static str> {
    match action {
        Action::Accept => Some("Accept"),
        Action::Deny => Some("Deny"),
        Action::Pass => Some("Pass"),
        Action::Unreadable => None,
    }
}

fn policy(asked: &Asked<'_>, found: &PolicyEvidence) -> Value {
    let PolicyEvidence { policy, isolates, passage: passes, rules } = found;
    let at = |field: &str| asked.known.places.value(policy, field);
    let rule = |RuleEvidence { field, place: _, passage: passes, peers, ports }: &RuleEvidence| {
        let peer = |PeerEvidence { field, matches }: &PeerEvidence| element(field, at(field), matches);
        let port = |PortEvidence { field, matches }: &PortEvidence| element(field, at(field), matches);
        json!({
            "field": field,
            "place": at(field).as_ref().map(place),
            "passage": passage(passes),
            "peers": list(peers, peer),
            "ports": list(ports, port),
        })
    };
    json!({
        "policy": object_ref(policy),
        "place": at(evidence::NAME).as_ref().map(place),
        "isolates": matches(isolates),
        "passage": passage(passes),
        "rules": list(rules, rule),
    })
}

fn element(field: &str, at: Option<Place>, found: &Match) -> Value {
    json!({ "field": field, "place": at.as_ref().map(place), "matches": matches(found) })
}

fn matches(found: &Match) -> Value {
    let word = match found {
        Match::Yes => "yes",
        Match::Part(_) => "part",
        Match::No(_) => "no",
        Match::Plugin(_) => "implementation-defined",
        Match::Unknown(_) => "unknown",
    };
    json!({ "is": word, "message": words::matches(found) })
}
