//! The way to the component: how many may wait, how long, and what comes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use wasm_host::api::{AccessAnswer, Review};
use wasm_host::{Failure, Host};

use crate::failure::Trouble;

/// The host with a bounded queue before it.
pub(crate) struct Gate {
    host: Arc<Host>,
    queue: Semaphore,
    turns: Arc<Semaphore>,
}

/// Why there is no answer from the component.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The body is nothing that can be answered, and why.
    Malformed(String),
    /// The failure answer is due.
    Trouble(Trouble),
}

impl Gate {
    /// `queue` requests may wait; `instances` are judged at the same time.
    pub(crate) fn new(host: Arc<Host>, queue: u32, instances: u32) -> Gate {
        let turns = Arc::new(Semaphore::new(instances as usize));
        Gate { host, queue: Semaphore::new(queue as usize), turns }
    }

    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Judges an AdmissionReview.
    ///
    /// # Errors
    /// When there is no review by `until`, or none at all.
    pub(crate) async fn admit(
        &self,
        body: impl AsRef<[u8]> + Send + 'static,
        until: Until,
    ) -> Result<Review, NoAnswer> {
        self.ask(until, move |host| host.admit(body.as_ref())).await
    }

    /// Answers a SubjectAccessReview.
    ///
    /// # Errors
    /// As for [`Gate::admit`].
    pub(crate) async fn authorize(
        &self,
        body: impl AsRef<[u8]> + Send + 'static,
        until: Until,
    ) -> Result<AccessAnswer, NoAnswer> {
        self.ask(until, move |host| host.authorize(body.as_ref())).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        until: Until,
        call: impl FnOnce(&Host) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, NoAnswer> {
        let _waiting = self.queue.try_acquire().map_err(|_| NoAnswer::Trouble(Trouble::Overload))?;
        let late = || NoAnswer::Trouble(Trouble::Deadline(until.limit));
        let answer = tokio::time::timeout_at(until.instant.into(), async {
            // Never closed.
            let turn = self.turns.clone().acquire_owned().await;
            let host = self.host.clone();
            let asked = tokio::task::spawn_blocking(move || {
                // Held until the component is free again, even if nobody waits for the answer any more.
                let _turn = turn;
                call(&host)
            });
            asked.await.unwrap_or(Err(Failure::Trap))
        });
        match answer.await.map_err(|_| late())? {
            Ok(answer) => Ok(answer),
            Err(Failure::Malformed(why)) => Err(NoAnswer::Malformed(why)),
            Err(Failure::Deadline) => Err(late()),
            Err(Failure::Memory) => Err(NoAnswer::Trouble(Trouble::Memory)),
            Err(Failure::Trap) => Err(NoAnswer::Trouble(Trouble::Trap)),
            Err(Failure::Remembered) => Err(NoAnswer::Trouble(Trouble::Remembered)),
        }
    }
}

/// When an answer is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    pub(crate) instant: Instant,
    /// How long that is from the start of the request.
    pub(crate) limit: Duration,
}

impl Until {
    /// `own` from now, or as long as the API server waits (`?timeout=`), less what the way back takes.
    pub(crate) fn new(own: Duration, api_server: Option<Duration>) -> Until {
        let limit = match api_server {
            None => own,
            Some(timeout) => own.min(timeout.saturating_sub(margin(timeout))),
        };
        Until { instant: Instant::now() + limit, limit }
    }

    /// True if less than half of the time is used up.
    pub(crate) fn is_early(&self) -> bool {
        self.instant.saturating_duration_since(Instant::now()) > self.limit / 2
    }
}

/// A fifth of the API server's timeout, 200 ms at most.
fn margin(timeout: Duration) -> Duration {
    (timeout / 5).min(Duration::from_millis(200))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_deadline_is_inside_the_api_servers() {
        let millis = Duration::from_millis;
        for (own, api_server, limit) in [
            (1000, None, 1000),
            (1000, Some(3000), 1000),
            (3000, Some(3000), 2800),
            (1000, Some(500), 400),
            (1, Some(0), 0),
        ] {
            assert_eq!(Until::new(millis(own), api_server.map(millis)).limit, millis(limit));
        }
    }
}
