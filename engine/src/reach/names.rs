//! Strings that many things share, as small numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cluster::{Cluster, Sym};

/// A string of one [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(u32);

/// Every string in use. A cluster gives its numbers to other strings when it changes, so an analysis has its own.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: BTreeMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Names {
    pub(super) fn number(&mut self, text: &str) -> Name {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, name);
        name
    }

    pub(super) fn find(&self, text: &str) -> Option<Name> {
        self.numbers.get(text).copied()
    }

    pub(super) fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |text| text)
    }
}

/// From a cluster's strings to ours, each looked up once.
pub(super) struct Translation<'a> {
    pub(super) cluster: &'a Cluster,
    known: BTreeMap<Sym, Name>,
}

impl<'a> Translation<'a> {
    pub(super) fn of(cluster: &'a Cluster) -> Translation<'a> {
        Translation { cluster, known: BTreeMap::new() }
    }

    pub(super) fn name(&mut self, sym: Sym, names: &mut Names) -> Name {
        *self.known.entry(sym).or_insert_with(|| names.number(self.cluster.text(sym)))
    }
}
