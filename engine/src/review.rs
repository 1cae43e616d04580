//! A request, or a whole cluster → review. The one path that every front end takes.

mod access;
mod admit;
mod check;
mod connections;
mod fix;
mod given;
mod judge;
mod needs;
mod network;
mod reader;
mod snapshot;
mod texts;
mod unchanged;

pub use access::authorize;
pub(crate) use admit::judge_request;
pub use admit::review;
pub use check::check;
pub(crate) use connections::judge_connection;
pub use given::{Given, LineTable, Places, given, object_text};
pub use needs::{KindNeed, decides, watches};
pub use snapshot::{SNAPSHOT_GROUP, SNAPSHOT_KIND, SnapshotKind, SnapshotOf, snapshot_kinds};

use crate::cluster::World;
use crate::fact::Cause;
use crate::finding::{Code, Finding, ObjectRef, Outcome, Place, PolicyRef};

/// The judgement of a request or of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Nothing denies, and nothing that could is unknown.
    Allow,
    /// A finding denies.
    Deny,
    /// Nothing denies, and something that could not be worked out might.
    Unknown,
}

/// A policy whose result hangs on something that is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The policy.
    pub policy: PolicyRef,
    /// Its `@code`.
    pub code: String,
    /// The object it was asked about.
    pub object: Option<ObjectRef>,
    /// JSON pointer of the part, empty for the object.
    pub field: String,
    /// Why, sorted and without repeats.
    pub causes: Vec<Cause>,
    /// Where the field that could not be read stands, else where `field` stands, when the text is at hand.
    pub place: Option<Place>,
    /// What it does at admission (`on_unknown`).
    pub outcome: Outcome,
}

/// What an answer was made from.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Digests {
    /// Of the loaded packs, parameters and configuration: `sha256:…`.
    pub policies: String,
    /// Of the cluster, without the object under review: `sha256:…`.
    pub cluster: String,
}

/// The answer to one admission request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// `request.uid`, to be echoed.
    pub uid: String,
    /// The judgement.
    pub decision: Decision,
    /// Whether the request passes: no finding and no unknown has the outcome deny.
    pub admitted: bool,
    /// What was found, gravest first, then by field and code.
    pub findings: Vec<Finding>,
    /// What could not be decided.
    pub unknowns: Vec<Unknown>,
    /// How many policies were asked (evaluated against the object or a part).
    pub asked: u32,
    /// True if the kind is not one of the table; the object was judged by what all objects have.
    pub unknown_kind: bool,
    /// What the answer was made from.
    pub digests: Digests,
    /// The request in one line for logs: operation, object, user.
    pub subject: String,
    /// What it opens and cuts, a line each, if that was asked for.
    pub announced: Vec<String>,
}

impl Review {
    /// True if the steps were used up before the request was judged whole.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == Code::BudgetExceeded.info().id)
    }
}

/// How a request is judged.
#[derive(Clone, Debug, Default)]
pub struct ReviewOptions {
    /// Steps before the answer is unknown (`HR030`); 0 means the built-in budget.
    pub budget: u64,
}

/// How a set of files is judged.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// How far the input may be trusted to be all there is.
    pub world: World,
    /// `create`, `update` or `delete`.
    pub operation: String,
    /// User name to ask as; absent: what hangs on the principal is not asked.
    pub user: Option<String>,
    /// Groups of that user.
    pub groups: Vec<String>,
    /// Namespace of objects that name none; `default` if absent.
    pub namespace: Option<String>,
    /// What operators can set.
    pub settings: crate::fact::Settings,
}

/// A document that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Name of the source.
    pub source: String,
    /// Why, such as "no `apiVersion` and `kind`".
    pub reason: String,
    /// Where the document begins, when it has a text.
    pub place: Option<Place>,
}

/// An object that was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// Which.
    pub object: ObjectRef,
    /// Name of the source that holds it.
    pub source: String,
}

/// What `check` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The judgement.
    pub decision: Decision,
    /// What was found, by source, then by position.
    pub findings: Vec<Finding>,
    /// What could not be decided.
    pub unknowns: Vec<Unknown>,
    /// Objects examined by kind, sorted by kind.
    pub objects: Vec<(String, u32)>,
    /// Objects examined, in the order written.
    pub examined: Vec<Examined>,
    /// Documents left out.
    pub skipped: Vec<Skipped>,
    /// Policies loaded that some object's type or part matched.
    pub policies_asked: u32,
    /// Namespaces taken as closed.
    pub closed: Vec<String>,
    /// Namespaces taken as open.
    pub open: Vec<String>,
    /// Sources that hold something unusable (exit code 2).
    pub unusable: Vec<String>,
    /// What the answer was made from.
    pub digests: Digests,
}

/// A question of an authorization webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// A matching permit.
    Allowed,
    /// An explicit forbid.
    Denied,
    /// Neither, or an error.
    NoOpinion,
}

/// The answer to a SubjectAccessReview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessAnswer {
    /// The judgement.
    pub access: Access,
    /// Why, in one line.
    pub reason: String,
    /// An evaluation error, when there was one.
    pub error: Option<String>,
}
