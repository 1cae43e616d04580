//! How much of a cluster an analysis is about: all of it, or a few workloads.
//!
//! What passes between two ends hangs on nothing but the two and on what policies say of them. So an analysis of a few
//! workloads says of them what that of the whole cluster does, and costs no more than they do.

use std::collections::BTreeMap;

use super::Cause;
use super::model::cause;
use super::names::{Names, Translation};
use super::population::{Population, Resident};
use crate::cluster::{Cluster, Item, NetworkPolicyBody};
use crate::finding::ObjectRef;

/// A few workloads of a cluster.
#[derive(Debug, Default)]
pub(crate) struct Few<'a> {
    by_namespace: BTreeMap<&'a str, Vec<&'a Item>>,
    stand_in: Option<&'a StandIn>,
}

/// Pods that the cluster does not hold and that are taken to be there. Nothing isolates them, unless the namespace holds
/// some of the few.
#[derive(Debug)]
pub(crate) struct StandIn {
    /// Where they are.
    pub(crate) namespace: &'static str,
    /// Their one label.
    pub(crate) label: (&'static str, &'static str),
    /// Their ports: name, protocol, number.
    pub(crate) ports: &'static [(&'static str, crate::net::Protocol, u16)],
}

impl StandIn {
    /// As what object of the analysis they stand there.
    pub(crate) fn reference(&self) -> ObjectRef {
        ObjectRef {
            namespace: self.namespace.to_owned(),
            kind: "Deployment".to_owned(),
            // No object has such a name.
            name: format!("{}={}", self.label.0, self.label.1),
            group: "apps".to_owned(),
            version: "v1".to_owned(),
        }
    }
}

impl<'a> Few<'a> {
    /// Adds a workload of the cluster. One that is added twice is one.
    pub(crate) fn add(&mut self, cluster: &'a Cluster, item: &'a Item) {
        let known = self.by_namespace.entry(cluster.namespace_of(item)).or_default();
        if !known.iter().any(|known| std::ptr::eq(*known, item)) {
            known.push(item);
        }
    }

    /// With pods that are taken to be there.
    #[must_use]
    pub(crate) fn with(self, stand_in: &'a StandIn) -> Few<'a> {
        Few { stand_in: Some(stand_in), ..self }
    }

    fn items(&self, namespace: &str) -> &[&'a Item] {
        self.by_namespace.get(namespace).map(Vec::as_slice).unwrap_or_default()
    }
}

/// How much is looked at.
pub(super) enum Extent<'a> {
    Whole,
    Few(&'a Few<'a>),
}

impl<'a> Extent<'a> {
    /// The namespaces that are looked at, sorted.
    pub(super) fn namespaces(&self, cluster: &'a Cluster) -> Vec<&'a str> {
        match self {
            Extent::Whole => cluster.every_namespace(),
            Extent::Few(few) => {
                let mut names: Vec<&str> = few.by_namespace.keys().copied().collect();
                names.extend(few.stand_in.map(|pods| pods.namespace));
                names.sort_unstable();
                names.dedup();
                names
            }
        }
    }

    /// Whether a namespace is there, as far as is looked at.
    pub(super) fn holds(&self, cluster: &Cluster, namespace: &str) -> bool {
        match self {
            Extent::Whole => cluster.holds_namespace(namespace),
            Extent::Few(_) => self.namespaces(cluster).contains(&namespace),
        }
    }

    /// The workloads of a namespace that are looked at, sorted by name.
    pub(super) fn residents(
        &self,
        cluster: &Cluster,
        namespace: &str,
        translation: &mut Translation<'_>,
        names: &mut Names,
    ) -> Vec<Resident> {
        let few = match self {
            Extent::Whole => return Population::of(cluster, namespace, translation, names),
            Extent::Few(few) => few,
        };
        let stand_in = few.stand_in.filter(|pods| pods.namespace == namespace);
        Population::of_these(few.items(namespace), stand_in, translation, names)
    }

    /// The NetworkPolicies of a namespace that can be about what is looked at, sorted by name.
    pub(super) fn policies<'c>(&self, cluster: &'c Cluster, namespace: &str) -> Vec<(&'c Item, &'c NetworkPolicyBody)> {
        match self {
            Extent::Whole => cluster.network_policies(namespace).collect(),
            Extent::Few(few) => {
                let about = few.items(namespace).iter().flat_map(|item| cluster.policies_about(item));
                let by_name: BTreeMap<&str, _> = about.map(|(item, body)| (item.name(), (item, body))).collect();
                by_name.into_values().collect()
            }
        }
    }

    /// Why there may be other NetworkPolicies in a namespace, if there may.
    pub(super) fn policies_unknown(&self, cluster: &Cluster, namespace: &str) -> Option<Cause> {
        match self {
            Extent::Few(few) if few.items(namespace).is_empty() => None,
            _ => cause(cluster.presence("networking.k8s.io", "NetworkPolicy", namespace)),
        }
    }
}
