//! What the host keeps of the cluster: each object's bytes, what is known of each kind, and the changes that instances
//! have not seen yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::api::{KindState, ObjectRef};
use crate::delta::Delta;

/// Group, kind, namespace and name; the version is no part of what an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    group: Arc<str>,
    kind: Arc<str>,
    namespace: Arc<str>,
    name: Box<str>,
}

/// One change, as instances take it.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// An object is there, with these bytes.
    Put(ObjectRef, Arc<[u8]>),
    /// An object is gone.
    Gone(ObjectRef),
    /// What is known of a kind: group, kind, state.
    Kind(String, String, KindState),
}

/// Says which changes an instance has seen.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor(u64);

/// Objects, kinds, and a log of changes that is as long as the slowest instance needs.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    objects: BTreeMap<Key, (ObjectRef, Arc<[u8]>)>,
    kinds: BTreeMap<(String, String), KindState>,
    bytes: usize,
    /// Objects that stopped the component; they are left out, and their kinds are not known.
    left_out: BTreeSet<Key>,
    log: VecDeque<Change>,
    /// Number of the first change in `log`.
    first: u64,
    /// The next change of each instance, by the number of its cursor.
    next: BTreeMap<u64, u64>,
    cursors: u64,
}

impl Objects {
    /// Takes a change in. What is the same as before is no change.
    pub(crate) fn take(&mut self, delta: Delta) {
        match delta {
            Delta::Upsert { key, bytes } => self.put(key, bytes),
            Delta::Remove(key) => self.remove(&key),
            Delta::Kind { group, kind, state } => self.set_kind(group, kind, state),
            Delta::Relist { group, kind, state, objects } => {
                let listed: BTreeSet<Key> = objects.iter().map(|(key, _)| Key::of(key)).collect();
                let of_kind = |key: &Key| *key.group == *group && *key.kind == *kind;
                let gone: Vec<ObjectRef> = self
                    .objects
                    .iter()
                    .filter(|(key, _)| of_kind(key) && !listed.contains(*key))
                    .map(|(_, (object, _))| object.clone())
                    .collect();
                gone.iter().for_each(|object| self.remove(object));
                self.left_out.retain(|key| !of_kind(key) || listed.contains(key));
                objects.into_iter().for_each(|(key, bytes)| self.put(key, bytes));
                self.set_kind(group, kind, state);
            }
        }
    }

    fn put(&mut self, object: ObjectRef, bytes: Vec<u8>) {
        let key = Key::of(&object);
        if self.left_out.contains(&key) || self.objects.get(&key).is_some_and(|(_, old)| **old == *bytes) {
            return;
        }
        let bytes: Arc<[u8]> = bytes.into();
        self.bytes += bytes.len();
        if let Some((_, old)) = self.objects.insert(key, (object.clone(), bytes.clone())) {
            self.bytes -= old.len();
        }
        self.log(Change::Put(object, bytes));
    }

    fn remove(&mut self, object: &ObjectRef) {
        let key = Key::of(object);
        self.left_out.remove(&key);
        if let Some((object, old)) = self.objects.remove(&key) {
            self.bytes -= old.len();
            self.log(Change::Gone(object));
        }
    }

    fn set_kind(&mut self, group: String, kind: String, state: KindState) {
        let state = match state {
            KindState::Synced(_) if self.left_out.iter().any(|key| *key.group == *group && *key.kind == *kind) => {
                KindState::Unknown("an object of the kind stopped the component and was left out".to_owned())
            }
            state => state,
        };
        let key = (group, kind);
        if self.kinds.get(&key) != Some(&state) {
            self.kinds.insert(key.clone(), state.clone());
            self.log(Change::Kind(key.0, key.1, state));
        }
    }

    /// Leaves objects out that stopped the component, and says so of their kinds: nothing that hangs on them is answered
    /// as if they were known.
    pub(crate) fn leave_out(&mut self, objects: &[ObjectRef]) {
        for object in objects {
            self.remove(object);
            self.left_out.insert(Key::of(object));
            self.set_kind(object.group.clone(), object.kind.clone(), KindState::Synced(String::new()));
        }
    }

    /// All there is, as changes, and a cursor behind them.
    pub(crate) fn snapshot(&mut self) -> (Vec<Change>, Cursor) {
        let objects = self.objects.values().map(|(object, bytes)| Change::Put(object.clone(), bytes.clone()));
        let kinds = self.kinds.iter().map(|((group, kind), state)| {
            // After the objects: until then nothing of the kind is known.
            Change::Kind(group.clone(), kind.clone(), state.clone())
        });
        let changes = objects.chain(kinds).collect();
        self.cursors += 1;
        let head = self.head();
        self.next.insert(self.cursors, head);
        (changes, Cursor(self.cursors))
    }

