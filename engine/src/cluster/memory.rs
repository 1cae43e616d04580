//! What later stages make of a whole cluster, kept up with what changes.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::finding::ObjectRef;

/// After so many changes it is better to begin anew.
const MOST_CHANGES: usize = 1024;

type Thing = Arc<dyn Any + Send + Sync>;

/// One thing of each type, of the cluster without what is laid over it; and one of the cluster with that.
#[derive(Debug, Default)]
pub(super) struct Memory {
    beneath: Mutex<BTreeMap<TypeId, Kept>>,
    above: Mutex<BTreeMap<TypeId, Thing>>,
}

#[derive(Debug)]
struct Kept {
    thing: Thing,
    /// Objects that have changed since it was made.
    changed: Vec<ObjectRef>,
}

impl Memory {
    /// What is made of the cluster as it is now. `laid` are the objects that are laid over it or taken out; `make` gets what
    /// was made before, if anything was, and the objects that have changed since.
    pub(super) fn get<T: Send + Sync + 'static>(
        &self,
        laid: &[ObjectRef],
        make: impl FnOnce(Option<(&T, &[ObjectRef])>) -> T,
    ) -> Arc<T> {
        let key = TypeId::of::<T>();
        let of_type = |thing: Thing| thing.downcast::<T>().ok();
        let known = self.beneath.lock().ok().and_then(|kept| {
            let Kept { thing, changed } = kept.get(&key)?;
            Some((of_type(Arc::clone(thing))?, changed.clone()))
        });
        let above = || self.above.lock().ok().and_then(|kept| of_type(Arc::clone(kept.get(&key)?)));
        match (known, laid) {
            (Some((known, changed)), []) if changed.is_empty() => known,
            (known, []) => {
                let thing = Arc::new(make(known.as_ref().map(|(known, changed)| (&**known, changed.as_slice()))));
                if let Ok(mut kept) = self.beneath.lock() {
                    kept.insert(key, Kept { thing: thing.clone(), changed: Vec::new() });
                }
                thing
            }
            (known, laid) => above().unwrap_or_else(|| {
                let known = known.map(|(known, changed)| (known, [changed.as_slice(), laid].concat()));
                let thing = Arc::new(make(known.as_ref().map(|(known, changed)| (&**known, changed.as_slice()))));
                if let Ok(mut kept) = self.above.lock() {
                    kept.insert(key, thing.clone());
                }
                thing
            }),
        }
    }

    /// Notes that an object came, changed or went.
    pub(super) fn note(&mut self, object: &ObjectRef) {
        self.lay();
        if let Ok(kept) = self.beneath.get_mut() {
            kept.retain(|_, known| known.changed.len() < MOST_CHANGES);
            kept.values_mut().filter(|known| !known.changed.contains(object)).for_each(|known| {
                known.changed.push(object.clone());
            });
        }
    }

    /// Notes that something else is laid over the cluster.
    pub(super) fn lay(&mut self) {
        if let Ok(above) = self.above.get_mut() {
            above.clear();
        }
    }

    /// Drops all.
    pub(super) fn forget(&mut self) {
        self.lay();
        if let Ok(kept) = self.beneath.get_mut() {
            kept.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str) -> ObjectRef {
        ObjectRef {
            namespace: "a".into(),
            kind: "Pod".into(),
            name: name.into(),
            group: String::new(),
            version: "v1".into(),
        }
    }

    /// The names of what changed, after what was there.
    fn made(memory: &Memory, laid: &[ObjectRef]) -> String {
        let made = memory.get::<String>(laid, |known| {
            let Some((known, changed)) = known else { return "new".to_owned() };
            changed.iter().fold(known.clone(), |all, object| format!("{all} {}", object.name))
        });
        String::clone(&made)
    }

    #[test]
    fn a_thing_is_made_once_and_then_kept_up() {
        let mut memory = Memory::default();
        assert_eq!(made(&memory, &[]), "new");
        assert_eq!(made(&memory, &[]), "new");
        memory.note(&object("a"));
        memory.note(&object("b"));
        memory.note(&object("a"));
        assert_eq!(made(&memory, &[]), "new a b");
        assert_eq!(made(&memory, &[]), "new a b");
        memory.forget();
        assert_eq!(made(&memory, &[]), "new");
    }

    #[test]
    fn what_is_laid_over_it_is_not_kept() {
        let mut memory = Memory::default();
        assert_eq!(made(&memory, &[]), "new");
        memory.note(&object("a"));
        memory.lay();
        assert_eq!(made(&memory, &[object("x")]), "new a x");
        assert_eq!(made(&memory, &[object("x")]), "new a x");
        memory.lay();
        assert_eq!(made(&memory, &[]), "new a");
    }

    #[test]
    fn after_many_changes_it_is_made_anew() {
        let mut memory = Memory::default();
        assert_eq!(made(&memory, &[]), "new");
        (0..=MOST_CHANGES).for_each(|number| memory.note(&object(&number.to_string())));
        assert_eq!(made(&memory, &[]), "new");
    }
}
