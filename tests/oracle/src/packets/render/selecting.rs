//! Selectors over raw JSON: which pods they pick, and so which addresses.

use serde_json::Value;

use super::matching::Addresses;
use super::{Pod, Scene};

/// Whether labels have everything that a selector demands.
pub(super) fn picks(selector: &Value, labels: &Value) -> bool {
    let mut demands: Vec<bool> = Vec::new();
    if let Some(pairs) = selector["matchLabels"].as_object() {
        demands.extend(pairs.iter().map(|(key, value)| labels.get(key) == Some(value)));
    }
    for requirement in selector["matchExpressions"].as_array().into_iter().flatten() {
        let value = requirement["key"].as_str().and_then(|key| labels.get(key));
        let among = value.is_some_and(|value| requirement["values"].as_array().is_some_and(|all| all.contains(value)));
        demands.push(match requirement["operator"].as_str() {
            Some("In") => among,
            Some("NotIn") => !among,
            Some("Exists") => value.is_some(),
            Some("DoesNotExist") => value.is_none(),
            _ => false,
        });
    }
    demands.into_iter().all(|met| met)
}

impl Scene<'_> {
    fn namespace_labels(&self, name: &str) -> Value {
        let object = self.of_kind("Namespace").into_iter().find(|object| object["metadata"]["name"] == name);
        let mut labels = object.map_or(Value::Null, |object| object["metadata"]["labels"].clone());
        // Every namespace has it, whether it is written or not.
        labels["kubernetes.io/metadata.name"] = name.into();
        labels
    }

    fn in_namespaces(&self, pod: &Pod, selector: &Value) -> bool {
        picks(selector, &self.namespace_labels(&pod.namespace))
    }

    /// Pods of a cluster-wide policy's subject or peer.
    pub(super) fn cluster_policy_picks(&self, one: &Value, pod: &Pod) -> bool {
        if one.get("namespaces").is_some() {
            return self.in_namespaces(pod, &one["namespaces"]);
        }
        let pods = &one["pods"];
        pods.is_object()
            && self.in_namespaces(pod, &pods["namespaceSelector"])
            && picks(&pods["podSelector"], &pod.labels)
    }

    fn addresses_of(&self, picked: impl Fn(&Pod) -> bool) -> Vec<(String, Vec<String>)> {
        let pods = self.pods.iter().filter(|pod| picked(pod));
        pods.flat_map(Pod::addresses).map(|address| (address.to_string(), Vec::new())).collect()
    }

    /// Peers of a NetworkPolicy's rule.
    pub(super) fn network_policy_peers(&self, namespace: &Value, peers: &Value) -> Addresses {
        let Some(peers) = peers.as_array().filter(|peers| !peers.is_empty()) else { return Addresses::Any };
        let mut blocks = Vec::new();
        for peer in peers {
            if let Some(cidr) = peer["ipBlock"]["cidr"].as_str() {
                let except = peer["ipBlock"]["except"].as_array().into_iter().flatten();
                let except = except.filter_map(|cidr| cidr.as_str()).map(str::to_owned);
                blocks.push((cidr.to_owned(), except.collect()));
                continue;
            }
            blocks.extend(self.addresses_of(|pod| {
                let home = match peer.get("namespaceSelector") {
                    Some(selector) => self.in_namespaces(pod, selector),
                    None => *namespace == *pod.namespace,
                };
                home && peer.get("podSelector").is_none_or(|selector| picks(selector, &pod.labels))
            }));
        }
        Addresses::These(blocks)
    }

    /// Peers of a cluster-wide policy's rule. Nobody is a node, and no name has an address.
    pub(super) fn cluster_policy_peers(&self, peers: &Value) -> Addresses {
        let mut blocks = Vec::new();
        for peer in peers.as_array().into_iter().flatten() {
            let networks = peer["networks"].as_array().into_iter().flatten();
            blocks.extend(networks.filter_map(|cidr| cidr.as_str()).map(|cidr| (cidr.to_owned(), Vec::new())));
            blocks.extend(self.addresses_of(|pod| self.cluster_policy_picks(peer, pod)));
        }
        Addresses::These(blocks)
    }
}
