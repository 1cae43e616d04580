//! ClusterNetworkPolicies, AdminNetworkPolicies and the BaselineAdminNetworkPolicy.

use serde_json::{Map, Value, json};

use super::workloads::{PORT_NAMES, PORTS};
use super::{Generator, fields};

/// Which of the two APIs a cluster-wide policy is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Api {
    V1Alpha1,
    V1Alpha2,
}

/// Networks of egress peers.
const NETWORKS: [&[&str]; 6] = [
    &["0.0.0.0/0"],
    &["0.0.0.0/0", "::/0"],
    &["10.0.0.0/8", "203.0.113.0/24"],
    &["203.0.113.7/32"],
    &["2001:db8::/32"],
    &["224.0.0.0/4"],
];

impl Generator {
    pub(super) fn cluster_policies(&mut self) {
        let (new, old) = self.random.pick(&[(3, 0), (4, 0), (0, 3), (0, 4), (2, 2), (0, 0)]);
        if new > 0 && old > 0 {
            self.note("both cluster-wide APIs");
        }
        for number in 0..self.random.between(new / 2, new) {
            let tier = if self.edge(35, "tier Baseline") { "Baseline" } else { "Admin" };
            let mut spec = self.cluster_policy_spec(Api::V1Alpha2, "Accept", tier == "Baseline");
            spec.insert("tier".into(), json!(tier));
            self.cluster_policy("v1alpha2", "ClusterNetworkPolicy", &format!("c{number}"), spec);
        }
        for number in 0..self.random.between(old / 2, old) {
            let spec = self.cluster_policy_spec(Api::V1Alpha1, "Allow", false);
            self.cluster_policy("v1alpha1", "AdminNetworkPolicy", &format!("a{number}"), spec);
        }
        if old > 0 && self.edge(50, "BaselineAdminNetworkPolicy") {
            let mut spec = self.cluster_policy_spec(Api::V1Alpha1, "Allow", true);
            spec.remove("priority");
            self.cluster_policy("v1alpha1", "BaselineAdminNetworkPolicy", "default", spec);
        }
    }

    fn cluster_policy(&mut self, version: &str, kind: &str, name: &str, spec: Map<String, Value>) {
        self.documents.push(json!({
            "apiVersion": format!("policy.networking.k8s.io/{version}"),
            "kind": kind,
            "metadata": { "name": name },
            "spec": spec,
        }));
    }

    fn cluster_policy_spec(&mut self, api: Api, accept: &str, baseline: bool) -> Map<String, Value> {
        // Few numbers, so that most are the same, and wide subjects, so that policies meet.
        let mut spec = fields(json!({ "priority": self.random.pick(&[0, 5, 5, 5, 5, 10, 1000]) }));
        let everyone = self.edge(40, "subject of every pod");
        let subject = if everyone { json!({ "namespaces": {} }) } else { self.pods_of_namespaces() };
        spec.insert("subject".into(), subject);
        for (field, peers) in [("ingress", "from"), ("egress", "to")] {
            if self.edge(25, "cluster-wide policy without rules of a direction") {
                continue;
            }
            let rules = self.list(0, 3, |generator| generator.cluster_rule(api, accept, baseline, peers));
            spec.insert(field.into(), rules);
        }
        spec
    }

    fn pods_of_namespaces(&mut self) -> Value {
        if self.random.chance(15) {
            return json!({ "namespaces": {} });
        }
        if self.random.chance(50) {
            return json!({ "namespaces": self.namespace_selector() });
        }
        json!({ "pods": { "namespaceSelector": self.namespace_selector(), "podSelector": self.pod_selector() } })
    }

    fn cluster_rule(&mut self, api: Api, accept: &str, baseline: bool, peers: &str) -> Value {
        // v1alpha1 has no Pass in the Baseline tier.
        let passes = !(baseline && api == Api::V1Alpha1) && self.edge(25, "action Pass");
        let action = if passes { "Pass" } else { self.random.pick(&[accept, "Deny"]) };
        let accepts = action == accept;
        let list = self.list(1, 2, |generator| generator.cluster_peer(peers == "to", accepts, api, baseline));
        // What has no pods has no port names, and the API server refuses a rule that says otherwise.
        let named = !list.as_array().into_iter().flatten().any(is_no_pod);
        let mut rule = fields(json!({ "action": action }));
        rule.insert(peers.into(), list);
        if !self.edge(40, "cluster-wide rule without ports") {
            let (field, ports) = match api {
                Api::V1Alpha1 => ("ports", self.list(1, 2, |generator| generator.admin_port(named))),
                Api::V1Alpha2 => ("protocols", self.list(1, 2, |generator| generator.cluster_protocol(named))),
            };
            rule.insert(field.into(), ports);
        }
        Value::Object(rule)
    }

    fn cluster_peer(&mut self, egress: bool, accepts: bool, api: Api, baseline: bool) -> Value {
        if self.edge(3, "peer of an unknown kind") {
            return json!({});
        }
        if egress && self.edge(25, "networks") {
            return json!({ "networks": self.random.pick(&NETWORKS) });
        }
        if egress && self.edge(5, "nodes") {
            return json!({ "nodes": self.random.pick(&[json!({}), json!({ "matchLabels": { "zone": "a" } })]) });
        }
        let may_name_domains = egress && accepts && !(baseline && api == Api::V1Alpha1);
        if may_name_domains && self.edge(5, "domainNames") {
            return json!({ "domainNames": ["*.example.org"] });
        }
        self.pods_of_namespaces()
    }

    fn range(&mut self) -> (u16, u16) {
        let first = self.random.below(PORTS.len() - 1);
        let last = self.random.between(first + 1, PORTS.len() - 1);
        (PORTS[first], PORTS[last])
    }

    fn cluster_protocol(&mut self, named: bool) -> Value {
        if named && self.edge(25, "destinationNamedPort") {
            return json!({ "destinationNamedPort": self.random.pick(&PORT_NAMES) });
        }
        let protocol = self.random.pick(&["tcp", "tcp", "udp", "sctp"]);
        if self.edge(35, "destinationPort range") {
            let (start, end) = self.range();
            return json!({ protocol: { "destinationPort": { "range": { "start": start, "end": end } } } });
        }
        json!({ protocol: { "destinationPort": { "number": self.random.pick(&PORTS) } } })
    }

    fn admin_port(&mut self, named: bool) -> Value {
        if named && self.edge(25, "namedPort") {
            return json!({ "namedPort": self.random.pick(&PORT_NAMES) });
        }
        let mut port = Map::new();
        if self.random.chance(70) {
            port.insert("protocol".into(), json!(self.random.pick(&["TCP", "UDP", "SCTP"])));
        }
        if self.edge(35, "portRange") {
            let (start, end) = self.range();
            port.insert("start".into(), json!(start));
            port.insert("end".into(), json!(end));
            return json!({ "portRange": port });
        }
        port.insert("port".into(), json!(self.random.pick(&PORTS)));
        json!({ "portNumber": port })
    }
}

fn is_no_pod(peer: &Value) -> bool {
    ["networks", "nodes", "domainNames"].iter().any(|field| peer.get(field).is_some())
}
