//! Rules of NetworkPolicies → rows.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::bits::Bits;
use super::choosing::{Choosing, View};
use super::model::{Model, Policy};
use super::names::Name;
use super::row::{FEW, Parts, Row};
use super::select::Chosen;
use super::spans::{Spans, Truth};
use super::value::{Book, Join, Value};
use crate::cluster::Direction;
use crate::net::{AddressSet, Ports, Protocol, no_pod_addresses};
use crate::object::{IpBlock, NetworkPolicyPort, Peer, Rule};

/// Makes rows of rules, and remembers what it has made.
pub(super) struct RuleRows<'a> {
    pub(super) model: &'a Model,
    pub(super) choosing: Choosing<'a>,
    pub(super) book: &'a mut Book,
    /// The classes with each port table, of those that are looked at.
    by_table: OnceCell<Vec<Vec<usize>>>,
    named: BTreeMap<(Name, Protocol), Rc<Destinations>>,
    made: BTreeMap<(usize, Direction, Option<usize>), Arc<Row>>,
}

/// What a port name means where.
struct Destinations {
    /// What it means to each table that has it.
    by_table: BTreeMap<usize, Value>,
    /// Classes that have it, by what it means there. Made when first asked for.
    groups: OnceCell<Vec<(Bits, Value)>>,
}

/// Who is on the other end, as far as one rule is concerned. Sets may overlap.
#[derive(Default)]
pub(super) struct Others {
    /// That it is every class, whether anybody has heard of it or not; away from the node's network and on it.
    everyone: BTreeSet<[Truth; 2]>,
    classes: BTreeMap<Truth, Bits>,
    addresses: BTreeMap<Truth, AddressSet>,
}

impl Others {
    pub(super) fn add_everyone(&mut self, truth: Truth) {
        self.everyone.insert([truth, truth]);
    }

    /// What picks every pod. Of those on the node's network the plugin decides.
    fn add_every_pod(&mut self) {
        self.everyone.insert([Truth::Yes, Truth::Plugin]);
    }

    pub(super) fn add_classes(&mut self, truth: Truth, classes: &Bits) {
        if !classes.is_empty() {
            let known = self.classes.entry(truth).or_default();
            *known = known.union(classes);
        }
    }

    pub(super) fn add_addresses(&mut self, truth: Truth, addresses: &AddressSet) {
        let known = self.addresses.entry(truth).or_default();
        *known = known.union(addresses);
    }
}

/// What the rules of a policy allow together.
struct Allowed {
    /// May overlap.
    classes: Vec<(Bits, Value)>,
    /// Of every class away from the node's network, and of every class on it.
    rest: [Value; 2],
    addresses: Parts<AddressSet>,
}

impl Allowed {
    fn nothing() -> Allowed {
        Allowed { classes: Vec::new(), rest: [Value::NONE; 2], addresses: Parts::default() }
    }

    fn into_row(self, on_node: &Bits, book: &mut Book) -> Row {
        let [away, of_nodes] = self.rest;
        let rest = Parts::of_pieces(away, vec![(of_nodes, on_node.clone())]);
        Row { classes: Parts::gathered(self.classes, rest, book), addresses: self.addresses }
    }
}

/// The ports of a rule: those that are the same for every destination, and the names to look up.
pub(super) struct RulePorts {
    pub(super) fixed: Value,
    pub(super) names: Vec<(Name, Protocol)>,
}

impl<'a> RuleRows<'a> {
    /// Rows about the classes of a view.
    pub(super) fn new(model: &'a Model, view: &'a View, book: &'a mut Book) -> RuleRows<'a> {
        RuleRows {
            model,
            choosing: Choosing::of(model, view),
            book,
            by_table: OnceCell::new(),
            named: BTreeMap::new(),
            made: BTreeMap::new(),
        }
    }

    pub(super) fn view(&self) -> &'a View {
        self.choosing.view
    }

    /// What a policy allows. The pods that it selects are the destination of ingress, and then names of ports are looked up
    /// in their `table`.
    pub(super) fn of_policy(&mut self, number: usize, direction: Direction, table: usize) -> Arc<Row> {
        let Some(policy) = self.model.policy(number) else { return Arc::default() };
        let key = (number, direction, needs_table(policy, direction).then_some(table));
        if let Some(known) = self.made.get(&key) {
            return Arc::clone(known);
        }
        let row = if policy.doubts.rules {
            Row::everyone(Value::UNKNOWN)
        } else {
            let mut allowed = Allowed::nothing();
            let mut wide = policy.peers(direction).wide.iter();
            for rule in rules_of(policy, direction) {
                let others = self.others(policy, rule, &mut wide);
                let ports = self.ports_of(rule);
                self.add(others, &ports, direction, table, &mut allowed);
            }
            allowed.into_row(&self.choosing.view.on_node, self.book)
        };
        let row = Arc::new(row);
        self.made.insert(key, Arc::clone(&row));
        row
    }

