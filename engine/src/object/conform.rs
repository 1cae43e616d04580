//! Holds a value against the shape of its kind.

use super::kind::Kind;
use super::shape::{Field, Presence, Shape};
use super::{METADATA, Notes, POD_TEMPLATE, Path, label_selector};
use crate::net::Cidr;
use crate::text::{Map, Value};

/// Field names of every object, for the check of their case.
const ROOT: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

/// Tells every field of the object that has the wrong type or case, is missing, or holds no address where one is wanted.
/// Cost: linear in the fields of the object.
pub(super) fn conform(object: &Map, kind: Option<&'static Kind>, notes: &mut Notes<'_>) {
    let root = Path::ROOT;
    for entry in object.iter() {
        let path = root.key(&entry.key);
        if &*entry.key == "metadata" {
            check(&entry.value, &Shape::Record(METADATA), &path, notes);
        }
        let Some(kind) = kind else { continue };
        if let Some(field) = kind.fields.iter().find(|field| field.name == &*entry.key) {
            check(&entry.value, &field.shape, &path, notes);
        } else if let Some(known) = ROOT.iter().find(|known| is_other_case(known, &entry.key)) {
            notes.wrong_case(&root, entry, known);
        }
    }
    if let Some(steps) = kind.and_then(|kind| kind.template) {
        template(object, steps, &root, notes);
    }
}

/// Follows `steps` to the pod template and checks it.
fn template(map: &Map, steps: &[&str], path: &Path<'_>, notes: &mut Notes<'_>) {
    let Some((step, rest)) = steps.split_first() else {
        // A Pod's own metadata is that of the object, which has been looked at.
        let own = |field: &&Field| !path.is_root() || field.name != "metadata";
        for field in POD_TEMPLATE.fields.iter().filter(own) {
            if let Some(entry) = map.entry(field.name) {
                check(&entry.value, &field.shape, &path.key(field.name), notes);
            }
        }
        return;
    };
    if let Some(entry) = map.iter().find(|entry| is_other_case(step, &entry.key)) {
        // The names at the root have been looked at.
        if !ROOT.contains(step) {
            notes.wrong_case(path, entry, step);
        }
    }
    let Some(value) = map.get(step).filter(|value| !value.is_null()) else { return };
    let path = path.key(step);
    match value.as_map() {
        Some(map) => template(map, rest, &path, notes),
        None => notes.wrong_type(&path, value, "a map"),
    }
}

fn check(value: &Value, shape: &Shape, path: &Path<'_>, notes: &mut Notes<'_>) {
    if value.is_null() {
        return;
    }
    let fits = match shape {
        Shape::Bool => value.as_bool().is_some(),
        Shape::Long => value.as_int().is_some(),
        Shape::Text => value.as_str().is_some(),
        Shape::Opaque => value.as_map().is_none() && value.as_list().is_none(),
        Shape::PortOrName => value.as_int().is_some() || value.as_str().is_some(),
        Shape::Address => value.as_str().is_some_and(|text| {
            address(text, value, path, notes);
            true
        }),
        Shape::Tags(_) => value.as_map().is_some_and(|map| {
            tags(map, path, notes);
            true
        }),
        Shape::Selector => value.as_map().is_some_and(|map| {
            fields(map, value, label_selector::FIELDS, path, notes);
            label_selector::check(value, path, notes);
            true
        }),
        Shape::Record(known) => value.as_map().is_some_and(|map| {
            fields(map, value, known, path, notes);
            true
        }),
        Shape::Set(element) => value.as_list().is_some_and(|list| {
            elements(list, element, path, notes);
            true
        }),
        Shape::Parts(part) => value.as_list().is_some_and(|list| {
            elements(list, &Shape::Record(part.fields), path, notes);
            true
        }),
    };
    if !fits {
        notes.wrong_type(path, value, wanted(shape));
    }
}

fn fields(map: &Map, parent: &Value, known: &[Field], path: &Path<'_>, notes: &mut Notes<'_>) {
    for entry in map.iter() {
        match known.iter().find(|field| field.name == &*entry.key) {
            Some(field) => check(&entry.value, &field.shape, &path.key(field.name), notes),
            None => {
                if let Some(field) = known.iter().find(|field| is_other_case(field.name, &entry.key)) {
                    notes.wrong_case(path, entry, field.name);
                }
            }
        }
    }
    for field in known.iter().filter(|field| matches!(field.presence, Presence::Required)) {
        if map.get(field.name).is_none_or(Value::is_null) {
            notes.missing(&path.key(field.name), parent, wanted(&field.shape));
        }
    }
}

/// An element that is null counts as an empty map where maps are wanted, as Go's decoder has it: the rule `- null` of a
/// NetworkPolicy allows everything.
fn elements(list: &[Value], shape: &Shape, path: &Path<'_>, notes: &mut Notes<'_>) {
    for (index, element) in list.iter().enumerate() {
        let path = path.index(index);
        match shape {
            Shape::Record(known) if element.is_null() => fields(&Map::default(), element, known, &path, notes),
            _ if element.is_null() => notes.wrong_type(&path, element, wanted(shape)),
            _ => check(element, shape, &path, notes),
        }
    }
}

fn tags(map: &Map, path: &Path<'_>, notes: &mut Notes<'_>) {
    for entry in map.iter() {
        // Null is the empty text, as Go's decoder has it.
        if entry.value.as_str().is_none() && !entry.value.is_null() {
            notes.wrong_type(&path.key(&entry.key), &entry.value, "a string");
        }
    }
}

fn address(text: &str, value: &Value, path: &Path<'_>, notes: &mut Notes<'_>) {
    if Cidr::parse_or_address(text).is_none() {
        notes.refused_unreadable(path, value, "and the API wants an IP address or a range such as `10.0.0.0/8`", None);
    }
}

pub(super) fn is_other_case(known: &str, key: &str) -> bool {
    known != key && known.eq_ignore_ascii_case(key)
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Bool => "a boolean",
        Shape::Long => "an integer",
        Shape::Text | Shape::Opaque | Shape::Address => "a string",
        Shape::PortOrName => "an integer or a string",
        Shape::Tags(_) | Shape::Selector | Shape::Record(_) => "a map",
        Shape::Set(_) | Shape::Parts(_) => "a list",
    }
}
