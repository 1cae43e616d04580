//! Whether the webhook can decide, and all that a person looking into it wants to know.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::kinds::{Kinds, State, age};
use crate::metrics::{Gauge, label_text};

/// What is reloaded while serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reloaded {
    Policies,
    Certificate,
}

impl Reloaded {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Reloaded::Policies => "policies",
            Reloaded::Certificate => "certificate",
        }
    }
}

/// State of the process.
#[derive(Default)]
pub(crate) struct Health {
    draining: AtomicBool,
    /// Digest of the policies in force.
    policies: Mutex<String>,
    /// Why the newest policies or certificate are not in force; the last good ones are.
    broken: Mutex<BTreeMap<Reloaded, String>>,
}

/// The answer to `/readyz`.
pub(crate) struct Readiness {
    pub(crate) ready: bool,
    /// One line for each check.
    pub(crate) report: String,
}

impl Health {
    /// No new connections are wanted.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// These policies decide from now on.
    pub(crate) fn in_force(&self, digest: String) {
        *self.policies.lock().unwrap_or_else(PoisonError::into_inner) = digest;
    }

    /// Digest of the policies in force.
    pub(crate) fn policies(&self) -> String {
        self.policies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is on disk is in force.
    pub(crate) fn mended(&self, what: Reloaded) {
        self.lock().remove(&what);
    }

    /// What is on disk is not in force, since …
    pub(crate) fn broke(&self, what: Reloaded, why: String) {
        self.lock().insert(what, why);
    }

    pub(crate) fn gauge(&self) -> Gauge {
        let broken = self.lock();
        let samples = [Reloaded::Policies, Reloaded::Certificate]
            .map(|what| (label_text(&[("what", what.name())]), if broken.contains_key(&what) { 1.0 } else { 0.0 }));
        Gauge {
            name: "hedgerow_reload_broken",
            help: "1 while the last good policies or certificate stand in for broken ones.",
            samples: samples.into(),
        }
    }

    /// Ready means: policies loaded, every kind listed or known not to be had, not draining.
    pub(crate) fn readiness(&self, kinds: &Kinds) -> Readiness {
        let draining = self.draining.load(Ordering::Relaxed);
        let ready = !draining && kinds.synced();
        let mut report = String::new();
        let mut line = |mark: char, text: String| {
            let _ = writeln!(report, "[{mark}]{}", text.replace(['\n', '\r'], " "));
        };
        line('+', format!("policies: {}", self.policies()));
        for (what, why) in self.lock().iter() {
            line('!', format!("{}: the last good ones are in force: {why}", what.name()));
        }
        for (kind, status) in kinds.snapshot() {
            match &status.state {
                State::Synced => {
                    let (mark, stale) = if status.stale { ('!', ", older than --max-staleness") } else { ('+', "") };
                    let seconds = age(&status).as_secs();
                    line(mark, format!("watch {kind}: synced at {}, age {seconds} s{stale}", status.resource_version));
                }
                State::NotServed if status.stale => {
                    line('!', format!("watch {kind}: not served when last heard of, older than --max-staleness"));
                }
                State::NotServed => line('+', format!("watch {kind}: not served, looked for again")),
                State::Unknown(why) => line('!', format!("watch {kind}: unknown: {why}")),
                State::NotSynced(why) if why.is_empty() => line('-', format!("watch {kind}: not synced yet")),
                State::NotSynced(why) => line('-', format!("watch {kind}: not synced yet: {why}")),
            }
        }
        if draining {
            line('-', "draining".into());
        }
        report.push_str(if ready { "ready\n" } else { "not ready\n" });
        Readiness { ready, report }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Reloaded, String>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::GroupKind;

    #[test]
    fn the_report_names_what_is_wrong() {
        let (health, kinds) = (Health::default(), Kinds::default());
        let pod = GroupKind { group: String::new(), kind: "Pod".into() };
        kinds.set(&pod, State::Unknown("forbidden: no".into()), "");
        health.broke(Reloaded::Policies, "a.cedar:1:2: no\nsuch".into());
        health.in_force("sha256:1".into());
        let readiness = health.readiness(&kinds);
        assert!(readiness.ready);
        assert_eq!(
            readiness.report,
            "[+]policies: sha256:1\n[!]policies: the last good ones are in force: a.cedar:1:2: no such\n\
             [!]watch Pod: unknown: forbidden: no\nready\n"
        );
        health.drain();
        assert!(!health.readiness(&kinds).ready);
    }
}
