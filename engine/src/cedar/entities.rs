//! The object under review and what belongs to it → Cedar entities, with what loaded policies read and no more.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cedar_policy_core::ast::{Eid, Entity, EntityType, EntityUID, PartialValue, Value as Cedar};
use smol_str::SmolStr;

use super::address;
use super::model::{GROUP, LABEL_SELECTOR, Model, NAMESPACE, OBJECT, TEMPLATE};
use super::reads::{ALL, Needs, NeedsByType, Read, Root, walk};
use super::scope::{ACCESS_ACTION, ADMISSION_ACTION};
use super::{Policies, Principal, Question};
use crate::cluster::Knowledge;
use crate::fact::{About, Cause, CauseKind, Fact, FactSpec, FactValue, compute};
use crate::finding::ObjectRef;
use crate::object::shape::{Field, Literal, Part, Presence, Shape};
use crate::object::{METADATA, Object, POD_TEMPLATE};
use crate::text::{Map, Node, Value};

type Attributes = BTreeMap<SmolStr, Cedar>;

static TYPES: LazyLock<BTreeMap<&'static str, EntityType>> = LazyLock::new(|| {
    let names = Model::get().entities().map(|ty| ty.name).chain([ADMISSION_ACTION, ACCESS_ACTION]);
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

/// Attributes that could not be worked out, and why.
#[derive(Debug, Default)]
pub(super) struct Holes {
    holes: Vec<(EntityUID, Vec<String>, Cause)>,
    links: Vec<(EntityUID, &'static str, EntityUID)>,
}

impl Holes {
    /// True if everything was worked out.
    pub(super) fn is_empty(&self) -> bool {
        self.holes.is_empty()
    }

