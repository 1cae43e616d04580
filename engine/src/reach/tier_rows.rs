//! Rules of cluster-wide policies → rows.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::bits::Bits;
use super::row::Row;
use super::rules::{Others, RulePorts, RuleRows};
use super::select::Chosen;
use super::spans::Truth;
use super::tier_policy::{Application, Order, TierPolicy, order};
use super::value::{Join, Value};
use crate::cluster::Direction;
use crate::net::{AddressSet, Ports, Protocol, Selector, no_pod_addresses};
use crate::object::{Action, Tier, TierPeer, TierPods, TierPort, TierRule};

/// What a tier makes of what the next tier says.
#[derive(Debug)]
pub(super) struct TierRow {
    /// What passes although the next tier lets nothing pass.
    floor: Row,
    /// What passes if the next tier lets everything pass. Between the two, what the next tier says counts.
    ceiling: Row,
}

/// The tiers around NetworkPolicies.
#[derive(Debug)]
pub(super) struct TierRowsOf {
    pub(super) admin: Option<TierRow>,
    /// What becomes of pods that no NetworkPolicy selects.
    pub(super) baseline: Option<Row>,
}

/// One rule: what it matches, and what becomes of that.
struct Step {
    matches: Row,
    action: Action,
}

/// What the two tiers make of what is between them, for each set of policies that are about some class.
#[derive(Default)]
pub(super) struct TierRows {
    steps: BTreeMap<(usize, Direction, usize), Rc<[Step]>>,
    made: BTreeMap<(Vec<Application>, Direction, usize), Rc<TierRowsOf>>,
}

/// The rows of one set of policies in the making.
struct Making<'t, 'r, 'a> {
    tiers: &'t mut TierRows,
    rules: &'r mut RuleRows<'a>,
    direction: Direction,
    table: usize,
}

impl TierRow {
    /// What passes where the next tier lets `next` pass.
    pub(super) fn before(&self, next: &Row, rules: &mut RuleRows<'_>) -> Row {
        let at_most = self.ceiling.join(Join::And, next, rules.book);
        self.floor.join(Join::Or, &at_most, rules.book)
    }
}

impl TierRows {
    /// The tiers of a class that these policies are about. Names of ports are looked up in `table`, if it is their
    /// destination.
    pub(super) fn of(
        &mut self,
        applications: &[Application],
        direction: Direction,
        table: usize,
        rules: &mut RuleRows<'_>,
    ) -> Rc<TierRowsOf> {
        let model = rules.model;
        let looks_up = |application: &Application| {
            model.tiers.get(application.policy).is_some_and(|policy| policy.looks_names_up(direction))
        };
        let table = if applications.iter().any(looks_up) { table } else { 0 };
        let key = (applications.to_vec(), direction, table);
        if let Some(known) = self.made.get(&key) {
            return Rc::clone(known);
        }
        let all = Row::everyone(Value::ALL);
        let mut making = Making { tiers: self, rules, direction, table };
        let admin = order(&model.tiers, applications, Tier::Admin).map(|order| TierRow {
            floor: making.through(&order, &Row::default(), &Row::default()),
            ceiling: making.through(&order, &all, &all),
        });
        let baseline = order(&model.tiers, applications, Tier::Baseline);
        let baseline = baseline.map(|order| making.through(&order, &all, &all));
        let made = Rc::new(TierRowsOf { admin, baseline });
        self.made.insert(key, Rc::clone(&made));
        made
    }
}

