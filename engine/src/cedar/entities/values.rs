//! Values of fields and facts → values of Cedar.

use super::*;

pub(super) fn raw(object: &Object) -> &Value {
    object.raw.as_deref().unwrap_or(&Value::NULL)
}

pub(super) fn record(attributes: Attributes) -> Cedar {
    Cedar::record_arc(Arc::new(attributes), None)
}

/// `NAMESPACE/NAME`, or `NAME` for cluster-scoped objects.
pub(super) fn object_id(id: &ObjectRef) -> String {
    if id.namespace.is_empty() { id.name.clone() } else { format!("{}/{}", id.namespace, id.name) }
}

pub(super) fn namespace_of(object: &Object) -> Option<EntityUID> {
    let name = &object.id.namespace;
    if name.is_empty() { None } else { uid(NAMESPACE, name) }
}

/// Treats a field that is not there; true if that is all there is to do.
pub(super) fn absent(
    field: &'static Field,
    here: &Here<'_>,
    pointer: &Path<'_>,
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

pub(super) fn scalar(shape: &Shape, value: &Value, pointer: &Path<'_>) -> Result<Cedar, String> {
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

pub(super) fn wrong_type(pointer: &Path<'_>, value: &Value, wanted: &str) -> String {
    format!("`{pointer}` is a {} and must be {wanted}", value.type_name())
}

pub(super) fn list<'v>(value: Option<&'v Value>, pointer: &Path<'_>) -> Result<&'v [Value], String> {
    match value {
        None => Ok(&[]),
        Some(value) => value.as_list().ok_or_else(|| wrong_type(pointer, value, "a list")),
    }
}

pub(super) fn pairs(value: Option<&Value>, pointer: &Path<'_>) -> Result<Vec<(String, String)>, String> {
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
            _ => return Err(wrong_type(&pointer.key(&entry.key), &entry.value, "a string")),
        };
        pairs.push((entry.key.to_string(), text));
    }
    pairs.sort();
    Ok(pairs)
}

pub(super) fn requirement(value: &Value, pointer: &Path<'_>) -> Result<(String, String, Vec<String>), String> {
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
pub(in crate::cedar) fn content(pairs: &[(String, String)]) -> String {
    let mut id = String::new();
    let mut push = |text: &str, end: char| {
        for piece in text.split_inclusive(['\\', '=', ',', ';']) {
            match piece.char_indices().next_back() {
                Some((last, '\\' | '=' | ',' | ';')) => {
                    let (plain, special) = piece.split_at(last);
                    id.extend([plain, "\\", special]);
                }
                _ => id.push_str(piece),
            }
        }
        id.push(end);
    };
    for (key, value) in pairs {
        push(key, '=');
        push(value, ',');
    }
    id
}

pub(super) fn fact_value(value: FactValue) -> Cedar {
    match value {
        FactValue::Bool(bool) => Cedar::from(bool),
        FactValue::Long(long) => Cedar::from(long),
        FactValue::Text(text) => Cedar::from(text.as_str()),
        FactValue::Texts(texts) => Cedar::set(texts.iter().map(|text| Cedar::from(text.as_str())), None),
    }
}

impl Shape {
    pub(super) fn is_port_or_name(&self) -> bool {
        matches!(self, Shape::PortOrName)
    }
}
