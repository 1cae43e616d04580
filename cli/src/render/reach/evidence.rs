//! One side of an answer as text: the policies at that end, the rules that let pass, and why the others do not.

use engine::cluster::Direction;
use engine::finding::{ObjectRef, Place};
use engine::reach::{Match, Passage, PeerEvidence, PolicyEvidence, PortEvidence, RuleEvidence, SideEvidence};

use super::{Known, tiers, words};

/// Where the place of an object is.
pub(super) const NAME: &str = "/metadata/name";

/// Most lines of a rule that are shown.
const LINES: u32 = 16;

/// The side as indented lines.
pub(super) fn text(known: &Known<'_>, side: &SideEvidence) -> String {
    let way = way(side.direction);
    let mut text = format!("\n{way} of {}: {}\n", side.workload, passes(&side.passage));
    text.push_str(&tiers::before_network_policies(known, side));
    if side.policies.is_empty() {
        text.push_str(&format!("  no NetworkPolicy isolates it for {way}\n"));
    }
    for policy in &side.policies {
        if side.left_to_network_policies.is_denied() {
            let at = place_of(known, &policy.policy, NAME);
            text.push_str(&format!("  {}{at} is passed over\n", policy.policy.display()));
        } else {
            text.push_str(&of_policy(known, policy, side.direction));
        }
    }
    text.push_str(&tiers::after_network_policies(known, side));
    let reasons = side.reasons.iter().map(words::reason);
    for reason in reasons.chain(side.causes.iter().map(|cause| cause.message.clone())) {
        text.push_str(&format!("  {reason}\n"));
    }
    text
}

fn of_policy(known: &Known<'_>, evidence: &PolicyEvidence, direction: Direction) -> String {
    let PolicyEvidence { policy, isolates, passage: _, rules } = evidence;
    let way = way(direction);
    let at = place_of(known, policy, NAME);
    let isolates = match isolates {
        Match::Yes => format!("isolates it for {way}"),
        Match::Plugin(reason) => format!("may isolate it for {way}: {}", words::reason(reason)),
        other => format!("may isolate it for {way}: {}", words::matches(other)),
    };
    let none = if rules.is_empty() { format!(" and has no rule for {way}") } else { String::new() };
    let mut text = format!("  {}{at} {isolates}{none}\n", policy.display());
    let (lets, rest): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| !rule.passage.is_denied());
    for rule in lets {
        text.push_str(&format!("    {} {}\n", named(known, evidence, rule), passes(&rule.passage)));
        if let Some(place) = known.places.value(policy, &rule.field) {
            text.push_str(&excerpt(known, &place, "      "));
        }
        text.push_str(&doubts(&rule.field, &rule.peers, &rule.ports));
    }
    for rule in rest {
        text.push_str(&format!("    {} does not let it pass\n", named(known, evidence, rule)));
        text.push_str(&obstacles(&rule.field, &rule.peers, &rule.ports));
    }
    text
}

/// `rule /spec/egress/0 (net.yaml:12)`.
fn named(known: &Known<'_>, evidence: &PolicyEvidence, rule: &RuleEvidence) -> String {
    format!("rule {}{}", rule.field, place_of(known, &evidence.policy, &rule.field))
}

/// ` (net.yaml:12)`, if the text is at hand.
pub(super) fn place_of(known: &Known<'_>, object: &ObjectRef, field: &str) -> String {
    known.places.value(object, field).map(|place| format!(" ({})", line_of(&place))).unwrap_or_default()
}

/// Of a rule that matches: what in it is not settled.
pub(super) fn doubts(rule: &str, peers: &[PeerEvidence], ports: &[PortEvidence]) -> String {
    let peers = peers.iter().map(|peer| (&peer.field, &peer.matches));
    let all = peers.chain(ports.iter().map(|port| (&port.field, &port.matches)));
    let doubtful = all.filter(|(_, matches)| matches!(matches, Match::Plugin(_) | Match::Unknown(_) | Match::Part(_)));
    doubtful.map(|(field, matches)| line(rule, field, matches)).collect()
}

/// Of a rule that does not: peers that do not match, and ports if no peer is in the way or they are too.
pub(super) fn obstacles(rule: &str, peers: &[PeerEvidence], ports: &[PortEvidence]) -> String {
    let is_no = |matches: &Match| matches!(matches, Match::No(_));
    let peers_stop = !peers.is_empty() && peers.iter().all(|peer| is_no(&peer.matches));
    let peers = peers.iter().filter(|_| peers_stop).map(|peer| (&peer.field, &peer.matches));
    let ports = ports.iter().map(|port| (&port.field, &port.matches)).filter(|(_, matches)| is_no(matches));
    peers.chain(ports).map(|(field, matches)| line(rule, field, matches)).collect()
}

fn line(rule: &str, field: &str, matches: &Match) -> String {
    let part = field.strip_prefix(rule).unwrap_or(field).trim_start_matches('/');
    format!("      {part} {}\n", words::matches(matches))
}

/// The lines of a place with their numbers, each after `before`.
pub(super) fn excerpt(known: &Known<'_>, place: &Place, before: &str) -> String {
    let Some(excerpt) = known.sources.excerpt(&[place]) else { return String::new() };
    let lines: Vec<&str> = excerpt.text.lines().collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let margin = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let shown = lines.len().min(LINES as usize);
    let width = (excerpt.first_line + shown).to_string().len();
    let mut text = String::new();
    for (number, line) in lines.iter().take(shown).enumerate() {
        let line = line.get(margin..).unwrap_or("").trim_end();
        text.push_str(format!("{before}{:>width$} | {line}", excerpt.first_line + number).trim_end());
        text.push('\n');
    }
    if lines.len() > shown {
        text.push_str(&format!("{before}{:>width$} | …\n", ""));
    }
    text
}

/// What passes, in words.
pub(super) fn passes(passage: &Passage) -> String {
    let Passage { allow, implementation_defined, unknown } = passage;
    let allow = (!allow.is_empty()).then(|| format!("lets pass {}", words::of_ports(allow)));
    let plugin = (!implementation_defined.is_empty())
        .then(|| format!("leaves {} to the network plugin", words::of_ports(implementation_defined)));
    let unknown =
        (!unknown.is_empty()).then(|| format!("whether it lets pass {} is unknown", words::of_ports(unknown)));
    let named: Vec<String> = [allow, plugin, unknown].into_iter().flatten().collect();
    if named.is_empty() { "lets nothing of it pass".to_owned() } else { named.join("; ") }
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "ingress",
        Direction::Egress => "egress",
    }
}

fn line_of(place: &Place) -> String {
    format!("{}:{}", place.source, place.line)
}
