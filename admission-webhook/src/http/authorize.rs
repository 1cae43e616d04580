//! `/authorize`: a SubjectAccessReview in, a SubjectAccessReview out.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use wasm_host::api::{Access, AccessAnswer};

use super::body;
use super::status::{Rejection, json_response};
use crate::app::App;
use crate::gate::{NoAnswer, Until};

/// Answers one SubjectAccessReview. Without a decision there is no opinion, and the next authorizer is asked.
pub(super) async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    let start = Instant::now();
    let answer = answer(&app, request).await;
    app.metrics.observe("authorize", start.elapsed());
    answer.unwrap_or_else(|rejection| {
        app.metrics.count("hedgerow_rejected", &[("status", rejection.code().as_str())]);
        rejection.into_response()
    })
}

async fn answer(app: &App, request: Request) -> Result<Response, Rejection> {
    let until = Until::new(app.limits.deadline, body::timeout(&request));
    let body = body::read(app, request, until).await?;
    let answer = match app.gate.authorize(body.bytes.clone(), until).await {
        Ok(answer) => answer,
        Err(NoAnswer::Malformed(why)) => return Err(Rejection::Malformed(why)),
        Err(NoAnswer::Trouble(trouble)) => {
            app.metrics.count("hedgerow_failures", &[("reason", trouble.name())]);
            tracing::error!(reason = trouble.name(), "an authorization request is answered without a decision");
            let (reason, error) = ("no decision".into(), Some(trouble.message()));
            AccessAnswer { access: Access::NoOpinion, reason, error }
        }
    };
    app.metrics.count("hedgerow_requests", &[("endpoint", "authorize"), ("decision", name(answer.access))]);
    Ok(json_response(to_bytes(&answer)))
}

fn name(access: Access) -> &'static str {
    match access {
        Access::Allowed => "allow",
        Access::Denied => "deny",
        Access::NoOpinion => "no_opinion",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubjectAccessReview<'a> {
    api_version: &'static str,
    kind: &'static str,
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    allowed: bool,
    /// True only for an explicit refusal: the API server then asks no other authorizer.
    denied: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation_error: Option<&'a str>,
}

fn to_bytes(answer: &AccessAnswer) -> Vec<u8> {
    let status = Status {
        allowed: answer.access == Access::Allowed,
        denied: answer.access == Access::Denied,
        reason: &answer.reason,
        evaluation_error: answer.error.as_deref(),
    };
    let review = SubjectAccessReview { api_version: "authorization.k8s.io/v1", kind: "SubjectAccessReview", status };
    // Strings and booleans always serialise.
    serde_json::to_vec(&review).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(access: Access, error: Option<&str>, expected: &str) {
        let answer = AccessAnswer { access, reason: "because".into(), error: error.map(str::to_owned) };
        let head = r#"{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","status":"#;
        assert_eq!(String::from_utf8(to_bytes(&answer)).unwrap(), format!("{head}{expected}}}"));
    }

    #[test]
    fn only_an_explicit_refusal_is_denied() {
        check(Access::Allowed, None, r#"{"allowed":true,"denied":false,"reason":"because"}"#);
        check(Access::Denied, None, r#"{"allowed":false,"denied":true,"reason":"because"}"#);
        let no_opinion = r#"{"allowed":false,"denied":false,"reason":"because","evaluationError":"e"}"#;
        check(Access::NoOpinion, Some("e"), no_opinion);
    }
}
