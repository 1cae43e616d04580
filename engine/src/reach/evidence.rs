//! What one side lets pass to one other end, policy by policy.
//!
//! This is the meaning of the policies a second time, without rows: tests hold the two against each other.

use super::matching::{Matching, Seen, not_accepted, template_doubt};
use super::model::{Class, Policy};
use super::rules::rules_of;
use super::side::{Elsewhere, Isolation, selected_by};
use super::sides::Sides;
use super::spans::{Spans, Truth};
use super::tier_evidence::Tiers;
use super::unmodelled::{Effect, Stranger};
use super::{
    Cause, CauseKind, End, Match, Passage, PeerEvidence, PolicyEvidence, PortAsk, PortEvidence, Reach, Reason,
    RuleEvidence, SideEvidence, Why, WorkloadEnd, WorkloadId,
};
use crate::cluster::{Cluster, Direction};
use crate::finding::ObjectRef;
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
pub(super) struct Witness<'a> {
    pub(super) reach: &'a Reach,
    pub(super) question: &'a Question<'a>,
    pub(super) subject: &'a WorkloadEnd,
    pub(super) class: &'a Class,
    pub(super) other: Seen<'a>,
    /// The number of the class.
    number: usize,
    sides: &'a Sides,
}

impl Reach {
    /// The evidence of one side, and what it lets pass of all ports.
    pub(super) fn evidence(&self, question: &Question<'_>) -> Option<(SideEvidence, Spans)> {
        let subject = self.workload(question.subject)?;
        let number = self.model.class_of(question.subject)?;
        let class = self.model.class(number)?;
        let other = match question.other {
            End::Addresses(set) => Seen::Addresses(set),
            End::Workload(id) => {
                let class = self.model.class_of(*id).and_then(|class| self.model.class(class))?;
                Seen::Workload(self.workload(*id)?, class)
            }
        };
        let sides: &Sides = match question.direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        };
        Some(Witness { reach: self, question, subject, class, other, number, sides }.side())
    }
}

impl Witness<'_> {
    fn side(&self) -> (SideEvidence, Spans) {
        let isolations = self.sides.isolations.get(self.number).map(|known| &**known).unwrap_or_default();
        let applications = self.sides.applications_of(self.number);
        let elsewhere = match applications.is_empty() {
            true => Elsewhere::No,
            false => self.sides.elsewhere_of(self.number),
        };
        let mut policies = Vec::new();
        let mut values = Vec::new();
        for isolation in isolations {
            let Some(policy) = self.reach.model.policy(isolation.policy) else { continue };
            let (evidence, value) = self.policy(policy, isolation.sure);
            policies.push(evidence);
            values.push((isolation.sure, value));
        }
        let mut tiers = Tiers::of(self, applications);
        let left = tiers.walk_admin();
        tiers.walk_baseline(&left.and(&free(isolations, elsewhere)));
        let (baseline, of_nodes) = (tiers.baseline(), self.of_nodes());
        let unselected = baseline.or(&unasked(elsewhere));
        let value = self.with_unseen_policies(by_policies(&values, &of_nodes, &unselected), isolations);
        let value = self.with_doubts(tiers.admin(&value));
        let (tiers, mut reasons, mut causes) = tiers.into_evidence();
        if !isolations.is_empty() {
            reasons.extend(self.node_reasons());
        }
        let differs = self.of_asked(&unselected) != self.of_asked(&baseline);
        if differs && !isolations.iter().any(|isolation| isolation.sure) {
            reasons.push(Reason::OtherDirection { workload: self.subject.name.clone() });
            causes.extend(self.why_elsewhere(elsewhere));
        }
        causes.extend(self.causes());
        let side = SideEvidence {
            direction: self.question.direction,
            workload: self.subject.name.clone(),
            isolated: self.isolated(&policies, isolations),
            passage: self.of_asked(&value),
            tiers,
            left_to_network_policies: self.of_asked(&left),
            policies,
            reasons,
            causes,
        };
        (side, value)
    }

    fn isolated(&self, policies: &[PolicyEvidence], isolations: &[Isolation]) -> Match {
        match isolations.iter().any(|isolation| isolation.sure) {
            true if self.class.may_be_on_node() => {
                Match::Plugin(Reason::HostNetwork { workload: self.subject.name.clone() })
            }
            true => Match::Yes,
            false => policies.first().map_or(Match::No(Why::NothingIsolates), |policy| policy.isolates.clone()),
        }
    }

    /// Why it is not known whether a NetworkPolicy selects it the other way.
    fn why_elsewhere(&self, elsewhere: Elsewhere) -> Option<Cause> {
        let model = &self.reach.model;
        let may_select = |policy: &&Policy| selected_by(model, &model.view, policy).maybe.has(self.number);
        let own = model.namespace_of(self.class).map(|namespace| namespace.policies.as_slice()).unwrap_or_default();
        let mut policies = own.iter().filter_map(|number| model.policy(*number));
        let policy = policies.find(may_select).filter(|_| elsewhere == Elsewhere::Maybe);
        policy.map(|policy| self.why_unsure(policy))
    }

    /// What passes of the port that is asked about, if one is.
    pub(super) fn of_asked(&self, value: &Spans) -> Passage {
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
        let place = self.place(&self.reach.model.reference(policy), field);
        (RuleEvidence { field: field.to_owned(), place, passage: self.of_asked(&value), peers, ports }, value)
    }

    /// Where a field of a policy stands, if the object came with its text.
    pub(super) fn place(&self, policy: &ObjectRef, field: &str) -> Option<(u32, crate::finding::Span)> {
        let object = self.question.cluster?.get(policy)?;
        let found = resolve(object.raw.as_deref()?, field);
        found.exact.then_some((object.source, found.value.span))
    }

    /// What passes by the plugin's choice where a policy isolates, because pods are on their nodes' network.
    fn of_nodes(&self) -> Spans {
        match self.node_reasons().is_empty() {
            true => Spans::default(),
            false => Spans::when(Truth::Plugin, &Ports::all()),
        }
    }

    fn node_reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.class.host_network {
            reasons.push(Reason::HostNetwork { workload: self.subject.name.clone() });
        }
        if let Seen::Workload(end, class) = self.other
            && class.may_be_on_node()
            && self.question.direction == Direction::Ingress
        {
            reasons.push(Reason::HostNetwork { workload: end.name.clone() });
        }
        reasons
    }

    /// What NetworkPolicies that are not seen may change.
    fn with_unseen_policies(&self, value: Spans, isolations: &[Isolation]) -> Spans {
        let namespace = self.reach.model.namespace_of(self.class);
        let Some(cause) = namespace.and_then(|namespace| namespace.policies_unknown.as_ref()) else { return value };
        match cause.kind == CauseKind::NotAsked && isolations.iter().any(|isolation| isolation.sure) {
            true => span(&value, &Spans::settled(&Ports::all())),
            false => Spans::when(Truth::Unknown, &Ports::all()),
        }
    }

    /// What is not known beside the policies.
    fn with_doubts(&self, value: Spans) -> Spans {
        let unknown = Spans::when(Truth::Unknown, &Ports::all());
        let unseen_tiers = self.reach.model.tiers_unknown.is_some() && !self.class.host_network;
        if self.class.doubts.host_network || unseen_tiers {
            return unknown;
        }
        self.strangers().fold(value, |value, stranger| match stranger.effect {
            Effect::Changes => unknown.clone(),
            Effect::Cuts => span(&Spans::default(), &value),
        })
    }

    fn strangers(&self) -> impl Iterator<Item = &Stranger> {
        let model = &self.reach.model;
        let namespace = model.namespace_of(self.class);
        let numbers = namespace.map(|namespace| namespace.strangers.as_slice()).unwrap_or_default();
        let strangers = numbers.iter().filter_map(|number| model.strangers.get(*number));
        strangers.filter(|stranger| stranger.concerns(self.question.direction))
    }

    fn causes(&self) -> Vec<Cause> {
        if self.class.doubts.host_network {
            return vec![template_doubt(self.subject, "`hostNetwork`")];
        }
        let model = &self.reach.model;
        let unseen = model.namespace_of(self.class).and_then(|namespace| namespace.policies_unknown.clone());
        let tiers = model.tiers_unknown.clone().filter(|_| !self.class.host_network);
        let mut causes: Vec<Cause> = unseen.into_iter().chain(tiers).collect();
        causes.extend(self.strangers().map(|stranger| {
            let message = format!("{} is of a kind that is not modelled", stranger.object.display());
            Cause { kind: CauseKind::Failed, message, object: Some(stranger.object.clone()) }
        }));
        causes
    }
}

