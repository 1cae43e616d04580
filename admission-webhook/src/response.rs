//! A review → the bytes of an AdmissionReview response (DESIGN §7, Refusal).
//!
//! Nothing is decided here. [`Renderer`] knows how much of other namespaces may be shown; the order of findings is the
//! engine's.

mod annotations;
mod disclosure;
mod field_path;
mod line;
mod refusal;
mod warnings;
mod wire;

pub(crate) use disclosure::Disclose;

use wasm_host::api::Review;

use crate::failure::{OnFailure, Trouble};
use wire::{AdmissionResponse, Status};

/// Turns reviews into answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Renderer {
    /// What of other namespaces may be shown to whoever made the request.
    pub(crate) disclose: Disclose,
    /// What is answered when there is no review.
    pub(crate) on_failure: OnFailure,
}

impl Renderer {
    /// The answer to a request that was judged. `freshness` names each watched kind's resourceVersion and age.
    pub(crate) fn reviewed(&self, review: &Review, freshness: String) -> Vec<u8> {
        let shown = disclosure::shown(review, self.disclose);
        let status = (!review.admitted).then(|| refusal::status(&shown));
        wire::to_bytes(&AdmissionResponse {
            uid: &review.uid,
            allowed: review.admitted,
            status,
            warnings: warnings::of(&shown),
            audit_annotations: annotations::of(review, freshness),
        })
    }

    /// The answer to a request that could not be judged, as the operator configured it.
    pub(crate) fn failed(&self, uid: &str, trouble: Trouble, policies: &str) -> Vec<u8> {
        let message = trouble.message();
        let (allowed, status, warnings) = match self.on_failure {
            OnFailure::Deny => (false, Some(Status::failure(trouble.status(), message)), Vec::new()),
            OnFailure::Allow => (true, None, vec![format!("admitted without a decision: {message}")]),
        };
        wire::to_bytes(&AdmissionResponse {
            uid,
            allowed,
            status,
            warnings,
            audit_annotations: annotations::of_failure(trouble, policies),
        })
    }
}

#[cfg(test)]
mod tests;
