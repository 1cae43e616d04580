//! What the tiers around NetworkPolicies leave to pods that are not in the input.
//!
//! Such pods are known by conditions on their labels alone. The rules of a tier are gone through in their order; each takes what it
//! matches out of what is undecided, which stays a list of conditions with ports: what meets a condition and not that of a rule
//! meets one of several others. What a rule matches and nobody knows, or what hangs on an order that the plugin chooses, is told
//! so, and decided. Pods on their nodes' network are not spoken of.

use std::collections::BTreeSet;

use super::condition::Condition;
use super::model::{Class, Model};
use super::spans::{Spans, Truth};
use super::tier_policy::{Application, Order, TierPolicy, order};
use super::tier_rows::{fails_closed, networks_and_pods};
use crate::cluster::Direction;
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Ports, Protocol};
use crate::object::{Action, Tier, TierPeer, TierPort, TierRule};

/// Most conditions that are told apart.
const MOST: usize = 256;

/// Pods that meet a condition, and their ports that nothing has decided yet.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) who: Condition,
    pub(super) ports: Ports,
}

/// What becomes of some ports of pods that meet a condition.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) who: Condition,
    pub(super) passes: Spans,
    pub(super) named: BTreeSet<(Protocol, String)>,
    /// The rule that says so: policy and JSON pointer.
    pub(super) rule: (ObjectRef, String),
    /// Why it is not known, if it is not.
    pub(super) cause: Option<String>,
    /// A rule denies it.
    pub(super) denied: bool,
}

/// One tier, asked for one class in one direction.
pub(super) struct Asked<'a> {
    pub(super) model: &'a Model,
    pub(super) class: &'a Class,
    pub(super) direction: Direction,
    pub(super) applications: &'a [Application],
    pub(super) outcomes: Vec<Outcome>,
    /// What is passed on to the next tier.
    passed: Vec<Cell>,
    /// There are too many conditions to be told apart.
    pub(super) too_many: bool,
}

/// What a rule is about, of pods that are not in the input.
struct About {
    who: Condition,
    /// It is, for all that is known.
    sure: bool,
}

/// The ports that a rule is about.
struct Numbers {
    sure: Ports,
    perhaps: Ports,
    named: BTreeSet<(Protocol, String)>,
}

impl Cell {
    /// Every pod, with all ports.
    pub(super) fn all() -> Cell {
        Cell { who: Condition::default(), ports: Ports::all() }
    }
}

