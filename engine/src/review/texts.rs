//! The sources at hand, and where fields stand in them.

use super::Examined;
use crate::finding::{ObjectRef, Place, Related, Span};
use crate::object::{Object, Origin};
use crate::text::{Source, Value, resolve};

/// The sources that objects came from, and those objects. At admission there are none, and so no places.
#[derive(Default)]
pub(super) struct Texts<'a> {
    sources: &'a [Source],
    origins: Vec<Origin<'a>>,
    objects: &'a [Object],
}

impl<'a> Texts<'a> {
    /// Texts to name places in.
    pub(super) fn of(sources: &'a [Source], origins: Vec<Origin<'a>>, objects: &'a [Object]) -> Texts<'a> {
        Texts { sources, origins, objects }
    }

    /// The source that an object came from.
    pub(super) fn source(&self, object: &Object) -> Option<&'a Source> {
        self.sources.get(object.source as usize)
    }

    /// The object and the name of its source.
    pub(super) fn examined(&self, object: &Object) -> Option<Examined> {
        Some(Examined { object: object.id.clone(), source: self.source(object)?.name.clone() })
    }

    /// The place of a span of the object's source.
    pub(super) fn place(&self, object: &Object, span: Span) -> Option<Place> {
        self.origins.get(object.source as usize)?.place(span)
    }

    /// The place of a field: its value, or the key of its nearest ancestor that exists. Of a value that is a map or a list
    /// only the key, so that a snippet never shows all of it.
    pub(super) fn field(&self, object: &Object, pointer: &str) -> Option<Place> {
        let found = resolve(object.raw.as_deref()?, pointer);
        let scalar = found.value.as_map().is_none() && found.value.as_list().is_none();
        let span = match (found.exact && scalar, found.key) {
            (true, _) => found.value.span,
            (false, Some(key)) => key,
            (false, None) => first_entry(found.value),
        };
        self.place(object, span)
    }

    /// A second place inside another object.
    pub(super) fn related(&self, message: String, id: ObjectRef, pointer: String) -> Related {
        let other = self.objects.iter().find(|object| object.id == id);
        let place = other.and_then(|object| self.field(object, &pointer));
        Related { message, object: Some(id), field: pointer, place }
    }
}

fn first_entry(value: &Value) -> Span {
    match value.as_map().and_then(|map| map.iter().next()) {
        Some(entry) => entry.key_span.to(entry.value.span),
        None => value.span,
    }
}
