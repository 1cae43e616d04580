//! Everything there is, for what looks at the whole cluster at once.

use super::Cluster;
use super::TierPolicyBody;
use super::item::{Item, ItemBody, KindName, NetworkPolicyBody, WorkloadBody};
use crate::finding::ObjectRef;

impl Cluster {
    /// Every namespace that holds an object or is one, sorted; not the cluster scope.
    pub(crate) fn every_namespace(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.namespace_names().collect();
        names.sort_unstable();
        names
    }

    /// The objects of a kind in a namespace (empty: cluster-scoped), sorted by name.
    pub(crate) fn objects_of(&self, (group, kind): (&str, &str), namespace: &str) -> impl Iterator<Item = &Item> {
        let symbols = &self.keeper.symbols;
        let kind = symbols.find(group).zip(symbols.find(kind)).map(|(group, kind)| KindName { group, kind });
        let named = kind.zip(self.index_of(namespace)).and_then(|(kind, index)| index.objects.get(&kind));
        named.into_iter().flat_map(|named| named.values()).filter_map(|id| self.items.get(*id))
    }

    /// The NetworkPolicies of a namespace, sorted by name.
    pub(crate) fn network_policies(&self, namespace: &str) -> impl Iterator<Item = (&Item, &NetworkPolicyBody)> {
        self.objects_of(("networking.k8s.io", "NetworkPolicy"), namespace).filter_map(|item| match &item.body {
            ItemBody::NetworkPolicy(body) => Some((item, &**body)),
            _ => None,
        })
    }

    /// What is known of the pods of a workload: its own template, or that of the first pod, by name, which names it as its
    /// controller. `None` if neither is here.
    pub(crate) fn pods_of(&self, workload: &ObjectRef) -> Option<&WorkloadBody> {
        let ObjectRef { namespace, kind, name, group, version: _ } = workload;
        if let Some(own) = self.item((group, kind), namespace, name) {
            return own.workload();
        }
        let symbols = &self.keeper.symbols;
        let controller = (symbols.find(kind)?, symbols.find(name)?);
        let pods = self.resolve(self.index_of(namespace)?.controlled.get(&controller));
        pods.filter(|item| item.workload().is_some_and(|body| !body.ended)).min_by_key(|item| item.name())?.workload()
    }

    /// The cluster-wide policies, sorted by kind and name, but those of a version that is not read.
    pub(crate) fn tier_policies(&self) -> impl Iterator<Item = (&Item, &TierPolicyBody)> {
        let kinds = ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"];
        let items = kinds.into_iter().flat_map(|kind| self.objects_of(("policy.networking.k8s.io", kind), ""));
        items.filter_map(|item| match &item.body {
            ItemBody::TierPolicy(body) => Some((item, &**body)),
            _ => None,
        })
    }
}
