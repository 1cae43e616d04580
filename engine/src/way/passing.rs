//! The steps of NetworkPolicies: out of the source, into each endpoint.

use std::collections::BTreeSet;

use super::branch::{Branch, together};
use super::help;
use super::step::{Citation, Stage, Step};
use crate::cluster::{Cluster, Direction};
use crate::dns::Client;
use crate::reach::{End, Match, PortAsk, Reach, SideEvidence, Verdict};

/// What one side of a way lets pass, over all endpoints.
pub(super) fn step(
    cluster: &Cluster,
    reach: &Reach,
    (client, branches): (Option<&Client>, &[Branch]),
    direction: Direction,
) -> Step {
    let mut verdicts = Vec::new();
    let mut parts = Vec::new();
    let (mut cites, mut because) = (BTreeSet::new(), BTreeSet::new());
    for branch in branches {
        let side = branch.explanation.as_ref().and_then(|found| match direction {
            Direction::Egress => found.egress.as_ref(),
            Direction::Ingress => found.ingress.as_ref(),
        });
        let (verdict, text) = match (side, &branch.end) {
            (Some(side), _) => {
                cites.extend(rules(side, branch.port));
                because.extend(doubts(side, branch));
                (side.passage.verdict(Some(branch.port)), of_side(side, branch, direction))
            }
            (None, Some(End::Addresses(_))) => {
                (Verdict::Allow, "no NetworkPolicy decides outside of the cluster".to_owned())
            }
            (None, _) => (Verdict::Unknown, "the pods of an endpoint are not in the input".to_owned()),
        };
        verdicts.push(verdict);
        if !parts.contains(&text) {
            parts.push(text);
        }
    }
    let stage = if direction == Direction::Egress { Stage::Egress } else { Stage::Ingress };
    let verdict = together(verdicts.iter().copied());
    if verdict == Verdict::ImplementationDefined && verdicts.contains(&Verdict::Deny) {
        because.insert("the proxy picks the endpoint, and they differ".to_owned());
    }
    let mut step = Step::new(stage, verdict, parts.join("; "));
    step.cites = cites.into_iter().collect();
    step.because = because.into_iter().collect();
    let denied = branches.iter().zip(&verdicts).find(|(_, verdict)| **verdict == Verdict::Deny);
    step.help = denied.and_then(|(branch, _)| help::rule(cluster, reach, (client, branch), direction));
    step
}

fn of_side(side: &SideEvidence, branch: &Branch, direction: Direction) -> String {
    let way = if direction == Direction::Egress { "leaves" } else { "enters" };
    let port = format!("{} {}", branch.port.protocol.as_str(), branch.port.port);
    let workload = &side.workload;
    let free = matches!(side.isolated, Match::No(_));
    match side.passage.verdict(Some(branch.port)) {
        Verdict::Allow if free => format!("{port} {way} {workload}, which no NetworkPolicy isolates that way"),
        Verdict::Allow => format!("{port} {way} {workload}"),
        Verdict::Deny => {
            let isolating = side.policies.iter().filter(|policy| matches!(policy.isolates, Match::Yes));
            let names: Vec<String> = isolating.map(|policy| policy.policy.name.clone()).collect();
            let named = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
            format!("no rule of the NetworkPolicies that isolate {workload}{named} lets {port} through")
        }
        Verdict::ImplementationDefined => format!("whether {port} {way} {workload} is left to the network plugin"),
        Verdict::Unknown => format!("whether {port} {way} {workload} is not known"),
    }
}

/// The rules that let the port pass.
fn rules(side: &SideEvidence, port: PortAsk) -> impl Iterator<Item = Citation> + '_ {
    side.policies.iter().flat_map(move |policy| {
        let lets = policy.rules.iter().filter(move |rule| rule.passage.verdict(Some(port)) != Verdict::Deny);
        lets.map(|rule| Citation { object: policy.policy.clone(), field: rule.field.clone() })
    })
}

/// Why a side is not settled, if it is not.
fn doubts(side: &SideEvidence, branch: &Branch) -> Vec<String> {
    let Some(explanation) = &branch.explanation else { return Vec::new() };
    match side.passage.verdict(Some(branch.port)) {
        Verdict::Unknown => explanation.answer.causes.iter().map(|cause| cause.message.clone()).collect(),
        Verdict::ImplementationDefined => vec!["`hedgerow reach SRC DST PORT` says what the plugin decides".to_owned()],
        Verdict::Allow | Verdict::Deny => Vec::new(),
    }
}