    /// The number of the next change.
    pub(crate) fn head(&self) -> u64 {
        self.first + self.log.len() as u64
    }

    /// The next changes for a cursor, at most `count` and none at or after `until`.
    pub(crate) fn next(&mut self, cursor: &Cursor, count: usize, until: u64) -> Vec<Change> {
        let Some(next) = self.next.get_mut(&cursor.0) else { return Vec::new() };
        let end = until.min(*next + count as u64);
        let skip = usize::try_from(*next - self.first).unwrap_or(usize::MAX);
        let changes = self.log.iter().skip(skip).take(usize::try_from(end.saturating_sub(*next)).unwrap_or(0));
        let changes: Vec<Change> = changes.cloned().collect();
        *next += changes.len() as u64;
        self.trim();
        changes
    }

    /// Forgets an instance.
    pub(crate) fn close(&mut self, cursor: &Cursor) {
        self.next.remove(&cursor.0);
        self.trim();
    }

    /// Objects kept, and their bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.objects.len(), self.bytes)
    }

    fn log(&mut self, change: Change) {
        if self.next.is_empty() {
            self.first += 1;
        } else {
            self.log.push_back(change);
        }
    }

    fn trim(&mut self) {
        let slowest = self.next.values().copied().min().unwrap_or_else(|| self.head());
        while self.first < slowest && self.log.pop_front().is_some() {
            self.first += 1;
        }
    }
}

impl Key {
    fn of(object: &ObjectRef) -> Key {
        let ObjectRef { group, version: _, kind, namespace, name } = object;
        Key {
            group: group.as_str().into(),
            kind: kind.as_str().into(),
            namespace: namespace.as_str().into(),
            name: name.as_str().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str) -> ObjectRef {
        ObjectRef {
            group: String::new(),
            version: "v1".into(),
            kind: "Service".into(),
            namespace: "shop".into(),
            name: name.into(),
        }
    }

    fn put(name: &str, bytes: &str) -> Delta {
        Delta::Upsert { key: object(name), bytes: bytes.into() }
    }

    fn relist(names: &[&str]) -> Delta {
        Delta::Relist {
            group: String::new(),
            kind: "Service".into(),
            state: KindState::Synced("7".into()),
            objects: names.iter().map(|name| (object(name), b"{}".to_vec())).collect(),
        }
    }

    fn check(changes: &[Change], expected: &[&str]) {
        let told: Vec<String> = changes
            .iter()
            .map(|change| match change {
                Change::Put(object, bytes) => format!("+{}={}", object.name, String::from_utf8_lossy(bytes)),
                Change::Gone(object) => format!("-{}", object.name),
                Change::Kind(_, kind, state) => format!("{kind}:{state:?}"),
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn each_cursor_sees_each_change_once_and_the_log_is_as_long_as_needed() {
        let mut objects = Objects::default();
        objects.take(put("a", "1"));
        let (changes, slow) = objects.snapshot();
        check(&changes, &["+a=1"]);
        let (_, quick) = objects.snapshot();
        objects.take(put("b", "1"));
        objects.take(put("b", "1"));
        objects.take(Delta::Remove(object("a")));
        let head = objects.head();
        check(&objects.next(&quick, 1, head), &["+b=1"]);
        check(&objects.next(&quick, 9, head), &["-a"]);
        check(&objects.next(&quick, 9, head), &[]);
        assert_eq!(objects.log.len(), 2);
        check(&objects.next(&slow, 9, head), &["+b=1", "-a"]);
        assert_eq!(objects.log.len(), 0);
    }

    #[test]
    fn a_closed_cursor_holds_nothing_back() {
        let mut objects = Objects::default();
        let (_, cursor) = objects.snapshot();
        objects.take(put("a", "1"));
        objects.close(&cursor);
        assert_eq!((objects.log.len(), objects.size()), (0, (1, 1)));
    }

    #[test]
    fn a_relist_is_the_difference() {
        let mut objects = Objects::default();
        objects.take(relist(&["a", "b"]));
        let (_, cursor) = objects.snapshot();
        objects.take(relist(&["b", "c"]));
        let head = objects.head();
        check(&objects.next(&cursor, 9, head), &["-a", "+c={}"]);
    }

    #[test]
    fn what_is_left_out_makes_its_kind_unknown() {
        let mut objects = Objects::default();
        objects.take(relist(&["a", "b"]));
        objects.leave_out(&[object("a")]);
        objects.take(relist(&["a", "b"]));
        let told = "Service:KindState::Unknown(\"an object of the kind stopped the component and was left out\")";
        check(&objects.snapshot().0, &["+b={}", told]);
        objects.take(relist(&["b"]));
        check(&objects.snapshot().0, &["+b={}", "Service:KindState::Synced(\"7\")"]);
    }
}
