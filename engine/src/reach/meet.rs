//! Two sides → what passes between them.

use std::sync::Arc;

use super::Passage;
use super::interner::{Interner, Memo};
use super::spans::{Spans, Truth};
use super::value::{Book, Value};
use crate::net::Ports;

/// A passage's number in its [`Meetings`]. Equal numbers are equal passages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PassageId(u32);

impl PassageId {
    /// Nothing passes.
    pub(super) const NONE: PassageId = PassageId(0);
}

/// What passes between sides.
pub(super) struct Meetings<'a> {
    book: &'a Book,
    known: Memo<Value>,
    passages: Interner<Passage>,
}

impl<'a> Meetings<'a> {
    pub(super) fn of(book: &'a Book) -> Meetings<'a> {
        let mut passages = Interner::default();
        passages.number(Passage::default());
        Meetings { book, known: Memo::default(), passages }
    }

    /// What passes where one end lets one value pass and the other the other.
    pub(super) fn of_both(&mut self, one: Value, other: Value) -> PassageId {
        if one == Value::NONE || other == Value::NONE {
            return PassageId::NONE;
        }
        // Most of what is sent to many and let in from many has nothing in common: not worth remembering.
        if !self.book.overlap(one, other) {
            return PassageId::NONE;
        }
        let (one, other) = (one.min(other), one.max(other));
        if let Some(known) = self.known.get(one, other) {
            return PassageId(known);
        }
        let number = self.number(self.book.passage(one, other));
        self.known.put(one, other, number.0);
        number
    }

    /// The same between a pod and itself.
    pub(super) fn of_itself(&mut self, one: Value, other: Value) -> PassageId {
        let both = self.book.spans(one).and(&self.book.spans(other));
        self.number(to_itself(&both).passage())
    }

    fn number(&mut self, passage: Passage) -> PassageId {
        PassageId(self.passages.number(passage))
    }

    pub(super) fn get(&self, id: PassageId) -> Arc<Passage> {
        self.passages.get(id.0).map(Arc::clone).unwrap_or_default()
    }
}

/// What a pod lets pass to itself, if it lets this pass to its equals: whether policies count there is the plugin's choice.
pub(super) fn to_itself(spans: &Spans) -> Spans {
    spans.or(&Spans::when(Truth::Plugin, &Ports::all()))
}
