//! Policies: schema, packs, entities, evaluation. The only place that names `cedar_policy` and `cedar_policy_core`.

use crate::cluster::Cluster;
use crate::fact::{Cause, FactSpec, Settings};
use crate::finding::{Finding, Outcome, Place, Severity};
pub use crate::object::Operation;
use crate::object::{AccessRequest, Object};
use crate::text::Source;

/// How packs are loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `PACK.NAME` (or a setting: `environment_label`, `cluster_domain`) and its value as text; lists separated by commas.
    pub parameters: Vec<(String, String)>,
}

/// What a host may want to know of one policy.
#[derive(Clone, Debug)]
pub struct PolicyInfo {
    /// `@id`.
    pub id: String,
    /// `@code`.
    pub code: String,
    /// Name of its pack.
    pub pack: String,
    /// `@title`.
    pub title: String,
    /// After `pack.toml` and the operator's configuration.
    pub severity: Severity,
    /// What a finding of it does at admission, after `@settles` and configuration.
    pub outcome: Outcome,
    /// What an unknown of it does at admission.
    pub on_unknown: Outcome,
    /// `@settles`.
    pub settles: bool,
    /// False if `@ratchet("off")`.
    pub ratchet: bool,
    /// `@help`.
    pub help: Option<String>,
    /// `@references`, split at white space or commas.
    pub references: Vec<String>,
    /// `@fix`.
    pub fix: Option<String>,
    /// Admission operations it can decide: `create`, `update`, `delete`, `connect`.
    pub operations: Vec<&'static str>,
    /// Entity types it can decide.
    pub types: Vec<String>,
    /// Facts that it reads.
    pub facts: Vec<&'static FactSpec>,
    /// Where it stands.
    pub place: Place,
}

/// Loaded packs.
#[derive(Debug)]
pub struct Policies {
    settings: Settings,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// User name, such as `system:serviceaccount:shop:deployer`.
    pub name: String,
    /// Groups.
    pub groups: Vec<String>,
}

/// One question: the object and all its parts, by all policies of the operation.
pub struct Question<'a> {
    /// What is done.
    pub operation: Operation,
    /// Who does it; absent: not known, and policies that hang on it are unknown (not asked).
    pub principal: Option<&'a Principal>,
    /// The object (the old one for DELETE).
    pub object: &'a Object,
    /// The object before an UPDATE.
    pub old: Option<&'a Object>,
    /// `dryRun`.
    pub dry_run: bool,
    /// The cluster with the object laid over it.
    pub cluster: &'a Cluster,
}

/// What the policies say.
#[derive(Debug, Default)]
pub struct Answers {
    /// Policies that hold, with what they hold for.
    pub fired: Vec<Fired>,
    /// Policies whose result hangs on something unknown, and policies that failed.
    pub unknown: Vec<Undecided>,
    /// Evaluations made.
    pub asked: u32,
    /// The budget ran out before all were asked.
    pub exhausted: bool,
}

/// A `forbid` that holds.
#[derive(Debug)]
pub struct Fired {
    /// Index into [`Policies::infos`].
    pub policy: usize,
    /// List indices of the part inside the object; see [`crate::fact::About::index`].
    pub index: Vec<usize>,
    /// JSON pointer of the part, empty for the object.
    pub part: String,
    /// JSON pointer, from the object's root, of the field that the finding is about.
    pub field: String,
    /// The message with its paths filled in.
    pub message: String,
    /// Facts that the conditions which held had read.
    pub facts: Vec<FactRead>,
}

/// A fact that was read, and what it is about: the object (`resource.object.facts.…`) or the part itself.
#[derive(Clone, Debug)]
pub struct FactRead {
    /// Which fact.
    pub spec: &'static FactSpec,
    /// The entity type it is about; see [`crate::fact::About::entity`].
    pub entity: &'static str,
    /// See [`crate::fact::About::index`].
    pub index: Vec<usize>,
}

/// A policy whose result is unknown.
#[derive(Debug, PartialEq, Eq)]
pub struct Undecided {
    /// Index into [`Policies::infos`].
    pub policy: usize,
    /// JSON pointer of the part, empty for the object.
    pub field: String,
    /// Why.
    pub causes: Vec<Cause>,
}

impl Policies {
    /// Reads packs: each folder with a `pack.toml`, and an operator's configuration (`hedgerow.toml`). On the left the
    /// policies and warnings.
    ///
    /// # Errors
    /// Every problem with its place; nothing is loaded then.
    pub fn load(_sources: &[Source], _options: &LoadOptions) -> Result<(Policies, Vec<Finding>), Vec<Finding>> {
        Ok((Policies { settings: Settings::default() }, Vec::new()))
    }

    /// `sha256:…` of packs, parameters and configuration.
    pub fn digest(&self) -> &str {
        ""
    }

    /// The policies, sorted by id.
    pub fn infos(&self) -> &[PolicyInfo] {
        &[]
    }

    /// What operators can set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Asks every policy of the operation about the object and its parts. `budget` is counted down, and `coverage` counts
    /// which conditions were seen true and false.
    pub fn ask(&self, _question: &Question<'_>, _budget: &mut u64, _coverage: Option<&mut Coverage>) -> Answers {
        Answers::default()
    }

    /// Answers an authorization request with the policies on `k8s::Action`s.
    pub fn authorize(&self, _request: &AccessRequest) -> Verdict {
        Verdict { access: None, reason: String::new(), error: None }
    }

    /// What `coverage` has seen of these policies, by policy id and position.
    pub fn covered(&self, _coverage: &Coverage) -> (Vec<PolicyCoverage>, Vec<ConditionCoverage>) {
        (Vec::new(), Vec::new())
    }
}

/// The answer to an authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `Some(true)` by a matching permit, `Some(false)` by an explicit forbid, `None` for no opinion.
    pub access: Option<bool>,
    /// Why, in one line.
    pub reason: String,
    /// An evaluation error, when there was one; there is no opinion then.
    pub error: Option<String>,
}

/// Counts of conditions and policies, over as many questions as wanted.
#[derive(Clone, Debug, Default)]
pub struct Coverage {}

/// How often one condition was seen true and false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionCoverage {
    /// `@id` of the policy.
    pub policy: String,
    /// Its text in the policy.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// Times it was reached and true.
    pub seen_true: u32,
    /// Times it was reached and false.
    pub seen_false: u32,
}

/// How often one policy was seen to fire and not to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCoverage {
    /// `@id`.
    pub policy: String,
    /// Where it stands.
    pub place: Option<Place>,
    /// Times it fired.
    pub fired: u32,
    /// Times it was asked and did not.
    pub silent: u32,
}
