//! What the handlers share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::gate::Gate;
use crate::health::Health;
use crate::kinds::Kinds;
use crate::metrics::Metrics;
use crate::response::Renderer;

/// The running webhook.
pub(crate) struct App {
    pub(crate) gate: Gate,
    pub(crate) renderer: Renderer,
    pub(crate) kinds: Arc<Kinds>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) health: Arc<Health>,
    pub(crate) limits: Limits,
    /// One permit for each byte of body that may be in memory.
    pub(crate) bodies: Semaphore,
    /// The same for bodies up to [`SMALL_BODY`], so that large ones do not crowd them out.
    pub(crate) small_bodies: Semaphore,
}

/// What one request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) deadline: Duration,
    pub(crate) body: usize,
}

/// Nearly all bodies are smaller.
pub(crate) const SMALL_BODY: usize = 64 << 10;

/// Bodies in memory at the same time, as a multiple of the largest.
pub(crate) const BODIES: usize = 8;
