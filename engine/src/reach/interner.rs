//! Equal things kept once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Every different thing, by number, in the order of arrival.
#[derive(Clone, Debug)]
pub(super) struct Interner<T> {
    items: Vec<(u64, Arc<T>)>,
    /// Numbers, each at the first free place from that of its hash on. INVARIANT: at least half of the places are free.
    places: Vec<Option<u32>>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner { items: Vec::new(), places: Vec::new() }
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
        let (before, after) = self.places.split_at_checked(place(hash, self.places.len()))?;
        let held = after.iter().chain(before).map_while(|number| *number);
        held.into_iter().find(|number| {
            let known = self.items.get(*number as usize);
            known.is_some_and(|(known_hash, known)| *known_hash == hash && **known == *item)
        })
    }

    fn enter(&mut self, hash: u64, item: Arc<T>) -> u32 {
        let number = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.items.push((hash, item));
        if self.items.len() * 2 > self.places.len() {
            self.places = vec![None; (self.items.len() * 4).next_power_of_two()];
            for (number, (hash, _)) in (0..).zip(&self.items) {
                put(&mut self.places, *hash, number);
            }
        } else {
            put(&mut self.places, hash, number);
        }
        number
    }

    pub(super) fn get(&self, number: u32) -> Option<&Arc<T>> {
        self.items.get(number as usize).map(|(_, item)| item)
    }
}

fn put(places: &mut [Option<u32>], hash: u64, number: u32) {
    let Some((before, after)) = places.split_at_mut_checked(place(hash, places.len())) else { return };
    if let Some(free) = after.iter_mut().chain(before).find(|place| place.is_none()) {
        *free = Some(number);
    }
}

/// Where a hash belongs among so many places, a power of two.
fn place(hash: u64, places: usize) -> usize {
    usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0) & places.saturating_sub(1)
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
    fn many_things_keep_their_numbers_as_the_table_grows() {
        let mut interner = Interner::default();
        for round in 0..2 {
            for item in 0..5000u32 {
                assert_eq!(interner.number(item * 7), item, "{round}");
            }
        }
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
