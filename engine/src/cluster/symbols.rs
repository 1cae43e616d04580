//! Strings that many objects share, as small numbers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A string of one cluster. Equal symbols are equal strings; their order means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sym(u32);

impl Sym {
    /// Not after any other symbol.
    pub(super) const FIRST: Sym = Sym(0);
    /// Not before any other symbol.
    pub(super) const LAST: Sym = Sym(u32::MAX);
}

/// A label of a workload or namespace, or one that a selector asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Label {
    /// Its key.
    pub(crate) key: Sym,
    /// Its value.
    pub(crate) value: Sym,
}

/// Every string in use, counted, so that names which come and go leave nothing behind.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    // By hash, because comparing numbers in one place is much cheaper than strings in many. SipHash: nobody can make
    // strings that collide.
    by_hash: BTreeMap<u64, Sym>,
    /// Those whose hash another string had first.
    late: Vec<(u64, Sym)>,
    slots: Vec<Slot>,
    free: Vec<Sym>,
}

#[derive(Debug)]
struct Slot {
    text: Box<str>,
    uses: u32,
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Symbols {
    /// The symbol of a string, if any object has it.
    pub(super) fn find(&self, text: &str) -> Option<Sym> {
        self.find_hashed(hash(text), text)
    }

    fn find_hashed(&self, hash: u64, text: &str) -> Option<Sym> {
        let is_it = |sym: &Sym| self.text(*sym) == text;
        let late = || self.late.iter().filter(|(of, _)| *of == hash).map(|(_, sym)| *sym).find(is_it);
        self.by_hash.get(&hash).copied().filter(is_it).or_else(late)
    }

    /// The string of a symbol.
    pub(super) fn text(&self, sym: Sym) -> &str {
        self.slots.get(sym.0 as usize).map_or("", |slot| &slot.text)
    }

    /// The symbol of a string, counted once more.
    pub(super) fn retain(&mut self, text: &str) -> Sym {
        let hash = hash(text);
        if let Some(sym) = self.find_hashed(hash, text) {
            if let Some(slot) = self.slots.get_mut(sym.0 as usize) {
                slot.uses = slot.uses.saturating_add(1);
            }
            return sym;
        }
        let slot = Slot { text: text.into(), uses: 1 };
        let sym = match self.free.pop() {
            Some(sym) => {
                if let Some(free) = self.slots.get_mut(sym.0 as usize) {
                    *free = slot;
                }
                sym
            }
            None => {
                let sym = Sym(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
                self.slots.push(slot);
                sym
            }
        };
        match self.by_hash.entry(hash) {
            Entry::Vacant(entry) => drop(entry.insert(sym)),
            Entry::Occupied(_) => self.late.push((hash, sym)),
        }
        sym
    }

    /// Takes back one [`Symbols::retain`].
    pub(super) fn release(&mut self, sym: Sym) {
        let Some(slot) = self.slots.get_mut(sym.0 as usize) else { return };
        slot.uses = slot.uses.saturating_sub(1);
        if slot.uses == 0 {
            let text = std::mem::take(&mut slot.text);
            let hash = hash(&text);
            if self.by_hash.get(&hash) == Some(&sym) {
                self.by_hash.remove(&hash);
            }
            self.late.retain(|(_, late)| *late != sym);
            self.free.push(sym);
        }
    }

    /// Every string with its count, sorted.
    #[cfg(test)]
    pub(super) fn dump(&self) -> std::collections::BTreeMap<&str, u32> {
        let used = self.slots.iter().filter(|slot| slot.uses > 0);
        used.map(|slot| (&*slot.text, slot.uses)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_are_equal_symbols() {
        let mut symbols = Symbols::default();
        let (a, b, again) = (symbols.retain("a"), symbols.retain("b"), symbols.retain("a"));
        assert_eq!(a, again);
        assert_ne!(a, b);
        assert_eq!(symbols.text(b), "b");
    }

    #[test]
    fn a_string_is_gone_when_its_last_use_is() {
        let mut symbols = Symbols::default();
        let a = symbols.retain("a");
        symbols.retain("a");
        symbols.release(a);
        assert_eq!(symbols.find("a"), Some(a));
        symbols.release(a);
        assert_eq!(symbols.find("a"), None);
        assert_eq!(symbols.retain("b"), a, "the number is used again");
    }
}
