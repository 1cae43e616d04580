//! Policies: schema, packs, entities, evaluation. The only place that names `cedar_policy_core`, which is no stable
//! interface and therefore pinned.
//!
//! Packs are read by `pack`, their policies by `policy`; `model` says what Cedar sees of the tables of kinds and facts. A
//! question goes through `evaluate`: entities with what the loaded policies read, the slice of policies for operation and
//! type, a three-valued `condition` each. Start at [`Policies::load`] and [`Policies::ask`].

mod access;
mod address;
mod annotations;
mod condition;
mod connections;
mod coverage;
mod cuts;
mod default_deny;
mod digest;
mod end;
mod entities;
mod evaluate;
mod landing;
mod manifest;
mod message;
mod model;
mod net_types;
mod pack;
mod pack_schema;
mod parameter;
mod parse;
mod path;
mod policy;
mod problem;
mod reads;
mod schema;
mod scope;
mod shortcut;
#[cfg(test)]
mod tests;
mod validate;

pub use access::Verdict;
pub use connections::{ConnectionEnd, EndClass, Held, HeldPorts, Intent, Intents, OutcomeId, Spoken, Told};
pub use coverage::{ConditionCoverage, Coverage, PolicyCoverage};
pub use digest::pack_digests;
pub use pack_schema::{PackSchema, schema_of};

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy_core::ast;

use crate::cluster::Cluster;
use crate::fact::{Cause, FactSpec, Settings};
use crate::finding::{Finding, Outcome, Place, Severity};
pub use crate::object::Operation;
use crate::object::{AccessRequest, Object};
use crate::text::Source;

/// How packs are loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `PACK.NAME` (or a setting: `environment_label`, `cluster_domain`, `enable`, `announce`) and its value as text; lists separated by commas.
    pub parameters: Vec<(String, String)>,
    /// Packs of which tests of this very engine have shown that they are valid, by [`pack_digests`]. They are not validated
    /// once more; whatever has another digest is.
    pub validated: &'static [&'static str],
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
    /// Actions on connections that it can decide: `connect`, `depend`.
    pub connections: Vec<&'static str>,
    /// Facts that it reads.
    pub facts: Vec<&'static FactSpec>,
    /// Where it stands.
    pub place: Place,
}

/// Loaded packs.
#[derive(Debug)]
pub struct Policies {
    settings: Settings,
    announce: bool,
    digest: String,
    packs: Vec<Values>,
    infos: Vec<PolicyInfo>,
    /// INVARIANT: in the order of `infos`, each with the index of its pack.
    policies: Vec<(usize, policy::Policy)>,
    /// Policies by operation and entity type.
    slices: BTreeMap<(&'static str, &'static str), Vec<usize>>,
    /// Policies for access questions.
    access: Vec<usize>,
    /// Policies on connections.
    connections: Vec<usize>,
    /// What policies read of each entity type.
    needs: reads::NeedsByType,
    /// Facts that policies read of each entity type.
    facts: BTreeMap<&'static str, Vec<&'static FactSpec>>,
    /// Namespaces that policies write out and read.
    namespaces: BTreeSet<String>,
}

/// The contexts of requests, with the parameters of a pack.
#[derive(Debug)]
struct Values {
    real: ast::Value,
    dry_run: ast::Value,
    access: ast::Value,
    params: ast::Value,
}

impl Values {
    fn of(parameters: &[parameter::Parameter]) -> Values {
        let value =
            |parameter: &parameter::Parameter| Some((parameter.name.clone(), parameter.value.to_cedar(parameter.ty)?));
        let params = ast::Value::record(parameters.iter().filter_map(value), None);
        let context = |dry_run: bool| {
            ast::Value::record([("dryRun", ast::Value::from(dry_run)), ("params", params.clone())], None)
        };
        let access = ast::Value::record([("params", params.clone())], None);
        Values { real: context(false), dry_run: context(true), access, params }
    }

