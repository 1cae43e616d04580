//! Who reaches whom, on which ports, and why: the meaning of network policies, exact.
//!
//! [`Reach`] is made of a cluster once and then asked: [`Reach::connections`] lists everything that may pass,
//! [`Reach::ask`] answers one question, [`Reach::explain`] gives the rules that decide it, [`Diff::between`] compares two, [`Reach::after`] follows a change and [`Change::reasons`] says
//! what opens or cuts.
//! A port passes, does not, is left to the network plugin (*implementation-defined*), or hangs on what is not known
//! (*unknown*); see [`Passage`]. Never guesses, never looks at single pods, never reads an address of a pod.
//!
//! # What is settled and what is not
//!
//! A connection passes if the source's egress side and the destination's ingress side both let it; replies need nothing.
//! A side whose workload no NetworkPolicy isolates in that direction lets everything pass; else the union of the rules of
//! all NetworkPolicies that isolate it decides. Source: `k8s.io/api/networking/v1`, and "Network Policies" in the
//! Kubernetes documentation. Around that tier stand those of the cluster-wide policies (ClusterNetworkPolicy,
//! AdminNetworkPolicy, BaselineAdminNetworkPolicy): the Admin tier accepts, denies or passes on before any NetworkPolicy, the
//! Baseline tier decides where none isolates; in a tier the lower priority goes first, in a policy the rule written first.
//! Source: `sigs.k8s.io/network-policy-api`. Each side has a value for each port: *deny* < *implementation-defined* < *allow*, or a span
//! from one of them to another where something is not known; a union takes the larger value, the two ends the smaller,
//! span by span (Kleene's logic: each thing that is not known counts by itself). A span of more than one value is unknown.
//!
//! Left to the plugin, and so implementation-defined unless everything else settles it:
//!
//! - Whether an `ipBlock` takes in a pod. A block that holds no address a pod can have
//!   ([`ReachSettings::pod_addresses`]) takes in none; any other *may* take in any pod.
//! - Pods on the node's network. As the subject of a NetworkPolicy: the policy may not count. As a peer: a selector that
//!   picks it may not; towards it, an `ipBlock` may hold its node's address, and a port name of an egress rule may find
//!   no pod to be looked up at; from it, everything may pass, because a pod's own node always reaches it.
//! - The connection of a bare Pod to itself. (Of other workloads, `w → w` speaks of two different pods.)
//! - Which of several cluster-wide policies of one tier and priority goes first, and which of the two APIs.
//! - Whether the Baseline tier is asked in a direction, for pods that NetworkPolicies select for the other one only.
//! - A port name that only a sidecar (an init container with `restartPolicy: Always`) declares, or that a pod, sidecars
//!   included, declares with several numbers for one protocol: any of them may count.
//!
//! Not known, and so unknown unless everything else settles it: labels of a namespace that is not in the input (except
//! its name), what an object that the API server would refuse or that cannot be read means in its place, NetworkPolicies
//! that an open world may have besides, which addresses pods, nodes and domain names have where cluster-wide policies speak of
//! them, and what policy kinds that are seen and not modelled do ([`Reach::unmodelled`]).

mod after;
mod answer;
mod ask;
mod bits;
mod choosing;
mod condition;
mod connections;
mod diff;
mod end;
mod evidence;
mod explain;
mod explanation;
mod exposure;
mod extent;
mod incoming;
mod interner;
mod kin;
mod matching;
mod meet;
mod model;
mod names;
mod of_ends;
mod passage;
mod population;
mod port_names;
#[cfg(test)]
mod properties;
mod resolve;
mod roster;
mod row;
mod rules;
mod select;
mod settle;
mod side;
mod sides;
mod spans;
#[cfg(test)]
mod testing;
mod tier_evidence;
mod tier_exposure;
mod tier_matching;
mod tier_policy;
mod tier_rows;
mod unmodelled;
mod value;
mod why_changed;

pub use answer::{Answer, Cause, CauseKind, Part, PortAsk, Reason, Verdict};
pub use diff::{Change, Diff, DiffEnd, EndsChange};
pub use end::{End, NoSuchEnd, WorkloadEnd, WorkloadId};
pub use explanation::{
    Explanation, Match, PeerEvidence, PolicyEvidence, PortEvidence, RuleEvidence, SideEvidence, TierPolicyEvidence,
    TierRuleEvidence, Why,
};
pub use exposure::{Exposed, Unseen};
pub(crate) use extent::{Few, StandIn};
pub use passage::Passage;
pub(crate) use resolve::distance;
pub(crate) use unmodelled::UNMODELLED;
pub use why_changed::{ChangeReason, Deciding, Which};

use std::collections::BTreeSet;
use std::sync::Arc;

use after::Lineage;
use extent::Extent;
use model::Model;
use sides::Sides;
use value::Book;

use crate::cluster::Cluster;
use crate::finding::ObjectRef;
use crate::net::{AddressSet, no_pod_addresses};

/// What the analysis takes as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachSettings {
    /// Addresses that pods can have. By default every unicast address beyond the link, for manifests do not say. With the
    /// cluster's pod ranges here, an `ipBlock` beside them takes in no pod, and that is then settled.
    pub pod_addresses: AddressSet,
}

impl Default for ReachSettings {
    fn default() -> Self {
        ReachSettings { pod_addresses: no_pod_addresses().complement() }
    }
}

