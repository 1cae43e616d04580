//! What one side lets pass to one other end, policy by policy.
//!
//! This is the meaning of NetworkPolicies a second time, without rows: tests hold the two against each other.

use super::matching::{Matching, Seen, not_accepted, template_doubt};
use super::model::{Class, Policy};
use super::rules::rules_of;
use super::side::{Isolation, Sides};
use super::spans::{Spans, Truth};
use super::unmodelled::Effect;
use super::{
    Cause, CauseKind, End, Match, Passage, PeerEvidence, PolicyEvidence, PortAsk, PortEvidence, Reach, Reason,
    RuleEvidence, SideEvidence, Why, WorkloadEnd, WorkloadId,
};
use crate::cluster::{Cluster, Direction};
use crate::net::Ports;
use crate::object::Rule;
use crate::text::resolve;

/// What is looked at.
pub(super) struct Question<'a> {
    pub(super) direction: Direction,
    pub(super) subject: WorkloadId,
    pub(super) other: &'a End,
    pub(super) port: Option<PortAsk>,
    /// Where places come from.
    pub(super) cluster: Option<&'a Cluster>,
}

/// The question with its ends looked up.
struct Witness<'a> {
    reach: &'a Reach,
    question: &'a Question<'a>,
    subject: &'a WorkloadEnd,
    class: &'a Class,
    other: Seen<'a>,
}

impl Reach {
    /// The evidence of one side, and what it lets pass of all ports.
    pub(super) fn evidence(&self, question: &Question<'_>) -> Option<(SideEvidence, Spans)> {
        let subject = self.workload(question.subject)?;
        let number = *self.model.class_of.get(question.subject.index())?;
        let class = self.model.classes.get(number)?;
        let other = match question.other {
            End::Addresses(set) => Seen::Addresses(set),
            End::Workload(id) => {
                let class = self.model.class_of.get(id.index()).and_then(|class| self.model.classes.get(*class))?;
                Seen::Workload(self.workload(*id)?, class)
            }
        };
        let sides: &Sides = match question.direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        };
        let isolations = sides.isolations.get(number)?;
        Some(Witness { reach: self, question, subject, class, other }.side(isolations))
    }
}

