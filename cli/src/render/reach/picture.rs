//! Rows → nodes in namespaces, and arrows between them.

use std::collections::BTreeMap;

use engine::reach::Verdict;

use super::Listed;
use super::collapse::{Term, rows};

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
    pub(super) settled: bool,
}

/// The picture of a list.
pub(super) fn picture(listed: &Listed<'_>) -> Picture {
    let mut picture = Picture::default();
    let mut numbers = BTreeMap::new();
    for (state, rows) in rows(listed) {
        for row in rows {
            let from = picture.number(&mut numbers, &row.source);
            let to = match row.destination {
                Term::Itself => from,
                other => picture.number(&mut numbers, &other),
            };
            let settled = state == Verdict::Allow;
            let label = if settled { row.ports.to_string() } else { format!("{}: {}", state.as_str(), row.ports) };
            picture.arrows.push(Arrow { from, to, label, settled });
        }
    }
    picture
}

impl Picture {
    fn number(&mut self, numbers: &mut BTreeMap<Term, usize>, term: &Term) -> usize {
        *numbers.entry(term.clone()).or_insert_with(|| {
            self.nodes.push(node(term));
            self.nodes.len() - 1
        })
    }

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
