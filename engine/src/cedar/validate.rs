//! Strict validation of policies against the schema.
//!
//! Validation costs (request environments) × (policies). A policy is false outside of its scope, and what it does not read
//! cannot change its type, so only the environments are checked that can differ. Where that finds anything wrong, Cedar's
//! whole validation speaks. To make the schema costs as much as to validate a hundred policies, so packs share one, with
//! the parameters on whose types they agree; what reads others is checked against the schema of its own pack.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy_core::ast::{Policy, PolicySet, PrincipalOrResourceConstraint};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::typecheck::{PolicyCheck, Typechecker};
use cedar_policy_core::validator::types::RequestEnv;
use cedar_policy_core::validator::{ValidationMode, Validator, ValidatorSchema};
use miette::Diagnostic;

use super::model::{Model, PRINCIPALS};
use super::net_types::{ENDS, INTENTS, NET_ACTION};
use super::parameter::{Parameter, ParameterType};
use super::reads::{Read, Root, Step, reads_of};
use super::schema::{OPERATIONS, VERBS, schema};
use super::scope::{ADMISSION_ACTION, Ends, Scope};
use crate::finding::Span;

/// A schema, ready to validate policies.
#[derive(Debug)]
pub(super) struct Checked {
    schema: ValidatorSchema,
}

/// What is wrong at one place of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wrong {
    /// Where.
    pub(super) span: Option<Span>,
    /// What.
    pub(super) message: String,
    /// The way out.
    pub(super) help: Option<String>,
}

impl Checked {
    /// The schema with the parameters of one pack.
    ///
    /// # Errors
    /// Why the tables make no schema, which is a defect of the engine.
    pub(super) fn of(parameters: &[Parameter]) -> Result<Checked, String> {
        ValidatorSchema::from_json_value(schema(parameters), Extensions::all_available())
            .map(|schema| Checked { schema })
            .map_err(|error| error.to_string())
    }

    /// As Cedar knows it.
    #[cfg(test)]
    pub(super) fn core(&self) -> &ValidatorSchema {
        &self.schema
    }

    fn environments(&self) -> Vec<Environment<'_>> {
        let model = Model::get();
        let named = |names: &[&'static str], name: &str| names.iter().copied().find(|known| *known == name);
        let environment = |env: RequestEnv<'_>| {
            let RequestEnv::DeclaredAction { principal, action, resource, .. } = &env else { return None };
            let id: &str = action.eid().as_ref();
            let about = About::of_action(&action.entity_type().to_string());
            let (actions, principals): (&[&'static str], &[&'static str]) = match about {
                About::Admission => (&OPERATIONS, &PRINCIPALS),
                About::Access => (&VERBS, &PRINCIPALS),
                About::Connections => (&INTENTS, &ENDS),
            };
            let principal = named(principals, &principal.to_string())?;
            Some((about, named(actions, id)?, principal, model.entity(&resource.to_string())?.name))
        };
        let all = self.schema.unlinked_request_envs(ValidationMode::Strict);
        let environments = all.filter_map(|env| {
            let (about, action, principal, resource) = environment(env.clone())?;
            Some(Environment { about, action, principal, resource, env })
        });
        environments.collect()
    }

    /// Everything that Cedar's whole validation says, sorted, without repeats. An "impossible policy" is wrong too.
    pub(super) fn problems(&self, policy: &Policy) -> Vec<Wrong> {
        let validator = Validator::new(self.schema.clone());
        let Ok(policies) = PolicySet::try_from_iter([policy.clone()]) else { return Vec::new() };
        let result = validator.validate(&policies, ValidationMode::Strict);
        let id = format!("for policy `{}`, ", policy.id());
        let errors: BTreeSet<Wrong> = result.validation_errors().map(|error| wrong(error, &id)).collect();
        if !errors.is_empty() {
            // That it is impossible besides only follows from them.
            return errors.into_iter().collect();
        }
        let warnings: BTreeSet<Wrong> = result.validation_warnings().map(|warning| wrong(warning, &id)).collect();
        warnings.into_iter().collect()
    }
}

/// Turns what Cedar says into a problem.
pub(super) fn wrong(diagnostic: &dyn Diagnostic, prefix: &str) -> Wrong {
    let label = diagnostic.labels().and_then(|mut labels| labels.next());
    let span = label.map(|label| Span::new(label.offset(), label.offset() + label.len()));
    let strip = |text: String| text.replace(prefix, "");
    Wrong { span, message: strip(diagnostic.to_string()), help: diagnostic.help().map(|help| strip(help.to_string())) }
}

/// What requests are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Admission,
    Access,
    Connections,
}

impl About {
    fn of_action(ty: &str) -> About {
        match ty {
            ADMISSION_ACTION => About::Admission,
            NET_ACTION => About::Connections,
            _ => About::Access,
        }
    }
}

/// The types for which a policy can hold.
#[derive(Debug, Default)]
pub(super) struct Possible {
    /// Resource types at admission and of access questions.
    pub(super) resources: BTreeSet<&'static str>,
    /// Of connections.
    pub(super) ends: BTreeSet<Ends>,
}

struct Environment<'s> {
    about: About,
    action: &'static str,
    principal: &'static str,
    resource: &'static str,
    env: RequestEnv<'s>,
}

/// The schema that packs share.
pub(super) struct Shared {
    checked: Checked,
    /// Names and types of the parameters in it.
    parameters: BTreeMap<String, ParameterType>,
}

