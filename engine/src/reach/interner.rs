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
        let hash = hash_of(&item);
        self.known(hash, &item).unwrap_or_else(|| self.enter(hash, Arc::new(item)))
    }

    /// The number of a thing that others hold too.
    pub(super) fn number_shared(&mut self, item: &Arc<T>) -> u32 {
        let hash = hash_of(&**item);
        self.known(hash, item).unwrap_or_else(|| self.enter(hash, Arc::clone(item)))
    }

    fn known(&self, hash: u64, item: &T) -> Option<u32> {
        let same_hash = self.by_hash.range((hash, 0)..=(hash, u32::MAX)).map(|(_, number)| *number);
        same_hash.into_iter().find(|number| self.get(*number).is_some_and(|known| **known == *item))
    }

    fn enter(&mut self, hash: u64, item: Arc<T>) -> u32 {
        let number = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.items.push(item);
        self.by_hash.insert((hash, number));
        number
    }

    pub(super) fn get(&self, number: u32) -> Option<&Arc<T>> {
        self.items.get(number as usize)
    }
}

fn hash_of(item: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    item.hash(&mut hasher);
    hasher.finish()
}

/// How many pairs a [`Memo`] holds.
const SLOTS: usize = 1 << 14;

/// What came of pairs that were joined before; forgets the older of two that want one place.
#[derive(Clone, Debug)]
pub(super) struct Memo<K>(Vec<Option<(K, K, u32)>>);

impl<K> Default for Memo<K> {
    fn default() -> Self {
        Memo(Vec::new())
    }
}

/// Something that pairs can be made of.
pub(super) trait Key: Copy + Eq {
    /// Near to different for different keys.
    fn mixed(self) -> u64;
}

impl Key for u32 {
    fn mixed(self) -> u64 {
        u64::from(self)
    }
}

impl<K: Key> Memo<K> {
    fn slot(one: K, other: K) -> usize {
        let mixed = one.mixed().wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29) ^ other.mixed();
        usize::try_from(mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 40).unwrap_or(0) % SLOTS
    }

    pub(super) fn get(&self, one: K, other: K) -> Option<u32> {
        let (known_one, known_other, joined) = (*self.0.get(Memo::slot(one, other))?)?;
        (known_one == one && known_other == other).then_some(joined)
    }

    pub(super) fn put(&mut self, one: K, other: K, joined: u32) {
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
        let mut memo = Memo::<u32>::default();
        assert_eq!(memo.get(0, 0), None);
        for one in 0..500 {
            memo.put(one, one + 1, one * 2);
            assert_eq!(memo.get(one, one + 1), Some(one * 2));
            assert_eq!(memo.get(one + 1, one), None);
        }
    }
}