impl Making<'_, '_, '_> {
    /// What passes where the next tier lets `next` pass, and `after` where nothing in this order decides.
    fn through(&mut self, order: &Order, next: &Row, after: &Row) -> Row {
        match order {
            Order::One(application) => self.policy(*application, next, after),
            Order::Sequence(each) => {
                each.iter().rev().fold(after.clone(), |after, order| self.through(order, next, &after))
            }
            Order::Any(_, each) if each.is_empty() => after.clone(),
            Order::Any(_, each) if each.len() == 1 => {
                each.iter().fold(after.clone(), |after, order| self.through(order, next, &after))
            }
            Order::Any(_, each) => self.in_any_order(each, next, after),
        }
    }

    /// Whoever lets something pass, whatever comes after it, may be asked first, and so may whoever does not. Where both are
    /// there, the plugin chooses.
    fn in_any_order(&mut self, each: &[Order], next: &Row, after: &Row) -> Row {
        let everything = Row::everyone(Value::ALL);
        let (mut let_pass, mut left) = (Row::default(), everything.clone());
        for order in each {
            let least = self.through(order, next, &Row::default());
            let most = self.through(order, next, &everything);
            let_pass = let_pass.join(Join::Or, &least, self.rules.book);
            left = left.join(Join::And, &most, self.rules.book);
        }
        let book = &mut *self.rules.book;
        let cut_first = let_pass.join(Join::Or, after, book).join(Join::And, &left, book);
        let pass_first = let_pass.join(Join::Or, &after.join(Join::And, &left, book), book);
        cut_first.join(Join::Either, &pass_first, book)
    }

    /// "A rule that appears at the top of the ingress rules would take the highest precedence." Source:
    /// `ClusterNetworkPolicySpec.ingress`.
    fn policy(&mut self, application: Application, next: &Row, after: &Row) -> Row {
        let steps = self.steps(application.policy);
        let everyone = Row::everyone;
        let mut decided = after.clone();
        for Step { matches, action } in steps.iter().rev() {
            let book = &mut *self.rules.book;
            decided = match action {
                Action::Accept => matches.choose(&everyone(Value::ALL), &decided, book),
                Action::Deny => matches.choose(&Row::default(), &decided, book),
                Action::Pass => matches.choose(next, &decided, book),
                Action::Unreadable => matches.choose(&everyone(Value::UNKNOWN), &decided, book),
            };
        }
        match application.sure {
            true => decided,
            false => everyone(Value::UNKNOWN).choose(&decided, after, self.rules.book),
        }
    }

    fn steps(&mut self, number: usize) -> Rc<[Step]> {
        let model = self.rules.model;
        let policy = model.tiers.get(number);
        let looks_up = policy.is_some_and(|policy| policy.looks_names_up(self.direction));
        let key = (number, self.direction, if looks_up { self.table } else { 0 });
        if let Some(known) = self.tiers.steps.get(&key) {
            return Rc::clone(known);
        }
        let rules = policy.map(|policy| policy.rules(self.direction)).unwrap_or_default();
        let steps = rules.iter().map(|rule| self.rules.step(rule, self.direction, self.table));
        let mut steps: Vec<Step> = steps.collect();
        // Where it stands is not known: what it matches may come to anything.
        if policy.is_some_and(|policy| policy.place.is_none()) {
            let maybe = Row::everyone(Value::UNKNOWN);
            for step in &mut steps {
                step.matches = step.matches.join(Join::And, &maybe, self.rules.book);
                step.action = Action::Unreadable;
            }
        }
        let steps: Rc<[Step]> = steps.into();
        self.tiers.steps.insert(key, Rc::clone(&steps));
        steps
    }
}

impl<'a> RuleRows<'a> {
    fn step(&mut self, rule: &'a TierRule, direction: Direction, table: usize) -> Step {
        if fails_closed(rule) {
            // "For "Accept" rules, "fail closed" means: "treat the rule as matching no traffic". For "Deny" and "Pass"
            // rules, "fail closed" means: "treat the rule as a 'Deny all' rule"." Source: ClusterNetworkPolicyIngressPeer.
            let matches = match rule.action {
                Action::Accept => Value::NONE,
                Action::Deny | Action::Pass => Value::ALL,
                Action::Unreadable => Value::UNKNOWN,
            };
            return Step { matches: Row::everyone(matches), action: Action::Deny };
        }
        let mut others = Others::default();
        for peer in &rule.peers {
            self.add_peer(peer, &mut others);
        }
        let ports = self.tier_ports(&rule.ports);
        Step { matches: self.row_of(others, &ports, direction, table), action: rule.action }
    }

    fn tier_ports(&mut self, ports: &[TierPort]) -> RulePorts {
        // "If unspecified, protocol-specific attributes will not be used to match traffic." Source:
        // `ClusterNetworkPolicyIngressRule.protocols`.
        if ports.is_empty() {
            return RulePorts { fixed: Value::ALL, names: Vec::new() };
        }
        let mut names = Vec::new();
        let (mut numbers, mut doubtful) = (Ports::NONE, false);
        for port in ports {
            match port {
                TierPort::Numbers(ports) => numbers = numbers.union(ports),
                TierPort::Named(name) => {
                    let name = self.model.names.find(name);
                    names.extend(name.into_iter().flat_map(|name| Protocol::ALL.map(|protocol| (name, protocol))));
                }
                TierPort::Unreadable => doubtful = true,
            }
        }
        let numbers = self.book.settled(numbers);
        let fixed = if doubtful { self.book.join(Join::Or, numbers, Value::UNKNOWN) } else { numbers };
        RulePorts { fixed, names }
    }

