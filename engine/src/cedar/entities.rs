//! The object under review and what belongs to it → Cedar entities, with what loaded policies read and no more.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use cedar_policy_core::ast::{Eid, Entity, EntityType, EntityUID, PartialValue, Value as Cedar};
use smol_str::SmolStr;

use super::address;
use super::model::{GROUP, LABEL_SELECTOR, Model, NAMESPACE, OBJECT, TEMPLATE};
use super::net_types::NET_ACTION;
use super::reads::{ALL, Needs, NeedsByType};
use super::scope::{ACCESS_ACTION, ADMISSION_ACTION};
use super::{Policies, Principal, Question};
use crate::cluster::Knowledge;
use crate::fact::{About, Cause, Fact, FactSpec, FactValue, Memo, compute};
use crate::finding::ObjectRef;
use crate::object::shape::{Field, Literal, Part, Presence, Shape};
use crate::object::{METADATA, Object, POD_TEMPLATE, Path};
use crate::text::{Map, Node, Value};

mod attributes;
mod holes;
mod parts;
mod values;

pub(super) use holes::Holes;
use parts::{Around, Parts};
pub(super) use values::content;
use values::{namespace_of, object_id, raw};

type Attributes = BTreeMap<SmolStr, Cedar>;

static TYPES: LazyLock<BTreeMap<&'static str, EntityType>> = LazyLock::new(|| {
    let names = Model::get().entities().map(|ty| ty.name).chain([ADMISSION_ACTION, ACCESS_ACTION, NET_ACTION]);
    names.filter_map(|name| Some((name, name.parse::<EntityType>().ok()?))).collect()
});

/// The uid of an entity or action; `None` only for a type that is not in the model.
pub(super) fn uid(ty: &str, id: &str) -> Option<EntityUID> {
    Some(EntityUID::from_components(TYPES.get(ty)?.clone(), Eid::new(id), None))
}

/// Something that policies are asked about.
#[derive(Debug)]
pub(super) struct Target {
    /// Its entity type.
    pub(super) entity: &'static str,
    /// List indices that lead to it.
    pub(super) index: Vec<usize>,
    /// JSON pointer to it, from the object's root.
    pub(super) pointer: String,
    /// JSON pointer to what its `object` attribute is.
    pub(super) object: String,
    /// Its uid.
    pub(super) uid: EntityUID,
}

/// What was built for one question.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// Everything that can be read.
    pub(super) entities: Vec<Entity>,
    /// What policies are asked about: the object first, then its parts in the order written.
    pub(super) targets: Vec<Target>,
    /// What could not be worked out.
    pub(super) holes: Holes,
}

/// Builds the entities of one question, and stops soon after there are more than `most`. `wanted` tells which types
/// policies are asked about.
pub(super) fn build(policies: &Policies, question: &Question<'_>, wanted: &dyn Fn(&str) -> bool, most: u64) -> Built {
    let mut builder = Builder { policies, question, built: Built::default(), maps: BTreeSet::new(), most, suffix: "" };
    builder.object(question.object, wanted);
    builder.namespaces();
    if let Some(principal) = question.principal {
        builder.built.entities.extend(principal_entity(principal));
    }
    builder.built.holes.sort();
    builder.built
}

/// The principal of a user.
pub(super) fn principal_uid(principal: &Principal) -> Option<EntityUID> {
    uid(principal_type(&principal.name).0, &principal.name)
}

fn principal_type(name: &str) -> (&'static str, Vec<(&'static str, &str)>) {
    if let Some((namespace, account)) =
        name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'))
    {
        return ("k8s::ServiceAccount", vec![("name", account), ("namespace", namespace)]);
    }
    match name.strip_prefix("system:node:") {
        Some(node) => ("k8s::Node", vec![("name", node)]),
        None => ("k8s::User", vec![("name", name)]),
    }
}

/// The entity of a principal, in its groups.
pub(super) fn principal_entity(principal: &Principal) -> Option<Entity> {
    let (ty, attributes) = principal_type(&principal.name);
    let attributes = attributes.into_iter().map(|(name, value)| (name.into(), Cedar::from(value)));
    let groups: Vec<EntityUID> = principal.groups.iter().filter_map(|group| uid(GROUP, group)).collect();
    Some(entity(uid(ty, &principal.name)?, attributes.collect(), groups, Attributes::new()))
}

/// The entity of an operation, in `all`.
pub(super) fn action_entity(operation: &str) -> Option<Entity> {
    let action = |name: &str| uid(ADMISSION_ACTION, name);
    Some(entity(action(operation)?, Attributes::new(), action("all").into_iter().collect(), Attributes::new()))
}

fn entity(uid: EntityUID, attributes: Attributes, parents: Vec<EntityUID>, tags: Attributes) -> Entity {
    let partial = |(name, value)| (name, PartialValue::Value(value));
    Entity::new_with_attr_partial_value(
        uid,
        attributes.into_iter().map(partial),
        Default::default(),
        parents.into_iter().collect(),
        tags.into_iter().map(partial),
    )
}

struct Builder<'a> {
    policies: &'a Policies,
    question: &'a Question<'a>,
    built: Built,
    /// Entities of maps, which many parts share.
    maps: BTreeSet<EntityUID>,
    /// More entities than this are more than can be asked about.
    most: u64,
    suffix: &'static str,
}

/// Where the builder is inside an object.
struct Here<'a> {
    object: &'a Object,
    /// Id of the object's entity.
    id: &'a str,
    /// The entity whose attributes are made.
    uid: &'a EntityUID,
    /// Of the facts about the object.
    memo: &'a Memo,
}

impl<'a> Builder<'a> {
    fn needs(&self) -> &'a NeedsByType {
        &self.policies.needs
    }

    fn object(&mut self, object: &Object, wanted: &dyn Fn(&str) -> bool) {
        let ty = object.kind.map_or(OBJECT, |kind| kind.entity);
        let id = format!("{}{}", object_id(&object.id), self.suffix);
        let Some(own) = uid(ty, &id) else { return };
        let namespace = namespace_of(object);
        let memo = Memo::default();
        if wanted(ty) {
            let pointer = String::new();
            let target = Target { entity: ty, index: Vec::new(), pointer, object: String::new(), uid: own.clone() };
            self.built.targets.push(target);
        }
        if let Some(needs) = self.needs().of(ty) {
            let here = Here { object, id: &id, uid: &own, memo: &memo };
            let attributes = self.object_attributes(&here, ty, needs);
            let parents = namespace.iter().filter(|_| ty != NAMESPACE).cloned().collect();
            self.built.entities.push(entity(own.clone(), attributes, parents, Attributes::new()));
        }
        let Some(kind) = object.kind else { return };
        let parts = Parts { object, id: &id, own: &own, namespace: &namespace, wanted, memo: &memo };
        if let Some(path) = kind.template {
            self.template(&parts, path);
        }
        let raw = raw(object);
        self.parts(&parts, kind.fields, raw, "", &Around::root(&own, ""));
    }
}
