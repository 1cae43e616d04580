//! What a host that watches hands in.

use crate::api::{KindState, ObjectRef};

/// One change of the cluster. Objects are JSON, and may be cut down to the fields that `watches` names.
#[derive(Clone, Debug)]
pub enum Delta {
    /// An object is new or changed.
    Upsert {
        /// Which one.
        key: ObjectRef,
        /// The object.
        bytes: Vec<u8>,
    },
    /// An object is gone.
    Remove(ObjectRef),
    /// What is known of a kind.
    Kind {
        /// API group; empty for the core group.
        group: String,
        /// Kind, such as `Service`.
        kind: String,
        /// What is known.
        state: KindState,
    },
    /// All objects of a kind; those that are not among them are gone.
    Relist {
        /// API group; empty for the core group.
        group: String,
        /// Kind, such as `Service`.
        kind: String,
        /// What is known of the kind from then on.
        state: KindState,
        /// The objects.
        objects: Vec<(ObjectRef, Vec<u8>)>,
    },
}
