//! What a cluster keeps of an object: what facts read of it, and no more.

use std::net::IpAddr;
use std::sync::Arc;

use super::policy_rules::{PolicyDoubts, PolicyRules};
use super::symbols::{Label, Sym};
use super::template::Template;
use super::tier_rules::TierPolicyBody;
use crate::net::{Cidr, Selector};
use crate::object::Object;

/// Group and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KindName {
    pub(super) group: Sym,
    pub(super) kind: Sym,
}

/// One object of a cluster.
#[derive(Debug)]
pub(crate) struct Item {
    pub(super) kind: KindName,
    pub(super) version: Sym,
    /// Empty text for cluster-scoped objects.
    pub(super) namespace: Sym,
    pub(super) name: Arc<str>,
    /// Kind and name of the controlling owner, if its kind is one that runs pods.
    pub(super) controller: Option<(Sym, Sym)>,
    /// Some field could not be read: what hangs on the object is unknown.
    pub(super) unreadable: bool,
    pub(crate) body: ItemBody,
    /// The object with its text, if it came with it.
    pub(super) whole: Option<Arc<Object>>,
}

/// What facts read of each kind.
#[derive(Debug)]
pub(crate) enum ItemBody {
    Namespace(NamespaceBody),
    Workload(WorkloadBody),
    Service(Box<ServiceBody>),
    NetworkPolicy(Box<NetworkPolicyBody>),
    TierPolicy(Box<TierPolicyBody>),
    /// Host and path of each rule's paths; without repeats.
    Ingress(Box<[HostPath]>),
    /// EndpointSlice or Endpoints.
    Endpoints(EndpointsBody),
    Other,
}

#[derive(Debug)]
pub(crate) struct NamespaceBody {
    /// Sorted; with `kubernetes.io/metadata.name`.
    pub(super) labels: Box<[Label]>,
    pub(super) terminating: bool,
}

#[derive(Debug)]
pub(crate) struct WorkloadBody {
    pub(crate) template: Arc<Template>,
    pub(crate) replicas: Option<u32>,
    /// Number of the first pod of a StatefulSet.
    pub(crate) first_ordinal: u32,
    pub(super) service_name: Option<Sym>,
    pub(super) ended: bool,
    /// What of the template is not sure.
    pub(crate) doubts: TemplateDoubts,
}

/// Parts of a pod template that could not be read, or that the API server would refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TemplateDoubts {
    pub(crate) labels: bool,
    pub(crate) ports: bool,
    pub(crate) host_network: bool,
}

#[derive(Debug)]
pub(crate) struct ServiceBody {
    /// Of type LoadBalancer.
    pub(super) load_balancer: bool,
    /// Sorted; empty for a Service that selects nothing by its nature.
    pub(crate) selector: Box<[Label]>,
    pub(crate) ports: Box<[OfferedPort]>,
    pub(crate) headless: bool,
    pub(crate) external_name: Option<Sym>,
    pub(crate) entry: ServiceEntry,
}

/// How a Service is met from outside.
#[derive(Debug)]
pub(crate) struct ServiceEntry {
    /// `spec.type`.
    pub(crate) kind: Sym,
    /// It has `externalIPs`.
    pub(crate) external_ips: bool,
    /// `externalTrafficPolicy` is `Local`: clients keep their addresses.
    pub(crate) external_local: bool,
    /// `loadBalancerSourceRanges`.
    pub(crate) source_ranges: Box<[Cidr]>,
}

/// A port that a Service offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OfferedPort {
    pub(crate) name: Sym,
    pub(crate) protocol: Sym,
    pub(crate) port: u16,
    pub(crate) node_port: Option<u16>,
    pub(crate) target: OfferedTarget,
}

/// Where an offered port leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfferedTarget {
    /// To this number.
    Number(u16),
    /// To the port that the pod calls so.
    Name(Sym),
}

#[derive(Debug)]
pub(crate) struct NetworkPolicyBody {
    pub(crate) selector: Selector,
    /// Where pods that it may select are looked up; see [`Anchor`].
    pub(super) anchors: Box<[Anchor]>,
    pub(crate) isolates_ingress: bool,
    pub(crate) isolates_egress: bool,
    pub(crate) default_deny_ingress: bool,
    pub(crate) default_deny_egress: bool,
    /// Some egress rule in force allows UDP port 53.
    pub(crate) allows_dns_udp: bool,
    /// What it allows; shared by policies that allow the same.
    pub(crate) rules: Arc<PolicyRules>,
    /// What of it is not sure.
    pub(crate) doubts: PolicyDoubts,
}

/// One requirement of a selector, under which the selector is indexed: whatever the selector picks has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Anchor {
    /// The selector has no positive requirement.
    Anything,
    /// A label with this key.
    Key(Sym),
    /// This label.
    Label(Label),
}

/// A host (empty: every host) and a path of an Ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostPath {
    pub(super) host: Sym,
    pub(super) path: Sym,
}

#[derive(Debug)]
pub(crate) struct EndpointsBody {
    pub(super) service: Option<Sym>,
    /// Sorted.
    pub(crate) dangerous: Box<[IpAddr]>,
}

impl Item {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether some field of it could not be read.
    pub(crate) fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    /// The object itself, if the cluster keeps it.
    pub(crate) fn whole(&self) -> Option<&Object> {
        self.whole.as_deref()
    }

    /// Kind and name of the controlling owner, if its kind is one that runs pods.
    pub(crate) fn controller(&self) -> Option<(Sym, Sym)> {
        self.controller
    }

    pub(crate) fn workload(&self) -> Option<&WorkloadBody> {
        match &self.body {
            ItemBody::Workload(body) => Some(body),
            _ => None,
        }
    }

    pub(crate) fn service(&self) -> Option<&ServiceBody> {
        match &self.body {
            ItemBody::Service(body) => Some(body),
            _ => None,
        }
    }

    /// A cluster-wide policy of a version that is read.
    pub(crate) fn is_tier_policy(&self) -> bool {
        matches!(self.body, ItemBody::TierPolicy(_))
    }

    pub(crate) fn network_policy(&self) -> Option<&NetworkPolicyBody> {
        match &self.body {
            ItemBody::NetworkPolicy(body) => Some(body),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_item_stays_small() {
        assert!(size_of::<super::Item>() <= 112, "{} bytes", size_of::<super::Item>());
    }
}
