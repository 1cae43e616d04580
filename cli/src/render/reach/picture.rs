//! Rows → nodes in namespaces, and arrows between them.

use std::collections::BTreeMap;

use engine::reach::Verdict;

use super::Listed;
use super::collapse::{Row, rows};
use super::rectangles::Term;

/// Nodes and arrows, in the order of the list.
#[derive(Debug, Default)]
pub(super) struct Picture {
    /// Nodes by number, each with the namespace that it is drawn in.
    pub(super) nodes: Vec<Node>,
    pub(super) arrows: Vec<Arrow>,
}

#[derive(Debug)]
pub(super) struct Node {
    /// None for what is not in a namespace.
    pub(super) namespace: Option<String>,
    pub(super) label: String,
}

/// Nodes with their numbers.
pub(super) type Numbered<'a> = Vec<(usize, &'a Node)>;

#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The ports; where it is not settled, with the state.
    pub(super) label: String,
    pub(super) look: Look,
}

/// What an arrow stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// Something passes.
    Passes,
    /// It is unknown, or left to the plugin.
    Doubtful,
    /// Something passes that did not.
    Opened,
    /// Something does not pass that did.
    Cut,
    /// It is on other ports.
    Changed,
}

/// The picture of a list.
pub(super) fn picture(listed: &Listed<'_>) -> Picture {
    let mut drawing = Drawing::default();
    for (state, rows) in rows(listed) {
        for Row { source, destination, ports, because: _ } in rows {
            let settled = state == Verdict::Allow;
            let label = if settled { ports.to_string() } else { format!("{}: {ports}", state.as_str()) };
            let look = if settled { Look::Passes } else { Look::Doubtful };
            drawing.arrow(&source, &destination, label, look);
        }
    }
    drawing.picture
}

/// A picture that is being drawn.
#[derive(Default)]
pub(super) struct Drawing {
    pub(super) picture: Picture,
    numbers: BTreeMap<Term, usize>,
}

impl Drawing {
    /// Adds an arrow, and its ends if they are not there.
    pub(super) fn arrow(&mut self, source: &Term, destination: &Term, label: String, look: Look) {
        let from = self.number(source);
        let to = match destination {
            Term::Itself => from,
            other => self.number(other),
        };
        self.picture.arrows.push(Arrow { from, to, label, look });
    }

    fn number(&mut self, term: &Term) -> usize {
        let nodes = &mut self.picture.nodes;
        *self.numbers.entry(term.clone()).or_insert_with(|| {
            nodes.push(node(term));
            nodes.len() - 1
        })
    }
}

impl Picture {
    /// The nodes of each namespace by number, then those of none.
    pub(super) fn by_namespace(&self) -> Vec<(Option<&str>, Numbered<'_>)> {
        let mut found: BTreeMap<(bool, Option<&str>), Numbered<'_>> = BTreeMap::new();
        for (number, node) in self.nodes.iter().enumerate() {
            let namespace = node.namespace.as_deref();
            found.entry((namespace.is_none(), namespace)).or_default().push((number, node));
        }
        found.into_iter().map(|((_, namespace), nodes)| (namespace, nodes)).collect()
    }
}

fn node(term: &Term) -> Node {
    let text = term.text();
    match (term, text.split_once('/')) {
        (Term::Named(_), Some((namespace, "*"))) => {
            Node { namespace: Some(namespace.to_owned()), label: "every workload here".to_owned() }
        }
        (Term::Named(_), Some((namespace, name))) => {
            Node { namespace: Some(namespace.to_owned()), label: name.to_owned() }
        }
        _ => Node { namespace: None, label: text },
    }
}
