//! `/healthz`, `/readyz` and `/metrics`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use wasm_host::Stats;

use crate::app::App;
use crate::metrics::{CONTENT_TYPE, Gauge, label_text};

/// The process answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether requests should be sent here; `?verbose` says why.
pub(super) async fn readyz(State(app): State<Arc<App>>, request: Request) -> impl IntoResponse {
    let readiness = app.health.readiness(&app.kinds);
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let verbose = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("verbose")));
    let short = if readiness.ready { "ok\n" } else { "not ready\n" };
    (status, if verbose { readiness.report } else { short.to_owned() })
}

/// The metrics page.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    let mut gauges = app.kinds.gauges();
    gauges.push(app.health.gauge());
    gauges.push(Gauge {
        name: "hedgerow_policies_info",
        help: "Digest of the policies in force.",
        samples: vec![(label_text(&[("digest", &app.health.policies())]), 1.0)],
    });
    // Waits for requests that are being judged.
    let host = app.gate.host().clone();
    if let Ok(stats) = tokio::task::spawn_blocking(move || host.stats()).await {
        gauges.extend(of_the_host(stats));
    }
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], app.metrics.page(&gauges))
}

fn of_the_host(stats: Stats) -> [Gauge; 6] {
    let gauge = |name, help, value| Gauge { name, help, samples: vec![(String::new(), value)] };
    [
        gauge("hedgerow_cluster_objects", "Objects of the cluster.", stats.objects as f64),
        gauge("hedgerow_cluster_object_bytes", "Bytes of these objects, pruned.", stats.object_bytes as f64),
        gauge("hedgerow_cluster_left_out", "Objects left out since they stop the component.", stats.left_out as f64),
        gauge("hedgerow_component_memory_bytes", "Linear memory of all instances.", stats.instance_memory as f64),
        gauge("hedgerow_component_standby", "1 if an instance stands by to take over.", f64::from(stats.standby)),
        gauge("hedgerow_component_swaps", "Instances replaced by another since the start.", stats.swaps as f64),
    ]
}
