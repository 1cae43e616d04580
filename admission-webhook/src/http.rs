//! The routes. A handler has four steps: decode, take a snapshot, one call, encode.

mod authorize;
mod body;
mod probes;
mod status;
mod validate;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// What is served over TLS.
pub(crate) fn routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/validate", post(validate::handle))
        .route("/authorize", post(authorize::handle))
        .route("/healthz", get(probes::healthz))
        .route("/readyz", get(probes::readyz))
        .with_state(app)
}

/// What is served on the metrics port, without TLS.
pub(crate) fn metrics_routes(app: Arc<App>) -> Router {
    Router::new()
        .route("/metrics", get(probes::metrics))
        .route("/healthz", get(probes::healthz))
        .route("/readyz", get(probes::readyz))
        .with_state(app)
}
