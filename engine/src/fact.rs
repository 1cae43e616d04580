//! Facts: what the engine works out about an object in its cluster, typed, on demand.
//!
//! [`FACTS`] is the one table: from it come the `facts` attributes of the Cedar schema, their documentation, and the
//! functions that compute them. A fact is *known*, *not applicable* (the attribute is absent) or *unknown* (recorded with
//! its cause; a policy that hangs on it has the outcome unknown). Only facts that loaded policies read are computed.

mod about;
mod answer;
mod backends;
mod cover;
mod dead;
mod endpoints;
mod environment;
mod exposure;
mod external_name;
mod half_open;
mod ingress;
mod load_balancer;
mod namespace;
mod near;
mod network;
mod network_policy;
mod outward;
mod peer;
mod pod_template;
mod rule;
mod service;
mod service_port;
mod shadow;
mod stateful_set;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub(crate) use answer::{Absent, Answer};
pub(crate) use environment::of_namespace as environment_of;
pub use table::{FACTS, FactSpec, FactType};

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::cluster::Cluster;
use crate::object::Object;

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactValue {
    /// `Bool`
    Bool(bool),
    /// `Long`
    Long(i64),
    /// `String`
    Text(String),
    /// `Set<String>`
    Texts(BTreeSet<String>),
}

/// Why something could not be worked out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// Which of the two groups.
    pub kind: CauseKind,
    /// What is missing and what would supply it, such as "the input holds no workload of namespace `shop`".
    pub message: String,
    /// JSON pointer of the field of the object under review that could not be read, if that is why; else empty.
    pub field: String,
}

impl Cause {
    /// Something went wrong.
    pub fn failed(message: String) -> Cause {
        Cause { kind: CauseKind::Failed, message, field: String::new() }
    }

    /// The input does not hold it.
    pub fn not_asked(message: String) -> Cause {
        Cause { kind: CauseKind::NotAsked, message, field: String::new() }
    }

    /// A field of the object under review could not be read.
    pub(crate) fn unreadable(field: &str, object: &Object) -> Cause {
        let of = object.id.display();
        let message = match field {
            "" => format!("{of} could not be read"),
            field => format!("`{field}` of {of} could not be read"),
        };
        Cause { field: field.to_owned(), ..Cause::failed(message) }
    }
}

/// The two groups of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseKind {
    /// The input does not hold it (open world, no principal). Listed; the exit code stays.
    NotAsked,
    /// It went wrong (policy error, budget, unreadable object, kind not synced, forbidden or stale). The review is unknown.
    Failed,
}

/// A fact about one object or part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It was worked out.
    Known(FactValue),
    /// It has no meaning for this object; a policy's `has` is false.
    NotApplicable,
    /// It could not be worked out.
    Unknown(Cause),
}

/// What a fact is about: an object, or a part inside it.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The cluster, with the object under review laid over it.
    pub cluster: &'a Cluster,
    /// The object.
    pub object: &'a Object,
    /// Cedar entity type of what is asked about: the object's, or that of the part that `index` leads to. It tells an
    /// ingress rule from an egress rule.
    pub entity: &'static str,
    /// List indices that lead to the part, outermost first: empty for the object itself and for its pod template;
    /// `[2]` for the third rule or port; `[2, 0]` for the first peer of the third rule.
    pub index: &'a [usize],
    /// What operators can set.
    pub settings: &'a Settings,
    /// Shared by all facts about this object.
    pub memo: &'a Memo,
}

/// What several facts of one object ask for, worked out once. Good for one object in one state of the cluster.
#[derive(Debug, Default)]
pub struct Memo {
    backends: OnceCell<Result<backends::Selected, Absent>>,
    near: OnceCell<Result<near::Near, Absent>>,
}

/// What operators can set that facts depend on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Keys of the namespace label that names the environment, the first that is present counts.
    pub environment_labels: Vec<String>,
    /// The DNS domain of the cluster.
    pub cluster_domain: String,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            environment_labels: vec!["environment".into(), "env".into()],
            cluster_domain: "cluster.local".into(),
        }
    }
}

/// A second place that explains a fact's value, such as the container port that has another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What this place has to do with it.
    pub message: String,
    /// The object it is in.
    pub object: crate::finding::ObjectRef,
    /// JSON pointer inside that object.
    pub field: String,
}

/// Computes one fact. Cost: a look-up in an index of the cluster, never a scan over it.
pub fn compute(spec: &'static FactSpec, about: About<'_>) -> Fact {
    match (spec.compute)(about) {
        Ok(value) => Fact::Known(value),
        Err(Absent::NotApplicable) => Fact::NotApplicable,
        Err(Absent::Unknown(cause)) => Fact::Unknown(cause),
    }
}

/// The second places that explain the fact's value; at most ten.
pub fn evidence(spec: &'static FactSpec, about: About<'_>) -> Vec<Evidence> {
    let mut places = (spec.evidence)(about);
    places.sort_by(|left, right| (&left.object, &left.field).cmp(&(&right.object, &right.field)));
    places.truncate(10);
    places
}
