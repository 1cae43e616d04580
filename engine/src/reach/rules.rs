//! Rules of NetworkPolicies → rows.

use std::collections::BTreeMap;

use super::bits::Bits;
use super::model::{Model, Policy};
use super::names::Name;
use super::row::{Parts, Row};
use super::select::Chosen;
use super::value::{Join, Truth, Value, ValueId, Values};
use crate::cluster::Direction;
use crate::net::{AddressSet, Ports, Protocol, Selector, no_pod_addresses};
use crate::object::{IpBlock, NetworkPolicyPort, Peer, Rule};

/// Makes rows of rules, and remembers what it has made.
pub(super) struct RuleRows<'a> {
    pub(super) model: &'a Model,
    pub(super) values: &'a mut Values,
    namespaces: BTreeMap<&'a Selector, Chosen>,
    named: BTreeMap<(Name, Protocol), Vec<(Bits, ValueId)>>,
    made: BTreeMap<(usize, Direction, Option<usize>), Row>,
}

/// Who is on the other end, as far as one rule is concerned. Sets may overlap.
#[derive(Default)]
struct Others {
    classes: BTreeMap<Truth, Bits>,
    addresses: BTreeMap<Truth, AddressSet>,
}

impl Others {
    fn add_classes(&mut self, truth: Truth, classes: &Bits) {
        if !classes.is_empty() {
            let known = self.classes.entry(truth).or_default();
            *known = known.union(classes);
        }
    }

    fn add_addresses(&mut self, truth: Truth, addresses: &AddressSet) {
        let known = self.addresses.entry(truth).or_default();
        *known = known.union(addresses);
    }
}

/// The ports of a rule: those that are the same for every destination, and the names to look up.
struct RulePorts {
    fixed: Value,
    names: Vec<(Name, Protocol)>,
}

impl<'a> RuleRows<'a> {
    pub(super) fn new(model: &'a Model, values: &'a mut Values) -> RuleRows<'a> {
        RuleRows { model, values, namespaces: BTreeMap::new(), named: BTreeMap::new(), made: BTreeMap::new() }
    }

    /// What a policy allows. The pods that it selects are the destination of ingress, and then names of ports are looked up
    /// in their `table`.
    pub(super) fn of_policy(&mut self, number: usize, direction: Direction, table: usize) -> Row {
        let Some(policy) = self.model.policies.get(number) else { return Row::default() };
        let key = (number, direction, needs_table(policy, direction).then_some(table));
        if let Some(known) = self.made.get(&key) {
            return known.clone();
        }
        let row = if policy.doubts.rules {
            Row::everyone(self.model.pod_labels.all(), Values::UNKNOWN)
        } else {
            let mut row = Row::default();
            for rule in rules_of(policy, direction) {
                let of_rule = self.of_rule(policy, rule, direction, table);
                row = row.join(Join::Or, &of_rule, self.values);
            }
            row
        };
        self.made.insert(key, row.clone());
        row
    }

    fn of_rule(&mut self, policy: &'a Policy, rule: &'a Rule, direction: Direction, table: usize) -> Row {
        let others = self.others(policy, rule);
        let ports = ports_of(rule, self.model);
        match direction {
            Direction::Ingress => {
                let table = self.model.tables.get(table);
                let named = ports.names.iter().filter_map(|(name, of)| Some(table?.ports_named(*name, *of)));
                let value = named.fold(ports.fixed, |all, named| all.or(&named));
                let value = self.values.number(value);
                self.row(&others, value)
            }
            Direction::Egress => {
                let fixed = self.values.number(ports.fixed);
                let mut row = self.row(&others, fixed);
                for name in ports.names {
                    for (classes, value) in self.destinations_with(name) {
                        let few = others.classes.iter().map(|(truth, bits)| (*truth, bits.intersection(&classes)));
                        let few = Others { classes: few.collect(), addresses: BTreeMap::new() };
                        let of_name = self.row(&few, value);
                        row = row.join(Join::Or, &of_name, self.values);
                    }
                }
                row
            }
        }
    }

    /// The same ports for all of these.
    fn row(&mut self, others: &Others, value: ValueId) -> Row {
        let mut row = Row::default();
        for (truth, classes) in &others.classes {
            let value = self.values.join(Join::And, Values::when(*truth), value);
            row.classes = row.classes.join(Join::Or, &Parts::of(classes.clone(), value), self.values);
        }
        for (truth, addresses) in &others.addresses {
            let value = self.values.join(Join::And, Values::when(*truth), value);
            row.addresses = row.addresses.join(Join::Or, &Parts::of(addresses.clone(), value), self.values);
        }
        row
    }

    fn destinations_with(&mut self, name: (Name, Protocol)) -> Vec<(Bits, ValueId)> {
        if let Some(known) = self.named.get(&name) {
            return known.clone();
        }
        let found = self.model.tables.everywhere(name.0, name.1);
        let found: Vec<_> = found.into_iter().map(|(classes, value)| (classes, self.values.number(value))).collect();
        self.named.insert(name, found.clone());
        found
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
    fn in_namespaces(&mut self, selector: &'a Selector) -> Chosen {
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

/// What a port of a rule is about, if it is no name.
pub(super) fn fixed_port(port: &NetworkPolicyPort) -> Value {
    let of = |protocol: &str, first, last| match Protocol::parse(protocol) {
        Some(protocol) => Value::settled(&Ports::range(protocol, first, last)),
        None => Value::when(Truth::Unknown, &Ports::all()),
    };
    match port {
        NetworkPolicyPort::Every { protocol } => of(protocol, 1, u16::MAX),
        NetworkPolicyPort::Range { protocol, first, last } => of(protocol, *first, *last),
        NetworkPolicyPort::Named { .. } => Value::default(),
        NetworkPolicyPort::Unreadable => Value::when(Truth::Unknown, &Ports::all()),
    }
}

fn ports_of(rule: &Rule, model: &Model) -> RulePorts {
    // Source: `NetworkPolicyIngressRule.ports`, "if this field is empty or missing, this rule matches all ports".
    if rule.ports.is_empty() {
        return RulePorts { fixed: Value::settled(&Ports::all()), names: Vec::new() };
    }
    let mut ports = RulePorts { fixed: Value::default(), names: Vec::new() };
    for port in &rule.ports {
        ports.fixed = ports.fixed.or(&fixed_port(port));
        ports.names.extend(name_of(port, model));
    }
    ports
}

/// The name and protocol of a port that is a name.
pub(super) fn name_of(port: &NetworkPolicyPort, model: &Model) -> Option<(Name, Protocol)> {
    match port {
        NetworkPolicyPort::Named { protocol, name } => Some((model.names.find(name)?, Protocol::parse(protocol)?)),
        _ => None,
    }
}
