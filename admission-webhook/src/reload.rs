//! Policies and certificate as they are on disk now, looked at once a second.
//!
//! What counts is the content, so that it does not matter how files are replaced. A change is taken when it was read twice
//! the same, so that half-written folders are not. What is broken is told, and the last good stays in force.

use std::sync::Arc;
use std::time::Duration;

use wasm_host::api::{KindInfo, KindState};
use wasm_host::{Delta, Host, Options, Packs};

use crate::args::PackArgs;
use crate::health::{Health, Reloaded};
use crate::metrics::Metrics;
use crate::packs;
use crate::tls::{Files, Material, Tls};
use crate::watch::Watcher;

const TICK: Duration = Duration::from_secs(1);

/// What is told of a change.
#[derive(Clone)]
pub(crate) struct Report {
    pub(crate) health: Arc<Health>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Report {
    fn tell(&self, what: Reloaded, result: &Result<(), String>) {
        let counter = match (what, result) {
            (Reloaded::Policies, Ok(())) => "hedgerow_policy_reloads",
            (Reloaded::Policies, Err(_)) => "hedgerow_policy_reload_failures",
            (Reloaded::Certificate, Ok(())) => "hedgerow_certificate_reloads",
            (Reloaded::Certificate, Err(_)) => "hedgerow_certificate_reload_failures",
        };
        self.metrics.count(counter, &[]);
        match result {
            Ok(()) => {
                self.health.mended(what);
                tracing::info!(what = what.name(), "a change is in force");
            }
            Err(why) => {
                tracing::error!(what = what.name(), why, "a change is not taken; the last good stays in force");
                self.health.broke(what, why.clone());
            }
        }
    }
}

/// The newest content, and whether it is in force.
struct Seen<T> {
    /// What is in force, or was last tried.
    tried: Result<T, String>,
    /// What the last look found, when that was something else.
    last: Option<Result<T, String>>,
}

impl<T: PartialEq + Clone> Seen<T> {
    fn new(in_force: T) -> Seen<T> {
        Seen { tried: Ok(in_force), last: None }
    }

    /// Whether `now` is new and was seen the same at the last look.
    fn settled(&mut self, now: &Result<T, String>) -> bool {
        if self.tried == *now {
            self.last = None;
            return false;
        }
        if self.last.as_ref() == Some(now) {
            self.tried = now.clone();
            self.last = None;
            return true;
        }
        self.last = Some(now.clone());
        false
    }
}

/// Follows the certificate for ever.
pub(crate) async fn certificate(files: Files, in_force: Material, tls: Arc<Tls>, report: Report) {
    let mut seen = Seen::new(in_force);
    loop {
        tokio::time::sleep(TICK).await;
        let files = files.clone();
        let Ok(now) = tokio::task::spawn_blocking(move || Material::read(&files)).await else { continue };
        let now = now.map_err(|error| error.to_string());
        if seen.settled(&now) {
            let result = now.and_then(|material| tls.replace(&material).map_err(|error| error.to_string()));
            report.tell(Reloaded::Certificate, &result);
        }
    }
}

/// What the policies' reload needs.
pub(crate) struct PolicyReload {
    pub(crate) args: PackArgs,
    pub(crate) host: Arc<Host>,
    pub(crate) options: Options,
    pub(crate) watcher: Option<Arc<Watcher>>,
    pub(crate) report: Report,
}

impl PolicyReload {
    /// Follows the policies for ever. `in_force` is the fingerprint of what is loaded.
    pub(crate) async fn run(self, in_force: [u8; 32]) {
        let mut seen = Seen::new(in_force);
        loop {
            tokio::time::sleep(TICK).await;
            let args = self.args.clone();
            let read = move || packs::read(&args).map(|packs| (packs::fingerprint(&packs), packs));
            let Ok(now) = tokio::task::spawn_blocking(read).await else { continue };
            let now = now.map_err(|error| error.to_string());
            if !seen.settled(&now.as_ref().map(|(fingerprint, _)| *fingerprint).map_err(Clone::clone)) {
                continue;
            }
            let result = match now {
                Ok((_, packs)) => self.take(packs).await,
                Err(why) => Err(why),
            };
            self.report.tell(Reloaded::Policies, &result);
        }
    }

    /// Tries the packs beside those in force, watches what they need, and only then takes them.
    async fn take(&self, packs: Packs) -> Result<(), String> {
        if let Some(watcher) = &self.watcher {
            let (tried, options) = (packs.clone(), self.options);
            let watches = blocking(move || Host::start(tried, options).map(|host| host.watches())).await?;
            watcher.watch(watches).await;
            if !watcher.settle().await {
                return Err("the kinds that the new policies need could not be listed; /readyz?verbose says why".into());
            }
        }
        let (host, watched) = (self.host.clone(), self.watcher.is_some());
        let digest = blocking(move || {
            host.reload(packs)?;
            if !watched {
                not_asked(&host);
            }
            Ok::<_, wasm_host::StartError>(host.digests().policies)
        });
        self.report.health.in_force(digest.await?);
        Ok(())
    }
}

/// Without a cluster, facts about other objects are not asked.
pub(crate) fn not_asked(host: &Host) {
    let not_asked = |info: KindInfo| {
        let state = KindState::NotAsked("no cluster is watched (`--no-watch`)".into());
        Delta::Kind { group: info.group, kind: info.kind, state }
    };
    host.apply(host.watches().into_iter().map(not_asked).collect());
}

async fn blocking<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
    call: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, String> {
    match tokio::task::spawn_blocking(call).await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_taken_when_it_was_seen_twice() {
        let mut seen = Seen::new(1);
        let looks =
            [(1, false), (2, false), (3, false), (3, true), (3, false), (1, false), (3, false), (1, false), (1, true)];
        for (now, taken) in looks {
            assert_eq!(seen.settled(&Ok(now)), taken, "{now}");
        }
    }

    #[test]
    fn what_is_broken_is_told_once() {
        let mut seen = Seen::new(1);
        let looks = [Err("gone".to_owned()), Err("gone".to_owned()), Err("gone".to_owned()), Ok(1), Ok(1)];
        assert_eq!(looks.map(|now| seen.settled(&now)), [false, true, false, false, true]);
    }
}
