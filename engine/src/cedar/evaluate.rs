//! One question → which policies hold.
//!
//! Policies are sliced by operation and entity type, and only what the slice does not decide is evaluated. That this is
//! Cedar's own answer is held by a test against Cedar's authorizer on the whole set.

use std::cell::OnceCell;
use std::sync::Arc;

use cedar_policy_core::ast::{Context, Entity, EntityUID, EntityUIDEntry, Expr, Request, Value};
use cedar_policy_core::entities::{Dereference, Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use super::condition::{Condition, Env, Leaf, Truth};
use super::coverage::Coverage;
use super::entities::{Built, Holes, Target, action_entity, build, principal_uid, uid};
use super::landing::{facts_read, field_of};
use super::policy::Policy;
use super::reads::Root;
use super::scope::ADMISSION_ACTION;
use super::shortcut::Given;
use super::{Answers, Fired, Policies, Question, Undecided};
use crate::fact::Cause;

/// What `principal` conditions say when nobody is known to ask.
const NOBODY: &str = "it is not known who asks";

/// Asks every policy of the slice.
pub(super) fn ask(
    policies: &Policies,
    question: &Question<'_>,
    budget: &mut u64,
    mut coverage: Option<&mut Coverage>,
) -> Answers {
    let operation = question.operation.as_str();
    let mut answers = Answers::default();
    let Some(action) = uid(ADMISSION_ACTION, operation) else { return answers };
    let wanted = |ty: &str| policies.slices.contains_key(&(operation, ty));
    let Built { mut entities, targets, holes } = build(policies, question, &wanted, *budget);
    let steps = entities.len() as u64;
    if steps > *budget {
        *budget = 0;
        answers.exhausted = true;
        return answers;
    }
    *budget -= steps;
    entities.extend(action_entity(operation));
    let Some(entities) = hierarchy(entities) else {
        answers.exhausted = true;
        return answers;
    };
    let principal = match question.principal.and_then(principal_uid) {
        Some(uid) => EntityUIDEntry::known(uid, None),
        None => EntityUIDEntry::unknown(),
    };
    let contexts: Vec<&Value> = policies.packs.iter().map(|pack| pack.context(question.dry_run)).collect();
    for target in &targets {
        let slice = policies.slices.get(&(operation, target.entity)).map_or(&[][..], |slice| slice);
        let resource = &target.uid;
        let entity = match entities.entity(resource) {
            Dereference::Data(entity) => Some(entity),
            _ => None,
        };
        let evaluators: Vec<OnceCell<Evaluator<'_>>> = contexts.iter().map(|_| OnceCell::new()).collect();
        for &at in slice {
            if *budget == 0 {
                answers.exhausted = true;
                return answers;
            }
            *budget -= 1;
            let Some((pack, policy)) = policies.policies.get(at) else { continue };
            let (Some(context), Some(evaluator)) = (contexts.get(*pack), evaluators.get(*pack)) else { continue };
            let interpret = |expr: &Expr| {
                // Most conditions do without.
                let evaluator = evaluator.get_or_init(|| {
                    evaluator_of(principal.clone(), action.clone(), resource.clone(), context, &entities)
                });
                interpret(evaluator, expr)
            };
            let asked = Asked { at, policy, target, resource: entity, context, entities: &entities, holes: &holes };
            let known = question.principal.is_some();
            asked.ask(&interpret, known, &mut answers, coverage.as_deref_mut());
            answers.asked += 1;
        }
    }
    answers
}

/// An evaluator for one resource.
pub(super) fn evaluator_of<'e>(
    principal: EntityUIDEntry,
    action: EntityUID,
    resource: EntityUID,
    context: &Value,
    entities: &'e Entities,
) -> Evaluator<'e> {
    let context = match &context.value {
        cedar_policy_core::ast::ValueKind::Record(record) => Context::Value(Arc::clone(record)),
        _ => Context::empty(),
    };
    let (action, resource) = (EntityUIDEntry::known(action, None), EntityUIDEntry::known(resource, None));
    let request = Request::new_unchecked(principal, action, resource, Some(context));
    Evaluator::new(request, entities, Extensions::all_available())
}

/// The value of an expression.
///
/// # Errors
/// Why it has none, as Cedar says it.
pub(super) fn interpret(evaluator: &Evaluator<'_>, expr: &Expr) -> Result<Value, String> {
    evaluator.interpret(expr, &Default::default()).map_err(|error| error.to_string())
}

/// Entities whose ancestors are all given. `None` if an entity is given twice, which the builder does not do.
pub(super) fn hierarchy(entities: Vec<Entity>) -> Option<Entities> {
    let schema = None::<&NoEntitiesSchema>;
    let closed = TCComputation::AssumeAlreadyComputed;
    Entities::from_entities(entities, schema, closed, Extensions::all_available()).ok()
}

/// One policy and one resource.
struct Asked<'a> {
    at: usize,
    policy: &'a Policy,
    target: &'a Target,
    /// The target's entity.
    resource: Option<&'a Entity>,
    context: &'a Value,
    entities: &'a Entities,
    holes: &'a Holes,
}

impl Asked<'_> {
    fn ask(
        &self,
        interpret: &dyn Fn(&Expr) -> Result<Value, String>,
        principal: bool,
        answers: &mut Answers,
        coverage: Option<&mut Coverage>,
    ) {
        let unknown = |leaf: &Leaf| self.unknown(leaf, principal);
        let given = |resource| Given { resource, context: self.context, entities: self.entities };
        let env = Env { interpret, given: self.resource.map(given), unknown: &unknown };
        let condition: &Condition = &self.policy.condition;
        let mut causes = Vec::new();
        let mut seen = coverage.map(|coverage| coverage.of(self.at, condition.leaves.len()));
        let truth = condition.evaluate(&env, &mut causes, seen.as_mut().map(|seen| &mut seen.leaves[..]));
        if let Some(seen) = seen {
            seen.ended(truth);
        }
        match truth {
            Truth::False => {}
            Truth::True => answers.fired.push(self.fired(&condition.held(&env))),
            Truth::Unknown | Truth::Failed => {
                causes.sort();
                causes.dedup();
                answers.unknown.push(Undecided { policy: self.at, field: self.target.pointer.clone(), causes });
            }
        }
    }

    fn unknown(&self, leaf: &Leaf, principal: bool) -> Option<Cause> {
        if leaf.principal && !principal {
            return Some(Cause::not_asked(NOBODY.to_owned()));
        }
        leaf.reads.iter().find_map(|read| self.holes.cause(self.target, read)).cloned()
    }

    fn fired(&self, held: &[&Leaf]) -> Fired {
        let reads = || held.iter().flat_map(|leaf| &leaf.reads).filter(|read| read.root == Root::Resource);
        Fired {
            policy: self.at,
            index: self.target.index.clone(),
            part: self.target.pointer.clone(),
            field: match &self.policy.field {
                Some(steps) => field_of(self.target, [&steps[..]].into_iter()),
                None => field_of(self.target, reads().map(|read| &read.steps[..])),
            },
            message: self.policy.message.print(&self.target.uid, self.context, self.entities),
            facts: facts_read(self.target, reads().map(|read| &read.steps[..])),
        }
    }
}
