//! Answers with what makes them.

use std::collections::BTreeSet;

use super::evidence::Question;
use super::{Answer, Cause, End, Explanation, Match, Part, Passage, PortAsk, Reach, Reason, SideEvidence, WorkloadId};
use crate::cluster::{Cluster, Direction};

impl Reach {
    /// What passes from one end to the other, of all ports or of one. Cost: logarithmic, if both are workloads and the
    /// answer is settled.
    ///
    /// An address set is cut where the answer changes ([`Answer::parts`]); the verdict speaks of the part where most
    /// passes. Two address sets: nothing in a cluster stands between them, so all passes.
    pub fn ask(&self, source: &End, destination: &End, port: Option<PortAsk>) -> Answer {
        let mut answer = Answer::of_parts(self.parts(source, destination, port), port);
        if !answer.is_settled() {
            let parts = answer.parts.clone();
            let sides = parts.iter().flat_map(|part| {
                [Direction::Egress, Direction::Ingress].map(|direction| self.side(part, direction, port, None))
            });
            self.give_reasons(&mut answer, sides.flatten());
        }
        answer
    }

    /// The answer with the rules that make it. `cluster` should be the one that this was made of; it gives the places of
    /// objects that came with their text.
    pub fn explain(&self, cluster: &Cluster, source: &End, destination: &End, port: Option<PortAsk>) -> Explanation {
        let answer = self.ask(source, destination, port);
        let best = answer.parts.iter().find(|part| part.passage.verdict(port) == answer.verdict);
        let side = |direction| best.and_then(|part| self.side(part, direction, port, Some(cluster)));
        Explanation { egress: side(Direction::Egress), ingress: side(Direction::Ingress), answer }
    }

    /// The evidence of one side of a part, if that side is a workload.
    fn side(
        &self,
        part: &Part,
        direction: Direction,
        port: Option<PortAsk>,
        cluster: Option<&Cluster>,
    ) -> Option<SideEvidence> {
        let (subject, other) = match direction {
            Direction::Egress => (&part.source, &part.destination),
            Direction::Ingress => (&part.destination, &part.source),
        };
        let End::Workload(subject) = *subject else { return None };
        self.evidence(&Question { direction, subject, other, port, cluster }).map(|(side, _)| side)
    }

    fn give_reasons(&self, answer: &mut Answer, sides: impl Iterator<Item = SideEvidence>) {
        let (mut reasons, mut causes) = (BTreeSet::new(), BTreeSet::new());
        sides.for_each(|side| collect(&side, &mut reasons, &mut causes));
        for part in &answer.parts {
            if let (End::Workload(from), End::Workload(to)) = (&part.source, &part.destination)
                && from == to
                && !part.passage.implementation_defined.is_empty()
            {
                reasons.extend(self.to_itself(*from));
            }
        }
        let open = |of: fn(&Passage) -> bool| answer.parts.iter().any(|part| of(&part.passage));
        if open(|passage| !passage.implementation_defined.is_empty()) {
            answer.reasons = reasons.into_iter().collect();
        }
        if open(|passage| !passage.unknown.is_empty()) {
            answer.causes = causes.into_iter().collect();
        }
    }

    fn to_itself(&self, pod: WorkloadId) -> Option<Reason> {
        let pod = self.workload(pod).filter(|workload| workload.bare_pod)?;
        Some(Reason::ToItself { workload: pod.name.clone() })
    }
}

/// Why a side is not settled.
fn collect(side: &SideEvidence, reasons: &mut BTreeSet<Reason>, causes: &mut BTreeSet<Cause>) {
    let open = |passage: &Passage| (!passage.implementation_defined.is_empty(), !passage.unknown.is_empty());
    let mut note = |matches: &Match, (by_plugin, unknown): (bool, bool)| match matches {
        Match::Plugin(reason) if by_plugin || unknown => drop(reasons.insert(reason.clone())),
        Match::Unknown(cause) if unknown => drop(causes.insert(cause.clone())),
        _ => {}
    };
    let of_side = open(&side.passage);
    note(&side.isolated, of_side);
    for policy in &side.tiers {
        if policy.rules.iter().any(|rule| !rule.decides.is_denied()) {
            note(&policy.applies, of_side);
        }
        for rule in &policy.rules {
            let (by_plugin, unknown) = open(&rule.decides);
            let of_rule = (by_plugin && (of_side.0 || of_side.1), unknown && of_side.1);
            rule.peers.iter().for_each(|peer| note(&peer.matches, of_rule));
            rule.ports.iter().for_each(|port| note(&port.matches, of_rule));
        }
    }
    for policy in &side.policies {
        note(&policy.isolates, of_side);
        for rule in &policy.rules {
            let (by_plugin, unknown) = open(&rule.passage);
            let of_rule = (by_plugin && (of_side.0 || of_side.1), unknown && of_side.1);
            rule.peers.iter().for_each(|peer| note(&peer.matches, of_rule));
            rule.ports.iter().for_each(|port| note(&port.matches, of_rule));
        }
    }
    if of_side.0 || of_side.1 {
        reasons.extend(side.reasons.iter().cloned());
    }
    if of_side.1 {
        causes.extend(side.causes.iter().cloned());
    }
}
