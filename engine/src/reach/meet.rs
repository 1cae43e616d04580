//! Two sides → what passes between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Passage;
use super::value::{Value, ValueId, Values};
use crate::net::Ports;
use crate::reach::value::Truth;

/// A passage's number in its [`Meetings`]. Equal numbers are equal passages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PassageId(u32);

/// What passes between sides, worked out once for each two values.
pub(super) struct Meetings<'a> {
    values: &'a Values,
    known: BTreeMap<(ValueId, ValueId), Option<PassageId>>,
    numbers: BTreeMap<Arc<Passage>, PassageId>,
    by_number: Vec<Arc<Passage>>,
}

impl<'a> Meetings<'a> {
    pub(super) fn of(values: &'a Values) -> Meetings<'a> {
        Meetings { values, known: BTreeMap::new(), numbers: BTreeMap::new(), by_number: Vec::new() }
    }

    /// What passes where one end lets one value pass and the other the other; `None` if nothing does.
    pub(super) fn of_both(&mut self, one: ValueId, other: ValueId) -> Option<PassageId> {
        let key = (one.min(other), one.max(other));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let both = self.values.get(one).and(&self.values.get(other));
        let found = self.number(both.passage());
        self.known.insert(key, found);
        found
    }

    /// The same between a pod and itself.
    pub(super) fn of_itself(&mut self, one: ValueId, other: ValueId) -> Option<PassageId> {
        let both = self.values.get(one).and(&self.values.get(other));
        self.number(to_itself(&both).passage())
    }

    fn number(&mut self, passage: Passage) -> Option<PassageId> {
        if passage.is_denied() {
            return None;
        }
        if let Some(known) = self.numbers.get(&passage) {
            return Some(*known);
        }
        let id = PassageId(u32::try_from(self.by_number.len()).unwrap_or(u32::MAX));
        let passage = Arc::new(passage);
        self.by_number.push(Arc::clone(&passage));
        self.numbers.insert(passage, id);
        Some(id)
    }

    pub(super) fn get(&self, id: PassageId) -> Arc<Passage> {
        self.by_number.get(id.0 as usize).map(Arc::clone).unwrap_or_default()
    }
}

/// What a pod lets pass to itself, if it lets `value` pass to its equals: whether policies count there is the plugin's choice.
pub(super) fn to_itself(value: &Value) -> Value {
    value.or(&Value::when(Truth::Plugin, &Ports::all()))
}