impl Witness<'_> {
    fn side(&self, isolations: &[Isolation]) -> (SideEvidence, Spans) {
        let mut policies = Vec::new();
        let mut values = Vec::new();
        for isolation in isolations {
            let Some(policy) = self.reach.model.policies.get(isolation.policy) else { continue };
            let (evidence, value) = self.policy(policy, isolation.sure);
            policies.push(evidence);
            values.push((isolation.sure, value));
        }
        let value = by_policies(&values);
        let (value, reasons) = self.with_nodes(value, !isolations.is_empty());
        let (value, causes) = self.with_doubts(value, isolations);
        let on_node = self.class.may_be_on_node();
        let isolated = match policies.iter().zip(isolations).find(|(_, isolation)| isolation.sure) {
            Some(_) if on_node => Match::Plugin(Reason::HostNetwork { workload: self.subject.name.clone() }),
            Some(_) => Match::Yes,
            None => policies.first().map_or(Match::No(Why::NothingIsolates), |policy| policy.isolates.clone()),
        };
        let side = SideEvidence {
            direction: self.question.direction,
            workload: self.subject.name.clone(),
            isolated,
            passage: self.of_asked(&value),
            policies,
            reasons,
            causes,
        };
        (side, value)
    }

    fn of_asked(&self, value: &Spans) -> Passage {
        let passage = value.passage();
        self.question.port.map_or(passage.clone(), |ask| passage.of(&ask.ports()))
    }

    fn policy(&self, policy: &Policy, sure: bool) -> (PolicyEvidence, Spans) {
        let reference = self.reach.model.reference(policy);
        let isolates = match sure {
            true if self.class.may_be_on_node() => {
                Match::Plugin(Reason::HostNetwork { workload: self.subject.name.clone() })
            }
            true => Match::Yes,
            false => Match::Unknown(self.why_unsure(policy)),
        };
        let at = match self.question.direction {
            Direction::Ingress => ["/spec/ingress", "from"],
            Direction::Egress => ["/spec/egress", "to"],
        };
        let mut all = Spans::default();
        let mut rules = Vec::new();
        for (index, rule) in rules_of(policy, self.question.direction).iter().enumerate() {
            let (evidence, value) = self.rule(policy, rule, &format!("{}/{index}", at[0]), at[1]);
            all = all.or(&value);
            rules.push(evidence);
        }
        if policy.doubts.rules {
            all = Spans::when(Truth::Unknown, &Ports::all());
        }
        (PolicyEvidence { policy: reference, isolates, passage: self.of_asked(&all), rules }, all)
    }

    fn why_unsure(&self, policy: &Policy) -> Cause {
        let reference = self.reach.model.reference(policy);
        let doubts = policy.doubts;
        match (doubts.rules, doubts.isolation, doubts.selector) {
            (true, ..) => not_accepted(&reference, "/spec"),
            (_, true, _) => not_accepted(&reference, "/spec/policyTypes"),
            (.., true) => not_accepted(&reference, "/spec/podSelector"),
            _ => template_doubt(self.subject, "labels"),
        }
    }

    fn rule(&self, policy: &Policy, rule: &Rule, field: &str, peers_at: &str) -> (RuleEvidence, Spans) {
        let destination = match self.question.direction {
            Direction::Ingress => Seen::Workload(self.subject, self.class),
            Direction::Egress => self.other,
        };
        let direction = self.question.direction;
        let matching = Matching { model: &self.reach.model, policy, other: self.other, destination, direction };
        let mut others = if rule.peers.is_empty() { Spans::settled(&Ports::all()) } else { Spans::default() };
        let mut peers = Vec::new();
        for (index, peer) in rule.peers.iter().enumerate() {
            let field = format!("{field}/{peers_at}/{index}");
            let outcome = matching.peer(peer, &field);
            let truth = outcome.truth.map(|truth| Spans::when(truth, &Ports::all()));
            others = others.or(&truth.unwrap_or_default());
            peers.push(PeerEvidence { field, matches: outcome.matches });
        }
        let mut of_ports = if rule.ports.is_empty() { Spans::settled(&Ports::all()) } else { Spans::default() };
        let mut ports = Vec::new();
        for (index, port) in rule.ports.iter().enumerate() {
            let field = format!("{field}/ports/{index}");
            let (matches, value) = matching.port(port, &field, self.question.port);
            of_ports = of_ports.or(&value);
            ports.push(PortEvidence { field, matches });
        }
        let value = others.and(&of_ports);
        let place = self.place(policy, field);
        (RuleEvidence { field: field.to_owned(), place, passage: self.of_asked(&value), peers, ports }, value)
    }

    /// Where a field of a policy stands, if the object came with its text.
    fn place(&self, policy: &Policy, field: &str) -> Option<(u32, crate::finding::Span)> {
        let object = self.question.cluster?.get(&self.reach.model.reference(policy))?;
        let found = resolve(object.raw.as_deref()?, field);
        found.exact.then_some((object.source, found.value.span))
    }

    /// What pods on the node's network change.
    fn with_nodes(&self, value: Spans, isolated: bool) -> (Spans, Vec<Reason>) {
        let plugin = Spans::when(Truth::Plugin, &Ports::all());
        let mut reasons = Vec::new();
        let mut value = value;
        if isolated && self.class.host_network {
            value = value.or(&plugin);
            reasons.push(Reason::HostNetwork { workload: self.subject.name.clone() });
        }
        if let Seen::Workload(end, class) = self.other
            && isolated
            && class.may_be_on_node()
            && self.question.direction == Direction::Ingress
        {
            value = value.or(&plugin);
            reasons.push(Reason::HostNetwork { workload: end.name.clone() });
        }
        (value, reasons)
    }

    /// What is not known beside the policies.
    fn with_doubts(&self, value: Spans, isolations: &[Isolation]) -> (Spans, Vec<Cause>) {
        let unknown = Spans::when(Truth::Unknown, &Ports::all());
        if self.class.doubts.host_network {
            return (unknown, vec![template_doubt(self.subject, "`hostNetwork`")]);
        }
        let mut value = value;
        let mut causes = Vec::new();
        let namespace = self.reach.model.namespace_of(self.class);
        if let Some(cause) = namespace.and_then(|namespace| namespace.policies_unknown.as_ref()) {
            let certain = cause.kind == CauseKind::NotAsked && isolations.iter().any(|isolation| isolation.sure);
            causes.push(cause.clone());
            let most = Spans::settled(&Ports::all());
            value = if certain { span(&value, &most) } else { unknown.clone() };
        }
        for number in namespace.map(|namespace| namespace.strangers.as_slice()).unwrap_or_default() {
            let Some(stranger) = self.reach.model.strangers.get(*number) else { continue };
            if !stranger.concerns(self.question.direction) {
                continue;
            }
            let message = format!("{} is of a kind that is not modelled", stranger.object.display());
            causes.push(Cause { kind: CauseKind::Failed, message, object: Some(stranger.object.clone()) });
            value = match stranger.effect {
                Effect::Changes => unknown.clone(),
                Effect::Cuts => span(&Spans::default(), &value),
            };
        }
        (value, causes)
    }
}

/// From the least of one to the most of another.
fn span(least: &Spans, most: &Spans) -> Spans {
    Spans {
        least_allow: least.least_allow.clone(),
        least_some: least.least_some.clone(),
        most_allow: most.most_allow.clone(),
        most_some: most.most_some.clone(),
    }
}

/// Of policies that isolate for sure (true) or perhaps, and what each allows.
fn by_policies(values: &[(bool, Spans)]) -> Spans {
    let everything = Spans::settled(&Ports::all());
    let sure = values.iter().filter(|(sure, _)| *sure).map(|(_, value)| value);
    let unsure = values.iter().filter(|(sure, _)| !*sure).map(|(_, value)| value);
    match (values.is_empty(), values.iter().any(|(sure, _)| *sure)) {
        (true, _) => everything,
        (_, true) => {
            let allowed = sure.fold(Spans::default(), |all, value| all.or(value));
            unsure.fold(allowed, |all, value| all.or(&span(&Spans::default(), value)))
        }
        (_, false) => span(&unsure.fold(everything.clone(), |least, value| least.and(value)), &everything),
    }
}
