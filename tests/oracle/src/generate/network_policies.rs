//! NetworkPolicies, in every way that the API server takes.

use serde_json::{Map, Value, json};

use super::workloads::{PORT_NAMES, PORTS};
use super::{Generator, fields};

/// Blocks, each with blocks inside it that may be left out. The first six have addresses that pods can have.
const BLOCKS: [(&str, &[&str]); 11] = [
    ("0.0.0.0/0", &["10.0.0.0/8", "203.0.113.0/24", "224.0.0.0/4", "0.0.0.0/1", "128.0.0.0/1", "255.255.255.255/32"]),
    ("10.0.0.0/8", &["10.1.0.0/16", "10.0.0.0/9", "10.255.255.255/32"]),
    ("203.0.113.0/24", &["203.0.113.0/25", "203.0.113.128/25", "203.0.113.7/32"]),
    ("203.0.113.7/32", &[]),
    ("::/0", &["2001:db8::/32", "fd00::/8", "ff00::/8", "8000::/1"]),
    ("2001:db8::/32", &["2001:db8:1::/48", "2001:db8::/33", "2001:db8::1/128"]),
    ("2001:db8::1/128", &[]),
    ("224.0.0.0/4", &["239.0.0.0/8"]),
    ("169.254.169.254/32", &[]),
    ("fe80::/10", &["fe80::/64"]),
    // Written with bits behind the prefix, which the API server takes and nobody reads.
    ("203.0.113.77/24", &["203.0.113.66/26"]),
];

/// The ways in which lists are empty.
const RULES: [(usize, &str); 3] = [(20, "rules absent"), (8, "rules null"), (10, "rules empty")];
const PEERS: [(usize, &str); 3] = [(15, "peers absent"), (5, "peers null"), (8, "peers empty")];
const LIST_OF_PORTS: [(usize, &str); 3] = [(30, "ports absent"), (5, "ports null"), (8, "ports empty")];

impl Generator {
    pub(super) fn network_policy(&mut self, number: usize) {
        let namespace = self.random.pick(&self.namespaces.clone());
        let mut spec = Map::new();
        if !self.edge(10, "podSelector absent") {
            let selector = self.pod_selector();
            spec.insert("podSelector".into(), selector);
        }
        self.policy_types(&mut spec);
        self.optional_list(&mut spec, "ingress", RULES, |generator| generator.rule("from"));
        self.optional_list(&mut spec, "egress", RULES, |generator| generator.rule("to"));
        self.documents.push(json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": { "namespace": namespace, "name": format!("p{number}") },
            "spec": spec,
        }));
    }

    fn policy_types(&mut self, spec: &mut Map<String, Value>) {
        let (types, feature) = self.random.pick(&[
            (None, "policyTypes absent"),
            (None, "policyTypes absent"),
            (Some(json!(null)), "policyTypes null"),
            (Some(json!([])), "policyTypes empty"),
            (Some(json!(["Ingress"])), "policyTypes Ingress"),
            (Some(json!(["Ingress"])), "policyTypes Ingress"),
            (Some(json!(["Egress"])), "policyTypes Egress"),
            (Some(json!(["Egress"])), "policyTypes Egress"),
            (Some(json!(["Ingress", "Egress"])), "policyTypes both"),
            (Some(json!(["Egress", "Egress"])), "policyTypes twice the same"),
        ]);
        self.note(feature);
        if let Some(types) = types {
            spec.insert("policyTypes".into(), types);
        }
    }

    fn rule(&mut self, peers: &str) -> Value {
        let mut rule = Map::new();
        if self.edge(8, "rule {}") {
            return Value::Object(rule);
        }
        self.optional_list(&mut rule, peers, PEERS, Generator::peer);
        self.optional_list(&mut rule, "ports", LIST_OF_PORTS, Generator::port);
        Value::Object(rule)
    }

    fn peer(&mut self) -> Value {
        if self.mistake("refused: peer") {
            return self.random.pick(&[
                json!({}),
                json!({ "ipBlock": { "cidr": "10.0.0.0/8" }, "podSelector": {} }),
                json!({ "ipBlock": { "cidr": "10.0.0.0/33" } }),
                json!({ "ipBlock": { "cidr": "everywhere" } }),
                json!({ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"] } }),
                json!({ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["203.0.113.0/24"] } }),
                json!({ "ipBlock": { "cidr": "10.0.0.0/8", "except": ["0.0.0.0/0"] } }),
                json!({ "ipBlock": { "cidr": "0.0.0.0/0", "except": ["2001:db8::/32"] } }),
            ]);
        }
        match self.random.below(8) {
            0..3 => {
                self.note("peer by podSelector");
                json!({ "podSelector": self.pod_selector() })
            }
            3..5 => {
                self.note("peer by namespaceSelector");
                json!({ "namespaceSelector": self.namespace_selector() })
            }
            5..7 => {
                self.note("peer by both selectors");
                json!({ "namespaceSelector": self.namespace_selector(), "podSelector": self.pod_selector() })
            }
            _ => json!({ "ipBlock": self.ip_block() }),
        }
    }

    fn ip_block(&mut self) -> Value {
        let (cidr, inside) = self.random.pick(&BLOCKS);
        self.note(if cidr.contains(':') { "IPv6 block" } else { "IPv4 block" });
        let mut block = fields(json!({ "cidr": cidr }));
        if !inside.is_empty() && self.edge(50, "except") {
            let count = self.random.between(1, inside.len().min(3));
            block.insert("except".into(), json!(self.random.some(inside, count)));
        } else if self.edge(20, "except empty") {
            block.insert("except".into(), self.random.pick(&[json!([]), Value::Null]));
        }
        Value::Object(block)
    }

    fn port(&mut self) -> Value {
        if self.mistake("refused: port") {
            return self.random.pick(&[
                json!({ "port": 443, "endPort": 80 }),
                json!({ "port": "http", "endPort": 443 }),
                json!({ "protocol": "UDP", "endPort": 443 }),
            ]);
        }
        let mut port = Map::new();
        match self.random.below(8) {
            0..3 => self.note("port without a protocol"),
            3..5 => drop(port.insert("protocol".into(), json!("TCP"))),
            5..7 => drop(port.insert("protocol".into(), json!("UDP"))),
            _ => {
                self.note("SCTP");
                port.insert("protocol".into(), json!("SCTP"));
            }
        }
        match self.random.below(8) {
            0..3 => {
                self.note("port by number");
                port.insert("port".into(), json!(self.random.pick(&PORTS)));
            }
            3..6 => {
                self.note("port by name");
                port.insert("port".into(), json!(self.random.pick(&PORT_NAMES)));
            }
            6 => {
                self.note("endPort");
                let first = self.random.below(PORTS.len());
                let last = self.random.between(first, PORTS.len() - 1);
                port.insert("port".into(), json!(PORTS[first]));
                port.insert("endPort".into(), json!(PORTS[last]));
            }
            _ => self.note("protocol without a port"),
        }
        Value::Object(port)
    }
}
