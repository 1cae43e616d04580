//! JSON pointers (RFC 6901).

use super::{Node, Value};
use crate::finding::Span;

/// A JSON pointer, built step by step. Its text starts with `/` unless it is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// The pointer to the whole value.
    pub fn root() -> Pointer {
        Pointer::default()
    }

    /// The pointer to `key` below this one; `~` and `/` are escaped.
    #[must_use]
    pub fn key(&self, key: &str) -> Pointer {
        Pointer(format!("{}/{}", self.0, key.replace('~', "~0").replace('/', "~1")))
    }

    /// The pointer to the element `index` below this one.
    #[must_use]
    pub fn index(&self, index: usize) -> Pointer {
        Pointer(format!("{}/{index}", self.0))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a pointer leads to.
#[derive(Clone, Copy, Debug)]
pub struct Resolved<'a> {
    /// The value, or its nearest ancestor that exists.
    pub value: &'a Value,
    /// The key that leads to `value`, if it is an entry of a mapping.
    pub key: Option<Span>,
    /// True if the whole pointer resolved.
    pub exact: bool,
}

/// Follows `pointer` (its text) into `value` as far as it goes.
pub fn resolve<'a>(value: &'a Value, pointer: &str) -> Resolved<'a> {
    let mut at = Resolved { value, key: None, exact: true };
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let next = match &at.value.node {
            Node::Map(map) => map.entry(&step).map(|entry| (&entry.value, Some(entry.key_span))),
            Node::List(list) => step.parse().ok().and_then(|index: usize| list.get(index)).map(|value| (value, None)),
            _ => None,
        };
        match next {
            Some((value, key)) => at = Resolved { value, key, exact: true },
            None => return Resolved { exact: false, ..at },
        }
    }
    at
}
