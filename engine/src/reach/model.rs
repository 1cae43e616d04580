//! What of a cluster the analysis looks at: workloads in classes of equals, namespaces, policies.

use std::sync::Arc;

use super::bits::Bits;
use super::choosing::View;
use super::extent::Extent;
use super::interner::Interner;
use super::names::{Name, Names};
use super::port_names::PortTables;
use super::roster::Roster;
use super::select::LabelIndex;
use super::settle::Moved;
use super::tier_policy::{TierPolicy, tier_policies, tiers_unknown};
use super::unmodelled::{Stranger, strangers};
use super::{Cause, CauseKind, ReachSettings};
use crate::cluster::{Cluster, Direction, Knowledge, PolicyDoubts, PolicyRules, TemplateDoubts};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Selector};

/// Workloads that no policy can tell apart.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class {
    pub(super) namespace: usize,
    /// Sorted.
    pub(super) labels: Vec<(Name, Name)>,
    /// Number of its port table.
    pub(super) ports: usize,
    pub(super) host_network: bool,
    pub(super) doubts: TemplateDoubts,
}

impl Class {
    /// On the node's network, for all that is known.
    pub(super) fn may_be_on_node(&self) -> bool {
        self.host_network || self.doubts.host_network
    }
}

/// A namespace and what is known of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Namespace {
    pub(super) name: String,
    /// Sorted; only the name if its object is not in the cluster.
    pub(super) labels: Vec<(Name, Name)>,
    /// Why its other labels are not known, if they are not.
    pub(super) labels_unknown: Option<Cause>,
    /// Why there may be other NetworkPolicies, if there may.
    pub(super) policies_unknown: Option<Cause>,
    /// Places in [`Model::strangers`] that concern it.
    pub(super) strangers: Vec<usize>,
    pub(super) classes: Bits,
    /// The class of each of its workloads, in their order.
    pub(super) seats: Vec<usize>,
    /// Its NetworkPolicies, sorted by name.
    pub(super) policies: Vec<usize>,
}

/// A NetworkPolicy.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) name: Box<str>,
    pub(super) namespace: usize,
    pub(super) selector: Selector,
    pub(super) isolates_ingress: bool,
    pub(super) isolates_egress: bool,
    pub(super) rules: Arc<PolicyRules>,
    pub(super) doubts: PolicyDoubts,
    pub(super) ingress_peers: Peers,
    pub(super) egress_peers: Peers,
}

/// The peers of all rules of one direction.
#[derive(Debug, Default)]
pub(super) struct Peers {
    /// Numbers of those with a `namespaceSelector`, in the order in which they are written.
    pub(super) wide: Box<[u32]>,
    /// Some have none, and look into the policy's namespace.
    pub(super) own: bool,
    /// Rules look port names up at classes that no selector picks.
    pub(super) names_everywhere: bool,
}

/// A peer with a `namespaceSelector`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WidePeer {
    pub(super) namespaces: Selector,
    pub(super) pods: Option<Selector>,
}

impl Policy {
    pub(super) fn peers(&self, direction: Direction) -> &Peers {
        match direction {
            Direction::Ingress => &self.ingress_peers,
            Direction::Egress => &self.egress_peers,
        }
    }
}

/// The cluster as the analysis sees it. Namespaces, classes and policies keep their numbers as long as they are there, in
/// every model that comes of this one by changes.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) names: Names,
    /// By number.
    pub(super) namespaces: Vec<Arc<Namespace>>,
    /// The numbers of those that are there, sorted by name.
    pub(super) order: Vec<usize>,
    /// By number; nothing where one is gone.
    pub(super) classes: Vec<Option<Arc<Class>>>,
    /// By number; nothing where one is gone.
    pub(super) policies: Vec<Option<Arc<Policy>>>,
    pub(super) wide_peers: Interner<WidePeer>,
    pub(super) roster: Arc<Roster>,
    pub(super) tables: Arc<PortTables>,
    /// All classes.
    pub(super) view: View,
    pub(super) namespace_labels: LabelIndex,
    /// Cluster-wide policies, in the order of tier, priority and name.
    pub(super) tiers: Arc<[TierPolicy]>,
    /// Why there may be other cluster-wide policies, if there may.
    pub(super) tiers_unknown: Option<Cause>,
    /// Objects of policy kinds that are not modelled.
    pub(super) strangers: Arc<[Stranger]>,
    pub(super) pod_addresses: AddressSet,
}

