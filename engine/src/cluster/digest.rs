//! The digest of a cluster: a sum over its objects, so that it needs no order and follows each change.

use sha2::{Digest, Sha256};

use super::item::{Item, ItemBody, OfferedPort, OfferedTarget, ServiceBody, ServiceEntry, TemplateDoubts};
use super::keep::Keeper;
use super::policy_rules::PolicyDoubts;
use super::symbols::{Label, Sym};
use super::template::DeclaredPort;
use super::tier_rules::TierPolicyBody;
use crate::finding::unnamed_part;
use crate::net::Selector;
use crate::object::{IpBlock, NetworkPolicyPort, Peer, Rule, TierPeer, TierPods, TierPort, TierRule};

/// Four sums of 64 bits, each over a quarter of the SHA-256 of every object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lanes([u64; 4]);

impl Lanes {
    /// Over everything that is kept of an item.
    pub(super) fn of(item: &Item, keeper: &Keeper) -> Lanes {
        let mut writer = Writer { bytes: Vec::with_capacity(512), keeper };
        writer.item(item);
        let hash = Sha256::digest(&writer.bytes);
        let mut lanes = [0; 4];
        for (lane, bytes) in lanes.iter_mut().zip(hash.chunks_exact(8)) {
            *lane = bytes.iter().fold(0, |lane, byte| lane << 8 | u64::from(*byte));
        }
        Lanes(lanes)
    }

    pub(super) fn add(&mut self, other: Lanes) {
        self.0.iter_mut().zip(other.0).for_each(|(lane, other)| *lane = lane.wrapping_add(other));
    }

    pub(super) fn subtract(&mut self, other: Lanes) {
        self.0.iter_mut().zip(other.0).for_each(|(lane, other)| *lane = lane.wrapping_sub(other));
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        self.0.iter().flat_map(|lane| lane.to_be_bytes()).collect()
    }
}

/// Writes items so that different items give different bytes: every string and list has its length in front.
struct Writer<'a> {
    bytes: Vec<u8>,
    keeper: &'a Keeper,
}

