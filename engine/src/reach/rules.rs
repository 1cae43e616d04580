//! Rules of NetworkPolicies → rows.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::bits::Bits;
use super::model::{Model, Policy};
use super::names::Name;
use super::row::{FEW, Parts, Row};
use super::select::Chosen;
use super::spans::{Spans, Truth};
use super::value::{Book, Join, Value};
use crate::cluster::Direction;
use crate::net::{AddressSet, Ports, Protocol, Selector, no_pod_addresses};
use crate::object::{IpBlock, NetworkPolicyPort, Peer, Rule};

/// Makes rows of rules, and remembers what it has made.
pub(super) struct RuleRows<'a> {
    pub(super) model: &'a Model,
    pub(super) book: &'a mut Book,
    namespaces: BTreeMap<&'a Selector, Chosen>,
    named: BTreeMap<(Name, Protocol), Rc<Destinations>>,
    made: BTreeMap<(usize, Direction, Option<usize>), Arc<Row>>,
}

/// What a port name means where.
struct Destinations {
    /// Classes that have it, by what it means there.
    groups: Vec<(Bits, Value)>,
    /// What it means to each table.
    by_table: BTreeMap<usize, Value>,
}

/// Who is on the other end, as far as one rule is concerned. Sets may overlap.
#[derive(Default)]
pub(super) struct Others {
    classes: BTreeMap<Truth, Bits>,
    addresses: BTreeMap<Truth, AddressSet>,
}

impl Others {
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
#[derive(Default)]
struct Allowed {
    /// May overlap.
    classes: Vec<(Bits, Value)>,
    addresses: Parts<AddressSet>,
}

/// The ports of a rule: those that are the same for every destination, and the names to look up.
pub(super) struct RulePorts {
    pub(super) fixed: Value,
    pub(super) names: Vec<(Name, Protocol)>,
}

impl<'a> RuleRows<'a> {
    pub(super) fn new(model: &'a Model, book: &'a mut Book) -> RuleRows<'a> {
        RuleRows { model, book, namespaces: BTreeMap::new(), named: BTreeMap::new(), made: BTreeMap::new() }
    }

    /// What a policy allows. The pods that it selects are the destination of ingress, and then names of ports are looked up
    /// in their `table`.
    pub(super) fn of_policy(&mut self, number: usize, direction: Direction, table: usize) -> Arc<Row> {
        let Some(policy) = self.model.policies.get(number) else { return Arc::default() };
        let key = (number, direction, needs_table(policy, direction).then_some(table));
        if let Some(known) = self.made.get(&key) {
            return Arc::clone(known);
        }
        let row = if policy.doubts.rules {
            Row::everyone(self.model.pod_labels.all(), Value::UNKNOWN)
        } else {
            let mut allowed = Allowed::default();
            for rule in rules_of(policy, direction) {
                self.add_rule(policy, rule, direction, table, &mut allowed);
            }
            Row { classes: Parts::gathered(allowed.classes, self.book), addresses: allowed.addresses }
        };
        let row = Arc::new(row);
        self.made.insert(key, Arc::clone(&row));
        row
    }

    fn add_rule(
        &mut self,
        policy: &'a Policy,
        rule: &'a Rule,
        direction: Direction,
        table: usize,
        allowed: &mut Allowed,
    ) {
        let others = self.others(policy, rule);
        let ports = self.ports_of(rule);
        self.add(others, &ports, direction, table, allowed);
    }

    /// What others and ports make together, as a row by itself.
    pub(super) fn row_of(&mut self, others: Others, ports: &RulePorts, direction: Direction, table: usize) -> Row {
        let mut allowed = Allowed::default();
        self.add(others, ports, direction, table, &mut allowed);
        Row { classes: Parts::gathered(allowed.classes, self.book), addresses: allowed.addresses }
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
                for (truth, classes) in &others.classes {
                    self.add_named(&destinations, *truth, classes, allowed);
                }
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
        let on_node = classes.intersection(&self.model.on_node);
        let away = classes.difference(&on_node);
        for (classes, of_class) in [(away, Value::ALL), (on_node, Value::PLUGIN)] {
            let truth = self.book.join(Join::And, Value::when(truth), of_class);
            self.add_named_to(destinations, truth, &classes, allowed);
        }
    }

