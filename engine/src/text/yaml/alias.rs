//! Anchors, and the bound on what their aliases unfold to.

use std::collections::BTreeMap;

use super::{Problem, Span, Value};
use crate::text::Node;

/// What the anchors of a document stand for, and how many nodes were read.
pub(super) struct Anchors {
    values: BTreeMap<usize, Anchored>,
    /// Nodes that may still be read in the source.
    left: usize,
    exhausted: bool,
    /// Nodes of this document, those from aliases included.
    nodes: u64,
    /// Nodes of this document that came from aliases.
    unfolded: u64,
}

struct Anchored {
    value: Value,
    nodes: usize,
    depth: usize,
}

impl Anchors {
    pub(super) fn new(nodes: usize) -> Anchors {
        Anchors { values: BTreeMap::new(), left: nodes, exhausted: false, nodes: 0, unfolded: 0 }
    }

    /// Forgets the document; the budget of the source stays used.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        (self.nodes, self.unfolded) = (0, 0);
    }

    /// True if the budget of the source is used up.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Counts nodes before they are made.
    pub(super) fn count(&mut self, nodes: usize, span: Span) -> Result<(), Problem> {
        self.nodes += nodes as u64;
        match self.left.checked_sub(nodes) {
            Some(left) => self.left = left,
            None => {
                self.exhausted = true;
                return Err(Problem::too_large(span, "the source holds more values than the limit"));
            }
        }
        Ok(())
    }

    /// Keeps what the anchor `id` stands for.
    pub(super) fn keep(&mut self, id: usize, value: &Value) -> Result<(), Problem> {
        let (nodes, depth) = measure(value);
        // The copy is memory too, and anchors inside anchors multiply it.
        self.count(nodes, value.span)?;
        self.nodes -= nodes as u64;
        self.values.insert(id, Anchored { value: value.clone(), nodes, depth });
        Ok(())
    }

    /// What the alias of anchor `id` stands for, at `depth` open collections of at most `limit`.
    pub(super) fn unfold(&mut self, id: usize, span: Span, depth: usize, limit: usize) -> Result<Value, Problem> {
        let Some(anchored) = self.values.get(&id) else {
            return Err(Problem::syntax(span, "the alias stands inside the value that it is an alias of"));
        };
        if depth + anchored.depth > limit {
            return Err(Problem::too_large(
                span,
                format!("with this alias, collections are nested deeper than {limit}"),
            ));
        }
        let nodes = anchored.nodes;
        self.unfolded += nodes as u64;
        self.count(nodes, span)?;
        if self.unfolded > 100 && self.nodes > 1000 && self.unfolded as f64 > self.nodes as f64 * share(self.nodes) {
            return Err(Problem::too_large(span, "aliases unfold to more values than kubectl accepts"));
        }
        let mut value = self.values.get(&id).map_or(Value::NULL, |anchored| anchored.value.clone());
        value.span = span;
        Ok(value)
    }
}

/// How much of a document may come from aliases: 99 % up to 400,000 nodes, falling to 10 % at 4,000,000. These are the
/// bounds of the reader in `kubectl`, so that what it takes is taken and what it refuses is refused.
fn share(nodes: u64) -> f64 {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    let position = ((nodes as f64 - LOW) / (HIGH - LOW)).clamp(0.0, 1.0);
    0.99 - 0.89 * position
}

/// Nodes of a value, keys included, and how many collections stand inside one another. Values are bounded in depth.
fn measure(value: &Value) -> (usize, usize) {
    let inner = |values: &mut dyn Iterator<Item = (&Value, usize)>| {
        values.fold((1, 1), |(nodes, depth), (value, keys)| {
            let (more, deeper) = measure(value);
            (nodes + more + keys, depth.max(deeper + 1))
        })
    };
    match &value.node {
        Node::List(list) => inner(&mut list.iter().map(|value| (value, 0))),
        Node::Map(map) => inner(&mut map.iter().map(|entry| (&entry.value, 1))),
        _ => (1, 0),
    }
}
