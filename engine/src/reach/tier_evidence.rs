//! What the tiers around NetworkPolicies make of one pair of ends, rule by rule.

use std::collections::BTreeMap;

use super::evidence::Witness;
use super::matching::{Seen, Where, not_accepted, picks, template_doubt};
use super::spans::{Spans, Truth};
use super::tier_matching::TierMatching;
use super::tier_policy::{Application, Order, TierPolicy, Unordered, order};
use super::tier_rows::fails_closed;
use super::{Cause, CauseKind, Match, PeerEvidence, PortEvidence, Reason, TierPolicyEvidence, TierRuleEvidence};
use crate::cluster::Direction;
use crate::finding::ObjectRef;
use crate::net::Ports;
use crate::object::{Action, Tier, TierRule};

/// One rule, looked at.
struct Rule {
    evidence: TierRuleEvidence,
    action: Action,
    matches: Spans,
    /// What of that nothing before it has decided.
    decides: Spans,
}

/// One policy, looked at.
struct Looked<'a> {
    policy: &'a TierPolicy,
    applies: Match,
    rules: Vec<Rule>,
}

/// The policies that are about the subject, in their order.
pub(super) struct Tiers<'a> {
    witness: &'a Witness<'a>,
    policies: BTreeMap<usize, Looked<'a>>,
    admin: Option<Order>,
    baseline: Option<Order>,
    /// Where the plugin chooses among policies.
    reasons: Vec<Reason>,
}

