//! `/validate`: an AdmissionReview in, an AdmissionReview out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use wasm_host::api::{Decision, Outcome, Review};

use super::body;
use super::status::{Rejection, json_response};
use crate::app::App;
use crate::failure::{OnFailure, Trouble};
use crate::gate::{NoAnswer, Until};
use crate::metrics::Metrics;

/// How long an event of a watch may be on its way.
const LATE_EVENT: Duration = Duration::from_millis(60);
const LATE_LOOKS: usize = 3;
/// Findings whose answer takes more than a moment to write.
const MANY_FINDINGS: usize = 64;

/// Answers one AdmissionReview.
pub(super) async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    let start = Instant::now();
    let answer = answer(&app, request).await;
    app.metrics.observe("validate", start.elapsed());
    answer.unwrap_or_else(|rejection| {
        app.metrics.count("hedgerow_rejected", &[("status", rejection.code().as_str())]);
        tracing::warn!(status = rejection.code().as_u16(), "an admission request is refused unread: {rejection:?}");
        rejection.into_response()
    })
}

async fn answer(app: &App, request: Request) -> Result<Response, Rejection> {
    let until = Until::new(app.limits.deadline, body::timeout(&request));
    let body = body::read(app, request, until).await?;
    let freshness = app.kinds.freshness();
    match judged(app, &body.bytes, until).await {
        Ok(review) => {
            record(&app.metrics, &review);
            Ok(json_response(rendered(app, review, freshness).await))
        }
        Err(NoAnswer::Malformed(why)) => Err(Rejection::Malformed(why)),
        Err(NoAnswer::Trouble(trouble)) => {
            let uid = body::uid(&body.bytes)
                .ok_or_else(|| Rejection::Malformed("the body is no AdmissionReview with a `request.uid`".into()))?;
            record_failure(app, &uid, trouble);
            Ok(json_response(app.renderer.failed(&uid, trouble, &app.health.policies())))
        }
    }
}

/// The bytes of the answer. Thousands of findings are written where they hold no other request up.
async fn rendered(app: &App, review: Review, freshness: String) -> Vec<u8> {
    let renderer = app.renderer;
    if review.findings.len() <= MANY_FINDINGS {
        return renderer.reviewed(&review, freshness);
    }
    // Only a panic keeps it from ending, and then there is no answer.
    tokio::task::spawn_blocking(move || renderer.reviewed(&review, freshness)).await.unwrap_or_default()
}

/// What is refused only because something is not known yet is judged again a moment later: the event of a Namespace that was
/// just created comes some milliseconds after the answer to its creation, and the next request may be here before.
async fn judged(app: &App, body: &Bytes, until: Until) -> Result<Review, NoAnswer> {
    let mut review = app.gate.admit(body.clone(), until).await?;
    for _ in 0..LATE_LOOKS {
        let refused_for_want = review.decision == Decision::Unknown && !review.admitted;
        if !refused_for_want || !until.is_early() {
            break;
        }
        tokio::time::sleep(LATE_EVENT).await;
        review = app.gate.admit(body.clone(), until).await?;
    }
    Ok(review)
}

/// Codes and counts only: no value of an object goes into logs or metrics.
fn record(metrics: &Metrics, review: &Review) {
    let decision = if review.admitted { "allow" } else { "deny" };
    metrics.count("hedgerow_requests", &[("endpoint", "validate"), ("decision", decision)]);
    if review.unknown_kind {
        metrics.count("hedgerow_unknown_kinds", &[]);
    }
    for finding in &review.findings {
        metrics.count("hedgerow_findings", &[("code", &finding.code), ("outcome", outcome(finding.outcome))]);
    }
    for unknown in &review.unknowns {
        metrics.count("hedgerow_unknowns", &[("code", &unknown.code), ("outcome", outcome(unknown.outcome))]);
    }
    if review.admitted && review.decision == Decision::Allow && review.findings.is_empty() {
        tracing::debug!(uid = review.uid, subject = review.subject, "admitted");
        return;
    }
    let each_once = |codes: BTreeSet<&str>| codes.into_iter().collect::<Vec<_>>().join(",");
    tracing::info!(
        uid = review.uid,
        subject = review.subject,
        decision,
        codes = each_once(review.findings.iter().map(|finding| finding.code.as_str()).collect()),
        undecided = each_once(review.unknowns.iter().map(|unknown| unknown.code.as_str()).collect()),
        policies = review.digests.policies,
        cluster = review.digests.cluster,
        "reviewed"
    );
}

fn record_failure(app: &App, uid: &str, trouble: Trouble) {
    let decision = match app.renderer.on_failure {
        OnFailure::Deny => "deny",
        OnFailure::Allow => "allow",
    };
    app.metrics.count("hedgerow_requests", &[("endpoint", "validate"), ("decision", decision)]);
    app.metrics.count("hedgerow_failures", &[("reason", trouble.name())]);
    tracing::error!(uid, decision, reason = trouble.name(), "answered without a decision");
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Audit => "audit",
        Outcome::Warn => "warn",
        Outcome::Deny => "deny",
    }
}
