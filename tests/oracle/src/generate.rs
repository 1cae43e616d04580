//! Random clusters: small, so that a person can read one, and dense in edge cases, so that few are needed.
//!
//! What is made are manifests, and only they are seen by whoever answers questions about them. Everything is drawn from
//! few words, so that selectors pick something, ports meet, and blocks overlap.

mod cluster_policies;
mod network_policies;
mod selectors;
mod workloads;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::random::Random;

/// What a cluster may be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// NetworkPolicies only.
    NetworkPolicies,
    /// NetworkPolicies only, and some that the API server would refuse.
    Refused,
    /// Cluster-wide policies too.
    AllTiers,
}

/// Namespaces of every cluster; some of them have no Namespace object.
pub(crate) const NAMESPACES: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

/// A cluster and what it is made of.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The manifests.
    pub documents: Vec<Value>,
    /// How often each edge case is in them.
    pub features: BTreeMap<&'static str, u64>,
}

/// The cluster that this seed means.
pub fn cluster(seed: u64, scope: Scope) -> Generated {
    let mut generator = Generator {
        random: Random::seeded(seed),
        documents: Vec::new(),
        features: BTreeMap::new(),
        namespaces: Vec::new(),
        scope,
    };
    generator.namespaces();
    for number in 0..generator.random.between(1, 8) {
        generator.workload(number);
    }
    // Two policies on the same pods are where most mistakes are: seldom few.
    let fewest = generator.random.between(0, 8);
    for number in 0..generator.random.between(fewest, 8) {
        generator.network_policy(number);
    }
    if scope == Scope::AllTiers {
        generator.cluster_policies();
    }
    Generated { documents: generator.documents, features: generator.features }
}

/// A cluster in the making. Each kind of object is drawn in a file of its own.
struct Generator {
    random: Random,
    documents: Vec<Value>,
    features: BTreeMap<&'static str, u64>,
    namespaces: Vec<&'static str>,
    scope: Scope,
}

impl Generator {
    /// Counts an edge case.
    fn note(&mut self, feature: &'static str) {
        *self.features.entry(feature).or_default() += 1;
    }

    /// An edge case that is drawn in `percent` of 100 cases, and counted then.
    fn edge(&mut self, percent: usize, feature: &'static str) -> bool {
        let drawn = self.random.chance(percent);
        if drawn {
            self.note(feature);
        }
        drawn
    }

    /// A mistake that the API server refuses, where such are wanted.
    fn mistake(&mut self, feature: &'static str) -> bool {
        self.scope == Scope::Refused && self.edge(6, feature)
    }

    fn namespaces(&mut self) {
        let count = self.random.between(2, 4);
        self.namespaces = self.random.some(&NAMESPACES, count);
        for name in self.namespaces.clone() {
            if self.edge(30, "namespace without an object") {
                continue;
            }
            let mut metadata = json!({ "name": name });
            if !self.edge(15, "namespace without labels") {
                metadata["labels"] = self.labels_from(&selectors::NAMESPACE_LABELS);
            }
            self.documents.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata }));
        }
    }

    /// `count` of what `make` makes.
    fn list(&mut self, first: usize, last: usize, mut make: impl FnMut(&mut Generator) -> Value) -> Value {
        let count = self.random.between(first, last);
        Value::Array((0..count).map(|_| make(self)).collect())
    }

    /// A field that may be absent, null, an empty list, or a list: four ways to write it, of which three mean the same.
    fn optional_list(
        &mut self,
        object: &mut Map<String, Value>,
        field: &str,
        empty: [(usize, &'static str); 3],
        make: impl FnMut(&mut Generator) -> Value,
    ) {
        let [absent, null, none] = empty;
        if self.edge(absent.0, absent.1) {
            return;
        }
        let value = if self.edge(null.0, null.1) {
            Value::Null
        } else if self.edge(none.0, none.1) {
            json!([])
        } else {
            self.list(1, 3, make)
        };
        object.insert(field.to_owned(), value);
    }
}

/// An object out of JSON fields.
fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Scope, cluster};
    use crate::manifest::Cluster;

    #[test]
    fn a_seed_means_the_same_cluster_each_time() {
        for seed in 0..50 {
            assert_eq!(cluster(seed, Scope::AllTiers).documents, cluster(seed, Scope::AllTiers).documents);
        }
    }

    #[test]
    fn every_cluster_is_understood() {
        for seed in 0..500 {
            let documents = cluster(seed, Scope::AllTiers).documents;
            Cluster::decode(&documents).unwrap();
        }
    }

    #[test]
    fn no_edge_case_is_rare() {
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        for seed in 0..1000 {
            for (feature, count) in cluster(seed, Scope::AllTiers).features {
                *seen.entry(feature).or_default() += count;
            }
        }
        let rare: Vec<_> = seen.iter().filter(|(_, count)| **count < 20).collect();
        assert!(seen.len() > 60 && rare.is_empty(), "{} edge cases, rare: {rare:?}", seen.len());
    }
}
