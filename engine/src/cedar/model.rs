//! What Cedar sees: every entity type with its attributes, made from the tables of kinds and facts.
//!
//! The schema is written from here, message paths and reads are checked against it, and an attribute knows the field it
//! stands for. Start at [`Model::get`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::net_types;
use crate::fact::{FACTS, FactSpec, FactType};
use crate::object::shape::{Field, Part, Presence, Shape};
use crate::object::{KINDS, Kind, METADATA, parts_of};

/// Entity type of namespaces.
pub(super) const NAMESPACE: &str = "core::v1::Namespace";
/// Entity type of pod templates.
pub(super) const TEMPLATE: &str = "core::v1::PodTemplate";
/// Entity type of objects whose kind is not in the table.
pub(super) const OBJECT: &str = "k8s::Object";
/// Entity type of label selectors.
pub(super) const LABEL_SELECTOR: &str = "meta::v1::LabelSelector";
/// Entity type of groups.
pub(super) const GROUP: &str = "k8s::Group";
/// Entity type of resources in access questions.
pub(super) const RESOURCE: &str = "k8s::Resource";
/// Entity type of paths in access questions.
pub(super) const NON_RESOURCE_URL: &str = "k8s::NonResourceURL";
/// Entity types of principals.
pub(super) const PRINCIPALS: [&str; 3] = ["k8s::User", "k8s::ServiceAccount", "k8s::Node"];
/// Entity types of what access questions are about.
pub(super) const ACCESS_RESOURCES: [&str; 2] = [RESOURCE, NON_RESOURCE_URL];

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// `Bool`
    Bool,
    /// `Long`
    Long,
    /// `String`
    Text,
    /// `ipaddr`
    Address,
    /// `Set<…>`
    Set(Box<Type>),
    /// A record.
    Record(Vec<Attribute>),
    /// An entity of that type.
    Entity(&'static str),
}

