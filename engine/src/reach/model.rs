//! What of a cluster the analysis looks at: workloads in classes of equals, namespaces, policies.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::bits::Bits;
use super::extent::Extent;
use super::names::{Name, Names, Translation};
use super::population::Resident;
use super::port_names::PortTables;
use super::select::LabelIndex;
use super::tier_policy::{TierPolicy, tier_policies, tiers_unknown};
use super::unmodelled::{Stranger, strangers};
use super::{Cause, CauseKind, ReachSettings, WorkloadEnd};
use crate::cluster::{
    Cluster, Item, Knowledge, NAME_LABEL, NetworkPolicyBody, PolicyDoubts, PolicyRules, TemplateDoubts,
};
use crate::finding::ObjectRef;
use crate::net::{AddressSet, Selector};
use crate::object::NetworkPolicyPort;

/// Workloads that no policy can tell apart.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) namespace: usize,
    /// Sorted.
    pub(super) labels: Vec<(Name, Name)>,
    /// Number of its port table.
    pub(super) ports: usize,
    pub(super) host_network: bool,
    pub(super) doubts: TemplateDoubts,
    /// Its workloads, sorted.
    pub(super) members: Vec<usize>,
}

impl Class {
    /// On the node's network, for all that is known.
    pub(super) fn may_be_on_node(&self) -> bool {
        self.host_network || self.doubts.host_network
    }
}

/// A namespace and what is known of it.
#[derive(Debug)]
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
    /// Its classes, which are neighbours.
    pub(super) classes: Range<usize>,
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
}

/// The cluster as the analysis sees it.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) names: Names,
    /// Sorted by name.
    pub(super) namespaces: Vec<Namespace>,
    pub(super) classes: Vec<Class>,
    pub(super) policies: Vec<Policy>,
    /// Sorted by name.
    pub(super) workloads: Vec<WorkloadEnd>,
    /// The class of each workload.
    pub(super) class_of: Vec<usize>,
    pub(super) tables: PortTables,
    pub(super) pod_labels: LabelIndex,
    pub(super) namespace_labels: LabelIndex,
    /// Classes on the node's network, for all that is known.
    pub(super) on_node: Bits,
    /// Those of them of which it is not known.
    pub(super) node_in_doubt: Bits,
    /// Cluster-wide policies, in the order of tier, priority and name.
    pub(super) tiers: Vec<TierPolicy>,
    /// Why there may be other cluster-wide policies, if there may.
    pub(super) tiers_unknown: Option<Cause>,
    /// Objects of policy kinds that are not modelled.
    pub(super) strangers: Vec<Stranger>,
    pub(super) pod_addresses: AddressSet,
}

impl Model {
    pub(super) fn of(cluster: &Cluster, extent: &Extent<'_>, settings: &ReachSettings) -> Model {
        let mut names = Names::default();
        let mut translation = Translation::of(cluster);
        let spaces = extent.namespaces(cluster);
        let strangers = strangers(cluster, &spaces);
        let mut builder = Builder::default();
        for name in spaces {
            let residents = extent.residents(cluster, name, &mut translation, &mut names);
            let classes = builder.enter(residents, builder.namespaces.len());
            let first_policy = builder.policies.len();
            builder.policies.extend(policies(extent.policies(cluster, name), builder.namespaces.len()));
            builder
                .policies
                .get(first_policy..)
                .into_iter()
                .flatten()
                .for_each(|policy| note_port_names(policy, &mut names));
            let (labels, labels_unknown) = namespace_labels(cluster, name, &mut names);
            builder.namespaces.push(Namespace {
                labels,
                labels_unknown,
                policies_unknown: extent.policies_unknown(cluster, name),
                strangers: concerning(&strangers, name),
                name: name.to_owned(),
                classes,
            });
        }
        let tiers = tier_policies(cluster, &mut names);
        Model { tiers, tiers_unknown: tiers_unknown(cluster), ..builder.finish(names, strangers, settings) }
    }

    /// The value of a label.
    pub(super) fn label(&self, labels: &[(Name, Name)], key: &str) -> Option<&str> {
        let key = self.names.find(key)?;
        labels.iter().find(|(known, _)| *known == key).map(|(_, value)| self.names.text(*value))
    }

    /// The namespace of a class.
    pub(super) fn namespace_of(&self, class: &Class) -> Option<&Namespace> {
        self.namespaces.get(class.namespace)
    }

    /// The workloads of a class, sorted.
    pub(super) fn members_of(&self, class: usize) -> &[usize] {
        self.classes.get(class).map(|class| class.members.as_slice()).unwrap_or_default()
    }