/// What may pass from one end to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Where it comes from.
    pub source: End,
    /// Where it goes.
    pub destination: End,
    /// On which ports of the destination; shared by connections that are alike.
    pub passage: Arc<Passage>,
}

/// What the network of a cluster does. Owns what it needs: the cluster may change or go.
#[derive(Debug)]
pub struct Reach {
    model: Model,
    book: Book,
    egress: Sides,
    ingress: Sides,
    unmodelled: Arc<[ObjectRef]>,
    lineage: Lineage,
}

impl Reach {
    /// The network of a cluster, with the default settings. Cost: see [`Reach::with`].
    ///
    /// ```
    /// use engine::cluster::{Cluster, World};
    /// use engine::reach::{PortAsk, Reach, Verdict};
    /// use engine::{Format, Source};
    ///
    /// let text = "
    /// {apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web, labels: {app: web}}}
    /// ---
    /// {apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: db, labels: {app: db}}}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {namespace: shop, name: db}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]
    /// ";
    /// let mut cluster = Cluster::of_files(World::Auto);
    /// cluster.apply(&Source { name: "shop.yaml".into(), format: Format::Yaml, bytes: text.into() });
    /// let reach = Reach::of(&cluster);
    /// let [web, db] = ["shop/web", "shop/db"].map(|name| reach.resolve_name(name).unwrap());
    /// assert_eq!(reach.ask(&web, &db, Some(PortAsk::tcp(5432))).verdict, Verdict::Allow);
    /// assert_eq!(reach.ask(&web, &db, Some(PortAsk::tcp(80))).verdict, Verdict::Deny);
    /// assert_eq!(reach.ask(&db, &web, None).verdict, Verdict::Allow);
    /// ```
    pub fn of(cluster: &Cluster) -> Reach {
        Reach::with(cluster, &ReachSettings::default())
    }

    /// The network of a cluster. Cost: linear in labels, rules and selectors, and in the rules of each set of
    /// NetworkPolicies that selects some workload.
    pub fn with(cluster: &Cluster, settings: &ReachSettings) -> Reach {
        after::from_nothing(cluster, &Extent::Whole, settings)
    }

    /// The network as far as a few workloads and addresses outside are the ends; of them it says what that of the whole cluster says.
    /// Cost: as [`Reach::with`], but only of these workloads and of the policies that select them.
    pub(crate) fn among(cluster: &Cluster, few: &Few<'_>) -> Reach {
        after::from_nothing(cluster, &Extent::Few(few), &ReachSettings::default())
    }

    /// Every workload, sorted by namespace and then by name. A [`WorkloadId`] is a place in it. Pods that have ended are none; pods of a
    /// workload that is here are that workload; pods of one that is not are one workload if they are equal.
    pub fn workloads(&self) -> &[WorkloadEnd] {
        &self.model.roster.workloads
    }

    /// The number of every workload, in order.
    pub fn workload_ids(&self) -> impl Iterator<Item = WorkloadId> + use<> {
        (0..u32::try_from(self.workloads().len()).unwrap_or(u32::MAX)).map(WorkloadId)
    }

    /// The workload of that number.
    pub fn workload(&self, id: WorkloadId) -> Option<&WorkloadEnd> {
        self.workloads().get(id.index())
    }

    /// The workloads of a namespace, sorted by name.
    pub fn workload_ids_in(&self, namespace: &str) -> impl Iterator<Item = WorkloadId> + use<> {
        let before = |than: &str| self.workloads().partition_point(|workload| *workload.object.namespace < *than);
        let first = before(namespace);
        let count = self.workloads().iter().skip(first).take_while(|end| end.object.namespace == namespace).count();
        self.workload_ids().skip(first).take(count)
    }

    /// The workload of that group, kind, namespace and name, whatever its version.
    pub fn workload_id(&self, object: &ObjectRef) -> Option<WorkloadId> {
        let ObjectRef { namespace, kind, name, group, version: _ } = object;
        self.workload_ids_in(namespace).find(|id| {
            self.workload(*id).is_some_and(|WorkloadEnd { object, .. }| {
                (&object.name, &object.kind, &object.group) == (name, kind, group)
            })
        })
    }

    /// Objects of policy kinds that are seen and not modelled, sorted: answers that they could change are unknown.
    pub fn unmodelled(&self) -> &[ObjectRef] {
        &self.unmodelled
    }

    /// How an end is printed: the workload's name, the blocks of an address set, `outside` for every address.
    pub fn name(&self, end: &End) -> String {
        match end {
            End::Workload(id) => self.workload(*id).map_or_else(String::new, |workload| workload.name.clone()),
            End::Addresses(set) if set.is_all() => "outside".to_owned(),
            End::Addresses(set) => set.to_string(),
        }
    }

    /// Everything that may pass between workloads, and between them and addresses outside, sorted by source and then by
    /// destination: workloads in their order, then address sets by their first address. Address sets of one workload and direction
    /// are disjoint, and as large as can be. Pairs of which nothing may pass are left out. Nothing here is a sample.
    pub fn connections(&self) -> impl Iterator<Item = Connection> {
        connections::connections(self)
    }

    /// Of those, the ones of which some end is one of these workloads. Cost: for each of them, all classes of equal workloads,
    /// and the result.
    pub fn connections_of(&self, ends: &BTreeSet<WorkloadId>) -> Vec<Connection> {
        of_ends::connections_of(self, ends)
    }
}