/// Whether the Baseline tier is asked: as far as no NetworkPolicy isolates.
fn free(isolations: &[Isolation], elsewhere: Elsewhere) -> Spans {
    let all = Ports::all();
    if isolations.iter().any(|isolation| isolation.sure) {
        return Spans::default();
    }
    let free = if isolations.is_empty() { Spans::settled(&all) } else { Spans::when(Truth::Unknown, &all) };
    free.and(&unasked(elsewhere).not())
}

/// What passes without asking the Baseline tier, of what no NetworkPolicy isolates.
pub(super) fn unasked(elsewhere: Elsewhere) -> Spans {
    match elsewhere {
        Elsewhere::No => Spans::default(),
        Elsewhere::Maybe => Spans::when(Truth::UnknownPlugin, &Ports::all()),
        Elsewhere::Yes => Spans::when(Truth::Plugin, &Ports::all()),
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

/// Of policies that isolate for sure (true) or perhaps, what each allows, besides what pods on their nodes' network change;
/// and what passes if none isolates.
fn by_policies(values: &[(bool, Spans)], of_nodes: &Spans, unselected: &Spans) -> Spans {
    let sure = values.iter().filter(|(sure, _)| *sure).map(|(_, value)| value);
    let unsure = values.iter().filter(|(sure, _)| !*sure).map(|(_, value)| value);
    match (values.is_empty(), values.iter().any(|(sure, _)| *sure)) {
        (true, _) => unselected.clone(),
        (_, true) => {
            let allowed = sure.fold(Spans::default(), |all, value| all.or(value));
            unsure.fold(allowed, |all, value| all.or(&span(&Spans::default(), value))).or(of_nodes)
        }
        (_, false) => {
            let least = unsure.clone().fold(Spans::settled(&Ports::all()), |least, value| least.and(value));
            let most = unsure.fold(Spans::default(), |most, value| most.or(value));
            span(&least.or(of_nodes).and(unselected), &most.or(of_nodes).or(unselected))
        }
    }
}
