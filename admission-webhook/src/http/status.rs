//! HTTP answers that are no review: as `metav1.Status`, so that the API server shows the reason.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A request that is refused before it is judged.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// The body is nothing that can be answered, and why.
    Malformed(String),
    /// The body is larger than this.
    TooLarge(usize),
    /// Too many bodies at once.
    Overload,
    /// The body did not come in time.
    Slow,
}

impl Rejection {
    pub(crate) fn code(&self) -> StatusCode {
        match self {
            Rejection::Malformed(_) => StatusCode::BAD_REQUEST,
            Rejection::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Rejection::Overload => StatusCode::TOO_MANY_REQUESTS,
            Rejection::Slow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Rejection::Malformed(_) => "BadRequest",
            Rejection::TooLarge(_) => "RequestEntityTooLarge",
            Rejection::Overload => "TooManyRequests",
            Rejection::Slow => "Timeout",
        }
    }

    fn message(&self) -> String {
        match self {
            Rejection::Malformed(why) => why.clone(),
            Rejection::TooLarge(limit) => format!("the body is larger than {limit} bytes (`--body-limit`)"),
            Rejection::Overload => "too many requests at once".into(),
            Rejection::Slow => "the body did not come in time".into(),
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = json!({
            "apiVersion": "v1",
            "kind": "Status",
            "status": "Failure",
            "message": self.message(),
            "reason": self.reason(),
            "code": self.code().as_u16(),
        });
        let mut response = json_response(status.to_string().into_bytes());
        *response.status_mut() = self.code();
        response
    }
}

/// 200 with a JSON body.
pub(crate) fn json_response(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], Body::from(bytes)).into_response()
}
