//! One kind, followed for ever: find the version, list, watch, list again when the API server forgets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wasm_host::Delta;
use wasm_host::api::{KindInfo, KindState, ObjectRef};

use super::Feed;
use super::api::{self, ApiError, Event, Listed, Resource, Stream};
use super::prune::{Keep, Pruned};
use crate::kinds::{GroupKind, State};

/// First and longest rest after something went wrong.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));
/// Rest before a kind that is not served, or forbidden, is looked for again; the promise is a minute.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The API server ends a watch after this time, and the next one starts where it ended.
const WATCH: Duration = Duration::from_secs(270);
/// A watch without a word for this long is dead: bookmarks come about once a minute.
const SILENCE: Duration = Duration::from_secs(100);

/// Follows one kind.
pub(super) struct Follow {
    pub(super) feed: Feed,
    pub(super) client: kube::Client,
    pub(super) keep: Keep,
    /// Hear from the API server at least this often, for `--max-staleness`.
    pub(super) idle: Option<Duration>,
    pub(super) kind: GroupKind,
    pub(super) info: KindInfo,
    /// Set once it is listed, or known not to be had.
    pub(super) settled: Arc<AtomicBool>,
}

impl Follow {
    /// Runs until it is aborted.
    pub(super) async fn run(self) {
        let mut backoff = BACKOFF.0;
        loop {
            let error = match self.once(&mut backoff).await {
                // The kind is listed again at once.
                ApiError::Expired => continue,
                error => error,
            };
            let rest = match error {
                ApiError::NotServed => {
                    self.cannot_be_had(State::NotServed).await;
                    self.idle.map_or(LOOK_AGAIN, |idle| idle.min(LOOK_AGAIN))
                }
                ApiError::Forbidden(why) => {
                    self.broke(&why);
                    self.cannot_be_had(State::Unknown(format!("forbidden: {why}"))).await;
                    LOOK_AGAIN
                }
                ApiError::Expired | ApiError::Other(_) => {
                    let why = error.to_string();
                    self.broke(&why);
                    // A kind that was listed before stays known, and its age grows.
                    self.feed.kinds.could_not_sync(&self.kind, why);
                    let rest = backoff;
                    backoff = (backoff * 2).min(BACKOFF.1);
                    rest
                }
            };
            tokio::time::sleep(rest).await;
        }
    }

    /// Lists, then watches until something goes wrong.
    async fn once(&self, backoff: &mut Duration) -> ApiError {
        match self.synced(backoff).await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    async fn synced(&self, backoff: &mut Duration) -> Result<std::convert::Infallible, ApiError> {
        let resource = api::served(&self.client, &self.info).await?;
        let listed = api::list(&self.client, &resource, &self.keep).await?;
        *backoff = BACKOFF.0;
        let mut from = listed.resource_version.clone();
        self.relist(&resource, listed).await;
        loop {
            match self.watch(&resource, &mut from).await {
                Ok(()) => *backoff = BACKOFF.0,
                Err(ApiError::Other(why)) => {
                    self.broke(&why);
                    tokio::time::sleep(*backoff).await;
                    *backoff = (*backoff * 2).min(BACKOFF.1);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn relist(&self, resource: &Resource, listed: Listed) {
        let Listed { resource_version, objects } = listed;
        tracing::info!(kind = %self.kind, objects = objects.len(), resource_version, "listed");
        self.feed.metrics.count("hedgerow_watch_relists", &[("kind", &self.kind.to_string())]);
        let delta = Delta::Relist {
            group: self.kind.group.clone(),
            kind: self.kind.kind.clone(),
            state: KindState::Synced(resource_version.clone()),
            objects: objects.into_iter().map(|object| (resource.key(&object), object.bytes)).collect(),
        };
        self.feed.apply(vec![delta]).await;
        self.feed.kinds.set(&self.kind, State::Synced, &resource_version);
        self.settled.store(true, Ordering::Release);
    }

    async fn cannot_be_had(&self, state: State) {
        self.feed.state(&self.kind, state, "").await;
        self.settled.store(true, Ordering::Release);
    }

    /// One watch, to its end.
    async fn watch(&self, resource: &Resource, from: &mut String) -> Result<(), ApiError> {
        let limit = self.idle.map_or(WATCH, |idle| idle.min(WATCH));
        let mut stream = api::watch(&self.client, resource, from, limit).await?;
        self.feed.kinds.heard(&self.kind, "");
        while let Some(events) = self.next(&mut stream, resource).await? {
            let mut deltas = Vec::with_capacity(events.len());
            for event in events {
                match event {
                    Event::Bookmark(resource_version) => *from = resource_version,
                    Event::Put(object) => {
                        from.clone_from(&object.resource_version);
                        deltas.push(Delta::Upsert { key: resource.key(&object), bytes: object.bytes });
                    }
                    Event::Gone(object) => {
                        from.clone_from(&object.resource_version);
                        deltas.push(Delta::Remove(resource.key(&object)));
                    }
                }
            }
            if !deltas.is_empty() {
                self.feed.apply(deltas).await;
            }
            self.feed.kinds.heard(&self.kind, from);
        }
        self.feed.kinds.heard(&self.kind, "");
        Ok(())
    }

    async fn next(&self, stream: &mut Stream, resource: &Resource) -> Result<Option<Vec<Event>>, ApiError> {
        let silent = |_| Err(ApiError::Other(format!("no word for {} s", SILENCE.as_secs())));
        tokio::time::timeout(SILENCE, stream.next(resource, &self.keep)).await.unwrap_or_else(silent)
    }

    fn broke(&self, why: &str) {
        self.feed.metrics.count("hedgerow_watch_errors", &[("kind", &self.kind.to_string())]);
        tracing::warn!(kind = %self.kind, why, "the kind cannot be followed at the moment");
    }
}

impl Resource {
    fn key(&self, object: &Pruned) -> ObjectRef {
        let (group, version) = self.api_version.rsplit_once('/').unwrap_or(("", &self.api_version));
        ObjectRef {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: self.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
        }
    }
}
