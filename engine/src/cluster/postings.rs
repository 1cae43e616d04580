//! Key → the objects that have it.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// An object's number in its cluster. Numbers are used again; their order means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ItemId(pub(super) u32);

/// Whether an object enters an index or leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Enter,
    Leave,
}

/// A sorted set of objects.
#[derive(Debug, Default)]
pub(super) struct ItemSet(Vec<ItemId>);

impl ItemSet {
    /// Adds or removes an object; nothing happens if it is there already, or is not there.
    pub(super) fn change(&mut self, change: Change, id: ItemId) {
        match (change, self.0.binary_search(&id)) {
            (Change::Enter, Err(at)) => self.0.insert(at, id),
            (Change::Leave, Ok(at)) => {
                self.0.remove(at);
            }
            _ => {}
        }
    }

    pub(super) fn contains(&self, id: ItemId) -> bool {
        self.0.binary_search(&id).is_ok()
    }

    pub(super) fn as_slice(&self) -> &[ItemId] {
        &self.0
    }
}

/// An inverted index. INVARIANT: no set is empty.
#[derive(Debug)]
pub(super) struct Postings<K>(BTreeMap<K, ItemSet>);

impl<K> Default for Postings<K> {
    fn default() -> Self {
        Postings(BTreeMap::new())
    }
}

impl<K: Ord + Clone> Postings<K> {
    /// Adds or removes an object under a key; see [`ItemSet::change`].
    pub(super) fn change(&mut self, change: Change, key: &K, id: ItemId) {
        match self.0.get_mut(key) {
            Some(set) => {
                set.change(change, id);
                if set.0.is_empty() {
                    self.0.remove(key);
                }
            }
            None if change == Change::Enter => {
                self.0.insert(key.clone(), ItemSet(vec![id]));
            }
            None => {}
        }
    }

    /// The objects that have the key.
    pub(super) fn get(&self, key: &K) -> &[ItemId] {
        self.0.get(key).map_or(&[], ItemSet::as_slice)
    }

    /// The sets of all keys in a range.
    pub(super) fn range(&self, keys: impl RangeBounds<K>) -> impl Iterator<Item = &[ItemId]> {
        self.0.range(keys).map(|(_, set)| set.as_slice())
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &[ItemId])> {
        self.0.iter().map(|(key, set)| (key, set.as_slice()))
    }
}