impl Model {
    /// The model of a cluster, and that everything in it is new.
    pub(super) fn of(cluster: &Cluster, extent: &Extent<'_>, settings: &ReachSettings) -> (Model, Moved) {
        let mut names = Names::default();
        let spaces = extent.namespaces(cluster);
        let mut model = Model {
            tiers: tier_policies(cluster, &mut names).into(),
            names,
            namespaces: Vec::new(),
            order: Vec::new(),
            classes: Vec::new(),
            policies: Vec::new(),
            wide_peers: Interner::default(),
            roster: Arc::default(),
            tables: Arc::default(),
            view: View::default(),
            namespace_labels: LabelIndex::default(),
            tiers_unknown: tiers_unknown(cluster),
            strangers: strangers(cluster, &spaces).into(),
            pod_addresses: settings.pod_addresses.clone(),
        };
        let moved = model.settle_all(cluster, extent, spaces);
        model.names.freeze();
        model.wide_peers.freeze();
        (model, moved)
    }

    /// The value of a label.
    pub(super) fn label(&self, labels: &[(Name, Name)], key: &str) -> Option<&str> {
        let key = self.names.find(key)?;
        labels.iter().find(|(known, _)| *known == key).map(|(_, value)| self.names.text(*value))
    }

    /// A class that is there.
    pub(super) fn class(&self, number: usize) -> Option<&Class> {
        self.classes.get(number)?.as_deref()
    }

    /// A NetworkPolicy that is there.
    pub(super) fn policy(&self, number: usize) -> Option<&Policy> {
        self.policies.get(number)?.as_deref()
    }

    pub(super) fn wide_peer(&self, number: u32) -> Option<&WidePeer> {
        self.wide_peers.get(number).map(|peer| &**peer)
    }

    /// The class of a workload.
    pub(super) fn class_of(&self, workload: super::WorkloadId) -> Option<usize> {
        self.roster.class_of.get(workload.index()).copied()
    }

    /// The namespace of a class.
    pub(super) fn namespace_of(&self, class: &Class) -> Option<&Namespace> {
        self.namespaces.get(class.namespace).map(|namespace| &**namespace)
    }

    /// The namespaces that are there, sorted by name.
    pub(super) fn every_namespace(&self) -> impl Iterator<Item = &Namespace> {
        self.order.iter().filter_map(|number| self.namespaces.get(*number)).map(|namespace| &**namespace)
    }

    /// The classes of a namespace.
    pub(super) fn classes_of(&self, namespace: usize) -> &Bits {
        const NONE: &Bits = &Bits::NONE;
        self.namespaces.get(namespace).map_or(NONE, |namespace| &namespace.classes)
    }

    pub(super) fn reference(&self, policy: &Policy) -> ObjectRef {
        let namespace = self.namespaces.get(policy.namespace).map_or("", |namespace| &namespace.name);
        ObjectRef {
            namespace: namespace.to_owned(),
            kind: "NetworkPolicy".to_owned(),
            name: policy.name.to_string(),
            group: "networking.k8s.io".to_owned(),
            version: "v1".to_owned(),
        }
    }
}

/// Why there may be more than is seen, if there may.
pub(super) fn cause(knowledge: Knowledge) -> Option<Cause> {
    let (kind, message) = match knowledge {
        Knowledge::Complete => return None,
        Knowledge::NotGiven(message) => (CauseKind::NotAsked, message),
        Knowledge::Failed(message) => (CauseKind::Failed, message),
    };
    Some(Cause { kind, message, object: None })
}
