//! The shapes that `admission.k8s.io/v1` puts on the wire.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdmissionReview<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: &'a AdmissionResponse<'a>,
}

/// `AdmissionResponse`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AdmissionResponse<'a> {
    pub(super) uid: &'a str,
    pub(super) allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<Status>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
    /// The API server puts the webhook's name before each key.
    pub(super) audit_annotations: BTreeMap<&'static str, String>,
}

/// `metav1.Status`
#[derive(Serialize)]
pub(super) struct Status {
    status: &'static str,
    pub(super) message: String,
    pub(super) reason: &'static str,
    pub(super) code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<Details>,
}

/// `metav1.StatusDetails`
#[derive(Serialize)]
pub(super) struct Details {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) group: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) kind: String,
    pub(super) causes: Vec<Cause>,
}

/// `metav1.StatusCause`
#[derive(Serialize)]
pub(super) struct Cause {
    /// The finding's code.
    pub(super) reason: String,
    pub(super) message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) field: String,
}

impl Status {
    /// 403 Forbidden.
    pub(super) fn forbidden(message: String, details: Details) -> Status {
        Status { status: "Failure", message, reason: "Forbidden", code: 403, details: Some(details) }
    }

    /// What went wrong, when it was not the request.
    pub(super) fn failure((code, reason): (u16, &'static str), message: String) -> Status {
        Status { status: "Failure", message, reason, code, details: None }
    }
}

/// The whole AdmissionReview as JSON.
pub(super) fn to_bytes(response: &AdmissionResponse<'_>) -> Vec<u8> {
    let review = AdmissionReview { api_version: "admission.k8s.io/v1", kind: "AdmissionReview", response };
    // Strings, numbers and maps with string keys always serialise.
    serde_json::to_vec(&review).unwrap_or_default()
}
