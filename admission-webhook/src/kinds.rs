//! How far each watched kind is known, and how long ago the API server last spoke of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::metrics::{Gauge, label_text};

/// Group and kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupKind {
    pub(crate) group: String,
    pub(crate) kind: String,
}

impl std::fmt::Display for GroupKind {
    /// `Service`, `Ingress.networking.k8s.io`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let GroupKind { group, kind } = self;
        if group.is_empty() { f.write_str(kind) } else { write!(f, "{kind}.{group}") }
    }
}

/// What is known of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The first list has not come yet; with what went wrong, if anything did.
    NotSynced(String),
    /// All objects are known.
    Synced,
    /// The API server does not have the kind.
    NotServed,
    /// It cannot be watched, and why.
    Unknown(String),
}

/// One kind.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) state: State,
    pub(crate) resource_version: String,
    /// When the API server last said something of the kind.
    pub(crate) contact: Option<Instant>,
    /// Its facts are unknown since it is older than `--max-staleness`.
    pub(crate) stale: bool,
}

/// All watched kinds.
#[derive(Default)]
pub(crate) struct Kinds(Mutex<BTreeMap<GroupKind, Status>>);

impl Kinds {
    /// Sets the state of a kind; a kind that could be read counts as heard of just now.
    pub(crate) fn set(&self, kind: &GroupKind, state: State, resource_version: &str) {
        let heard = matches!(state, State::Synced | State::NotServed);
        let mut kinds = self.lock();
        let before = kinds.get(kind).and_then(|status| status.contact);
        let contact = if heard { Some(Instant::now()) } else { before };
        let status = Status { state, resource_version: resource_version.to_owned(), contact, stale: false };
        kinds.insert(kind.clone(), status);
    }

    /// The API server said something about the kind; `resource_version` is empty if nothing changed.
    pub(crate) fn heard(&self, kind: &GroupKind, resource_version: &str) {
        if let Some(status) = self.lock().get_mut(kind) {
            status.contact = Some(Instant::now());
            if !resource_version.is_empty() {
                resource_version.clone_into(&mut status.resource_version);
            }
        }
    }

    /// The first list did not come, and why. A kind that was listed before stays as it is.
    pub(crate) fn could_not_sync(&self, kind: &GroupKind, why: String) {
        if let Some(status) = self.lock().get_mut(kind)
            && matches!(status.state, State::NotSynced(_))
        {
            status.state = State::NotSynced(why);
        }
    }

    /// Kinds that have become older than `limit`, and those that are fresh again, compared with those that `told` names as
    /// stale; what is told meanwhile by others is told once more.
    pub(crate) fn turned(&self, limit: Duration, told: &mut BTreeSet<GroupKind>) -> Vec<(GroupKind, Status)> {
        let mut turned = Vec::new();
        for (kind, status) in self.lock().iter_mut() {
            // That a kind is not served is known of the past too.
            if !matches!(status.state, State::Synced | State::NotServed) {
                told.remove(kind);
                continue;
            }
            status.stale = status.contact.is_none_or(|contact| contact.elapsed() > limit);
            let news = if status.stale { told.insert(kind.clone()) } else { told.remove(kind) };
            if news {
                turned.push((kind.clone(), status.clone()));
            }
        }
        turned
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<GroupKind, Status> {
        self.lock().clone()
    }

    /// Whether every kind has been listed, or cannot be.
    pub(crate) fn synced(&self) -> bool {
        self.lock().values().all(|status| !matches!(status.state, State::NotSynced(_)))
    }

    /// `Service@1234 2s; Ingress.networking.k8s.io not served`: for the audit annotation of an answer.
    pub(crate) fn freshness(&self) -> String {
        let mut text = String::new();
        for (kind, status) in self.lock().iter() {
            if !text.is_empty() {
                text.push_str("; ");
            }
            let _ = match &status.state {
                State::Synced => write!(text, "{kind}@{} {}s", status.resource_version, age(status).as_secs()),
                State::NotServed => write!(text, "{kind} not served"),
                State::NotSynced(_) => write!(text, "{kind} not synced"),
                State::Unknown(_) => write!(text, "{kind} unknown"),
            };
        }
        text
    }

    /// For the metrics page.
    pub(crate) fn gauges(&self) -> Vec<Gauge> {
        let kinds = self.snapshot();
        let label = |kind: &GroupKind| ("kind", kind.to_string());
        let ages = kinds.iter().filter(|(_, status)| status.contact.is_some()).map(|(kind, status)| {
            let (name, value) = label(kind);
            (label_text(&[(name, &value)]), age(status).as_secs_f64())
        });
        let states = kinds.iter().map(|(kind, status)| {
            let (name, value) = label(kind);
            (label_text(&[(name, &value), ("state", state_name(status))]), 1.0)
        });
        vec![
            Gauge {
                name: "hedgerow_watch_age_seconds",
                help: "Seconds since the API server last spoke of the kind.",
                samples: ages.collect(),
            },
            Gauge {
                name: "hedgerow_watch_state",
                help: "1 for the state that the kind is in: synced, stale, not_synced, not_served, unknown.",
                samples: states.collect(),
            },
        ]
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<GroupKind, Status>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Time since the API server last spoke of the kind.
pub(crate) fn age(status: &Status) -> Duration {
    status.contact.map_or(Duration::MAX, |contact| contact.elapsed())
}

fn state_name(status: &Status) -> &'static str {
    match status.state {
        State::Synced | State::NotServed if status.stale => "stale",
        State::Synced => "synced",
        State::NotSynced(_) => "not_synced",
        State::NotServed => "not_served",
        State::Unknown(_) => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> GroupKind {
        GroupKind { group: String::new(), kind: name.into() }
    }

    #[test]
    fn a_kind_that_may_not_be_watched_does_not_block() {
        let kinds = Kinds::default();
        kinds.set(&kind("Service"), State::NotSynced(String::new()), "");
        kinds.set(&kind("Pod"), State::Unknown("forbidden: pods".into()), "");
        assert!(!kinds.synced());
        kinds.set(&kind("Service"), State::Synced, "12");
        assert!(kinds.synced());
        assert_eq!(kinds.freshness(), "Pod unknown; Service@12 0s");
    }

    #[test]
    fn silence_makes_stale_and_a_word_makes_fresh() {
        let (kinds, mut told) = (Kinds::default(), BTreeSet::new());
        let (brief, ample) = (Duration::from_millis(1), Duration::from_secs(60));
        let mut check = |limit, expected: &[bool]| {
            std::thread::sleep(Duration::from_millis(5));
            let turned = kinds.turned(limit, &mut told);
            assert_eq!(turned.iter().map(|(_, status)| status.stale).collect::<Vec<_>>(), expected);
        };
        for state in [State::Synced, State::NotServed] {
            kinds.set(&kind("Service"), state, "12");
            check(brief, &[true]);
            check(brief, &[]);
            kinds.heard(&kind("Service"), "13");
            check(ample, &[false]);
        }
        // It was listed anew just before it was told to be stale.
        check(brief, &[true]);
        kinds.set(&kind("Service"), State::Synced, "14");
        check(ample, &[false]);
    }
}