    fn context(&self, dry_run: bool) -> &ast::Value {
        if dry_run { &self.dry_run } else { &self.real }
    }
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
    pub fn load(sources: &[Source], options: &LoadOptions) -> Result<(Policies, Vec<Finding>), Vec<Finding>> {
        let loaded = pack::load(sources, options)?;
        let digest = digest::of(&loaded);
        let mut policies = Policies {
            settings: loaded.settings,
            announce: loaded.announce,
            digest,
            packs: Vec::new(),
            infos: Vec::new(),
            policies: Vec::new(),
            slices: BTreeMap::new(),
            access: Vec::new(),
            connections: Vec::new(),
            needs: reads::NeedsByType::default(),
            facts: BTreeMap::new(),
            namespaces: BTreeSet::new(),
        };
        let mut all = Vec::new();
        for (at, pack) in loaded.packs.into_iter().enumerate() {
            policies.packs.push(Values::of(&pack.parameters));
            let enabled = pack.policies.into_iter().filter(|(_, set)| set.enabled);
            all.extend(enabled.map(|(policy, set)| (at, info(&policy, &set, &pack.name), policy)));
        }
        all.sort_by(|(_, left, _), (_, right, _)| left.id.cmp(&right.id));
        for (pack, info, policy) in all {
            policies.add(pack, info, policy);
        }
        policies.facts = policies.needs.facts();
        Ok((policies, Vec::new()))
    }

    fn add(&mut self, pack: usize, info: PolicyInfo, policy: policy::Policy) {
        let at = self.policies.len();
        for operation in &policy.scope.operations {
            for ty in &policy.scope.types {
                self.slices.entry((operation, ty)).or_default().push(at);
                self.needs.asked(ty);
            }
        }
        if !policy.scope.verbs.is_empty() {
            self.access.push(at);
        }
        if !policy.scope.intents.is_empty() {
            self.connections.push(at);
        }
        for read in policy.reads() {
            match &read.root {
                reads::Root::Resource => {
                    for ty in &policy.scope.types {
                        self.needs.add(ty, &read.steps);
                    }
                }
                reads::Root::Entity(_, id) if !read.steps.is_empty() => {
                    self.namespaces.insert(id.clone());
                    self.needs.add(model::NAMESPACE, &read.steps);
                }
                reads::Root::Other if !policy.scope.types.is_empty() => self.needs.everything(),
                _ => {}
            }
        }
        self.infos.push(info);
        self.policies.push((pack, policy));
    }

    /// `sha256:…` of packs, parameters and configuration.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The policies, sorted by id.
    pub fn infos(&self) -> &[PolicyInfo] {
        &self.infos
    }

    /// Whether what requests open and cut is told, whatever policies say of it.
    pub fn announces(&self) -> bool {
        self.announce
    }

    /// What operators can set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Asks every policy of the operation about the object and its parts. `budget` is counted down, one step for each entity
    /// and each evaluation, and `coverage` counts which conditions were seen true and false.
    pub fn ask(&self, question: &Question<'_>, budget: &mut u64, coverage: Option<&mut Coverage>) -> Answers {
        evaluate::ask(self, question, budget, coverage)
    }

    /// Answers an authorization request with the policies on `k8s::Action`s.
    pub fn authorize(&self, request: &AccessRequest) -> Verdict {
        access::authorize(self, request)
    }

    /// What `coverage` has seen of these policies, by policy id and position.
    pub fn covered(&self, coverage: &Coverage) -> (Vec<PolicyCoverage>, Vec<ConditionCoverage>) {
        coverage::covered(self, coverage)
    }
}

fn info(policy: &policy::Policy, set: &pack::Set, pack: &str) -> PolicyInfo {
    let annotations = &policy.annotations;
    let ends = policy.scope.ends.iter().flat_map(|(source, destination)| [source, destination]);
    let mut types: Vec<String> =
        policy.scope.types.iter().chain(&policy.scope.access).map(|ty| (*ty).to_owned()).collect();
    types.extend(ends.collect::<BTreeSet<_>>().into_iter().map(|ty| (*ty).to_owned()));
    PolicyInfo {
        id: annotations.id.text.clone(),
        code: annotations.code.as_ref().map(|code| code.text.clone()).unwrap_or_default(),
        pack: pack.to_owned(),
        title: annotations.title.clone(),
        severity: set.severity,
        outcome: set.outcome,
        on_unknown: set.on_unknown,
        settles: annotations.settles,
        ratchet: annotations.ratchet,
        help: annotations.help.clone(),
        references: annotations.references.clone(),
        fix: annotations.fix.clone(),
        operations: policy.scope.operations.clone(),
        connections: policy.scope.intents.clone(),
        types,
        facts: policy.facts.clone(),
        place: policy.place.clone(),
    }
}