    /// The classes of a namespace.
    pub(super) fn classes_of(&self, namespace: usize) -> Bits {
        self.namespaces
            .get(namespace)
            .map_or(Bits::NONE, |namespace| Bits::range(namespace.classes.start, namespace.classes.end))
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

#[derive(Default)]
struct Builder {
    namespaces: Vec<Namespace>,
    classes: Vec<Class>,
    policies: Vec<Policy>,
    workloads: Vec<WorkloadEnd>,
    class_of: Vec<usize>,
    tables: PortTables,
}

impl Builder {
    /// Enters the workloads of a namespace, which come sorted by name, and says which classes they make up.
    fn enter(&mut self, residents: Vec<Resident>, namespace: usize) -> Range<usize> {
        let first = self.classes.len();
        let mut known: BTreeMap<_, usize> = BTreeMap::new();
        for resident in residents {
            let Resident { end, traits } = resident;
            let class = *known.entry(traits).or_insert_with_key(|traits| {
                let class = self.classes.len();
                self.classes.push(Class {
                    namespace,
                    labels: traits.labels.clone(),
                    ports: self.tables.enter(traits.ports.clone(), class),
                    host_network: traits.host_network,
                    doubts: traits.doubts,
                    members: Vec::new(),
                });
                class
            });
            if let Some(class) = self.classes.get_mut(class) {
                class.members.push(self.workloads.len());
            }
            self.workloads.push(end);
            self.class_of.push(class);
        }
        first..self.classes.len()
    }

    fn finish(self, names: Names, strangers: Vec<Stranger>, settings: &ReachSettings) -> Model {
        let Builder { namespaces, classes, policies, workloads, class_of, tables } = self;
        let pods = classes.iter().map(|class| (class.labels.as_slice(), class.doubts.labels));
        let spaces =
            namespaces.iter().map(|namespace| (namespace.labels.as_slice(), namespace.labels_unknown.is_some()));
        let on_node = classes.iter().enumerate().filter(|(_, class)| class.may_be_on_node());
        let on_node: Vec<usize> = on_node.map(|(number, _)| number).collect();
        let in_doubt = classes.iter().enumerate().filter(|(_, class)| class.doubts.host_network);
        let in_doubt: Vec<usize> = in_doubt.map(|(number, _)| number).collect();
        Model {
            pod_labels: LabelIndex::of(pods, None),
            namespace_labels: LabelIndex::of(spaces, names.find(NAME_LABEL)),
            on_node: Bits::of_sorted(&on_node),
            node_in_doubt: Bits::of_sorted(&in_doubt),
            tiers: Vec::new(),
            tiers_unknown: None,
            pod_addresses: settings.pod_addresses.clone(),
            names,
            namespaces,
            classes,
            policies,
            workloads,
            class_of,
            tables,
            strangers,
        }
    }
}

/// So that every name of a rule has a number, whether a pod knows it or not.
fn note_port_names(policy: &Policy, names: &mut Names) {
    for rule in policy.rules.ingress.iter().chain(&policy.rules.egress) {
        for port in &rule.ports {
            if let NetworkPolicyPort::Named { name, .. } = port {
                names.number(name);
            }
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

fn policies(given: Vec<(&Item, &NetworkPolicyBody)>, namespace: usize) -> impl Iterator<Item = Policy> {
    given.into_iter().map(move |(item, body)| Policy {
        name: item.name().into(),
        namespace,
        selector: body.selector.clone(),
        isolates_ingress: body.isolates_ingress,
        isolates_egress: body.isolates_egress,
        rules: Arc::clone(&body.rules),
        doubts: body.doubts,
    })
}

fn namespace_labels(cluster: &Cluster, name: &str, names: &mut Names) -> (Vec<(Name, Name)>, Option<Cause>) {
    let given = cluster.namespace_labels(name);
    let knowledge = match given {
        Some(_) => cluster.namespace_knowledge(name),
        None => cluster.absent_namespace(name),
    };
    let labels = given.unwrap_or_else(|| vec![(NAME_LABEL, name)]);
    let mut labels: Vec<_> = labels.into_iter().map(|(key, value)| (names.number(key), names.number(value))).collect();
    labels.sort_unstable();
    (labels, cause(knowledge))
}

/// What concerns the pods of a namespace.
fn concerning(strangers: &[Stranger], namespace: &str) -> Vec<usize> {
    let concerns = |stranger: &&Stranger| stranger.everywhere || stranger.object.namespace == namespace;
    let numbered = strangers.iter().enumerate().filter(|(_, stranger)| concerns(stranger));
    numbered.map(|(number, _)| number).collect()
}