impl<'a> Asked<'a> {
    pub(super) fn of(
        model: &'a Model,
        class: &'a Class,
        direction: Direction,
        applications: &'a [Application],
    ) -> Asked<'a> {
        Asked { model, class, direction, applications, outcomes: Vec::new(), passed: Vec::new(), too_many: false }
    }

    /// What a tier leaves undecided, or passes on. What it decides goes to the outcomes.
    pub(super) fn tier(&mut self, tier: Tier, cells: Vec<Cell>) -> Vec<Cell> {
        let mut left = match order(&self.model.tiers, self.applications, tier) {
            Some(order) => self.walk(&order, cells, false),
            None => cells,
        };
        left.append(&mut self.passed);
        left
    }

    /// `any_order`: the plugin chooses what goes first.
    fn walk(&mut self, order: &Order, cells: Vec<Cell>, any_order: bool) -> Vec<Cell> {
        match order {
            Order::One(application) => self.policy(*application, cells, any_order),
            Order::Sequence(each) => each.iter().fold(cells, |cells, order| self.walk(order, cells, any_order)),
            Order::Any(_, each) => {
                let conflict = each.len() > 1 && self.actions(each).len() > 1;
                each.iter().fold(cells, |cells, order| self.walk(order, cells, any_order || conflict))
            }
        }
    }

    /// What the rules of these do.
    fn actions(&self, each: &[Order]) -> BTreeSet<u8> {
        let mut found = BTreeSet::new();
        for order in each {
            match order {
                Order::One(application) => {
                    let policy = self.model.tiers.get(application.policy);
                    let rules = policy.map(|policy| policy.rules(self.direction)).unwrap_or_default();
                    found.extend(rules.iter().map(|rule| match acting(rule) {
                        Action::Accept => 0,
                        Action::Deny => 1,
                        Action::Pass => 2,
                        Action::Unreadable => 3,
                    }));
                }
                Order::Sequence(each) | Order::Any(_, each) => found.extend(self.actions(each)),
            }
        }
        found
    }

    fn policy(&mut self, application: Application, cells: Vec<Cell>, any_order: bool) -> Vec<Cell> {
        let Some(policy) = self.model.tiers.get(application.policy) else { return cells };
        let at = match self.direction {
            Direction::Ingress => "/spec/ingress",
            Direction::Egress => "/spec/egress",
        };
        let sure = application.sure && policy.place.is_some();
        let mut cells = cells;
        for (index, rule) in policy.rules(self.direction).iter().enumerate() {
            let Some((abouts, numbers)) = self.matched(rule) else { continue };
            for about in abouts {
                let about = About { sure: about.sure && sure && rule.action != Action::Unreadable, ..about };
                let place = (policy, format!("{at}/{index}"));
                cells = self.rule(&about, &numbers, (rule, &place), cells, any_order);
                if cells.len() > MOST {
                    self.too_many = true;
                    return Vec::new();
                }
            }
        }
        cells
    }

    fn rule(
        &mut self,
        about: &About,
        numbers: &Numbers,
        (rule, (policy, field)): (&TierRule, &(&TierPolicy, String)),
        cells: Vec<Cell>,
        any_order: bool,
    ) -> Vec<Cell> {
        let mut left = Vec::new();
        for cell in cells {
            let Some(both) = cell.who.and(&about.who) else {
                left.push(cell);
                continue;
            };
            let doubted = if about.sure { numbers.perhaps.clone() } else { numbers.perhaps.union(&numbers.sure) };
            let named_matter = !numbers.named.is_empty() && rule.action != Action::Accept;
            let doubted = if named_matter { Ports::all() } else { doubted };
            let perhaps = cell.ports.intersection(&doubted);
            let decided = cell.ports.intersection(&numbers.sure).difference(&perhaps);
            let outcome = |passes: Spans| Outcome {
                who: both.clone(),
                passes,
                named: BTreeSet::new(),
                rule: (policy.object.clone(), field.clone()),
                cause: None,
                denied: false,
            };
            if !perhaps.is_empty() {
                let cause = Some(format!("what rule {field} of {} matches is not known", policy.object.display()));
                self.outcomes.push(Outcome { cause, ..outcome(Spans::when(Truth::Unknown, &perhaps)) });
            }
            if !numbers.named.is_empty() && rule.action == Action::Accept {
                self.outcomes.push(Outcome { named: numbers.named.clone(), ..outcome(Spans::default()) });
            }
            match (acting(rule), any_order) {
                _ if decided.is_empty() => {}
                (_, true) => self.outcomes.push(outcome(Spans::when(Truth::Plugin, &decided))),
                (Action::Accept, _) => self.outcomes.push(outcome(Spans::settled(&decided))),
                (Action::Pass, _) => self.passed.push(Cell { who: both.clone(), ports: decided.clone() }),
                (Action::Deny | Action::Unreadable, _) => {
                    self.outcomes.push(Outcome { denied: true, ..outcome(Spans::settled(&decided)) });
                }
            }
            let rest = cell.ports.difference(&decided.union(&perhaps));
            if rest == cell.ports {
                left.push(cell);
                continue;
            }
            left.extend(cell.who.without(&about.who).into_iter().map(|who| Cell { who, ports: cell.ports.clone() }));
            left.extend((!rest.is_empty()).then_some(Cell { who: both, ports: rest }));
        }
        left
    }

    /// What a rule matches; `None` if that is nothing.
    fn matched(&self, rule: &TierRule) -> Option<(Vec<About>, Numbers)> {
        let any = |sure| About { who: Condition::default(), sure };
        if fails_closed(rule) {
            let everything = Numbers { sure: Ports::all(), perhaps: Ports::NONE, named: BTreeSet::new() };
            return (rule.action != Action::Accept).then(|| (vec![any(true)], everything));
        }
        let mut abouts = Vec::new();
        for peer in &rule.peers {
            match peer {
                TierPeer::Pods(pods) => {
                    let who = Condition::of(&pods.namespaces, pods.pods.as_ref());
                    abouts.extend(who.map(|who| About { who, sure: true }));
                }
                TierPeer::Networks(networks) => {
                    let set = networks.iter().fold(AddressSet::NONE, |all, cidr| all.union(&AddressSet::of(*cidr)));
                    let [pods, _] = networks_and_pods(&set, &self.model.pod_addresses);
                    abouts.extend(pods.map(|truth| any(truth == Truth::Yes)));
                }
                TierPeer::DomainNames(_) | TierPeer::Unreadable => abouts.push(any(false)),
                TierPeer::Nodes(_) | TierPeer::NotKnown => {}
            }
        }
        Some((abouts, self.numbers(rule)))
    }

    fn numbers(&self, rule: &TierRule) -> Numbers {
        let all = || Spans::settled(&Ports::all());
        let mut named = BTreeSet::new();
        let mut spans = if rule.ports.is_empty() { all() } else { Spans::default() };
        for port in &rule.ports {
            let more = match (port, self.direction) {
                (TierPort::Numbers(ports), _) => Spans::settled(ports),
                (TierPort::Unreadable, _) => Spans::when(Truth::Unknown, &Ports::all()),
                (TierPort::Named(name), Direction::Egress) => {
                    named.extend(Protocol::ALL.into_iter().map(|protocol| (protocol, name.clone())));
                    Spans::default()
                }
                (TierPort::Named(name), Direction::Ingress) => {
                    let table = self.model.tables.get(self.class.ports);
                    let of = |protocol| Some(table?.ports_named(self.model.names.find(name)?, protocol));
                    let each = Protocol::ALL.into_iter().filter_map(of);
                    each.fold(Spans::default(), |all, more| all.or(&more))
                }
            };
            spans = spans.or(&more);
        }
        let sure = spans.least_allow.clone();
        Numbers { perhaps: spans.most_some.difference(&sure), sure, named }
    }
}

/// What becomes of what a rule matches.
fn acting(rule: &TierRule) -> Action {
    if fails_closed(rule) && rule.action != Action::Accept { Action::Deny } else { rule.action }
}
