//! Strings that many things share, as small numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cluster::{Cluster, Sym};

/// A string of one [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(u32);

/// Every string in use. A cluster gives its numbers to other strings when it changes, so an analysis has its own. A copy of
/// frozen names shares them.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    frozen: Arc<Known>,
    own: Known,
}

#[derive(Clone, Debug, Default)]
struct Known {
    numbers: BTreeMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Names {
    pub(super) fn number(&mut self, text: &str) -> Name {
        if let Some(known) = self.find(text) {
            return known;
        }
        let name = Name(u32::try_from(self.frozen.texts.len() + self.own.texts.len()).unwrap_or(u32::MAX));
        let text: Arc<str> = text.into();
        self.own.texts.push(Arc::clone(&text));
        self.own.numbers.insert(text, name);
        name
    }

    pub(super) fn find(&self, text: &str) -> Option<Name> {
        self.frozen.numbers.get(text).or_else(|| self.own.numbers.get(text)).copied()
    }

    pub(super) fn text(&self, name: Name) -> &str {
        let at = name.0 as usize;
        let own = || self.own.texts.get(at.checked_sub(self.frozen.texts.len())?);
        self.frozen.texts.get(at).or_else(own).map_or("", |text| text)
    }

    /// How many came since they were frozen.
    pub(super) fn added(&self) -> usize {
        self.own.texts.len()
    }

    /// Makes copies cheap. Nothing may have been frozen before.
    pub(super) fn freeze(&mut self) {
        if self.frozen.texts.is_empty() {
            self.frozen = Arc::new(std::mem::take(&mut self.own));
        }
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