impl<'a> Tiers<'a> {
    pub(super) fn of(witness: &'a Witness<'a>, applications: &[Application]) -> Tiers<'a> {
        let model = &witness.reach.model;
        let looked = applications.iter().filter_map(|application| {
            let policy = model.tiers.get(application.policy)?;
            Some((application.policy, Looked::at(witness, policy, application.sure)))
        });
        Tiers {
            policies: looked.collect(),
            admin: order(&model.tiers, applications, Tier::Admin),
            baseline: order(&model.tiers, applications, Tier::Baseline),
            reasons: Vec::new(),
            witness,
        }
    }

    /// What passes of what the next tier says, after the Admin tier.
    pub(super) fn admin(&mut self, next: &Spans) -> Spans {
        let Some(order) = self.admin.take() else { return next.clone() };
        let value = self.through(&order, next, next);
        self.admin = Some(order);
        value
    }

    /// What the Baseline tier says.
    pub(super) fn baseline(&mut self) -> Spans {
        let everything = Spans::settled(&Ports::all());
        let Some(order) = self.baseline.take() else { return everything };
        let value = self.through(&order, &everything, &everything);
        self.baseline = Some(order);
        value
    }

    /// Notes which rules of the Admin tier decide what; gives what it leaves to NetworkPolicies.
    pub(super) fn walk_admin(&mut self) -> Spans {
        let everything = Spans::settled(&Ports::all());
        let Some(order) = self.admin.take() else { return everything };
        let undecided = self.walk(&order, &everything);
        self.admin = Some(order);
        let rules = self.policies.values().flat_map(|looked| &looked.rules);
        let passed = rules.filter(|rule| rule.action == Action::Pass);
        passed.fold(undecided, |left, rule| left.or(&rule.decides))
    }

    /// The same of the Baseline tier, for what is left to it.
    pub(super) fn walk_baseline(&mut self, left: &Spans) {
        if let Some(order) = self.baseline.take() {
            self.walk(&order, left);
            self.baseline = Some(order);
        }
    }

    /// The evidence, why the plugin has a say beside it, and what is not known beside it.
    pub(super) fn into_evidence(self) -> (Vec<TierPolicyEvidence>, Vec<Reason>, Vec<Cause>) {
        let Tiers { witness, policies, reasons, .. } = self;
        let mut causes = Vec::new();
        let mut found = Vec::new();
        for Looked { policy, applies, rules } in policies.into_values() {
            let mut kept = Vec::with_capacity(rules.len());
            for Rule { evidence, decides, .. } in rules {
                let decides = witness.of_asked(&decides);
                if evidence.action == Action::Unreadable && !decides.is_denied() {
                    causes.push(not_accepted(&policy.object, &format!("{}/action", evidence.field)));
                }
                kept.push(TierRuleEvidence { decides, ..evidence });
            }
            let has_priority = policy.object.kind != "BaselineAdminNetworkPolicy";
            found.push(TierPolicyEvidence {
                policy: policy.object.clone(),
                tier: policy.place.map(|(tier, _)| tier),
                priority: policy.place.map(|(_, priority)| priority).filter(|_| has_priority),
                applies,
                rules: kept,
            });
        }
        (found, reasons, causes)
    }

    fn through(&mut self, order: &Order, next: &Spans, after: &Spans) -> Spans {
        match order {
            Order::One(application) => self.policy(*application, next, after),
            Order::Sequence(each) => {
                each.iter().rev().fold(after.clone(), |after, order| self.through(order, next, &after))
            }
            Order::Any(why, each) => match each.as_slice() {
                [] => after.clone(),
                [one] => self.through(one, next, after),
                each => self.in_any_order(*why, each, next, after),
            },
        }
    }

    /// What passes if whoever denies is asked first, and if whoever lets pass is.
    fn in_any_order(&mut self, why: Unordered, each: &[Order], next: &Spans, after: &Spans) -> Spans {
        let (nothing, everything) = (Spans::default(), Spans::settled(&Ports::all()));
        let (mut let_pass, mut left) = (nothing.clone(), everything.clone());
        for order in each {
            let_pass = let_pass.or(&self.through(order, next, &nothing));
            left = left.and(&self.through(order, next, &everything));
        }
        let cut_first = let_pass.or(after).and(&left);
        let pass_first = let_pass.or(&after.and(&left));
        let value = cut_first.either(&pass_first);
        if self.witness.of_asked(&cut_first) != self.witness.of_asked(&pass_first) {
            let policies = self.deciding(each);
            // Something before them may have decided.
            if policies.len() > 1 {
                self.reasons.push(match why {
                    Unordered::Priority => Reason::EqualPriority { policies },
                    Unordered::Apis => Reason::TwoApis { policies },
                });
            }
        }
        value
    }

    /// The policies of these that decide something, sorted.
    fn deciding(&self, each: &[Order]) -> Vec<ObjectRef> {
        let mut found = Vec::new();
        for order in each {
            match order {
                Order::One(application) => {
                    let looked = self.policies.get(&application.policy);
                    let decides = |rule: &Rule| !self.witness.of_asked(&rule.decides).is_denied();
                    let deciding = looked.filter(|looked| looked.rules.iter().any(decides));
                    found.extend(deciding.map(|looked| looked.policy.object.clone()));
                }
                Order::Sequence(each) | Order::Any(_, each) => found.extend(self.deciding(each)),
            }
        }
        found.sort();
        found.dedup();
        found
    }

    fn policy(&self, application: Application, next: &Spans, after: &Spans) -> Spans {
        let rules = self.policies.get(&application.policy).map(|looked| looked.rules.as_slice()).unwrap_or_default();
        let all = Spans::settled(&Ports::all());
        let unknown = Spans::when(Truth::Unknown, &Ports::all());
        let decided = rules.iter().rev().fold(after.clone(), |after, rule| match rule.action {
            Action::Accept => rule.matches.choose(&all, &after),
            Action::Deny => rule.matches.choose(&Spans::default(), &after),
            Action::Pass => rule.matches.choose(next, &after),
            Action::Unreadable => rule.matches.choose(&unknown, &after),
        });
        if application.sure { decided } else { unknown.choose(&decided, after) }
    }

    /// Notes what each rule decides of what is undecided; gives what still is.
    fn walk(&mut self, order: &Order, undecided: &Spans) -> Spans {
        match order {
            Order::One(application) => {
                let rules = self.policies.get_mut(&application.policy).map(|looked| looked.rules.as_mut_slice());
                let mut undecided = undecided.clone();
                for rule in rules.unwrap_or_default() {
                    let matches = match application.sure {
                        true => rule.matches.clone(),
                        false => rule.matches.and(&Spans::when(Truth::Unknown, &Ports::all())),
                    };
                    rule.decides = undecided.and(&matches);
                    undecided = undecided.and(&matches.not());
                }
                undecided
            }
            Order::Sequence(each) => each.iter().fold(undecided.clone(), |left, order| self.walk(order, &left)),
            Order::Any(_, each) => {
                each.iter().fold(undecided.clone(), |left, order| left.and(&self.walk(order, undecided)))
            }
        }
    }
}