impl Writer<'_> {
    fn number(&mut self, number: u64) {
        self.bytes.extend(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    fn sym(&mut self, sym: Sym) {
        let keeper = self.keeper;
        self.text(keeper.symbols.text(sym));
    }

    fn syms<const N: usize>(&mut self, syms: [Sym; N]) {
        syms.into_iter().for_each(|sym| self.sym(sym));
    }

    fn flags<const N: usize>(&mut self, flags: [bool; N]) {
        self.bytes.extend(flags.map(u8::from));
    }

    fn optional(&mut self, sym: Option<Sym>) {
        self.number(u64::from(sym.is_some()));
        sym.into_iter().for_each(|sym| self.sym(sym));
    }

    /// Symbols have no order that means something, so labels are sorted by their text.
    fn labels(&mut self, labels: &[Label]) {
        let symbols = &self.keeper.symbols;
        let mut texts: Vec<_> =
            labels.iter().map(|label| (symbols.text(label.key), symbols.text(label.value))).collect();
        texts.sort_unstable();
        self.number(texts.len() as u64);
        for (key, value) in texts {
            self.text(key);
            self.text(value);
        }
    }

    fn selector(&mut self, selector: &Selector) {
        self.number(selector.requirements.len() as u64);
        for requirement in &selector.requirements {
            self.text(&requirement.key);
            self.number(requirement.operator as u64);
            self.number(requirement.values.len() as u64);
            requirement.values.iter().for_each(|value| self.text(value));
        }
    }

    fn rules(&mut self, rules: &[Rule]) {
        self.number(rules.len() as u64);
        for Rule { peers, ports } in rules {
            self.number(peers.len() as u64);
            peers.iter().for_each(|peer| self.peer(peer));
            self.number(ports.len() as u64);
            ports.iter().for_each(|port| self.policy_port(port));
        }
    }

    fn peer(&mut self, peer: &Peer) {
        match peer {
            Peer::Unreadable => self.number(0),
            Peer::Block(IpBlock { cidr, except }) => {
                self.number(1);
                self.text(&cidr.to_string());
                self.number(except.len() as u64);
                except.iter().for_each(|hole| self.text(&hole.to_string()));
            }
            Peer::Pods { pods, namespaces } => {
                self.number(2);
                for selector in [pods, namespaces] {
                    self.number(u64::from(selector.is_some()));
                    selector.iter().for_each(|selector| self.selector(selector));
                }
            }
        }
    }

    fn policy_port(&mut self, port: &NetworkPolicyPort) {
        match port {
            NetworkPolicyPort::Unreadable => self.number(0),
            NetworkPolicyPort::Every { protocol } => {
                self.number(1);
                self.text(protocol);
            }
            NetworkPolicyPort::Range { protocol, first, last } => {
                self.number(2);
                self.text(protocol);
                self.number(u64::from(*first));
                self.number(u64::from(*last));
            }
            NetworkPolicyPort::Named { protocol, name } => {
                self.number(3);
                self.text(protocol);
                self.text(name);
            }
        }
    }

    fn tier_policy(&mut self, body: &TierPolicyBody) {
        let TierPolicyBody { place, subject, doubtful, rules } = body;
        self.flags([place.is_some(), subject.is_some(), *doubtful]);
        if let Some((tier, priority)) = place {
            self.text(tier.as_str());
            self.number(u64::from(*priority));
        }
        subject.iter().for_each(|pods| self.tier_pods(pods));
        [&rules.ingress, &rules.egress].into_iter().for_each(|rules| self.tier_rules(rules));
    }

    fn tier_rules(&mut self, rules: &[TierRule]) {
        self.number(rules.len() as u64);
        for TierRule { name, action, peers, ports } in rules {
            self.text(name);
            self.number(*action as u64);
            self.number(peers.len() as u64);
            peers.iter().for_each(|peer| self.tier_peer(peer));
            self.number(ports.len() as u64);
            for port in ports {
                match port {
                    TierPort::Unreadable => self.number(0),
                    TierPort::Numbers(ports) => {
                        self.number(1);
                        self.text(&ports.to_string());
                    }
                    TierPort::Named(name) => {
                        self.number(2);
                        self.text(name);
                    }
                }
            }
        }
    }

    fn tier_peer(&mut self, peer: &TierPeer) {
        match peer {
            TierPeer::Unreadable => self.number(0),
            TierPeer::NotKnown => self.number(1),
            TierPeer::Pods(pods) => {
                self.number(2);
                self.tier_pods(pods);
            }
            TierPeer::Networks(networks) => {
                self.number(3);
                self.texts(networks.iter().map(ToString::to_string));
            }
            TierPeer::Nodes(nodes) => {
                self.number(4);
                self.selector(nodes);
            }
            TierPeer::DomainNames(names) => {
                self.number(5);
                self.texts(names.iter().cloned());
            }
        }
    }

    fn tier_pods(&mut self, pods: &TierPods) {
        self.selector(&pods.namespaces);
        self.number(u64::from(pods.pods.is_some()));
        pods.pods.iter().for_each(|selector| self.selector(selector));
    }

    fn texts(&mut self, texts: impl ExactSizeIterator<Item = String>) {
        self.number(texts.len() as u64);
        texts.for_each(|text| self.text(&text));
    }

    fn item(&mut self, item: &Item) {
        let Item { kind, version, namespace, name, controller, unreadable, body, whole: _ } = item;
        self.syms([kind.group, kind.kind, *version, *namespace]);
        // The number of an object without a name says only when it came.
        self.text(unnamed_part(name).unwrap_or(name));
        self.optional(controller.map(|(kind, _)| kind));
        self.optional(controller.map(|(_, name)| name));
        self.flags([*unreadable]);
        self.body(body);
    }

    fn service(&mut self, body: &ServiceBody) {
        self.labels(&body.selector);
        self.number(body.ports.len() as u64);
        for OfferedPort { name, protocol, port, node_port, target } in &body.ports {
            self.syms([*name, *protocol]);
            self.number(u64::from(*port));
            self.number(node_port.map_or(u64::MAX, u64::from));
            match target {
                OfferedTarget::Number(number) => self.number(u64::from(*number)),
                OfferedTarget::Name(name) => {
                    self.number(u64::MAX);
                    self.sym(*name);
                }
            }
        }
        self.flags([body.load_balancer, body.headless]);
        self.optional(body.external_name);
        let ServiceEntry { kind, external_ips, external_local, source_ranges } = &body.entry;
        self.sym(*kind);
        self.flags([*external_ips, *external_local]);
        self.texts(source_ranges.iter().map(ToString::to_string));
    }

    fn body(&mut self, body: &ItemBody) {
        match body {
            ItemBody::Namespace(body) => {
                self.labels(&body.labels);
                self.flags([body.terminating]);
            }
            ItemBody::Workload(body) => {
                self.labels(&body.template.labels);
                self.number(body.template.ports.len() as u64);
                for DeclaredPort { name, number, protocol, field } in &body.template.ports {
                    self.syms([*name, *protocol, *field]);
                    self.number(u64::from(*number));
                }
                let flags = [body.template.host_network, body.template.readiness_probe, body.ended];
                self.flags(flags);
                self.sym(body.template.service_account);
                let TemplateDoubts { labels, ports, host_network } = body.doubts;
                self.flags([labels, ports, host_network]);
                self.number(body.replicas.map_or(u64::MAX, u64::from));
                self.number(u64::from(body.first_ordinal));
                self.optional(body.service_name);
            }
            ItemBody::Service(body) => self.service(body),
            ItemBody::NetworkPolicy(body) => {
                self.selector(&body.selector);
                self.flags([body.isolates_ingress, body.isolates_egress]);
                self.flags([body.default_deny_ingress, body.default_deny_egress, body.allows_dns_udp]);
                let PolicyDoubts { selector, isolation, rules } = body.doubts;
                self.flags([selector, isolation, rules]);
                [&body.rules.ingress, &body.rules.egress].into_iter().for_each(|rules| self.rules(rules));
            }
            ItemBody::TierPolicy(body) => self.tier_policy(body),
            ItemBody::Ingress(places) => {
                self.number(places.len() as u64);
                for place in places {
                    self.syms([place.host, place.path]);
                }
            }
            ItemBody::Endpoints(body) => {
                self.optional(body.service);
                self.number(body.dangerous.len() as u64);
                body.dangerous.iter().for_each(|address| self.text(&address.to_string()));
            }
            ItemBody::Other => {}
        }
    }
}