/// What an attribute stands for in the object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stands {
    /// The value at that key.
    Key(&'static str),
    /// Something worked out.
    Fact(&'static FactSpec),
    /// The record of facts.
    Facts,
    /// The object that a part belongs to.
    Object,
    /// The object before the change.
    Old,
    /// No field.
    Nowhere,
}

impl PartialEq for Stands {
    fn eq(&self, other: &Stands) -> bool {
        match (self, other) {
            (Stands::Key(left), Stands::Key(right)) => left == right,
            (Stands::Fact(left), Stands::Fact(right)) => std::ptr::eq(*left, *right),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Eq for Stands {}

/// One attribute of an entity type or record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    /// Its name.
    pub(super) name: String,
    /// Its type.
    pub(super) ty: Type,
    /// Whether every entity of the type has it.
    pub(super) required: bool,
    /// What it means.
    pub(super) doc: &'static str,
    /// What it stands for.
    pub(super) stands: Stands,
}

/// One entity type.
#[derive(Clone, Debug)]
pub(super) struct EntityType {
    /// Its name with its namespace.
    pub(super) name: &'static str,
    /// Requests at admission can be about it.
    pub(super) asked: bool,
    /// Types of its parents.
    pub(super) parents: Vec<&'static str>,
    /// Its attributes.
    pub(super) attributes: Vec<Attribute>,
    /// Whether it has tags (all of them are text).
    pub(super) tags: bool,
    /// What it is.
    pub(super) doc: &'static str,
}

/// Every entity type by name.
#[derive(Debug)]
pub(super) struct Model {
    types: BTreeMap<&'static str, EntityType>,
}

static MODEL: LazyLock<Model> = LazyLock::new(Model::from_tables);

impl Model {
    /// The one model.
    pub(super) fn get() -> &'static Model {
        &MODEL
    }

    /// The entity type of that name.
    pub(super) fn entity(&self, name: &str) -> Option<&EntityType> {
        self.types.get(name)
    }

    /// Every entity type in order of name.
    pub(super) fn entities(&self) -> impl Iterator<Item = &EntityType> {
        self.types.values()
    }

    /// Entity types that a request at admission can be about, in order of name.
    pub(super) fn admission_resources(&self) -> impl Iterator<Item = &'static str> {
        self.types.values().filter(|ty| ty.asked).map(|ty| ty.name)
    }

    fn from_tables() -> Model {
        let mut types: Vec<EntityType> = principals();
        types.extend(maps());
        types.extend(access());
        types.push(unknown_object());
        types.extend(net_types::types());
        for kind in KINDS {
            types.push(of_kind(kind));
            types.extend(parts_of(kind).into_iter().map(of_part));
        }
        Model { types: types.into_iter().map(|ty| (ty.name, ty)).collect() }
    }
}

fn other(name: &'static str, doc: &'static str, parents: &[&'static str], attributes: Vec<Attribute>) -> EntityType {
    EntityType { name, asked: false, parents: parents.to_vec(), attributes, tags: false, doc }
}

fn attribute(name: &str, ty: Type, required: bool, doc: &'static str, stands: Stands) -> Attribute {
    Attribute { name: name.to_owned(), ty, required, doc, stands }
}

fn text(name: &str, required: bool, doc: &'static str) -> Attribute {
    attribute(name, Type::Text, required, doc, Stands::Nowhere)
}

fn principals() -> Vec<EntityType> {
    let name = || text("name", true, "The whole user name, such as `system:serviceaccount:shop:deployer`.");
    vec![
        other(GROUP, "A group of users; its id is the group's name.", &[], Vec::new()),
        other("k8s::User", "A user; its id is the user name.", &[GROUP], vec![name()]),
        other(
            "k8s::ServiceAccount",
            "A service account; its id is the whole user name, `system:serviceaccount:NAMESPACE:NAME`.",
            &[GROUP],
            vec![
                text("name", true, "Name of the service account."),
                text("namespace", true, "Namespace of the service account."),
            ],
        ),
        other(
            "k8s::Node",
            "A node's kubelet; its id is the whole user name, `system:node:NAME`.",
            &[GROUP],
            vec![text("name", true, "Name of the node.")],
        ),
    ]
}

fn maps() -> Vec<EntityType> {
    let tagged = |name, doc| EntityType { tags: true, ..other(name, doc, &[], Vec::new()) };
    let requirement = Type::Record(vec![
        text("key", true, "Label key."),
        text("operator", true, "`In`, `NotIn`, `Exists` or `DoesNotExist`."),
        attribute("values", Type::Set(Box::new(Type::Text)), true, "Values to compare with.", Stands::Nowhere),
    ]);
    let expressions = Type::Set(Box::new(requirement));
    let doc = "A label selector; its tags are `matchLabels`. Equal selectors are equal entities.";
    vec![
        tagged("meta::v1::Labels", "Labels as tags. Equal maps are equal entities."),
        tagged("meta::v1::Annotations", "Annotations as tags. Equal maps are equal entities."),
        tagged("core::v1::Selector", "A map of labels as tags. Equal maps are equal entities."),
        EntityType {
            attributes: vec![
                attribute("selectsAll", Type::Bool, true, "It has no requirement at all.", Stands::Nowhere),
                attribute("matchExpressions", expressions, true, "The expressions.", Stands::Key("matchExpressions")),
            ],
            ..tagged(LABEL_SELECTOR, doc)
        },
    ]
}

fn access() -> Vec<EntityType> {
    vec![
        other(
            RESOURCE,
            "What a SubjectAccessReview asks about.",
            &[],
            vec![
                text("apiGroup", true, "API group; empty for the core group."),
                text("resource", true, "Resource, such as `services`."),
                text("namespace", false, "Absent for all namespaces and cluster-scoped resources."),
                text("name", false, "Absent when the question is about all of them."),
                text("subresource", false, "Such as `status`."),
            ],
        ),
        other(
            NON_RESOURCE_URL,
            "A path that a SubjectAccessReview asks about.",
            &[],
            vec![text("path", true, "Such as `/metrics`.")],
        ),
    ]
}

/// Attributes that every object has.
fn of_every_object(name: &'static str) -> Vec<Attribute> {
    vec![
        attribute("apiGroup", Type::Text, true, "API group; empty for the core group.", Stands::Key("apiVersion")),
        attribute("apiVersion", Type::Text, true, "API version without the group.", Stands::Key("apiVersion")),
        attribute("kind", Type::Text, true, "Kind, such as `Service`.", Stands::Key("kind")),
        attribute("metadata", Type::Record(fields(METADATA)), true, "Metadata.", Stands::Key("metadata")),
        attribute("old", Type::Entity(name), false, "The object before an UPDATE.", Stands::Old),
    ]
}

fn unknown_object() -> EntityType {
    let doc = "An object of a kind that is not in the table.";
    EntityType { asked: true, ..other(OBJECT, doc, &[NAMESPACE], of_every_object(OBJECT)) }
}

fn of_kind(kind: &'static Kind) -> EntityType {
    let mut attributes = of_every_object(kind.entity);
    attributes.extend(fields(kind.fields));
    attributes.push(facts(kind.entity));
    let parents = if kind.entity == NAMESPACE { Vec::new() } else { vec![NAMESPACE] };
    EntityType { name: kind.entity, asked: true, parents, attributes, tags: false, doc: kind.doc }
}

fn of_part(part: &'static Part) -> EntityType {
    let mut attributes = fields(part.fields);
    if part.entity == TEMPLATE {
        attributes.push(text("ownerKind", true, "Kind of the object that has the template."));
        attributes.push(text("ownerName", true, "Name of that object."));
        attributes.push(text("namespace", false, "Namespace of that object."));
    } else {
        attributes.push(attribute("object", Type::Entity(part.owner), true, "What it is part of.", Stands::Object));
        attributes.push(attribute("index", Type::Long, true, "Its place in the list, from 0.", Stands::Nowhere));
    }
    attributes.push(facts(part.entity));
    let parents = parents_of_part(part);
    EntityType { name: part.entity, asked: true, parents, attributes, tags: false, doc: part.doc }
}

fn parents_of_part(part: &Part) -> Vec<&'static str> {
    let mut parents = vec![NAMESPACE];
    if part.entity == TEMPLATE {
        parents.extend(KINDS.iter().filter(|kind| kind.template.is_some()).map(|kind| kind.entity));
        return parents;
    }
    parents.push(part.owner);
    let outer = KINDS.iter().flat_map(|kind| parts_of(kind)).filter(|outer| holds(outer.fields, part));
    for outer in outer {
        if !parents.contains(&outer.entity) {
            parents.push(outer.entity);
        }
    }
    parents
}

/// Whether a list of `fields` (not of a part inside) has `part` as its elements.
fn holds(fields: &[Field], part: &Part) -> bool {
    fields.iter().any(|field| match field.shape {
        Shape::Parts(inner) => inner.entity == part.entity,
        Shape::Record(fields) => holds(fields, part),
        _ => false,
    })
}

fn facts(entity: &str) -> Attribute {
    let of_entity = FACTS.iter().filter(|fact| fact.on.contains(&entity));
    let attributes = of_entity.map(|fact| {
        let ty = match fact.ty {
            FactType::Bool => Type::Bool,
            FactType::Long => Type::Long,
            FactType::Text => Type::Text,
            FactType::Texts => Type::Set(Box::new(Type::Text)),
        };
        // A fact that is always applicable needs no `has`; where it is unknown, what reads it is not evaluated at all.
        attribute(fact.name, ty, fact.not_applicable.is_empty(), fact.meaning, Stands::Fact(fact))
    });
    attribute("facts", Type::Record(attributes.collect()), true, "What Hedgerow works out.", Stands::Facts)
}

fn fields(fields: &'static [Field]) -> Vec<Attribute> {
    fields.iter().flat_map(of_field).collect()
}

fn of_field(field: &'static Field) -> Vec<Attribute> {
    let required = !matches!(field.presence, Presence::Optional);
    let of = |name: &str, ty| attribute(name, ty, required, field.doc, Stands::Key(field.name));
    match field.shape {
        Shape::PortOrName => vec![of(field.name, Type::Long), of(&format!("{}Name", field.name), Type::Text)]
            .into_iter()
            .map(|attribute| Attribute { required: false, ..attribute })
            .collect(),
        shape => vec![of(field.name, of_shape(&shape))],
    }
}

fn of_shape(shape: &Shape) -> Type {
    match shape {
        Shape::Bool => Type::Bool,
        Shape::Long | Shape::PortOrName => Type::Long,
        Shape::Text | Shape::Opaque => Type::Text,
        Shape::Address => Type::Address,
        Shape::Tags(entity) => Type::Entity(entity),
        Shape::Selector => Type::Entity(LABEL_SELECTOR),
        Shape::Set(element) => Type::Set(Box::new(of_shape(element))),
        Shape::Record(of) => Type::Record(fields(of)),
        Shape::Parts(part) => Type::Set(Box::new(Type::Entity(part.entity))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute<'a>(ty: &'a EntityType, name: &str) -> &'a Attribute {
        ty.attributes.iter().find(|attribute| attribute.name == name).unwrap()
    }

    #[test]
    fn parts_have_their_object_the_part_around_them_and_the_namespace_as_parents() {
        let peer = Model::get().entity("networking::v1::IngressPeer").unwrap();
        assert_eq!(peer.parents, [NAMESPACE, "networking::v1::NetworkPolicy", "networking::v1::IngressRule"]);
        let port = Model::get().entity("core::v1::ContainerPort").unwrap();
        assert_eq!(port.parents, [NAMESPACE, TEMPLATE, "core::v1::Container"]);
    }

    #[test]
    fn a_port_by_number_or_name_is_two_attributes_of_one_field() {
        let port = Model::get().entity("core::v1::ServicePort").unwrap();
        let name = attribute(port, "targetPortName");
        assert_eq!((&name.ty, name.required, name.stands), (&Type::Text, false, Stands::Key("targetPort")));
    }
}
