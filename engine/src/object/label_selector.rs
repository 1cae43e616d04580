//! LabelSelector (meta/v1).

use super::shape::{Field, Shape, or_empty, required};
use super::{Notes, Path};
use crate::net::{Operator, Requirement, Selector};
use crate::text::Value;

/// What a selector looks like.
pub(super) const FIELDS: &[Field] = &[
    or_empty("matchLabels", Shape::Tags(""), "Labels that must be there."),
    or_empty(
        "matchExpressions",
        Shape::Set(&Shape::Record(&[
            required("key", Shape::Text, "The label."),
            required("operator", Shape::Text, "`In`, `NotIn`, `Exists` or `DoesNotExist`."),
            or_empty("values", Shape::Set(&Shape::Text), "Values, for `In` and `NotIn`."),
        ])),
        "Requirements.",
    ),
];

/// Tells what the API would refuse in a selector whose types are right.
pub(super) fn check(selector: &Value, path: &Path<'_>, notes: &mut Notes<'_>) {
    let path = path.key("matchExpressions");
    for (index, expression) in expressions(selector).iter().enumerate() {
        let path = path.index(index);
        let Some(given) = expression.get("operator") else { continue };
        let values = expression.get("values").and_then(Value::as_list).unwrap_or_default();
        match given.as_str().map(operator) {
            Some(Some(Operator::In | Operator::NotIn)) if values.is_empty() => {
                notes.refused(&path.key("operator"), given, "which wants at least one of `values`", None);
            }
            Some(Some(Operator::Exists | Operator::DoesNotExist)) if !values.is_empty() => {
                notes.refused(&path.key("operator"), given, "which takes no `values`", None);
            }
            Some(None) => {
                let why = "and the API knows `In`, `NotIn`, `Exists` and `DoesNotExist`";
                notes.refused_unreadable(&path.key("operator"), given, why, None);
            }
            _ => {}
        }
    }
}

/// The selector in typed form. `None` if something in it could not be read, so that it never selects more than is written.
pub(crate) fn lower(selector: &Value) -> Option<Selector> {
    let mut requirements = Vec::new();
    if let Some(labels) = selector.get("matchLabels") {
        for entry in labels.as_map()?.iter() {
            let value = if entry.value.is_null() { "" } else { entry.value.as_str()? };
            let values = vec![value.to_owned()];
            requirements.push(Requirement { key: entry.key.to_string(), operator: Operator::In, values });
        }
    }
    if selector.as_map().is_none() || selector.get("matchExpressions").is_some_and(|list| list.as_list().is_none()) {
        return None;
    }
    for expression in expressions(selector) {
        requirements.push(requirement(expression)?);
    }
    requirements.sort_unstable();
    requirements.dedup();
    Some(Selector { requirements })
}

fn requirement(expression: &Value) -> Option<Requirement> {
    let key = expression.get("key")?.as_str()?.to_owned();
    let operator = operator(expression.get("operator")?.as_str()?)?;
    let mut values = Vec::new();
    if let Some(given) = expression.get("values") {
        for value in given.as_list()? {
            values.push(value.as_str()?.to_owned());
        }
    }
    if matches!(operator, Operator::Exists | Operator::DoesNotExist) {
        values.clear();
    }
    values.sort_unstable();
    values.dedup();
    Some(Requirement { key, operator, values })
}

fn expressions(selector: &Value) -> &[Value] {
    selector.get("matchExpressions").and_then(Value::as_list).unwrap_or_default()
}

fn operator(text: &str) -> Option<Operator> {
    match text {
        "In" => Some(Operator::In),
        "NotIn" => Some(Operator::NotIn),
        "Exists" => Some(Operator::Exists),
        "DoesNotExist" => Some(Operator::DoesNotExist),
        _ => None,
    }
}