    /// What others and ports make together, as a row by itself.
    pub(super) fn row_of(&mut self, others: Others, ports: &RulePorts, direction: Direction, table: usize) -> Row {
        let mut allowed = Allowed::nothing();
        self.add(others, ports, direction, table, &mut allowed);
        allowed.into_row(&self.choosing.view.on_node, self.book)
    }

    fn add(&mut self, others: Others, ports: &RulePorts, direction: Direction, table: usize, allowed: &mut Allowed) {
        let mut value = ports.fixed;
        if direction == Direction::Ingress {
            for name in &ports.names {
                let named = self.destinations_of(*name).by_table.get(&table).copied();
                value = self.book.join(Join::Or, value, named.unwrap_or(Value::NONE));
            }
        } else {
            for name in &ports.names {
                let destinations = self.destinations_of(*name);
                for [truth, _] in &others.everyone {
                    self.add_named(&destinations, *truth, self.view().all(), allowed);
                }
                for (truth, classes) in &others.classes {
                    self.add_named(&destinations, *truth, classes, allowed);
                }
            }
        }
        for truths in others.everyone {
            for (rest, truth) in allowed.rest.iter_mut().zip(truths) {
                let value = self.book.join(Join::And, Value::when(truth), value);
                *rest = self.book.join(Join::Or, *rest, value);
            }
        }
        for (truth, classes) in others.classes {
            let value = self.book.join(Join::And, Value::when(truth), value);
            allowed.classes.push((classes, value));
        }
        for (truth, addresses) in others.addresses {
            let value = self.book.join(Join::And, Value::when(truth), value);
            allowed.addresses = allowed.addresses.join(Join::Or, &Parts::of(addresses, value), self.book);
        }
    }

    /// What a port name means to each of these classes.
    fn add_named(&mut self, destinations: &Destinations, truth: Truth, classes: &Bits, allowed: &mut Allowed) {
        // Who is taken for its node has no names of ports.
        let on_node = classes.intersection(&self.view().on_node);
        let away = classes.difference(&on_node);
        for (classes, of_class) in [(away, Value::ALL), (on_node, Value::PLUGIN)] {
            let truth = self.book.join(Join::And, Value::when(truth), of_class);
            self.add_named_to(destinations, truth, &classes, allowed);
        }
    }

    fn add_named_to(&mut self, destinations: &Destinations, truth: Value, classes: &Bits, allowed: &mut Allowed) {
        if classes.count() > FEW {
            let groups = || groups(self.model, self.choosing.view, &self.by_table, destinations);
            for (group, value) in destinations.groups.get_or_init(groups) {
                let value = self.book.join(Join::And, truth, *value);
                allowed.classes.push((group.intersection(classes), value));
            }
            return;
        }
        for class in classes.iter() {
            let table = self.model.class(class).map(|class| class.ports);
            if let Some(value) = table.and_then(|table| destinations.by_table.get(&table)) {
                let value = self.book.join(Join::And, truth, *value);
                allowed.classes.push((Bits::one(class), value));
            }
        }
    }

    fn destinations_of(&mut self, name: (Name, Protocol)) -> Rc<Destinations> {
        if let Some(known) = self.named.get(&name) {
            return Rc::clone(known);
        }
        let everywhere = self.model.tables.everywhere(name.0, name.1).into_iter();
        let by_table = everywhere.map(|(table, spans)| (table, self.book.value(&spans))).collect();
        let destinations = Rc::new(Destinations { by_table, groups: OnceCell::new() });
        self.named.insert(name, Rc::clone(&destinations));
        destinations
    }

    fn ports_of(&mut self, rule: &Rule) -> RulePorts {
        // Source: `NetworkPolicyIngressRule.ports`, "if this field is empty or missing, this rule matches all ports".
        if rule.ports.is_empty() {
            return RulePorts { fixed: Value::ALL, names: Vec::new() };
        }
        let mut names = Vec::new();
        let mut allowed = Ports::NONE;
        let mut doubtful = false;
        for port in &rule.ports {
            names.extend(name_of(port, self.model));
            match numbers_of(port) {
                Some(ports) => allowed = allowed.union(&ports),
                None => doubtful = true,
            }
        }
        let allowed = self.book.settled(allowed);
        let fixed = if doubtful { self.book.join(Join::Or, allowed, Value::UNKNOWN) } else { allowed };
        RulePorts { fixed, names }
    }

