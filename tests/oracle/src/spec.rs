//! The specification of network policies, read out: one function for each paragraph of the API's field documentation,
//! slow and obvious. No index, no cache, no set: one source, one destination, one port.
//!
//! Sources: `k8s.io/api/networking/v1` (NetworkPolicy), `sigs.k8s.io/network-policy-api` (cluster-wide policies), and
//! "Network Policies" in the Kubernetes documentation for what those leave to the network plugin.

mod cluster_policy;
mod labels;
mod network_policy;
mod ports;

pub mod address;

use std::net::IpAddr;

use crate::answer::{Verdict, Worlds};
use crate::manifest::{Cluster, Direction, Protocol, Workload};

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// Any pod of this workload. Which address it has is not part of the question: pods come and go.
    Workload(&'a Workload),
    /// An address outside the cluster, that no pod and no node has.
    Address(IpAddr),
}

impl<'a> End<'a> {
    fn workload(self) -> Option<&'a Workload> {
        match self {
            End::Workload(workload) => Some(workload),
            End::Address(_) => None,
        }
    }
}

impl Workload {
    /// On the node's network.
    fn on_host_network(&self) -> bool {
        self.spec.host_network == Some(true)
    }
}

/// One connection, asked about.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    /// Where it comes from.
    pub source: End<'a>,
    /// Where it goes.
    pub destination: End<'a>,
    /// Its protocol.
    pub protocol: Protocol,
    /// The port of the destination.
    pub port: u16,
}

/// What the specification says about one cluster.
#[derive(Clone, Copy, Debug)]
pub struct Specification<'a> {
    cluster: &'a Cluster,
}

impl<'a> Specification<'a> {
    /// The specification, applied to these objects.
    pub fn of(cluster: &'a Cluster) -> Specification<'a> {
        Specification { cluster }
    }

    /// What becomes of a connection.
    pub fn verdict(&self, flow: Flow<'_>) -> Verdict {
        Verdict::from(&self.passes(flow))
    }

    /// "For a connection from a source pod to a destination pod to be allowed, both the egress policy on the source pod and
    /// the ingress policy on the destination pod need to allow the connection." Replies are implicitly allowed.
    fn passes(&self, flow: Flow<'_>) -> Worlds {
        let leaves = flow.source.workload().map(|subject| self.side(Direction::Egress, subject, flow));
        let enters = flow.destination.workload().map(|subject| self.side(Direction::Ingress, subject, flow));
        let both = Worlds::all([leaves, enters].into_iter().flatten());
        match (flow.source.workload(), flow.destination.workload()) {
            // A pod and itself: the documentation says that a pod cannot block access to itself, the API says nothing, and
            // plugins differ. Other workloads may have several pods, and the question is about two of them.
            (Some(source), Some(destination)) if std::ptr::eq(source, destination) && source.kind == "Pod" => {
                both.either_reading(&true.into())
            }
            _ => both,
        }
    }

    /// "Policy tiers are evaluated in the following order: Admin tier, NetworkPolicy tier, Baseline tier. … If a given
    /// connection wasn't allowed or denied by any of the tiers, the default kubernetes policy is applied, which says that
    /// all pods can communicate with each other." (ClusterNetworkPolicySpec.tier)
    fn side(&self, direction: Direction, subject: &Workload, flow: Flow<'_>) -> Worlds {
        let default = Worlds::from(true);
        let baseline = self.baseline_tier(direction, subject, flow, &default);
        let namespaced = self.network_policy_tier(direction, subject, flow, &baseline);
        self.admin_tier(direction, subject, flow, &namespaced)
    }
}

/// The end that a rule's peers are held against.
fn peer_of(direction: Direction, flow: Flow<'_>) -> End<'_> {
    match direction {
        Direction::Ingress => flow.source,
        Direction::Egress => flow.destination,
    }
}
