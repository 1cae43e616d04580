//! Where objects come from.

use std::cell::OnceCell;

use crate::finding::{Place, Span};
use crate::text::{Lines, Source};

/// The source of a document, and what its objects take from their surroundings. Make one for each source: it counts the
/// lines of the source at most once, and only when something has to be told.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    source: Option<&'a Source>,
    lines: OnceCell<Lines>,
    /// Index of the source, in the order handed in.
    pub index: u32,
    /// Namespace of objects that name none.
    pub namespace: &'a str,
}

impl<'a> Origin<'a> {
    /// Objects of `source`, the `index`th that was handed in.
    pub fn of_source(source: &'a Source, index: u32, namespace: &'a str) -> Origin<'a> {
        Origin { source: Some(source), lines: OnceCell::new(), index, namespace }
    }

    /// Objects whose text the reader of findings does not have, such as those of an admission request: findings have a
    /// JSON pointer and no place.
    pub fn without_text(namespace: &'a str) -> Origin<'a> {
        Origin { source: None, lines: OnceCell::new(), index: 0, namespace }
    }

    /// The same source, where objects that name no namespace are in `namespace`.
    pub(super) fn in_namespace<'b>(&self, namespace: &'b str) -> Origin<'b>
    where
        'a: 'b,
    {
        Origin { source: self.source, lines: OnceCell::new(), index: self.index, namespace }
    }

    /// The place of `span`, if the text is at hand.
    pub fn place(&self, span: Span) -> Option<Place> {
        let source = self.source?;
        Some(self.lines.get_or_init(|| Lines::of(source)).place(source, span))
    }
}