    /// `wide` gives the numbers of the peers that look beyond the namespace, in their order.
    fn others<'n>(&mut self, policy: &Policy, rule: &Rule, wide: &mut impl Iterator<Item = &'n u32>) -> Others {
        let mut others = Others::default();
        // Source: `NetworkPolicyIngressRule.from`, "if this field is empty or missing, this rule matches all sources".
        if rule.peers.is_empty() {
            others.add_everyone(Truth::Yes);
            others.add_addresses(Truth::Yes, &AddressSet::all());
        }
        for peer in &rule.peers {
            match peer {
                Peer::Pods { pods, namespaces: None } => {
                    let chosen = self.choosing.in_own(policy, pods.as_ref());
                    self.add_pods(&mut others, &chosen);
                }
                Peer::Pods { namespaces: Some(_), .. } => match wide.next() {
                    Some(peer) if self.choosing.is_every_pod(*peer) => others.add_every_pod(),
                    Some(peer) => {
                        let chosen = self.choosing.wide(*peer);
                        self.add_pods(&mut others, &chosen);
                    }
                    None => {}
                },
                Peer::Block(block) => self.add_block(&mut others, block),
                Peer::Unreadable => {
                    others.add_everyone(Truth::Unknown);
                    others.add_addresses(Truth::Unknown, &AddressSet::all());
                }
            }
        }
        others
    }

    fn add_pods(&self, others: &mut Others, chosen: &Chosen) {
        let on_node = &self.view().on_node;
        let unknown = chosen.maybe.difference(&chosen.yes);
        others.add_classes(Truth::Yes, &chosen.yes.difference(on_node));
        others.add_classes(Truth::Plugin, &chosen.yes.intersection(on_node));
        others.add_classes(Truth::Unknown, &unknown.difference(on_node));
        others.add_classes(Truth::UnknownPlugin, &unknown.intersection(on_node));
    }

    fn add_block(&self, others: &mut Others, block: &IpBlock) {
        let set = AddressSet::of_block(block.cidr, &block.except);
        match block_and_pods(&set, &self.model.pod_addresses) {
            BlockAndPods::Any => others.add_everyone(Truth::Plugin),
            BlockAndPods::OnlyNodes => others.add_classes(Truth::Plugin, &self.view().on_node),
            BlockAndPods::Neither => {}
        }
        others.add_addresses(Truth::Yes, &set);
    }
}

fn groups(
    model: &Model,
    view: &View,
    by_table: &OnceCell<Vec<Vec<usize>>>,
    destinations: &Destinations,
) -> Vec<(Bits, Value)> {
    let by_table = by_table.get_or_init(|| {
        let mut by_table = Vec::new();
        for class in view.all().iter() {
            let Some(table) = model.class(class).map(|class| class.ports) else { continue };
            by_table.resize_with(by_table.len().max(table + 1), Vec::new);
            by_table.get_mut(table).into_iter().for_each(|classes: &mut Vec<usize>| classes.push(class));
        }
        by_table
    });
    let mut groups: BTreeMap<Value, Vec<usize>> = BTreeMap::new();
    for (table, value) in &destinations.by_table {
        groups.entry(*value).or_default().extend(by_table.get(*table).into_iter().flatten());
    }
    groups.into_iter().map(|(value, classes)| (Bits::of(classes), value)).collect()
}

/// Whose address a block may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockAndPods {
    /// Any pod's.
    Any,
    /// Only that of a pod on its node's network.
    OnlyNodes,
    /// No pod's.
    Neither,
}

pub(super) fn block_and_pods(block: &AddressSet, pod_addresses: &AddressSet) -> BlockAndPods {
    if block.overlaps(pod_addresses) {
        BlockAndPods::Any
    } else if block.is_subset(&no_pod_addresses()) {
        BlockAndPods::Neither
    } else {
        BlockAndPods::OnlyNodes
    }
}

pub(super) fn rules_of(policy: &Policy, direction: Direction) -> &[Rule] {
    match direction {
        Direction::Ingress => &policy.rules.ingress,
        Direction::Egress => &policy.rules.egress,
    }
}

fn needs_table(policy: &Policy, direction: Direction) -> bool {
    let named = |port: &NetworkPolicyPort| matches!(port, NetworkPolicyPort::Named { .. });
    direction == Direction::Ingress && policy.rules.ingress.iter().any(|rule| rule.ports.iter().any(named))
}

/// The ports that a port of a rule is about by their numbers; `None` if that is not known.
fn numbers_of(port: &NetworkPolicyPort) -> Option<Ports> {
    match port {
        NetworkPolicyPort::Every { protocol } => Some(Ports::every(Protocol::parse(protocol)?)),
        NetworkPolicyPort::Range { protocol, first, last } => {
            Some(Ports::range(Protocol::parse(protocol)?, *first, *last))
        }
        NetworkPolicyPort::Named { .. } => Some(Ports::NONE),
        NetworkPolicyPort::Unreadable => None,
    }
}

/// What a port of a rule lets pass by number.
pub(super) fn fixed_port(port: &NetworkPolicyPort) -> Spans {
    match numbers_of(port) {
        Some(ports) => Spans::settled(&ports),
        None => Spans::when(Truth::Unknown, &Ports::all()),
    }
}

/// The name and protocol of a port that is a name.
pub(super) fn name_of(port: &NetworkPolicyPort, model: &Model) -> Option<(Name, Protocol)> {
    match port {
        NetworkPolicyPort::Named { protocol, name } => Some((model.names.find(name)?, Protocol::parse(protocol)?)),
        _ => None,
    }
}
