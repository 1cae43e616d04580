//! Strict validation of policies against the schema.
//!
//! Validation costs (request environments) × (policies). A policy is false outside of its scope, and what it does not read
//! cannot change its type, so only the environments are checked that can differ. Where that finds anything wrong, Cedar's
//! whole validation speaks.

use std::collections::BTreeSet;

use cedar_policy_core::ast::{Policy, PolicySet, PrincipalOrResourceConstraint};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::typecheck::{PolicyCheck, Typechecker};
use cedar_policy_core::validator::types::RequestEnv;
use cedar_policy_core::validator::{ValidationMode, Validator, ValidatorSchema};
use miette::Diagnostic;

use super::model::{Model, PRINCIPALS};
use super::parameter::Parameter;
use super::reads::{Root, reads_of};
use super::schema::{OPERATIONS, VERBS, schema};
use super::scope::{ADMISSION_ACTION, Scope};
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

    /// The request environments, sorted out by action, principal and resource.
    pub(super) fn environments(&self) -> Environments<'_> {
        let model = Model::get();
        let named = |names: &[&'static str], name: &str| names.iter().copied().find(|known| *known == name);
        let environment = |env: RequestEnv<'_>| {
            let RequestEnv::DeclaredAction { principal, action, resource, .. } = &env else { return None };
            let id: &str = action.eid().as_ref();
            let admission = action.entity_type().to_string() == ADMISSION_ACTION;
            Some((
                admission,
                named(if admission { &OPERATIONS } else { &VERBS }, id)?,
                named(&PRINCIPALS, &principal.to_string())?,
                model.entity(&resource.to_string())?.name,
            ))
        };
        let all = self.schema.unlinked_request_envs(ValidationMode::Strict);
        let environments = all.filter_map(|env| {
            let (admission, action, principal, resource) = environment(env.clone())?;
            Some(Environment { admission, action, principal, resource, env })
        });
        Environments { checked: self, environments: environments.collect() }
    }

    /// Everything that Cedar's whole validation says, sorted, without repeats. An "impossible policy" is wrong too.
    pub(super) fn problems(&self, policy: &Policy) -> Vec<Wrong> {
        let validator = Validator::new(self.schema.clone());
        let Ok(policies) = PolicySet::try_from_iter([policy.clone()]) else { return Vec::new() };
        let result = validator.validate(&policies, ValidationMode::Strict);
        let id = format!("for policy `{}`, ", policy.id());
        let errors = result.validation_errors().map(|error| wrong(error, &id));
        let warnings = result.validation_warnings().map(|warning| wrong(warning, &id));
        errors.chain(warnings).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Turns what Cedar says into a problem.
pub(super) fn wrong(diagnostic: &dyn Diagnostic, prefix: &str) -> Wrong {
    let label = diagnostic.labels().and_then(|mut labels| labels.next());
    let span = label.map(|label| Span::new(label.offset(), label.offset() + label.len()));
    let strip = |text: String| text.replace(prefix, "");
    Wrong { span, message: strip(diagnostic.to_string()), help: diagnostic.help().map(|help| strip(help.to_string())) }
}

struct Environment<'s> {
    admission: bool,
    action: &'static str,
    principal: &'static str,
    resource: &'static str,
    env: RequestEnv<'s>,
}

/// The request environments of a schema.
pub(super) struct Environments<'s> {
    checked: &'s Checked,
    environments: Vec<Environment<'s>>,
}

impl Environments<'_> {
    /// Validates a policy and yields the resource types for which it can hold.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check(&self, policy: &Policy, scope: &Scope) -> Result<BTreeSet<&'static str>, Vec<Wrong>> {
        match self.possible(policy, scope) {
            Some(types) if !types.is_empty() => Ok(types),
            _ => {
                let problems = self.checked.problems(policy);
                if problems.is_empty() {
                    let message = "the policy can never hold".to_owned();
                    return Err(vec![Wrong { span: None, message, help: None }]);
                }
                Err(problems)
            }
        }
    }

    /// The resource types for which the policy can hold; `None` if something is wrong with it.
    fn possible(&self, policy: &Policy, scope: &Scope) -> Option<BTreeSet<&'static str>> {
        let template = policy.template();
        if Validator::validate_entity_types_and_literals(&self.checked.schema, template).next().is_some() {
            return None;
        }
        let reads = policy.non_scope_constraints().map(reads_of).unwrap_or_default();
        let any_principal = matches!(policy.principal_constraint().as_inner(), PrincipalOrResourceConstraint::Any);
        let principals = !any_principal || reads.iter().any(|read| read.root == Root::Principal);
        let actions = reads.iter().any(|read| read.root == Root::Action);
        let wanted = |env: &&Environment<'_>| {
            let (names, types) =
                if env.admission { (&scope.operations, &scope.types) } else { (&scope.verbs, &scope.access) };
            types.contains(&env.resource)
                && (principals || env.principal == PRINCIPALS[0])
                && if actions { names.contains(&env.action) } else { names.first() == Some(&env.action) }
        };
        let typechecker = Typechecker::new(&self.checked.schema, ValidationMode::Strict);
        let mut possible = BTreeSet::new();
        for env in self.environments.iter().filter(wanted) {
            match typechecker.typecheck_by_single_request_env(template, &env.env) {
                PolicyCheck::Success(_) => drop(possible.insert(env.resource)),
                PolicyCheck::Irrelevant(errors, _) if errors.is_empty() => {}
                PolicyCheck::Irrelevant(..) | PolicyCheck::Fail(_) => return None,
            }
        }
        Some(possible)
    }
}
