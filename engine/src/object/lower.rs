//! Values → objects.

use std::sync::Arc;

use super::conform::{conform, is_other_case};
use super::{
    EndpointSlice, Endpoints, Ingress, Kind, Meta, Namespace, NetworkPolicy, Notes, Origin, Path, Scope, Service,
    TierPolicy, Workload, admin_network_policy, baseline_admin_network_policy, cluster_network_policy,
    decode_admission_review, kind_of,
};
use crate::finding::{Code, Finding, ObjectRef};
use crate::text::{Document, Node, Value};

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
    /// JSON pointers of values that can be read and that the API server would refuse (each has a finding), sorted.
    pub refused: Vec<String>,
}

impl Object {
    /// False if the field at `pointer`, something inside it, or something around it could not be read: then its typed form
    /// is a guess, and what hangs on it is unknown. The empty pointer asks for the whole object.
    pub fn is_readable(&self, pointer: &str) -> bool {
        self.unreadable_at(pointer).is_none()
    }

    /// The field because of which [`Object::is_readable`] is false.
    pub(crate) fn unreadable_at(&self, pointer: &str) -> Option<&str> {
        let near = |field: &&String| is_inside(field, pointer) || is_inside(pointer, field);
        self.unreadable.iter().find(near).map(String::as_str)
    }

    /// True if the field at `pointer` is readable and the API server would refuse nothing inside it: what it means is sure.
    pub fn is_accepted(&self, pointer: &str) -> bool {
        self.is_readable(pointer) && !self.refused.iter().any(|field| is_inside(field, pointer))
    }
}