    fn add_peer(&mut self, peer: &'a TierPeer, others: &mut Others) {
        match peer {
            TierPeer::Pods(pods) => {
                let chosen = self.tier_pods(pods);
                others.add_classes(Truth::Yes, &chosen.yes);
                others.add_classes(Truth::Unknown, &chosen.maybe.difference(&chosen.yes));
            }
            TierPeer::Networks(networks) => {
                let set = networks.iter().fold(AddressSet::NONE, |all, cidr| all.union(&AddressSet::of(*cidr)));
                self.add_networks(&set, others);
                others.add_addresses(Truth::Yes, &set);
            }
            TierPeer::Nodes(nodes) => self.add_nodes(nodes, others),
            TierPeer::DomainNames(_) | TierPeer::Unreadable => {
                others.add_everyone(Truth::Unknown);
                others.add_addresses(Truth::Unknown, &AddressSet::all());
            }
            TierPeer::NotKnown => {}
        }
    }

    /// The pods that a subject or peer picks. "Note that host-networked pods are not included".
    pub(super) fn tier_pods(&mut self, pods: &'a TierPods) -> Chosen {
        let view = self.view();
        let inside = self.choosing.in_namespaces(&pods.namespaces);
        let chosen = self.choosing.with_labels(inside, pods.pods.as_ref());
        let on_node = view.on_node.difference(&view.node_in_doubt);
        Chosen { yes: chosen.yes.difference(&view.on_node), maybe: chosen.maybe.difference(&on_node) }
    }

    /// "Cluster-internal traffic will be checked against the rule as well." Source: `ClusterNetworkPolicyEgressPeer.networks`.
    /// Which addresses pods and nodes have is not known, unless all that they can have are in it, or none.
    fn add_networks(&self, set: &AddressSet, others: &mut Others) {
        let view = self.view();
        let [pods, nodes] = networks_and_pods(set, &self.model.pod_addresses);
        let away = view.all().difference(&view.on_node);
        let on_node = view.on_node.difference(&view.node_in_doubt);
        let in_doubt = if pods == nodes { pods } else { Some(Truth::Unknown) };
        let mut add = |truth: Option<Truth>, classes: &Bits| {
            truth.into_iter().for_each(|truth| others.add_classes(truth, classes));
        };
        add(pods, &away);
        add(nodes, &on_node);
        add(in_doubt, &view.node_in_doubt);
    }

    /// "It selects the nodeIPs as the peer type". Pods on the node's network have them; which node a pod is on is not known,
    /// and addresses outside are no node's.
    fn add_nodes(&self, nodes: &Selector, others: &mut Others) {
        let view = self.view();
        let truth = if nodes.selects_all() { Truth::Yes } else { Truth::Unknown };
        others.add_classes(truth, &view.on_node.difference(&view.node_in_doubt));
        others.add_classes(Truth::Unknown, &view.node_in_doubt);
    }
}

/// Whether a set takes in pods, and pods on the node's network; `None` if not.
pub(super) fn networks_and_pods(set: &AddressSet, pod_addresses: &AddressSet) -> [Option<Truth>; 2] {
    let node_addresses = no_pod_addresses().complement();
    [pod_addresses, &node_addresses].map(|possible| match (possible.is_subset(set), possible.overlaps(set)) {
        (true, _) => Some(Truth::Yes),
        (_, true) => Some(Truth::Unknown),
        _ => None,
    })
}

/// Whether a peer has no field that the API knows.
pub(super) fn fails_closed(rule: &TierRule) -> bool {
    rule.peers.contains(&TierPeer::NotKnown)
}

/// For each class of the view that policies are about which have rules of the direction, those policies in their order.
pub(super) fn applications(direction: Direction, rules: &mut RuleRows<'_>) -> BTreeMap<usize, Vec<Application>> {
    let model = rules.model;
    let mut applications: BTreeMap<usize, Vec<Application>> = BTreeMap::new();
    let with_rules = |policy: &TierPolicy| !policy.rules(direction).is_empty();
    for (number, policy) in model.tiers.iter().enumerate().filter(|(_, policy)| with_rules(policy)) {
        let chosen = subject_of(policy, rules);
        for class in chosen.maybe.iter() {
            let sure = !policy.doubtful && chosen.yes.has(class);
            applications.entry(class).or_default().push(Application { policy: number, sure });
        }
    }
    applications
}

fn subject_of<'a>(policy: &'a TierPolicy, rules: &mut RuleRows<'a>) -> Chosen {
    match &policy.subject {
        Some(subject) => rules.tier_pods(subject),
        None => {
            let view = rules.view();
            let on_node = view.on_node.difference(&view.node_in_doubt);
            Chosen { yes: Bits::NONE, maybe: view.all().difference(&on_node) }
        }
    }
}
