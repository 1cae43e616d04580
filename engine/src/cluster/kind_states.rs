//! What a host says of the kinds that it watches.

use super::knowledge::KindState;

/// What the host said of each kind.
#[derive(Debug, Default)]
pub(super) struct KindStates {
    // Sorted by group and kind: looked up for every fact, and without making keys.
    states: Vec<(String, String, KindState)>,
}

impl KindStates {
    fn place(&self, group: &str, kind: &str) -> Result<usize, usize> {
        self.states.binary_search_by(|(of, name, _)| (of.as_str(), name.as_str()).cmp(&(group, kind)))
    }

    /// What was said of a kind, if anything.
    pub(super) fn get(&self, group: &str, kind: &str) -> Option<&KindState> {
        self.states.get(self.place(group, kind).ok()?).map(|(_, _, state)| state)
    }

    /// Notes what the host says.
    pub(super) fn set(&mut self, group: &str, kind: &str, state: KindState) {
        let entry = (group.to_owned(), kind.to_owned(), state);
        match self.place(group, kind) {
            Ok(at) => drop(self.states.get_mut(at).map(|known| *known = entry)),
            Err(at) => self.states.insert(at, entry),
        }
    }

    /// Group, kind and state, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &KindState)> {
        self.states.iter().map(|(group, kind, state)| (group.as_str(), kind.as_str(), state))
    }
}