fn is_inside(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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
    /// ClusterNetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy.
    TierPolicy(Box<TierPolicy>),
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

/// Makes typed objects of a document: the object itself, the items of a `List` (any `*List` kind), or the object of an
/// AdmissionReview. A wrong type, a field in the wrong case, or a value that the API would refuse becomes a finding with
/// its place; the rest of the object is used where it can be (`Peer::Unreadable` and the like), so that no finding hides
/// another. Cost: linear in the values of the document.
pub fn lower(document: Document, origin: &Origin<'_>, out: &mut Vec<Finding>) -> Lowered {
    let mut value = document.value;
    let Some((api_version, kind)) = identity(&value) else {
        tell_other_case(&value, origin, out);
        return Lowered::NotAnObject;
    };
    if kind == "PolicyTest" && api_version.starts_with("hedgerow.dev/") {
        return Lowered::PolicyTest;
    }
    if kind == "AdmissionReview" && api_version.starts_with("admission.k8s.io/") {
        return under_review(value, origin, out);
    }
    let Some(element) = kind.strip_suffix("List").filter(|element| is_list_of(&value, element)) else {
        return Lowered::Objects(lower_one(value, origin, out).into_iter().collect());
    };
    let (element, api_version) = (element.to_owned(), api_version.to_owned());
    let items = match value.take("items").map(|items| (items.span, items.node)) {
        Some((_, Node::List(items))) => items,
        None | Some((_, Node::Null)) => Vec::new(),
        Some((span, _)) => {
            let message = "`items` of the List is no list, so it holds no object".to_owned();
            out.push(Finding { place: origin.place(span), ..Code::NotAnObject.finding(message) });
            Vec::new()
        }
    };
    let items = items.into_iter().filter_map(|item| list_item(item, (&api_version, &element), origin, out));
    Lowered::Objects(items.collect())
}

/// Makes one typed object of a value that is one, such as the object of an admission request or of a policy test.
/// `None` if it is no mapping with `apiVersion` and `kind`.
pub fn lower_one(value: Value, origin: &Origin<'_>, out: &mut Vec<Finding>) -> Option<Object> {
    let (api_version, kind) = identity(&value)?;
    let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
    Some(lower_as(value, (&api_version, &kind), origin, out))
}

/// An item of a list. Those of a typed list (`ServiceList`) may leave out `apiVersion` and `kind`, as the API server does.
fn list_item(item: Value, of: (&str, &str), origin: &Origin<'_>, out: &mut Vec<Finding>) -> Option<Object> {
    if let Some((api_version, kind)) = identity(&item) {
        let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
        return Some(lower_as(item, (&api_version, &kind), origin, out));
    }
    if of.1.is_empty() || item.as_map().is_none() || item.get("kind").is_some() {
        let message = "an item of the list is no Kubernetes object: it has no `apiVersion` and `kind`".to_owned();
        let place = origin.place(item.span);
        out.push(Finding { place, ..Code::NotAnObject.finding(message) });
        return None;
    }
    Some(lower_as(item, of, origin, out))
}

fn under_review(review: Value, origin: &Origin<'_>, out: &mut Vec<Finding>) -> Lowered {
    let span = review.span;
    let request = match decode_admission_review(review) {
        Ok(request) => request,
        Err(why) => {
            let message = format!("the AdmissionReview cannot be read: {why}");
            out.push(Finding { place: origin.place(span), ..Code::NotAnObject.finding(message) });
            return Lowered::Objects(Vec::new());
        }
    };
    let namespace = if request.namespace.is_empty() { origin.namespace } else { &request.namespace };
    let value = request.object.or(request.old_object);
    let object = value.and_then(|value| lower_one(value, &origin.in_namespace(namespace), out));
    Lowered::Objects(object.into_iter().collect())
}

fn lower_as(value: Value, (api_version, kind): (&str, &str), origin: &Origin<'_>, out: &mut Vec<Finding>) -> Object {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let known = kind_of(api_version, kind);
    // Whether a kind outside of the table has a namespace is not known: it has the one that is written.
    let namespace = if known.is_some_and(|known| known.scope == Scope::Namespaced) { origin.namespace } else { "" };
    let mut meta = Meta::lower(&value, namespace);
    if known.is_some_and(|known| known.scope == Scope::Cluster) {
        meta.namespace.clear();
    }
    let id = ObjectRef {
        namespace: meta.namespace.clone(),
        kind: kind.to_owned(),
        name: if meta.name.is_empty() { ObjectRef::unnamed(generate_name(&value)) } else { meta.name.clone() },
        group: group.to_owned(),
        version: version.to_owned(),
    };
    let mut notes = Notes::new(origin, &id, out);
    if let Some(map) = value.as_map() {
        conform(map, known, &mut notes);
    }
    let body = body(&value, known, &meta, &mut notes);
    let (unreadable, refused) = notes.into_unreadable_and_refused();
    Object { id, kind: known, meta, body, raw: Some(Arc::new(value)), source: origin.index, unreadable, refused }
}

fn body(value: &Value, kind: Option<&'static Kind>, meta: &Meta, notes: &mut Notes<'_>) -> Body {
    let Some(kind) = kind else { return Body::Other };
    if let Some(steps) = kind.template {
        return Body::Workload(Box::new(Workload::lower(value, kind.kind, steps, notes)));
    }
    match kind.kind {
        "Namespace" => Body::Namespace(Namespace::lower(value, meta)),
        "Service" => Body::Service(Box::new(Service::lower(value, notes))),
        "NetworkPolicy" => Body::NetworkPolicy(Box::new(NetworkPolicy::lower(value, notes))),
        "ClusterNetworkPolicy" => Body::TierPolicy(Box::new(cluster_network_policy::lower(value, notes))),
        "AdminNetworkPolicy" => Body::TierPolicy(Box::new(admin_network_policy::lower(value, notes))),
        "BaselineAdminNetworkPolicy" => {
            Body::TierPolicy(Box::new(baseline_admin_network_policy::lower(value, meta, notes)))
        }
        "Ingress" => Body::Ingress(Box::new(Ingress::lower(value, notes))),
        "EndpointSlice" => Body::EndpointSlice(Box::new(EndpointSlice::lower(value, meta))),
        "Endpoints" => Body::Endpoints(Box::new(Endpoints::lower(value))),
        _ => Body::Other,
    }
}

/// The prefix from which the API server makes a name.
fn generate_name(value: &Value) -> &str {
    value.at(&["metadata", "generateName"]).and_then(Value::as_str).unwrap_or_default()
}

/// `apiVersion` and `kind`, if the value is a Kubernetes object.
fn identity(value: &Value) -> Option<(&str, &str)> {
    let text = |key| value.get(key).and_then(Value::as_str).filter(|text: &&str| !text.is_empty());
    Some((text("apiVersion")?, text("kind")?))
}

/// A `List` is one whatever it holds; an object of a kind such as `AllowList` is one only if it has a list of items.
fn is_list_of(value: &Value, element: &str) -> bool {
    element.is_empty() || value.get("items").is_some_and(|items| items.as_list().is_some())
}

/// What lacks `apiVersion` and `kind` may have them in another case.
fn tell_other_case(value: &Value, origin: &Origin<'_>, out: &mut Vec<Finding>) {
    let entries = value.as_map().into_iter().flat_map(|map| map.iter());
    let wanted = |key: &str| ["apiVersion", "kind"].into_iter().find(|known| is_other_case(known, key));
    let found: Vec<_> = entries.filter_map(|entry| Some((entry, wanted(&entry.key)?))).collect();
    // One alone is a word like any other in a file that is no manifest.
    let meant = found.len() + ["apiVersion", "kind"].iter().filter(|key| value.get(key).is_some()).count() > 1;
    for (entry, known) in found.into_iter().filter(|_| meant) {
        out.push(Finding {
            place: origin.place(entry.key_span),
            field: Path::ROOT.key(&entry.key).pointer(),
            help: Some(format!("write `{known}`")),
            ..Code::WrongCase.finding(format!("`{}` is spelled `{known}` in the API", entry.key))
        });
    }
}
