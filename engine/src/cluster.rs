//! The indexed set of objects: the files given, or what a webhook watches.
//!
//! Selectors, ports, Services and policies are resolved here, once, by index; later folders only read. Takes deltas, never
//! rebuilds. Start at [`Cluster`].

use std::collections::BTreeMap;

use crate::finding::{Finding, ObjectRef};
use crate::object::Object;
use crate::text::Source;

/// How far a cluster may be trusted to be all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum World {
    /// A namespace is closed if the cluster holds a workload of it, else open.
    #[default]
    Auto,
    /// Nothing exists that is not in the cluster.
    Closed,
    /// Other objects may exist anywhere.
    Open,
}

/// What is known of all objects of one kind, told by the host that watches them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KindState {
    /// All objects of the kind are in the cluster, as of `resource_version`.
    Synced {
        /// The API server's resourceVersion of the last event.
        resource_version: String,
    },
    /// The server does not have the kind: there are none.
    NotServed,
    /// The host does not look at all (`--no-watch`): facts that need it are unknown, not asked.
    NotAsked {
        /// The reason, for people.
        reason: String,
    },
    /// Not all objects are known, and why (`forbidden: …`, `not synced yet`, `older than --max-staleness`).
    Unknown {
        /// The reason, for people.
        reason: String,
    },
}

/// How far one kind in one namespace is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// All of it.
    Complete,
    /// The input does not hold it: an open world.
    NotGiven(String),
    /// The host could not get it.
    Failed(String),
}

/// Every object that is known, indexed by what facts ask for.
#[derive(Debug, Default)]
pub struct Cluster {
    world: World,
    states: BTreeMap<(String, String), KindState>,
}

/// What [`Cluster::overlay`] changed, to be handed to [`Cluster::revert`].
#[derive(Debug)]
pub struct Undo(Option<Object>);

impl Cluster {
    /// An empty cluster of a set of files, trusted as `world` says.
    pub fn of_files(world: World) -> Cluster {
        Cluster { world, states: BTreeMap::new() }
    }

    /// An empty cluster that a host fills from watches: nothing of a kind is known until [`Cluster::set_kind`] says so.
    pub fn watched() -> Cluster {
        Cluster::of_files(World::Closed)
    }

    /// Adds or replaces the objects of a source, dropping their text; what cannot be read is told and the rest applied.
    pub fn apply(&mut self, _source: &Source) -> Vec<Finding> {
        Vec::new()
    }

    /// Adds or replaces one object; true if it replaced one. Cost: logarithmic in the objects of the namespace.
    pub fn insert(&mut self, _object: Object) -> bool {
        false
    }

    /// Removes one object; true if it was there.
    pub fn remove(&mut self, _id: &ObjectRef) -> bool {
        false
    }

    /// Lays an object over the cluster until [`Cluster::revert`]. The digest stays that of the cluster beneath.
    pub fn overlay(&mut self, _object: &Object) -> Undo {
        Undo(None)
    }

    /// Takes back what [`Cluster::overlay`] did.
    pub fn revert(&mut self, _undo: Undo) {}

    /// What the host knows of a kind.
    pub fn set_kind(&mut self, group: &str, kind: &str, state: KindState) {
        self.states.insert((group.to_owned(), kind.to_owned()), state);
    }

    /// How far a kind is known in a namespace (empty: in all namespaces).
    pub fn knowledge(&self, _group: &str, _kind: &str, _namespace: &str) -> Knowledge {
        Knowledge::Complete
    }

    /// True if a host fills the cluster from watches.
    pub fn watches(&self) -> bool {
        false
    }

    /// Namespaces taken as closed and as open, sorted.
    pub fn namespaces(&self) -> (Vec<String>, Vec<String>) {
        let _ = self.world;
        (Vec::new(), Vec::new())
    }

    /// The object of that group, kind, namespace and name, whatever its version.
    pub fn get(&self, _id: &ObjectRef) -> Option<&Object> {
        None
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        0
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `sha256:…` over what facts read of every object and over the states of kinds without their resourceVersion;
    /// independent of the order of arrival.
    pub fn digest(&self) -> String {
        String::new()
    }
}
