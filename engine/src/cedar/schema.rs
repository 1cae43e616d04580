//! The Cedar schema, written from the model.

use std::collections::BTreeMap;

use cedar_policy_core::validator::RawName;
use cedar_policy_core::validator::json_schema::Fragment;
use serde_json::{Map, Value, json};

use super::model::{ACCESS_RESOURCES, Attribute, EntityType, Model, PRINCIPALS, Type};
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
    let model = Model::get();
    let admission: Vec<&str> = model.admission_resources().collect();
    let mut namespaces: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for ty in model.entities() {
        let (namespace, name) = ty.name.rsplit_once("::").unwrap_or(("", ty.name));
        namespaces.entry(namespace).or_default().insert(name.to_owned(), entity(ty));
    }
    let mut root = Map::new();
    for (namespace, types) in namespaces {
        let actions = if namespace == "k8s" { access_actions(&ACCESS_RESOURCES) } else { json!({}) };
        root.insert(namespace.to_owned(), json!({ "entityTypes": types, "actions": actions }));
    }
    root.insert("k8s::admission".to_owned(), json!({ "entityTypes": {}, "actions": admission_actions(&admission) }));
    root.insert(
        "hedgerow".to_owned(),
        json!({ "commonTypes": { "Params": params(parameters) }, "entityTypes": {}, "actions": {} }),
    );
    Value::Object(root)
}

/// The schema that validates: what things mean is left out, which halves the time it takes to read.
pub(super) fn schema(parameters: &[Parameter]) -> Value {
    let mut schema = documented(parameters);
    strip(&mut schema);
    schema
}

fn strip(value: &mut Value) {
    if let Value::Object(map) = value {
        // `metadata` has an attribute of that name, which has a type and no text.
        if map.get("annotations").is_some_and(|found| found.get("doc").is_some_and(Value::is_string)) {
            map.remove("annotations");
        }
        map.values_mut().for_each(strip);
    }
}

/// The schema that policies are validated against, in Cedar's JSON syntax, without the parameters of any pack.
pub fn schema_json() -> String {
    serde_json::to_string_pretty(&documented(&[])).unwrap_or_default()
}

/// The schema that policies are validated against, in Cedar's own syntax, without the parameters of any pack.
pub fn schema_cedar() -> String {
    let fragment = Fragment::<RawName>::from_json_value(documented(&[]));
    fragment.ok().and_then(|fragment| fragment.to_cedarschema().ok()).unwrap_or_default()
}

fn admission_actions(resources: &[&str]) -> Value {
    let context = json!({ "type": "Record", "attributes": {
        "dryRun": { "type": "Boolean", "annotations": { "doc": "The request changes nothing." } },
        "params": { "type": "hedgerow::Params", "annotations": { "doc": "The pack's parameters." } },
    } });
    let mut actions = Map::new();
    actions.insert("all".to_owned(), json!({ "annotations": { "doc": "Every operation at admission." } }));
    for operation in OPERATIONS {
        let applies = applies_to(resources, &context);
        actions.insert(operation.to_owned(), json!({ "memberOf": [{ "id": "all" }], "appliesTo": applies }));
    }
    Value::Object(actions)
}

fn access_actions(resources: &[&str]) -> Value {
    let context = json!({ "type": "Record", "attributes": {
        "params": { "type": "hedgerow::Params", "annotations": { "doc": "The pack's parameters." } },
    } });
    let mut actions = Map::new();
    actions.insert("all".to_owned(), json!({ "annotations": { "doc": "Every verb." } }));
    actions.insert("readOnly".to_owned(), json!({ "annotations": { "doc": "`get`, `list` and `watch`." } }));
    for verb in VERBS {
        let mut groups = vec![json!({ "id": "all" })];
        if READ_ONLY.contains(&verb) {
            groups.push(json!({ "id": "readOnly" }));
        }
        actions.insert(verb.to_owned(), json!({ "memberOf": groups, "appliesTo": applies_to(resources, &context) }));
    }
    Value::Object(actions)
}

fn applies_to(resources: &[&str], context: &Value) -> Value {
    json!({ "principalTypes": PRINCIPALS, "resourceTypes": resources, "context": context })
}

fn entity(ty: &EntityType) -> Value {
    let mut value = json!({
        "memberOfTypes": ty.parents,
        "shape": { "type": "Record", "attributes": attributes(&ty.attributes) },
        "annotations": { "doc": ty.doc },
    });
    if let (true, Value::Object(map)) = (ty.tags, &mut value) {
        map.insert("tags".to_owned(), json!({ "type": "String" }));
    }
    value
}

fn attributes(of: &[Attribute]) -> Value {
    let attribute = |attribute: &Attribute| {
        let Value::Object(mut map) = type_of(&attribute.ty) else {
            return (attribute.name.clone(), Value::Null);
        };
        if !attribute.required {
            map.insert("required".to_owned(), Value::Bool(false));
        }
        map.insert("annotations".to_owned(), json!({ "doc": attribute.doc }));
        (attribute.name.clone(), Value::Object(map))
    };
    Value::Object(of.iter().map(attribute).collect())
}

fn type_of(ty: &Type) -> Value {
    match ty {
        Type::Bool => json!({ "type": "Boolean" }),
        Type::Long => json!({ "type": "Long" }),
        Type::Text => json!({ "type": "String" }),
        Type::Address => json!({ "type": "Extension", "name": "ipaddr" }),
        Type::Set(element) => json!({ "type": "Set", "element": type_of(element) }),
        Type::Record(of) => json!({ "type": "Record", "attributes": attributes(of) }),
        Type::Entity(name) => json!({ "type": "Entity", "name": name }),
    }
}

fn params(parameters: &[Parameter]) -> Value {
    let attribute = |parameter: &Parameter| {
        let mut value = type_of(&parameter.ty.to_type());
        if let Value::Object(map) = &mut value {
            map.insert("annotations".to_owned(), json!({ "doc": parameter.description }));
        }
        (parameter.name.clone(), value)
    };
    json!({ "type": "Record", "attributes": parameters.iter().map(attribute).collect::<Map<_, _>>() })
}

impl ParameterType {
    /// The attribute type of `context.params.NAME`.
    pub(super) fn to_type(self) -> Type {
        match self {
            ParameterType::Long => Type::Long,
            ParameterType::Text => Type::Text,
            ParameterType::Bool => Type::Bool,
            ParameterType::Texts => Type::Set(Box::new(Type::Text)),
            ParameterType::Address => Type::Address,
            ParameterType::Addresses => Type::Set(Box::new(Type::Address)),
        }
    }
}
