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

    /// Notes what the host says; true if that is more than another resourceVersion.
    pub(super) fn set(&mut self, group: &str, kind: &str, state: KindState) -> bool {
        let place = self.place(group, kind);
        let known = place.ok().and_then(|at| self.states.get_mut(at)).map(|(_, _, known)| known);
        let Some(known) = known else {
            self.states.insert(place.unwrap_or_else(|at| at), (group.to_owned(), kind.to_owned(), state));
            return true;
        };
        let versions = matches!((&*known, &state), (KindState::Synced { .. }, KindState::Synced { .. }));
        let differs = !versions && *known != state;
        *known = state;
        differs
    }

    /// Group, kind and state, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &KindState)> {
        self.states.iter().map(|(group, kind, state)| (group.as_str(), kind.as_str(), state))
    }
}