    fn add_named_to(&mut self, destinations: &Destinations, truth: Value, classes: &Bits, allowed: &mut Allowed) {
        let mut add = |classes: Bits, value: Value| {
            allowed.classes.push((classes, self.book.join(Join::And, truth, value)));
        };
        if classes.count() > FEW {
            destinations.groups.iter().for_each(|(group, value)| add(group.intersection(classes), *value));
            return;
        }
        for class in classes.iter() {
            let table = self.model.classes.get(class).map(|class| class.ports);
            if let Some(value) = table.and_then(|table| destinations.by_table.get(&table)) {
                add(Bits::range(class, class + 1), *value);
            }
        }
    }

    fn destinations_of(&mut self, name: (Name, Protocol)) -> Rc<Destinations> {
        if let Some(known) = self.named.get(&name) {
            return Rc::clone(known);
        }
        let mut destinations = Destinations { groups: Vec::new(), by_table: BTreeMap::new() };
        for (classes, tables, spans) in self.model.tables.everywhere(name.0, name.1) {
            let value = self.book.value(&spans);
            destinations.by_table.extend(tables.into_iter().map(|table| (table, value)));
            destinations.groups.push((classes, value));
        }
        let destinations = Rc::new(destinations);
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

    fn others(&mut self, policy: &'a Policy, rule: &'a Rule) -> Others {
        let mut others = Others::default();
        let everyone = self.model.pod_labels.all();
        // Source: `NetworkPolicyIngressRule.from`, "if this field is empty or missing, this rule matches all sources".
        if rule.peers.is_empty() {
            others.add_classes(Truth::Yes, everyone);
            others.add_addresses(Truth::Yes, &AddressSet::all());
        }
        for peer in &rule.peers {
            match peer {
                Peer::Pods { pods, namespaces } => {
                    let chosen = self.chosen(policy, pods.as_ref(), namespaces.as_ref());
                    self.add_pods(&mut others, &chosen);
                }
                Peer::Block(block) => self.add_block(&mut others, block),
                Peer::Unreadable => {
                    others.add_classes(Truth::Unknown, everyone);
                    others.add_addresses(Truth::Unknown, &AddressSet::all());
                }
            }
        }
        others
    }

    fn add_pods(&self, others: &mut Others, chosen: &Chosen) {
        let on_node = &self.model.on_node;
        let unknown = chosen.maybe.difference(&chosen.yes);
        others.add_classes(Truth::Yes, &chosen.yes.difference(on_node));
        others.add_classes(Truth::Plugin, &chosen.yes.intersection(on_node));
        others.add_classes(Truth::Unknown, &unknown.difference(on_node));
        others.add_classes(Truth::UnknownPlugin, &unknown.intersection(on_node));
    }

    fn add_block(&self, others: &mut Others, block: &IpBlock) {
        let set = AddressSet::of_block(block.cidr, &block.except);
        match block_and_pods(&set, &self.model.pod_addresses) {
            BlockAndPods::Any => others.add_classes(Truth::Plugin, self.model.pod_labels.all()),
            BlockAndPods::OnlyNodes => others.add_classes(Truth::Plugin, &self.model.on_node),
            BlockAndPods::Neither => {}
        }
        others.add_addresses(Truth::Yes, &set);
    }

    /// Absent `namespaceSelector`: the policy's namespace. Absent `podSelector`: all pods of the namespaces.
    fn chosen(&mut self, policy: &Policy, pods: Option<&Selector>, namespaces: Option<&'a Selector>) -> Chosen {
        let inside = match namespaces {
            None => Chosen::sure(self.model.classes_of(policy.namespace)),
            Some(selector) => self.in_namespaces(selector),
        };
        match pods.filter(|pods| !pods.selects_all()) {
            None => inside,
            Some(pods) => inside.intersection(&self.model.pod_labels.chosen_by(pods, &self.model.names)),
        }
    }

    /// The classes of the namespaces that a selector picks.
    pub(super) fn in_namespaces(&mut self, selector: &'a Selector) -> Chosen {
        if selector.selects_all() {
            return Chosen::sure(self.model.pod_labels.all().clone());
        }
        if let Some(known) = self.namespaces.get(selector) {
            return known.clone();
        }
        let chosen = self.model.namespace_labels.chosen_by(selector, &self.model.names);
        let classes = |namespaces: &Bits| {
            let each = namespaces.iter().map(|namespace| self.model.classes_of(namespace));
            each.fold(Bits::NONE, |all, classes| all.union(&classes))
        };
        let chosen = Chosen { yes: classes(&chosen.yes), maybe: classes(&chosen.maybe) };
        self.namespaces.insert(selector, chosen.clone());
        chosen
    }
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
