//! One index each, asked.

use super::Cluster;
use super::item::{EndpointsBody, HostPath, Item, ItemBody, ServiceBody};
use super::symbols::Label;

/// Of traffic, as a pod sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Into the pod.
    Ingress,
    /// Out of the pod.
    Egress,
}

impl Cluster {
    /// A Service by name.
    pub(crate) fn service(&self, namespace: &str, name: &str) -> Option<&Item> {
        self.item(("", "Service"), namespace, name)
    }

    /// The Services of a namespace with exactly this selector, in no order.
    pub(crate) fn services_with_selector(&self, namespace: &str, selector: &[(String, String)]) -> Vec<&Item> {
        let symbols = &self.keeper.symbols;
        let label =
            |(key, value): &(String, String)| Some(Label { key: symbols.find(key)?, value: symbols.find(value)? });
        let Some(mut labels) = selector.iter().map(label).collect::<Option<Vec<_>>>() else { return Vec::new() };
        labels.sort();
        let ids =
            self.index_of(namespace).map(|index| index.services_by_selector.get(&labels.into())).unwrap_or_default();
        self.resolve(ids).collect()
    }

    /// The Services of all namespaces that ask for a node port, in no order.
    pub(crate) fn services_on_node_port(&self, port: u16, protocol: &str) -> Vec<&Item> {
        let ids = self.keeper.symbols.find(protocol).map(|protocol| self.node_ports.get(&(port, protocol)));
        self.resolve(ids.unwrap_or_default()).collect()
    }

    /// How many LoadBalancer Services a namespace has.
    pub(crate) fn load_balancers(&self, namespace: &str) -> usize {
        self.index_of(namespace).map_or(0, |index| index.load_balancers.as_slice().len())
    }

    /// How many workloads in force a namespace has.
    pub(crate) fn workload_count(&self, namespace: &str) -> usize {
        self.index_of(namespace).map_or(0, |index| index.workloads.as_slice().len())
    }

    /// The StatefulSets of a namespace whose `serviceName` is this Service, in no order.
    pub(crate) fn governed_by(&self, namespace: &str, service: &str) -> Vec<&Item> {
        let (Some(index), Some(name)) = (self.index_of(namespace), self.keeper.symbols.find(service)) else {
            return Vec::new();
        };
        self.resolve(index.governed.get(&name)).collect()
    }

    /// The NetworkPolicies of a namespace that are a default deny, in no order.
    pub(crate) fn default_denies(&self, namespace: &str, direction: Direction) -> Vec<&Item> {
        let Some(index) = self.index_of(namespace) else { return Vec::new() };
        let set = match direction {
            Direction::Ingress => &index.default_deny_ingress,
            Direction::Egress => &index.default_deny_egress,
        };
        self.resolve(set.as_slice()).collect()
    }

    /// The EndpointSlices and Endpoints of a Service, in no order.
    pub(crate) fn endpoints_of(&self, namespace: &str, service: &str) -> Vec<(&Item, &EndpointsBody)> {
        let (Some(index), Some(name)) = (self.index_of(namespace), self.keeper.symbols.find(service)) else {
            return Vec::new();
        };
        self.resolve(index.endpoints.get(&name))
            .filter_map(|item| match &item.body {
                ItemBody::Endpoints(body) => Some((item, body)),
                _ => None,
            })
            .collect()
    }

    /// The Ingresses of all namespaces with this host and path, in no order.
    pub(crate) fn ingresses_at(&self, host: &str, path: &str) -> Vec<&Item> {
        let symbols = &self.keeper.symbols;
        let (Some(host), Some(path)) = (symbols.find(&host.to_ascii_lowercase()), symbols.find(path)) else {
            return Vec::new();
        };
        self.resolve(self.ingresses.get(&HostPath { host, path })).collect()
    }
}

impl ServiceBody {
    /// Whether the control plane looks for pods by the selector.
    pub(crate) fn selects(&self) -> bool {
        !self.selector.is_empty()
    }

    /// `spec.externalName`, if it is an ExternalName.
    pub(crate) fn external_name<'a>(&self, cluster: &'a Cluster) -> Option<&'a str> {
        self.external_name.map(|name| cluster.text(name))
    }

    /// Whether it offers the port.
    pub(crate) fn offers(&self, cluster: &Cluster, wanted: &crate::object::TargetPort) -> bool {
        self.ports.iter().any(|port| match wanted {
            crate::object::TargetPort::Number(number) => port.port == *number,
            crate::object::TargetPort::Name(name) => cluster.text(port.name) == name,
        })
    }
}
