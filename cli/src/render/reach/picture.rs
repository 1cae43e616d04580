//! Rows → nodes in namespaces, and arrows between them.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Not a workload, nor those of one namespace.
    pub(super) far: bool,
}

impl Node {
    /// With the namespace.
    pub(super) fn full_name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}: {}", self.label),
            None => self.label.clone(),
        }
    }
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

impl Picture {
    /// The same with one node for each namespace. Arrows of one look between two nodes are one.
    pub(super) fn of_namespaces(&self) -> Picture {
        let mut picture = Picture::default();
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        let mut place = |node: &Node| {
            let label = node.namespace.as_ref().map_or_else(|| node.label.clone(), |name| format!("{name}/*"));
            *numbers.entry(label.clone()).or_insert_with(|| {
                picture.nodes.push(Node { namespace: None, label, far: node.far });
                picture.nodes.len() - 1
            })
        };
        let mut labels: BTreeMap<(usize, usize, Look), BTreeSet<&str>> = BTreeMap::new();
        for Arrow { from, to, label, look } in &self.arrows {
            let [from, to] = [from, to].map(|number| self.nodes.get(*number).map(&mut place).unwrap_or_default());
            labels.entry((from, to, *look)).or_default().insert(label);
        }
        let label = |labels: BTreeSet<&str>| match labels.iter().next() {
            Some(only) if labels.len() == 1 => (*only).to_owned(),
            _ => format!("{} sets of ports", labels.len()),
        };
        let arrows = labels.into_iter();
        picture.arrows =
            arrows.map(|((from, to, look), labels)| Arrow { from, to, label: label(labels), look }).collect();
        picture
    }
}

fn node(term: &Term) -> Node {
    let text = term.text();
    match (term, text.split_once('/')) {
        (Term::Named(_), Some((namespace, "*"))) => {
            Node { namespace: Some(namespace.to_owned()), label: "every workload here".to_owned(), far: false }
        }
        (Term::Named(_), Some((namespace, name))) => {
            Node { namespace: Some(namespace.to_owned()), label: name.to_owned(), far: false }
        }
        _ => Node { namespace: None, label: text, far: true },
    }
}
