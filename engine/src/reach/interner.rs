//! Equal things kept once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Every different thing, by number, in the order of arrival. A copy of a frozen one shares what was in it, and costs as
/// much as what came after.
#[derive(Clone, Debug)]
pub(super) struct Interner<T> {
    frozen: Arc<Store<T>>,
    own: Store<T>,
}

#[derive(Clone, Debug)]
struct Store<T> {
    /// The number of its first thing.
    first: u32,
    items: Vec<(u64, Arc<T>)>,
    /// Places in `items`, each at the first free place from that of its hash on. INVARIANT: at least half of the places are
    /// free.
    places: Vec<Option<u32>>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner { frozen: Arc::new(Store::after(0)), own: Store::after(0) }
    }
}

impl<T: Hash + Eq> Interner<T> {
    /// The number of a thing.
    pub(super) fn number(&mut self, item: T) -> u32 {
        let hash = hash_of(&item);
        self.known(hash, &item).unwrap_or_else(|| self.own.enter(hash, Arc::new(item)))
    }

    /// The number of a thing that others hold too.
    pub(super) fn number_shared(&mut self, item: &Arc<T>) -> u32 {
        let hash = hash_of(&**item);
        self.known(hash, item).unwrap_or_else(|| self.own.enter(hash, Arc::clone(item)))
    }

    fn known(&self, hash: u64, item: &T) -> Option<u32> {
        self.frozen.known(hash, item).or_else(|| self.own.known(hash, item))
    }

    pub(super) fn get(&self, number: u32) -> Option<&Arc<T>> {
        self.frozen.get(number).or_else(|| self.own.get(number))
    }

    /// How many came since it was frozen.
    pub(super) fn added(&self) -> usize {
        self.own.items.len()
    }

    /// Makes copies cheap. Nothing may have been frozen before.
    pub(super) fn freeze(&mut self) {
        if self.frozen.items.is_empty() {
            let next = Store::after(u32::try_from(self.own.items.len()).unwrap_or(u32::MAX));
            self.frozen = Arc::new(std::mem::replace(&mut self.own, next));
        }
    }
}

impl<T> Store<T> {
    fn after(first: u32) -> Store<T> {
        Store { first, items: Vec::new(), places: Vec::new() }
    }

    fn get(&self, number: u32) -> Option<&Arc<T>> {
        self.items.get(number.checked_sub(self.first)? as usize).map(|(_, item)| item)
    }
}

impl<T: Hash + Eq> Store<T> {
    fn known(&self, hash: u64, item: &T) -> Option<u32> {
        let (before, after) = self.places.split_at_checked(place(hash, self.places.len()))?;
        let held = after.iter().chain(before).map_while(|number| *number);
        let found = held.into_iter().find(|number| {
            let known = self.items.get(*number as usize);
            known.is_some_and(|(known_hash, known)| *known_hash == hash && **known == *item)
        });
        found.map(|number| self.first + number)
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
        self.first.saturating_add(number)
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
const FEW_SLOTS: usize = 1 << 8;

/// What came of pairs that were joined before; forgets the older of two that want one place.
#[derive(Clone, Debug)]
pub(super) struct Memo<K> {
    size: usize,
    slots: Vec<Option<(K, K, u32)>>,
}

impl<K> Default for Memo<K> {
    fn default() -> Self {
        Memo { size: SLOTS, slots: Vec::new() }
    }
}

impl<K> Memo<K> {
    /// For few pairs.
    pub(super) fn small() -> Memo<K> {
        Memo { size: FEW_SLOTS, slots: Vec::new() }
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
    fn slot(&self, one: K, other: K) -> usize {
        let mixed = one.mixed().wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29) ^ other.mixed();
        usize::try_from(mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 40).unwrap_or(0) % self.size
    }

    pub(super) fn get(&self, one: K, other: K) -> Option<u32> {
        let (known_one, known_other, joined) = (*self.slots.get(self.slot(one, other))?)?;
        (known_one == one && known_other == other).then_some(joined)
    }

    pub(super) fn put(&mut self, one: K, other: K, joined: u32) {
        if self.slots.is_empty() {
            self.slots = vec![None; self.size];
        }
        let at = self.slot(one, other);
        if let Some(slot) = self.slots.get_mut(at) {
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
    fn copies_of_a_frozen_one_go_on_by_themselves() {
        let mut one = Interner::default();
        assert_eq!(["a", "b"].map(|text| one.number(text)), [0, 1]);
        one.freeze();
        let mut other = one.clone();
        assert_eq!((one.number("b"), one.number("c"), other.number("d"), other.number("a")), (1, 2, 2, 0));
        assert_eq!((one.get(2).map(|text| **text), other.get(2).map(|text| **text)), (Some("c"), Some("d")));
        assert_eq!((one.added(), one.number("c")), (1, 2));
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
