//! What later stages make of a whole cluster, kept until it changes.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// One thing of each type.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<BTreeMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Memory {
    /// The one that is kept, or else what is made now.
    pub(super) fn get<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let key = TypeId::of::<T>();
        let known = self.0.lock().ok().and_then(|kept| kept.get(&key).cloned());
        if let Some(known) = known.and_then(|known| known.downcast::<T>().ok()) {
            return known;
        }
        let made = Arc::new(make());
        if let Ok(mut kept) = self.0.lock() {
            let kept_too: Arc<dyn Any + Send + Sync> = made.clone();
            kept.insert(key, kept_too);
        }
        made
    }

    /// Drops all.
    pub(super) fn forget(&mut self) {
        if let Ok(kept) = self.0.get_mut() {
            kept.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_made_once_until_it_is_forgotten() {
        let mut memory = Memory::default();
        let made = std::cell::Cell::new(0);
        let count = || {
            made.set(made.get() + 1);
            made.get()
        };
        assert_eq!((*memory.get(count), *memory.get(count)), (1, 1));
        assert_eq!(*memory.get(|| "of another type"), "of another type");
        memory.forget();
        assert_eq!(*memory.get(count), 2);
    }
}
