//! Values → objects.

use std::sync::Arc;

use super::{EndpointSlice, Endpoints, Ingress, Kind, Meta, Namespace, NetworkPolicy, Origin, Service, Workload};
use crate::finding::{Finding, ObjectRef};
use crate::text::{Document, Value};

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
    /// JSON pointers of fields that could not be read (each has a finding), sorted. What reads them is unknown, failed.
    pub unreadable: Vec<String>,
}

impl Object {
    /// False if the field at `pointer`, something inside it, or something around it could not be read: then its typed form
    /// is a guess, and what hangs on it is unknown. The empty pointer asks for the whole object.
    pub fn is_readable(&self, pointer: &str) -> bool {
        let inside = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !self.unreadable.iter().any(|field| inside(field, pointer) || inside(pointer, field))
    }
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
    /// One object, the items of a `List`, or the object of an AdmissionReview.
    Objects(Vec<Object>),
    /// A mapping without `apiVersion` and `kind`, or no mapping at all. There is no finding yet: whoever reads files knows
    /// whether it matters (HR005).
    NotAnObject,
    /// A PolicyTest (`apiVersion: hedgerow.dev/…`), which is no object of a cluster.
    PolicyTest,
}

/// Makes typed objects of a document: the object itself, or the items of a `List` (any `*List` kind). A wrong type, a field
/// in the wrong case, or a value that the API would refuse becomes a finding with its place; the rest of the object is used
/// where it can be (`Peer::Unreadable` and the like), so that no finding hides another.
pub fn lower(_document: Document, _origin: &Origin<'_>, _out: &mut Vec<Finding>) -> Lowered {
    Lowered::NotAnObject
}

/// Makes one typed object of a value that is one, such as the object of an admission request or of a policy test.
/// `None` if it is no mapping with `apiVersion` and `kind`.
pub fn lower_one(_value: Value, _origin: &Origin<'_>, _out: &mut Vec<Finding>) -> Option<Object> {
    None
}
