//! The way to the component: how many may wait, how long, and what comes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasm_host::api::{AccessAnswer, Review};
use wasm_host::{Failure, Host};

use crate::failure::Trouble;

/// Of the requests that may wait, one in so many may be a costly one.
const COSTLY_SHARE: u32 = 4;

/// The host with a bounded queue before it. Requests that cost much wait in a line of their own, so that the others, which
/// are nearly all, need not wait for them.
pub(crate) struct Gate {
    host: Arc<Host>,
    queue: Semaphore,
    turns: Arc<Semaphore>,
    costly: Semaphore,
    costly_turn: Arc<Semaphore>,
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
    /// `queue` requests may wait, a quarter of them costly ones; `instances` are judged at the same time, and one that is costly.
    pub(crate) fn new(host: Arc<Host>, queue: u32, instances: u32) -> Gate {
        let turns = Arc::new(Semaphore::new(instances as usize));
        let costly = (queue / COSTLY_SHARE).max(1);
        Gate {
            host,
            queue: Semaphore::new(queue as usize),
            turns,
            costly: Semaphore::new(costly as usize),
            costly_turn: Arc::new(Semaphore::new(1)),
        }
    }

    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Judges an AdmissionReview.
    ///
    /// # Errors
    /// When there is no review by `until`, or none at all.
    pub(crate) async fn admit(&self, body: Bytes, until: Until) -> Result<Review, NoAnswer> {
        let again = body.clone();
        self.ask(until, move |host| host.admit_soon(&body), move |host| host.admit_apart(&again)).await
    }

    /// Answers a SubjectAccessReview.
    ///
    /// # Errors
    /// As for [`Gate::admit`].
    pub(crate) async fn authorize(&self, body: Bytes, until: Until) -> Result<AccessAnswer, NoAnswer> {
        let again = body.clone();
        self.ask(until, move |host| host.authorize_soon(&body), move |host| host.authorize_apart(&again)).await
    }

    /// Asks for what costs little, and if it costs more, again in the other line.
    async fn ask<T: Send + 'static>(
        &self,
        until: Until,
        soon: impl FnOnce(&Host) -> Result<Option<T>, Failure> + Send + 'static,
        apart: impl FnOnce(&Host) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, NoAnswer> {
        let overload = |_| NoAnswer::Trouble(Trouble::Overload);
        {
            let _waiting = self.queue.try_acquire().map_err(overload)?;
            let turn = turn(&self.turns, until, until.instant).await?;
            // What costs little is over before another thread would have woken up for it.
            let answer = if self.host.is_free() {
                soon(&self.host).map_err(|failure| no_answer(failure, until))
            } else {
                self.call(turn, until, soon).await
            };
            if let Some(answer) = answer? {
                return Ok(answer);
            }
        }
        let _waiting = self.costly.try_acquire().map_err(overload)?;
        // What begins late would only be cut off, and take the instance with it.
        let turn = turn(&self.costly_turn, until, until.half()).await?;
        self.call(turn, until, apart).await
    }

    /// One call into the component on a thread that may wait.
    async fn call<T: Send + 'static>(
        &self,
        turn: OwnedSemaphorePermit,
        until: Until,
        call: impl FnOnce(&Host) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, NoAnswer> {
        let host = self.host.clone();
        let asked = tokio::task::spawn_blocking(move || {
            // Held until the component is free again, even if nobody waits for the answer any more.
            let _turn = turn;
            call(&host)
        });
        let answer = tokio::time::timeout_at(until.instant.into(), asked).await.map_err(|_| late(until))?;
        answer.unwrap_or(Err(Failure::Trap)).map_err(|failure| no_answer(failure, until))
    }
}

/// Its turn, if it comes before `begin`.
async fn turn(turns: &Arc<Semaphore>, until: Until, begin: Instant) -> Result<OwnedSemaphorePermit, NoAnswer> {
    if let Ok(turn) = turns.clone().try_acquire_owned() {
        return Ok(turn);
    }
    // Never closed.
    let turn = tokio::time::timeout_at(begin.into(), turns.clone().acquire_owned()).await;
    turn.ok().and_then(Result::ok).ok_or(late(until))
}

fn late(until: Until) -> NoAnswer {
    NoAnswer::Trouble(Trouble::Deadline(until.limit))
}

fn no_answer(failure: Failure, until: Until) -> NoAnswer {
    match failure {
        Failure::Malformed(why) => NoAnswer::Malformed(why),
        Failure::Deadline => late(until),
        Failure::Memory => NoAnswer::Trouble(Trouble::Memory),
        Failure::Trap => NoAnswer::Trouble(Trouble::Trap),
        Failure::Remembered => NoAnswer::Trouble(Trouble::Remembered),
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
        Instant::now() < self.half()
    }

    fn half(&self) -> Instant {
        self.instant.checked_sub(self.limit / 2).unwrap_or(self.instant)
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
