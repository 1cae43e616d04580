//! The Cedar schema, written from the model.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::model::{ACCESS_RESOURCES, Attribute, EntityType, Model, PRINCIPALS, Type};
use super::net_types::{self, ENDS};
use super::parameter::{Parameter, ParameterType};

/// Admission operations, as action ids.
pub(super) const OPERATIONS: [&str; 4] = ["create", "update", "delete", "connect"];
/// Verbs that only read.
pub(super) const READ_ONLY: [&str; 3] = ["get", "list", "watch"];
/// Verbs of access questions, for resources and for paths.
pub(super) const VERBS: [&str; 20] = [
    "approve",
    "attest",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "head",
    "impersonate",
    "list",
    "options",
    "patch",
    "post",
    "proxy",
    "put",
    "sign",
    "update",
    "use",
    "watch",
];

/// The schema in Cedar's JSON syntax, with the parameters of one pack and with what everything means.
pub(super) fn documented(parameters: &[Parameter]) -> Value {
    written(parameters, Docs::With)
}

fn written(parameters: &[Parameter], docs: Docs) -> Value {
    let model = Model::get();
    let admission: Vec<&str> = model.admission_resources().collect();
    let mut namespaces: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for ty in model.entities() {
        let (namespace, name) = ty.name.rsplit_once("::").unwrap_or(("", ty.name));
        namespaces.entry(namespace).or_default().insert(name.to_owned(), entity(ty, docs));
    }
    let mut root = Map::new();
    for (namespace, types) in namespaces {
        let actions = match namespace {
            "k8s" => access_actions(&ACCESS_RESOURCES, docs),
            "net" => net_actions(docs),
            _ => Map::new(),
        };
        root.insert(namespace.to_owned(), fragment(types, actions));
    }
    root.insert("k8s::admission".to_owned(), fragment(Map::new(), admission_actions(&admission, docs)));
    root.insert(
        "hedgerow".to_owned(),
        json!({ "commonTypes": { "Params": params(parameters, docs) }, "entityTypes": {}, "actions": {} }),
    );
    Value::Object(root)
}

fn fragment(types: Map<String, Value>, actions: Map<String, Value>) -> Value {
    Value::Object(Map::from_iter([
        ("entityTypes".to_owned(), Value::Object(types)),
        ("actions".to_owned(), Value::Object(actions)),
    ]))
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The schema that validates: what things mean is left out, which halves the time it takes to read.
pub(super) fn schema(parameters: &[Parameter]) -> Value {
    written(parameters, Docs::Without)
}

/// Whether what things mean is written, as annotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Docs {
    With,
    Without,
}

impl Docs {
    fn of(self, mut value: Map<String, Value>, doc: &str) -> Value {
        if self == Docs::With {
            value.insert("annotations".to_owned(), json!({ "doc": doc }));
        }
        Value::Object(value)
    }
}

fn admission_actions(resources: &[&str], docs: Docs) -> Map<String, Value> {
    let dry_run = docs.of(object([("type", "Boolean".into())]), "The request changes nothing.");
    let context = record(object([("dryRun", dry_run), ("params", own_params(docs))]));
    let applies = applies_to(&PRINCIPALS, resources, &context);
    let mut actions = object([("all", docs.of(Map::new(), "Every operation at admission."))]);
    for operation in OPERATIONS {
        actions.insert(operation.to_owned(), json!({ "memberOf": [{ "id": "all" }], "appliesTo": applies }));
    }
    actions
}

fn access_actions(resources: &[&str], docs: Docs) -> Map<String, Value> {
    let applies = applies_to(&PRINCIPALS, resources, &record(object([("params", own_params(docs))])));
    let mut actions = object([
        ("all", docs.of(Map::new(), "Every verb.")),
        ("readOnly", docs.of(Map::new(), "`get`, `list` and `watch`.")),
    ]);
    for verb in VERBS {
        let mut groups = vec![json!({ "id": "all" })];
        if READ_ONLY.contains(&verb) {
            groups.push(json!({ "id": "readOnly" }));
        }
        actions.insert(verb.to_owned(), json!({ "memberOf": groups, "appliesTo": applies }));
    }
    actions
}

fn net_actions(docs: Docs) -> Map<String, Value> {
    let mut context = attributes(&net_types::context(), docs);
    context.insert("params".to_owned(), own_params(docs));
    let applies = applies_to(&ENDS, &ENDS, &record(context));
    let action = |doc| docs.of(object([("appliesTo", applies.clone())]), doc);
    object([
        ("connect", action("The source may connect to the destination: `forbid` says it may not.")),
        ("depend", action("The source depends on the destination: `permit` says that it has to work.")),
    ])
}

fn own_params(docs: Docs) -> Value {
    docs.of(object([("type", "hedgerow::Params".into())]), "The pack's parameters.")
}

fn applies_to(principals: &[&str], resources: &[&str], context: &Value) -> Value {
    json!({ "principalTypes": principals, "resourceTypes": resources, "context": context })
}

fn record(attributes: Map<String, Value>) -> Value {
    Value::Object(object([("type", "Record".into()), ("attributes", Value::Object(attributes))]))
}

fn entity(ty: &EntityType, docs: Docs) -> Value {
    let shape = record(attributes(&ty.attributes, docs));
    let mut fields = object([("memberOfTypes", json!(ty.parents)), ("shape", shape)]);
    if ty.tags {
        fields.insert("tags".to_owned(), json!({ "type": "String" }));
    }
    docs.of(fields, ty.doc)
}

fn attributes(of: &[Attribute], docs: Docs) -> Map<String, Value> {
    let attribute = |attribute: &Attribute| {
        let mut ty = type_of(&attribute.ty, docs);
        if !attribute.required {
            ty.insert("required".to_owned(), Value::Bool(false));
        }
        (attribute.name.clone(), docs.of(ty, attribute.doc))
    };
    of.iter().map(attribute).collect()
}

fn type_of(ty: &Type, docs: Docs) -> Map<String, Value> {
    let plain = |name: &str| object([("type", name.into())]);
    match ty {
        Type::Bool => plain("Boolean"),
        Type::Long => plain("Long"),
        Type::Text => plain("String"),
        Type::Address => object([("type", "Extension".into()), ("name", "ipaddr".into())]),
        Type::Set(element) => object([("type", "Set".into()), ("element", Value::Object(type_of(element, docs)))]),
        Type::Record(of) => object([("type", "Record".into()), ("attributes", Value::Object(attributes(of, docs)))]),
        Type::Entity(name) => object([("type", "Entity".into()), ("name", (*name).into())]),
    }
}

fn params(parameters: &[Parameter], docs: Docs) -> Value {
    let attribute = |parameter: &Parameter| {
        let ty = type_of(&parameter.ty.to_type(), docs);
        (parameter.name.clone(), docs.of(ty, &parameter.description))
    };
    record(parameters.iter().map(attribute).collect())
}

impl ParameterType {
    /// The attribute type of `context.params.NAME`.
    pub(super) fn to_type(self) -> Type {
        match self {
            ParameterType::Long => Type::Long,
            ParameterType::Text => Type::Text,
            ParameterType::Bool => Type::Bool,
            ParameterType::Longs => Type::Set(Box::new(Type::Long)),
            ParameterType::Texts => Type::Set(Box::new(Type::Text)),
            ParameterType::Address => Type::Address,
            ParameterType::Addresses => Type::Set(Box::new(Type::Address)),
        }
    }
}
