//! The ends of connections, and their names.

use std::sync::Arc;

use crate::finding::ObjectRef;
use crate::net::AddressSet;

/// A workload's place in [`super::Reach::workloads`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadId(pub(super) u32);

impl WorkloadId {
    /// The id of a place; of one that is none, nothing is said.
    pub fn of_index(index: u32) -> WorkloadId {
        WorkloadId(index)
    }

    /// The place as a number.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The pods of a workload.
    Workload(WorkloadId),
    /// Addresses outside of the cluster: no pod is spoken of, whatever address it has.
    Addresses(Arc<AddressSet>),
}

impl End {
    /// Every address outside.
    pub fn outside() -> End {
        End::Addresses(Arc::new(AddressSet::all()))
    }
}

/// A workload as an end of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadEnd {
    /// `NAMESPACE/NAME`, or `NAMESPACE/NAME[Kind]` where two kinds share the name. No two workloads have the same.
    pub name: String,
    /// The object that makes the pods: the workload, or the owner of pods whose owner is not in the cluster.
    pub object: ObjectRef,
    /// Pods share the node's network.
    pub host_network: bool,
    /// Pods wanted; `None` where the kind has no number, or the owner is not in the cluster.
    pub replicas: Option<u32>,
    /// A Pod that nothing controls.
    pub bare_pod: bool,
}

/// A name that is not one end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchEnd {
    /// The name that was asked for.
    pub asked: String,
    /// True if the name is that of each candidate; false if it is none's, and the candidates are the nearest names.
    pub ambiguous: bool,
    /// Names that can be asked for; the nearest first.
    pub candidates: Vec<String>,
}