impl<'a> Looked<'a> {
    fn at(witness: &Witness<'_>, policy: &'a TierPolicy, sure: bool) -> Looked<'a> {
        let direction = witness.question.direction;
        let at = match direction {
            Direction::Ingress => ["/spec/ingress", "from"],
            Direction::Egress => ["/spec/egress", "to"],
        };
        let rules = policy.rules(direction).iter().enumerate();
        let rules = rules.map(|(index, rule)| {
            let mut rule = looked_rule(witness, policy, rule, &format!("{}/{index}", at[0]), at[1]);
            if policy.place.is_none() {
                rule.matches = rule.matches.and(&Spans::when(Truth::Unknown, &Ports::all()));
                rule.action = Action::Unreadable;
            }
            rule
        });
        Looked { policy, applies: applies(witness, policy, sure), rules: rules.collect() }
    }
}

fn applies(witness: &Witness<'_>, policy: &TierPolicy, sure: bool) -> Match {
    if policy.place.is_none() {
        let name = policy.object.display();
        let message = format!("the tier or priority of {name} cannot be read, or the API server would refuse it");
        return Match::Unknown(Cause { kind: CauseKind::Failed, message, object: Some(policy.object.clone()) });
    }
    let (model, end) = (&witness.reach.model, witness.subject);
    match (sure, &policy.subject) {
        (true, _) => Match::Yes,
        (_, None) => Match::Unknown(not_accepted(&policy.object, "/spec/subject")),
        (_, Some(_)) if policy.doubtful => Match::Unknown(not_accepted(&policy.object, "/metadata/name")),
        (_, Some(subject)) => {
            let pods = subject.pods.as_ref();
            match picks(model, Where::Selected(&subject.namespaces), pods, end, witness.class) {
                Ok(Some(cause)) => Match::Unknown(cause),
                _ => Match::Unknown(template_doubt(end, "`hostNetwork`")),
            }
        }
    }
}

fn looked_rule(witness: &Witness<'_>, policy: &TierPolicy, rule: &TierRule, field: &str, peers_at: &str) -> Rule {
    let direction = witness.question.direction;
    let destination = match direction {
        Direction::Ingress => Seen::Workload(witness.subject, witness.class),
        Direction::Egress => witness.other,
    };
    let model = &witness.reach.model;
    let matching = TierMatching { model, policy: &policy.object, other: witness.other, destination, direction };
    let mut of_peers = Spans::default();
    let mut peers = Vec::new();
    for (index, peer) in rule.peers.iter().enumerate() {
        let field = format!("{field}/{peers_at}/{index}");
        let outcome = matching.peer(peer, &field);
        let truth = outcome.truth.map(|truth| Spans::when(truth, &Ports::all()));
        of_peers = of_peers.or(&truth.unwrap_or_default());
        peers.push(PeerEvidence { field, matches: outcome.matches });
    }
    let ports_at = if policy.object.kind == "ClusterNetworkPolicy" { "protocols" } else { "ports" };
    let mut of_ports = if rule.ports.is_empty() { Spans::settled(&Ports::all()) } else { Spans::default() };
    let mut ports = Vec::new();
    for (index, port) in rule.ports.iter().enumerate() {
        let field = format!("{field}/{ports_at}/{index}");
        let (matches, value) = matching.port(port, &field, witness.question.port);
        of_ports = of_ports.or(&value);
        ports.push(PortEvidence { field, matches });
    }
    let (matches, action) = match (fails_closed(rule), rule.action) {
        (false, action) => (of_peers.and(&of_ports), action),
        (true, Action::Accept) => (Spans::default(), Action::Accept),
        (true, Action::Unreadable) => (Spans::when(Truth::Unknown, &Ports::all()), Action::Deny),
        (true, Action::Deny | Action::Pass) => (Spans::settled(&Ports::all()), Action::Deny),
    };
    let evidence = TierRuleEvidence {
        field: field.to_owned(),
        name: rule.name.clone(),
        place: witness.place(&policy.object, field),
        action: rule.action,
        fails_closed: fails_closed(rule),
        matches: witness.of_asked(&matches),
        decides: super::Passage::default(),
        peers,
        ports,
    };
    Rule { evidence, action, matches, decides: Spans::default() }
}
