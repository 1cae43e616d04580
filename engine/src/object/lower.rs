//! Values → objects.

use std::sync::Arc;

use super::{EndpointSlice, Endpoints, Ingress, Kind, Meta, Namespace, NetworkPolicy, Service, Workload};
use crate::finding::{Finding, ObjectRef};
use crate::text::{Document, Source, Value};

/// One Kubernetes object as written.
#[derive(Clone, Debug)]
pub struct Object {
    /// Group, version, kind, namespace and name.
    pub id: ObjectRef,
    /// The row of the table, if the kind is one that is read.
    pub kind: Option<&'static Kind>,
    /// Metadata in typed form.
    pub meta: Meta,
    /// The typed form.
    pub body: Body,
    /// The value it was made from; kept for the object under review and for files, dropped for what a host watches.
    pub raw: Option<Arc<Value>>,
    /// Index of the source it came from, in the order handed in.
    pub source: u32,
}

/// The typed form of the kinds that facts reason about.
#[derive(Clone, Debug)]
pub enum Body {
    /// Namespace.
    Namespace(Namespace),
    /// Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob or Pod.
    Workload(Box<Workload>),
    /// Service.
    Service(Box<Service>),
    /// NetworkPolicy.
    NetworkPolicy(Box<NetworkPolicy>),
    /// Ingress.
    Ingress(Box<Ingress>),
    /// EndpointSlice.
    EndpointSlice(Box<EndpointSlice>),
    /// Endpoints.
    Endpoints(Box<Endpoints>),
    /// Any other kind.
    Other,
}

/// What a document holds.
#[derive(Clone, Debug)]
pub enum Lowered {
    /// One object, or the items of a `List`.
    Objects(Vec<Object>),
    /// A mapping without `apiVersion` and `kind`, or no mapping at all.
    NotAnObject,
}

/// Makes typed objects of a document: the object itself, or the items of a `List` (any `*List` kind). A wrong type, a field
/// in the wrong case, or a value that the API would refuse becomes a finding with its place; the rest of the object is used
/// where it can be (`Peer::Unreadable` and the like), so that no finding hides another.
/// `namespace` is that of objects which name none.
pub fn lower(_document: &Document, _source: (&Source, u32), _namespace: &str, _out: &mut Vec<Finding>) -> Lowered {
    Lowered::NotAnObject
}
