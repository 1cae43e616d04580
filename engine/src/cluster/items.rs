//! Where items are kept.

use super::item::Item;
use super::postings::ItemId;

/// The items of a cluster, by number.
#[derive(Debug, Default)]
pub(super) struct Items {
    slots: Vec<Option<Item>>,
    free: Vec<ItemId>,
}

impl Items {
    pub(super) fn place(&mut self, item: Item) -> ItemId {
        if let Some(id) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(id.0 as usize)
        {
            *slot = Some(item);
            return id;
        }
        self.slots.push(Some(item));
        ItemId(u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX))
    }

    pub(super) fn take(&mut self, id: ItemId) -> Option<Item> {
        let item = self.slots.get_mut(id.0 as usize)?.take()?;
        self.free.push(id);
        Some(item)
    }

    pub(super) fn get(&self, id: ItemId) -> Option<&Item> {
        self.slots.get(id.0 as usize)?.as_ref()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }
}
