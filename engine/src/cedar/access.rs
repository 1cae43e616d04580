//! Access questions: may this user do that?

use cedar_policy_core::ast::{Entity, EntityUID, EntityUIDEntry, PartialValue, Value};
use cedar_policy_core::entities::Entities;

use super::condition::{Env, Truth};
use super::entities::{principal_entity, principal_uid, uid};
use super::evaluate::{evaluator_of, hierarchy, interpret};
use super::model::{NON_RESOURCE_URL, RESOURCE};
use super::schema::{READ_ONLY, VERBS};
use super::scope::ACCESS_ACTION;
use super::{Policies, Principal};
use crate::object::{AccessAttributes, AccessRequest};

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

impl Verdict {
    fn no_opinion(reason: String) -> Verdict {
        Verdict { access: None, reason, error: None }
    }
}

/// Answers an authorization request. A forbid wins over every permit; any error leaves no opinion.
pub(super) fn authorize(policies: &Policies, request: &AccessRequest) -> Verdict {
    let Some(question) = Question::of(request) else {
        let verb = verb_of(&request.attributes);
        return Verdict::no_opinion(format!("no policy can speak of the verb `{verb}`"));
    };
    let Some(entities) = hierarchy(question.entities.clone()) else {
        return Verdict::no_opinion("the request cannot be asked".to_owned());
    };
    let (mut permits, mut forbids, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let slice = policies.access.iter().filter_map(|at| policies.policies.get(*at));
    for (pack, policy) in slice {
        if !policy.scope.verbs.contains(&question.verb) || !policy.scope.access.contains(&question.ty) {
            continue;
        }
        let Some(pack) = policies.packs.get(*pack) else { continue };
        let mut causes = Vec::new();
        let id = policy.annotations.id.text.as_str();
        match question.evaluate(policy, &pack.access, &entities, &mut causes) {
            Truth::True if policy.permit => permits.push(id),
            Truth::True => forbids.push(id),
            Truth::False => {}
            Truth::Unknown | Truth::Failed => {
                let causes: Vec<&str> = causes.iter().map(|cause| cause.message.as_str()).collect();
                errors.push(format!("`{id}`: {}", causes.join("; ")));
            }
        }
    }
    verdict(&permits, &forbids, &errors)
}

fn verdict(permits: &[&str], forbids: &[&str], errors: &[String]) -> Verdict {
    let named = |ids: &[&str]| ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    match (errors, forbids, permits) {
        ([_, ..], _, _) => Verdict {
            access: None,
            reason: "a policy failed, so there is no opinion".to_owned(),
            error: Some(errors.join(" | ")),
        },
        (_, [_, ..], _) => {
            Verdict { access: Some(false), reason: format!("forbidden by {}", named(forbids)), error: None }
        }
        (_, _, [_, ..]) => {
            Verdict { access: Some(true), reason: format!("permitted by {}", named(permits)), error: None }
        }
        _ => Verdict::no_opinion("no policy permits or forbids it".to_owned()),
    }
}

fn verb_of(attributes: &AccessAttributes) -> &str {
    match attributes {
        AccessAttributes::Resource { verb, .. } | AccessAttributes::NonResource { verb, .. } => verb,
    }
}

struct Question {
    verb: &'static str,
    ty: &'static str,
    principal: EntityUID,
    action: EntityUID,
    resource: EntityUID,
    entities: Vec<Entity>,
}

impl Question {
    /// `None` for a verb that no action stands for.
    fn of(request: &AccessRequest) -> Option<Question> {
        let wanted = verb_of(&request.attributes);
        let verb = VERBS.into_iter().find(|verb| *verb == wanted)?;
        let (ty, id, attributes) = match &request.attributes {
            AccessAttributes::NonResource { path, .. } => (NON_RESOURCE_URL, path.clone(), vec![("path", path)]),
            AccessAttributes::Resource { group, resource, subresource, namespace, name, .. } => {
                let id = [group, namespace, resource, name, subresource].map(String::as_str).join("/");
                let optional = [("namespace", namespace), ("name", name), ("subresource", subresource)];
                let given = optional.into_iter().filter(|(_, text)| !text.is_empty());
                (RESOURCE, id, [("apiGroup", group), ("resource", resource)].into_iter().chain(given).collect())
            }
        };
        let principal = Principal { name: request.user.clone(), groups: request.groups.clone() };
        let resource = uid(ty, &id)?;
        let attributes =
            attributes.into_iter().map(|(name, text)| (name.into(), PartialValue::Value(Value::from(text.as_str()))));
        let entity = Entity::new_with_attr_partial_value(
            resource.clone(),
            attributes,
            Default::default(),
            Default::default(),
            [],
        );
        let mut entities = vec![entity, action_entity(verb)?];
        entities.extend(principal_entity(&principal));
        let action = action(verb)?;
        Some(Question { verb, ty, principal: principal_uid(&principal)?, action, resource, entities })
    }

    fn evaluate(
        &self,
        policy: &super::policy::Policy,
        context: &Value,
        entities: &Entities,
        causes: &mut Vec<crate::fact::Cause>,
    ) -> Truth {
        let principal = EntityUIDEntry::known(self.principal.clone(), None);
        let (action, resource) = (self.action.clone(), self.resource.clone());
        let evaluator = evaluator_of(principal, action, resource, context, entities);
        let env = Env { interpret: &|expr| interpret(&evaluator, expr), given: None, unknown: &|_| None };
        policy.condition.evaluate(&env, causes, None)
    }
}

fn action(verb: &str) -> Option<EntityUID> {
    super::entities::uid(ACCESS_ACTION, verb)
}

fn action_entity(verb: &str) -> Option<Entity> {
    let groups = ["all"].into_iter().chain(READ_ONLY.contains(&verb).then_some("readOnly"));
    let parents = groups.filter_map(action).collect();
    Some(Entity::new_with_attr_partial_value(action(verb)?, [], Default::default(), parents, []))
}
