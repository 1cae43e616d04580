//! The cluster → deltas for the component, one task for each kind that facts read.
//!
//! No object is kept here: what comes from the API server is pruned to the fields that facts read and handed in. Start at
//! [`Watcher`].

mod api;
mod follow;
mod prune;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use wasm_host::api::{Finding, KindInfo, KindState};
use wasm_host::{Delta, Host};

use crate::kinds::{GroupKind, Kinds, State};
use crate::metrics::Metrics;

/// How long a change of policies waits for kinds that are watched anew.
const WAIT_FOR_SYNC: Duration = Duration::from_secs(30);

/// Watches kinds and hands in what they hold.
pub(crate) struct Watcher {
    feed: Feed,
    client: kube::Client,
    max_staleness: Option<Duration>,
    tasks: Mutex<BTreeMap<GroupKind, Task>>,
}

struct Task {
    fields: BTreeSet<String>,
    /// It has been listed with these fields, or is known not to be had.
    settled: Arc<AtomicBool>,
    handle: JoinHandle<()>,
}

/// Where the deltas go.
#[derive(Clone)]
struct Feed {
    host: Arc<Host>,
    kinds: Arc<Kinds>,
    metrics: Arc<Metrics>,
}

impl Watcher {
    pub(crate) fn new(
        client: kube::Client,
        host: Arc<Host>,
        kinds: Arc<Kinds>,
        metrics: Arc<Metrics>,
        max_staleness: Option<Duration>,
    ) -> Watcher {
        let feed = Feed { host, kinds, metrics };
        Watcher { feed, client, max_staleness, tasks: Mutex::default() }
    }

    /// Watches these kinds, with at least these fields. A kind that is watched with fewer is listed anew, and what is known
    /// of it holds until then. Kinds that are not named stay watched: policies that are in force may still read them.
    pub(crate) async fn watch(&self, wanted: Vec<KindInfo>) {
        let mut tasks = self.tasks.lock().await;
        for mut info in wanted {
            let kind = GroupKind { group: info.group.clone(), kind: info.kind.clone() };
            let mut fields: BTreeSet<String> = info.fields.iter().cloned().collect();
            match tasks.get(&kind) {
                None => self.feed.state(&kind, State::NotSynced(String::new()), "").await,
                Some(task) if fields.is_subset(&task.fields) => continue,
                Some(task) => {
                    task.handle.abort();
                    fields.extend(task.fields.iter().cloned());
                }
            }
            info.fields = fields.iter().cloned().collect();
            let settled = Arc::new(AtomicBool::new(false));
            let follow = follow::Follow {
                feed: self.feed.clone(),
                client: self.client.clone(),
                keep: prune::Keep::new(&fields),
                idle: self.max_staleness.map(|limit| limit / 2),
                kind: kind.clone(),
                info,
                settled: settled.clone(),
            };
            let handle = tokio::spawn(follow.run());
            tasks.insert(kind, Task { fields, settled, handle });
        }
    }

    /// Waits until every kind is listed with its fields or known not to be had; half a minute at most. False if one is not.
    pub(crate) async fn settle(&self) -> bool {
        let settled = async {
            while !self.tasks.lock().await.values().all(|task| task.settled.load(Ordering::Acquire)) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(WAIT_FOR_SYNC, settled).await.is_ok()
    }

    /// Makes facts unknown whose kinds have been silent for too long, and known again. Runs for ever.
    pub(crate) async fn mark_stale(self: Arc<Self>) {
        let Some(limit) = self.max_staleness else { return };
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let mut told = BTreeSet::new();
        loop {
            ticks.tick().await;
            for (kind, status) in self.feed.kinds.turned(limit, &mut told) {
                let state = if status.stale {
                    tracing::warn!(%kind, "its facts are unknown: the watch has been silent for too long");
                    KindState::Unknown(format!("older than --max-staleness ({} s)", limit.as_secs()))
                } else if status.state == State::NotServed {
                    KindState::NotServed
                } else {
                    KindState::Synced(status.resource_version)
                };
                self.feed.apply(vec![Delta::Kind { group: kind.group, kind: kind.kind, state }]).await;
            }
        }
    }
}

impl Feed {
    /// Hands deltas in; the component takes them between two reviews.
    async fn apply(&self, deltas: Vec<Delta>) {
        let host = self.host.clone();
        match tokio::task::spawn_blocking(move || host.apply(deltas)).await {
            Ok(findings) => findings.iter().for_each(|finding| self.unreadable(finding)),
            Err(_) => tracing::error!("changes of the cluster could not be handed in"),
        }
    }

    fn unreadable(&self, finding: &Finding) {
        self.metrics.count("hedgerow_watch_unreadable", &[("code", &finding.code)]);
        let object = finding.object.as_ref().map(|at| format!("{} {}/{}", at.kind, at.namespace, at.name));
        tracing::warn!(code = finding.code, field = finding.field, object, "a watched object cannot be read whole");
    }

    /// Says how far a kind is known, here and in the component.
    async fn state(&self, kind: &GroupKind, state: State, resource_version: &str) {
        let told = match &state {
            State::Synced => KindState::Synced(resource_version.to_owned()),
            State::NotServed => KindState::NotServed,
            State::NotSynced(_) => KindState::Unknown("not synced yet".into()),
            State::Unknown(why) => KindState::Unknown(why.clone()),
        };
        let delta = match &state {
            // Objects of a kind that has gone are gone.
            State::NotServed | State::Unknown(_) => {
                Delta::Relist { group: kind.group.clone(), kind: kind.kind.clone(), state: told, objects: Vec::new() }
            }
            State::Synced | State::NotSynced(_) => {
                Delta::Kind { group: kind.group.clone(), kind: kind.kind.clone(), state: told }
            }
        };
        self.apply(vec![delta]).await;
        self.kinds.set(kind, state, resource_version);
    }
}