impl Shared {
    /// The schema with those parameters of the packs on whose types they agree.
    ///
    /// # Errors
    /// As [`Checked::of`].
    pub(super) fn of<'a>(packs: impl Iterator<Item = &'a [Parameter]>) -> Result<Shared, String> {
        let mut by_name: BTreeMap<&str, Vec<&Parameter>> = BTreeMap::new();
        for parameter in packs.flatten() {
            by_name.entry(&parameter.name).or_default().push(parameter);
        }
        let agreed = by_name.into_values().filter_map(|all| {
            let first = *all.first()?;
            all.iter().all(|other| other.ty == first.ty).then(|| first.clone())
        });
        let agreed: Vec<Parameter> = agreed.collect();
        let checked = Checked::of(&agreed)?;
        Ok(Shared { checked, parameters: agreed.into_iter().map(|parameter| (parameter.name, parameter.ty)).collect() })
    }

    /// The request environments, sorted out by action, principal and resource.
    pub(super) fn environments(&self) -> SharedEnvironments<'_> {
        SharedEnvironments { shared: self, environments: self.checked.environments() }
    }
}

/// The request environments of the schema that packs share.
pub(super) struct SharedEnvironments<'s> {
    shared: &'s Shared,
    environments: Vec<Environment<'s>>,
}

impl<'s> SharedEnvironments<'s> {
    /// Those of a pack with these parameters.
    pub(super) fn of_pack(&'s self, parameters: &'s [Parameter]) -> Environments<'s> {
        Environments { shared: self, parameters }
    }
}

/// What is to be done about a pack.
pub(super) enum Validation<'s> {
    /// Its policies are checked.
    Needed(Environments<'s>),
    /// Nothing: tests have shown that it is valid, and that its policies can hold for every type of their scope.
    Done,
}

/// The request environments of a pack.
pub(super) struct Environments<'s> {
    shared: &'s SharedEnvironments<'s>,
    parameters: &'s [Parameter],
}

impl Environments<'_> {
    /// Validates a policy and yields the types for which it can hold.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check(&self, policy: &Policy, scope: &Scope) -> Result<Possible, Vec<Wrong>> {
        let reads = policy.non_scope_constraints().map(reads_of).unwrap_or_default();
        let types = if reads.iter().all(|read| self.shares(read)) {
            possible(&self.shared.shared.checked, &self.shared.environments, policy, scope, &reads)
        } else {
            let own = self.own()?;
            possible(&own, &own.environments(), policy, scope, &reads)
        };
        match types {
            Some(types) if !types.resources.is_empty() || !types.ends.is_empty() => Ok(types),
            _ => {
                let problems = self.own()?.problems(policy);
                if problems.is_empty() {
                    let message = "the policy can never hold".to_owned();
                    return Err(vec![Wrong { span: None, message, help: None }]);
                }
                Err(problems)
            }
        }
    }

    /// Whether the shared schema says of what is read the same as the pack's own.
    fn shares(&self, read: &Read) -> bool {
        let Read { root: Root::Context, steps } = read else { return true };
        match steps.as_slice() {
            [Step::Attribute(params), Step::Attribute(name), ..] if params == "params" => {
                let own = self.parameters.iter().find(|parameter| parameter.name == *name);
                own.is_some_and(|own| self.shared.shared.parameters.get(name) == Some(&own.ty))
            }
            [Step::Attribute(name), ..] => name != "params",
            _ => false,
        }
    }

    fn own(&self) -> Result<Checked, Vec<Wrong>> {
        let wrong =
            |error| vec![Wrong { span: None, message: format!("the schema cannot be made: {error}"), help: None }];
        Checked::of(self.parameters).map_err(wrong)
    }
}

/// The types for which a policy that reads `reads` can hold; `None` if something is wrong with it.
fn possible(
    checked: &Checked,
    environments: &[Environment<'_>],
    policy: &Policy,
    scope: &Scope,
    reads: &[Read],
) -> Option<Possible> {
    let template = policy.template();
    if Validator::validate_entity_types_and_literals(&checked.schema, template).next().is_some() {
        return None;
    }
    let any_principal = matches!(policy.principal_constraint().as_inner(), PrincipalOrResourceConstraint::Any);
    let principals = !any_principal || reads.iter().any(|read| read.root == Root::Principal);
    let actions = reads.iter().any(|read| read.root == Root::Action);
    let wanted = |env: &&Environment<'_>| {
        let principals = principals || env.principal == PRINCIPALS[0];
        let (names, fits) = match env.about {
            About::Admission => (&scope.operations, principals && scope.types.contains(&env.resource)),
            About::Access => (&scope.verbs, principals && scope.access.contains(&env.resource)),
            About::Connections => (&scope.intents, scope.ends.contains(&(env.principal, env.resource))),
        };
        fits && if actions { names.contains(&env.action) } else { names.first() == Some(&env.action) }
    };
    let typechecker = Typechecker::new(&checked.schema, ValidationMode::Strict);
    let mut possible = Possible::default();
    for env in environments.iter().filter(wanted) {
        match typechecker.typecheck_by_single_request_env(template, &env.env) {
            PolicyCheck::Success(_) if env.about == About::Connections => {
                possible.ends.insert((env.principal, env.resource));
            }
            PolicyCheck::Success(_) => drop(possible.resources.insert(env.resource)),
            PolicyCheck::Irrelevant(errors, _) if errors.is_empty() => {}
            PolicyCheck::Irrelevant(..) | PolicyCheck::Fail(_) => return None,
        }
    }
    Some(possible)
}
