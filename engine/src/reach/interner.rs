//! Equal things kept once.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Every different thing, by number, in the order of arrival.
#[derive(Clone, Debug)]
pub(super) struct Interner<T> {
    items: Vec<Arc<T>>,
    // By hash, because comparing numbers in one place is much cheaper than things in many. The whole hash counts: nobody
    // can make many things that share one.
    by_hash: BTreeSet<(u64, u32)>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner { items: Vec::new(), by_hash: BTreeSet::new() }
    }
}

impl<T: Hash + Eq> Interner<T> {
    /// The number of a thing.
    pub(super) fn number(&mut self, item: T) -> u32 {
        let mut hasher = DefaultHasher::new();
        item.hash(&mut hasher);
        let hash = hasher.finish();
        let same_hash = self.by_hash.range((hash, 0)..=(hash, u32::MAX)).map(|(_, number)| *number);
        let known = same_hash.into_iter().find(|number| self.get(*number).is_some_and(|known| **known == item));
        known.unwrap_or_else(|| {
            let number = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
            self.items.push(Arc::new(item));
            self.by_hash.insert((hash, number));
            number
        })
    }

    pub(super) fn get(&self, number: u32) -> Option<&Arc<T>> {
        self.items.get(number as usize)
    }
}

/// How many pairs a [`Memo`] holds.
const SLOTS: usize = 1 << 14;

/// What came of pairs that were joined before; forgets the older of two that want one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo(Vec<Option<(u32, u32, u32)>>);

impl Memo {
    fn slot(one: u32, other: u32) -> usize {
        let mixed = (u64::from(one) << 32 | u64::from(other)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        usize::try_from(mixed >> 40).unwrap_or(0) % SLOTS
    }

    pub(super) fn get(&self, one: u32, other: u32) -> Option<u32> {
        let (known_one, known_other, joined) = (*self.0.get(Memo::slot(one, other))?)?;
        ((known_one, known_other) == (one, other)).then_some(joined)
    }

    pub(super) fn put(&mut self, one: u32, other: u32, joined: u32) {
        if self.0.is_empty() {
            self.0 = vec![None; SLOTS];
        }
        if let Some(slot) = self.0.get_mut(Memo::slot(one, other)) {
            *slot = Some((one, other, joined));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_things_have_one_number() {
        let mut interner = Interner::default();
        let numbers = ["a", "b", "a"].map(|text| interner.number(text));
        assert_eq!(numbers, [0, 1, 0]);
        assert_eq!(interner.get(1).map(|text| **text), Some("b"));
        assert!(interner.get(2).is_none());
    }

    #[test]
    fn a_memo_never_answers_for_another_pair() {
        let mut memo = Memo::default();
        assert_eq!(memo.get(0, 0), None);
        for one in 0..500 {
            memo.put(one, one + 1, one * 2);
            assert_eq!(memo.get(one, one + 1), Some(one * 2));
            assert_eq!(memo.get(one + 1, one), None);
        }
    }
}