    /// Why a read from `resource` cannot be known, if it cannot.
    pub(super) fn cause(&self, target: &Target, read: &Read) -> Option<&Cause> {
        if self.is_empty() {
            return None;
        }
        let (uid, entity) = match &read.root {
            Root::Resource => (target.uid.clone(), target.entity),
            Root::Entity(ty, id) if ty == NAMESPACE => (uid(NAMESPACE, id)?, NAMESPACE),
            Root::Other => return self.holes.first().map(|(_, _, cause)| cause),
            _ => return None,
        };
        let mut at = Some(uid);
        for (_, path) in walk(entity, &read.steps).paths {
            let uid = at?;
            let hit = |hole: &[String]| hole.iter().zip(&path).all(|(hole, step)| hole == step) && !path.is_empty();
            if let Some((_, _, cause)) = self.holes.iter().find(|(of, hole, _)| *of == uid && hit(hole)) {
                return Some(cause);
            }
            let next = path.last().copied().unwrap_or_default();
            at = self.links.iter().find(|(from, by, _)| *from == uid && *by == next).map(|(_, _, to)| to.clone());
        }
        None
    }
}

/// Builds the entities of one question. `wanted` tells which types policies are asked about.
pub(super) fn build(policies: &Policies, question: &Question<'_>, wanted: &dyn Fn(&str) -> bool) -> Built {
    let mut builder = Builder { policies, question, built: Built::default(), suffix: "" };
    builder.object(question.object, wanted);
    builder.namespaces();
    if let Some(principal) = question.principal {
        builder.built.entities.extend(principal_entity(principal));
    }
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
    suffix: &'static str,
}

/// Where the builder is inside an object.
struct Here<'a> {
    object: &'a Object,
    /// Id of the object's entity.
    id: &'a str,
    /// The entity whose attributes are made.
    uid: &'a EntityUID,
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
        if wanted(ty) {
            let pointer = String::new();
            let target = Target { entity: ty, index: Vec::new(), pointer, object: String::new(), uid: own.clone() };
            self.built.targets.push(target);
        }
        if let Some(needs) = self.needs().of(ty) {
            let here = Here { object, id: &id, uid: &own };
            let attributes = self.object_attributes(&here, ty, needs);
            let parents = namespace.iter().filter(|_| ty != NAMESPACE).cloned().collect();
            self.built.entities.push(entity(own.clone(), attributes, parents, Attributes::new()));
        }
        let Some(kind) = object.kind else { return };
        let parts = Parts { object, id: &id, own: &own, namespace: &namespace, wanted };
        if let Some(path) = kind.template {
            self.template(&parts, path);
        }
        let raw = raw(object);
        self.parts(&parts, kind.fields, raw, "", &Around::root(&own, ""));
    }

    fn object_attributes(&mut self, here: &Here<'_>, ty: &'static str, needs: &Needs) -> Attributes {
        let mut attributes = Attributes::new();
        let id = &here.object.id;
        for (name, value) in [("apiGroup", &id.group), ("apiVersion", &id.version), ("kind", &id.kind)] {
            if needs.of(name).is_some() {
                attributes.insert(name.into(), Cedar::from(value.as_str()));
            }
        }
        let raw = raw(here.object);
        if let Some(needs) = needs.of("metadata") {
            let metadata = self.metadata(here, raw.get("metadata"), needs);
            attributes.insert("metadata".into(), metadata);
        }
        if let Some(kind) = here.object.kind {
            let mut path = Vec::new();
            self.record(here, kind.fields, Some(raw), needs, "", &mut path, &mut attributes);
            self.facts(here, ty, &[], needs, &mut attributes);
        }
        if needs.of("old").is_some()
            && self.suffix.is_empty()
            && let Some(old) = self.question.old
        {
            let id = format!("{}@old", object_id(&old.id));
            if let Some(old_uid) = uid(ty, &id) {
                self.built.holes.links.push((here.uid.clone(), "old", old_uid.clone()));
                attributes.insert("old".into(), Cedar::from(old_uid));
                self.suffix = "@old";
                self.object(old, &|_| false);
                self.suffix = "";
            }
        }
        attributes
    }

    /// Name and namespace come from the request where the text has none.
    fn metadata(&mut self, here: &Here<'_>, raw: Option<&Value>, needs: &Needs) -> Cedar {
        let mut attributes = Attributes::new();
        let mut path = vec!["metadata"];
        if here.object.raw.is_none() {
            self.typed_metadata(here, needs, &mut attributes);
        } else {
            self.record(here, METADATA, raw, needs, "/metadata", &mut path, &mut attributes);
        }
        let id = &here.object.id;
        for (name, value) in [("name", &id.name), ("namespace", &id.namespace)] {
            if needs.of(name).is_some() && !value.is_empty() {
                attributes.insert(name.into(), Cedar::from(value.as_str()));
            }
        }
        record(attributes)
    }

    /// Metadata of an object whose text was dropped.
    fn typed_metadata(&mut self, here: &Here<'_>, needs: &Needs, attributes: &mut Attributes) {
        let meta = &here.object.meta;
        let text = |pairs: &[(String, String)]| {
            pairs.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>()
        };
        if needs.of("labels").is_some() {
            let labels = self.tags("meta::v1::Labels", text(&meta.labels));
            attributes.extend(labels.map(|labels| ("labels".into(), labels)));
        }
        if needs.of("annotations").is_some() {
            let annotations = self.tags("meta::v1::Annotations", text(&meta.annotations));
            attributes.extend(annotations.map(|annotations| ("annotations".into(), annotations)));
            self.hole(here, &["metadata"], "annotations", "the annotations of watched objects are not kept".to_owned());
        }
    }

    /// Adds the attributes of `fields` that are read.
    #[expect(clippy::too_many_arguments, reason = "one place inside an object has an owner, a pointer and a path")]
    fn record(
        &mut self,
        here: &Here<'_>,
        fields: &'static [Field],
        value: Option<&Value>,
        needs: &Needs,
        pointer: &str,
        path: &mut Vec<&'static str>,
        into: &mut Attributes,
    ) {
        for field in fields {
            let named = field.shape.is_port_or_name();
            let name_needs = if named { needs.of(&format!("{}Name", field.name)) } else { None };
            let Some(of_field) = needs.of(field.name).or(name_needs) else { continue };
            let value = value.and_then(|value| value.get(field.name));
            self.field(here, field, value, of_field, pointer, path, into);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one place inside an object has an owner, a pointer and a path")]
    fn field(
        &mut self,
        here: &Here<'_>,
        field: &'static Field,
        value: Option<&Value>,
        needs: &Needs,
        pointer: &str,
        path: &mut Vec<&'static str>,
        into: &mut Attributes,
    ) {
        let inner = format!("{pointer}/{}", field.name);
        if value.is_none() && absent(field, here, &inner, path, self, into) {
            return;
        }
        let of_itself = !matches!(field.shape, Shape::Record(_) | Shape::Parts(_));
        if of_itself && !here.object.unreadable.is_empty() && !here.object.is_readable(&inner) {
            self.hole(here, path, field.name, format!("`{inner}` cannot be read"));
            if field.shape.is_port_or_name() {
                self.hole(here, path, &format!("{}Name", field.name), format!("`{inner}` cannot be read"));
            }
            return;
        }
        if let (Shape::PortOrName, Some(value)) = (field.shape, value) {
            match &value.node {
                Node::Int(port) => drop(into.insert(field.name.into(), Cedar::from(*port))),
                Node::Text(name) => drop(into.insert(format!("{}Name", field.name).into(), Cedar::from(&**name))),
                _ => {
                    let message = wrong_type(&inner, value, "an integer or a string");
                    self.hole(here, path, field.name, message.clone());
                    self.hole(here, path, &format!("{}Name", field.name), message);
                }
            }
            return;
        }
        path.push(field.name);
        let made = self.shape(here, &field.shape, value, needs, &inner, path);
        path.pop();
        match made {
            Ok(Some(value)) => drop(into.insert(field.name.into(), value)),
            Ok(None) => {}
            Err(message) => self.hole(here, path, field.name, message),
        }
    }

    fn shape(
        &mut self,
        here: &Here<'_>,
        shape: &'static Shape,
        value: Option<&Value>,
        needs: &Needs,
        pointer: &str,
        path: &mut Vec<&'static str>,
    ) -> Result<Option<Cedar>, String> {
        Ok(match shape {
            Shape::Record(fields) => {
                if let Some(value) = value.filter(|value| value.as_map().is_none()) {
                    return Err(wrong_type(pointer, value, "a map"));
                }
                let mut attributes = Attributes::new();
                self.record(here, fields, value, needs, pointer, path, &mut attributes);
                Some(record(attributes))
            }
            Shape::Tags(ty) => self.tags(ty, pairs(value, pointer)?),
            Shape::Selector => self.selector(value, pointer)?,
            Shape::Parts(part) => {
                let id = |index| format!("{}#{pointer}/{index}", here.id);
                let uids = (0..list(value, pointer)?.len()).filter_map(|index| uid(part.entity, &id(index)));
                Some(Cedar::set(uids.map(Cedar::from), None))
            }
            Shape::Set(element) => {
                let mut elements = Vec::new();
                for (index, value) in list(value, pointer)?.iter().enumerate() {
                    let pointer = format!("{pointer}/{index}");
                    // A hole inside an element is a hole of the whole set: nothing can be said of it.
                    let before = self.built.holes.holes.len();
                    elements.extend(self.shape(here, element, Some(value), &ALL, &pointer, &mut Vec::new())?);
                    if let Some((_, _, cause)) = self.built.holes.holes.get(before) {
                        let message = cause.message.clone();
                        self.built.holes.holes.truncate(before);
                        return Err(message);
                    }
                }
                Some(Cedar::set(elements, None))
            }
            _ => value.map(|value| scalar(shape, value, pointer)).transpose()?,
        })
    }

    /// A map of text as an entity: equal maps are equal entities.
    fn tags(&mut self, ty: &'static str, pairs: Vec<(String, String)>) -> Option<Cedar> {
        let uid = uid(ty, &content(&pairs))?;
        self.map_entity(&uid, Attributes::new(), pairs);
        Some(Cedar::from(uid))
    }

    fn map_entity(&mut self, uid: &EntityUID, attributes: Attributes, pairs: Vec<(String, String)>) {
        if self.built.entities.iter().all(|entity| entity.uid() != uid) {
            let tags = pairs.into_iter().map(|(key, value)| (key.into(), Cedar::from(value.as_str()))).collect();
            self.built.entities.push(entity(uid.clone(), attributes, Vec::new(), tags));
        }
    }

    fn selector(&mut self, value: Option<&Value>, pointer: &str) -> Result<Option<Cedar>, String> {
        if let Some(value) = value.filter(|value| value.as_map().is_none()) {
            return Err(wrong_type(pointer, value, "a map"));
        }
        let labels = pairs(value.and_then(|value| value.get("matchLabels")), &format!("{pointer}/matchLabels"))?;
        let mut expressions = Vec::new();
        let mut id = content(&labels);
        if let Some(list) = value.and_then(|value| value.get("matchExpressions")) {
            let pointer = format!("{pointer}/matchExpressions");
            let list = list.as_list().ok_or_else(|| wrong_type(&pointer, list, "a list"))?;
            for (index, value) in list.iter().enumerate() {
                let (key, operator, values) = requirement(value, &format!("{pointer}/{index}"))?;
                id.push_str(&format!(";{}", content(&[(key.clone(), operator.clone())])));
                id.extend(values.iter().map(|value| content(&[(value.clone(), String::new())])));
                let values = values.iter().map(|value| Cedar::from(value.as_str()));
                let fields = [
                    ("key", Cedar::from(key.as_str())),
                    ("operator", Cedar::from(operator.as_str())),
                    ("values", Cedar::set(values, None)),
                ];
                expressions.push(Cedar::record(fields, None));
            }
        }
        let Some(uid) = uid(LABEL_SELECTOR, &id) else { return Ok(None) };
        let all = labels.is_empty() && expressions.is_empty();
        let attributes = [("selectsAll", Cedar::from(all)), ("matchExpressions", Cedar::set(expressions, None))];
        let attributes = attributes.into_iter().map(|(name, value)| (name.into(), value)).collect();
        self.map_entity(&uid, attributes, labels);
        Ok(Some(Cedar::from(uid)))
    }

    fn facts(&mut self, here: &Here<'_>, ty: &'static str, index: &[usize], needs: &Needs, into: &mut Attributes) {
        if needs.of("facts").is_none() {
            return;
        }
        let mut facts = Attributes::new();
        for spec in self.policies.facts.get(ty).map_or(&[][..], |facts| facts) {
            self.fact(here, spec, ty, index, &mut facts);
        }
        into.insert("facts".into(), record(facts));
    }

    fn fact(
        &mut self,
        here: &Here<'_>,
        spec: &'static FactSpec,
        entity: &'static str,
        index: &[usize],
        into: &mut Attributes,
    ) {
        let Question { cluster, .. } = self.question;
        let about = About { cluster, object: here.object, entity, index, settings: &self.policies.settings };
        match compute(spec, about) {
            Fact::Known(value) => drop(into.insert(spec.name.into(), fact_value(value))),
            Fact::NotApplicable => {}
            Fact::Unknown(cause) => {
                let path = vec!["facts".to_owned(), spec.name.to_owned()];
                self.built.holes.holes.push((here.uid.clone(), path, cause));
            }
        }
    }

    fn hole(&mut self, here: &Here<'_>, path: &[&'static str], last: &str, message: String) {
        let path = path.iter().copied().chain([last]).map(str::to_owned).collect();
        let cause = Cause { kind: CauseKind::Failed, message };
        self.built.holes.holes.push((here.uid.clone(), path, cause));
    }

    fn template(&mut self, parts: &Parts<'_>, path: &'static [&'static str]) {
        let raw = raw(parts.object);
        let value = raw.at(path);
        let pointer: String = path.iter().map(|key| format!("/{key}")).collect();
        let id = format!("{}#{pointer}", parts.id);
        let Some(own) = uid(TEMPLATE, &id) else { return };
        if (parts.wanted)(TEMPLATE) {
            let target = Target {
                entity: TEMPLATE,
                index: Vec::new(),
                pointer: pointer.clone(),
                object: String::new(),
                uid: own.clone(),
            };
            self.built.targets.push(target);
        }
        if let Some(needs) = self.needs().of(TEMPLATE) {
            let here = Here { object: parts.object, id: parts.id, uid: &own };
            let mut attributes = Attributes::new();
            self.record(&here, POD_TEMPLATE.fields, value, needs, &pointer, &mut Vec::new(), &mut attributes);
            let ObjectRef { kind, name, namespace, .. } = &parts.object.id;
            let texts = [("ownerKind", kind), ("ownerName", name), ("namespace", namespace)];
            for (name, text) in texts.into_iter().filter(|(name, text)| *name != "namespace" || !text.is_empty()) {
                if needs.of(name).is_some() {
                    attributes.insert(name.into(), Cedar::from(text.as_str()));
                }
            }
            self.facts(&here, TEMPLATE, &[], needs, &mut attributes);
            let parents = parts.namespace.iter().chain([parts.own]).cloned().collect();
            self.built.entities.push(entity(own.clone(), attributes, parents, Attributes::new()));
        }
        let around = Around { ancestors: vec![parts.own.clone(), own.clone()], ..Around::root(&own, &pointer) };
        self.parts(parts, POD_TEMPLATE.fields, value.unwrap_or(&Value::NULL), &pointer, &around);
    }

    /// The parts inside `fields` of `value`.
    fn parts(&mut self, parts: &Parts<'_>, fields: &'static [Field], value: &Value, pointer: &str, around: &Around) {
        for field in fields {
            let (Some(value), pointer) = (value.get(field.name), format!("{pointer}/{}", field.name)) else { continue };
            match field.shape {
                Shape::Record(fields) => self.parts(parts, fields, value, &pointer, around),
                Shape::Parts(part) if self.reaches(part, parts.wanted) => {
                    for (index, value) in value.as_list().unwrap_or_default().iter().enumerate() {
                        self.part(parts, part, value, format!("{pointer}/{index}"), around, index);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether the part or one inside it is asked about or read.
    fn reaches(&self, part: &Part, wanted: &dyn Fn(&str) -> bool) -> bool {
        fn inside(fields: &[Field], reaches: &dyn Fn(&Part) -> bool) -> bool {
            fields.iter().any(|field| match field.shape {
                Shape::Parts(part) => reaches(part),
                Shape::Record(fields) => inside(fields, reaches),
                _ => false,
            })
        }
        wanted(part.entity)
            || self.needs().of(part.entity).is_some()
            || inside(part.fields, &|part| self.reaches(part, wanted))
    }

    fn part(
        &mut self,
        parts: &Parts<'_>,
        part: &'static Part,
        value: &Value,
        pointer: String,
        around: &Around,
        index: usize,
    ) {
        let Some(own) = uid(part.entity, &format!("{}#{pointer}", parts.id)) else { return };
        let indices: Vec<usize> = around.index.iter().copied().chain([index]).collect();
        if let Some(needs) = self.needs().of(part.entity) {
            let here = Here { object: parts.object, id: parts.id, uid: &own };
            let mut attributes = Attributes::new();
            self.record(&here, part.fields, Some(value), needs, &pointer, &mut Vec::new(), &mut attributes);
            if needs.of("object").is_some() {
                attributes.insert("object".into(), Cedar::from(around.object.clone()));
                self.built.holes.links.push((own.clone(), "object", around.object.clone()));
            }
            if needs.of("index").is_some() {
                attributes.insert("index".into(), Cedar::from(i64::try_from(index).unwrap_or(i64::MAX)));
            }
            self.facts(&here, part.entity, &indices, needs, &mut attributes);
            let parents = parts.namespace.iter().chain(&around.ancestors).cloned().collect();
            self.built.entities.push(entity(own.clone(), attributes, parents, Attributes::new()));
        }
        let inner = Around {
            object: around.object.clone(),
            pointer: around.pointer.clone(),
            ancestors: around.ancestors.iter().cloned().chain([own.clone()]).collect(),
            index: indices.clone(),
        };
        if (parts.wanted)(part.entity) {
            let target = Target {
                entity: part.entity,
                index: indices,
                pointer: pointer.clone(),
                object: around.pointer.clone(),
                uid: own,
            };
            self.built.targets.push(target);
        }
        self.parts(parts, part.fields, value, &pointer, &inner);
    }

    /// Namespaces that policies write out.
    fn namespaces(&mut self) {
        for name in &self.policies.namespaces {
            let (Some(own), Some(needs)) = (uid(NAMESPACE, name), self.needs().of(NAMESPACE)) else { continue };
            if self.built.entities.iter().any(|entity| entity.uid() == &own) {
                continue;
            }
            let id = ObjectRef {
                namespace: String::new(),
                kind: "Namespace".to_owned(),
                name: name.clone(),
                group: String::new(),
                version: "v1".to_owned(),
            };
            let labels = self.question.cluster.namespace_labels(name);
            let attributes = match (self.question.cluster.get(&id), labels) {
                (Some(object), _) => {
                    let here = Here { object, id: name, uid: &own };
                    self.object_attributes(&here, NAMESPACE, needs)
                }
                (None, Some(labels)) => self.labelled_namespace(&own, name, &labels),
                (None, None) => {
                    let cause = match self.question.cluster.knowledge("", "Namespace", "") {
                        Knowledge::Failed(message) => Cause { kind: CauseKind::Failed, message },
                        Knowledge::NotGiven(message) => Cause { kind: CauseKind::NotAsked, message },
                        Knowledge::Complete => {
                            let message = format!("there is no Namespace `{name}`");
                            Cause { kind: CauseKind::Failed, message }
                        }
                    };
                    self.built.holes.holes.push((own.clone(), Vec::new(), cause));
                    Attributes::new()
                }
            };
            self.built.entities.push(entity(own, attributes, Vec::new(), Attributes::new()));
        }
    }

    /// A namespace of which only the labels are kept.
    fn labelled_namespace(&mut self, own: &EntityUID, name: &str, labels: &[(&str, &str)]) -> Attributes {
        let pairs = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mut metadata = Attributes::new();
        metadata.insert("name".into(), Cedar::from(name));
        metadata.extend(self.tags("meta::v1::Labels", pairs).map(|labels| ("labels".into(), labels)));
        for path in [&["metadata", "annotations"][..], &["facts"]] {
            let message = format!("only the labels of Namespace `{name}` are kept");
            let cause = Cause { kind: CauseKind::Failed, message };
            self.built.holes.holes.push((own.clone(), path.iter().map(|step| (*step).to_owned()).collect(), cause));
        }
        [("metadata".into(), record(metadata))].into_iter().collect()
    }
}

/// What all parts of one object share.
struct Parts<'w> {
    object: &'w Object,
    id: &'w str,
    own: &'w EntityUID,
    namespace: &'w Option<EntityUID>,
    wanted: &'w dyn Fn(&str) -> bool,
}

/// What a part is inside of.
struct Around {
    /// What `object` refers to.
    object: EntityUID,
    /// JSON pointer of that.
    pointer: String,
    /// The object, and parts around.
    ancestors: Vec<EntityUID>,
    /// Indices of the parts around.
    index: Vec<usize>,
}

impl Around {
    fn root(object: &EntityUID, pointer: &str) -> Around {
        Around {
            object: object.clone(),
            pointer: pointer.to_owned(),
            ancestors: vec![object.clone()],
            index: Vec::new(),
        }
    }
}

fn raw(object: &Object) -> &Value {
    object.raw.as_deref().unwrap_or(&Value::NULL)
}

fn record(attributes: Attributes) -> Cedar {
    Cedar::record_arc(Arc::new(attributes), None)
}

/// `NAMESPACE/NAME`, or `NAME` for cluster-scoped objects.
fn object_id(id: &ObjectRef) -> String {
    if id.namespace.is_empty() { id.name.clone() } else { format!("{}/{}", id.namespace, id.name) }
}

fn namespace_of(object: &Object) -> Option<EntityUID> {
    let name = &object.id.namespace;
    if name.is_empty() { None } else { uid(NAMESPACE, name) }
}

/// Treats a field that is not there; true if that is all there is to do.
fn absent(
    field: &'static Field,
    here: &Here<'_>,
    pointer: &str,
    path: &[&'static str],
    builder: &mut Builder<'_>,
    into: &mut Attributes,
) -> bool {
    match field.presence {
        Presence::OrEmpty => false,
        Presence::Optional => true,
        Presence::Required => {
            builder.hole(here, path, field.name, format!("`{pointer}` is missing"));
            true
        }
        Presence::Default(literal) => {
            let value = match literal {
                Literal::Bool(bool) => Cedar::from(bool),
                Literal::Long(long) => Cedar::from(long),
                Literal::Text(text) => Cedar::from(text),
            };
            into.insert(field.name.into(), value);
            true
        }
    }
}

fn scalar(shape: &Shape, value: &Value, pointer: &str) -> Result<Cedar, String> {
    let wanted = |made: Option<Cedar>, wanted| made.ok_or_else(|| wrong_type(pointer, value, wanted));
    match shape {
        Shape::Bool => wanted(value.as_bool().map(Cedar::from), "a boolean"),
        Shape::Long => wanted(value.as_int().map(Cedar::from), "an integer"),
        Shape::Text => wanted(value.as_str().map(Cedar::from), "a string"),
        Shape::Opaque => match &value.node {
            Node::Text(text) => Ok(Cedar::from(&**text)),
            Node::Int(int) => Ok(Cedar::from(int.to_string().as_str())),
            Node::Float(float) => Ok(Cedar::from(float.to_string().as_str())),
            Node::Bool(bool) => Ok(Cedar::from(bool.to_string().as_str())),
            _ => Err(wrong_type(pointer, value, "a scalar")),
        },
        Shape::Address => {
            let text = value.as_str().ok_or_else(|| wrong_type(pointer, value, "a string"))?;
            address::value(text).ok_or_else(|| format!("`{pointer}` is no address or range of addresses"))
        }
        _ => Err(format!("`{pointer}` is no scalar")),
    }
}

fn wrong_type(pointer: &str, value: &Value, wanted: &str) -> String {
    format!("`{pointer}` is a {} and must be {wanted}", value.type_name())
}

fn list<'v>(value: Option<&'v Value>, pointer: &str) -> Result<&'v [Value], String> {
    match value {
        None => Ok(&[]),
        Some(value) => value.as_list().ok_or_else(|| wrong_type(pointer, value, "a list")),
    }
}

fn pairs(value: Option<&Value>, pointer: &str) -> Result<Vec<(String, String)>, String> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let map: Cow<'_, Map> = match &value.node {
        Node::Map(map) => Cow::Borrowed(map),
        _ => return Err(wrong_type(pointer, value, "a map")),
    };
    let mut pairs = Vec::with_capacity(map.len());
    for entry in map.iter() {
        let text = match &entry.value.node {
            Node::Text(text) => text.to_string(),
            Node::Null => String::new(),
            _ => return Err(wrong_type(&format!("{pointer}/{}", entry.key), &entry.value, "a string")),
        };
        pairs.push((entry.key.to_string(), text));
    }
    pairs.sort();
    Ok(pairs)
}

fn requirement(value: &Value, pointer: &str) -> Result<(String, String, Vec<String>), String> {
    let text = |key: &str| {
        let text = value.get(key).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| format!("`{pointer}/{key}` is missing or no string"))
    };
    let values = match value.get("values") {
        None => Vec::new(),
        Some(values) => {
            let texts = values.as_list().map(|list| list.iter().map(|value| value.as_str().map(str::to_owned)));
            let texts: Option<Option<Vec<String>>> = texts.map(Iterator::collect);
            texts.flatten().ok_or_else(|| format!("`{pointer}/values` is no list of strings"))?
        }
    };
    Ok((text("key")?, text("operator")?, values))
}

/// An id that tells maps apart by what is in them.
fn content(pairs: &[(String, String)]) -> String {
    let mut id = String::new();
    let mut push = |text: &str, end: char| {
        for char in text.chars() {
            if matches!(char, '\\' | '=' | ',' | ';') {
                id.push('\\');
            }
            id.push(char);
        }
        id.push(end);
    };
    for (key, value) in pairs {
        push(key, '=');
        push(value, ',');
    }
    id
}

fn fact_value(value: FactValue) -> Cedar {
    match value {
        FactValue::Bool(bool) => Cedar::from(bool),
        FactValue::Long(long) => Cedar::from(long),
        FactValue::Text(text) => Cedar::from(text.as_str()),
        FactValue::Texts(texts) => Cedar::set(texts.iter().map(|text| Cedar::from(text.as_str())), None),
    }
}

impl Shape {
    fn is_port_or_name(&self) -> bool {
        matches!(self, Shape::PortOrName)
    }
}
