//! One SubjectAccessReview → answer.

use super::{Access, AccessAnswer};
use crate::cedar::{Policies, Verdict};
use crate::object::decode_access_review;
use crate::text::{Limits, read_json};

/// Answers one SubjectAccessReview (`authorization.k8s.io/v1`, JSON): a matching permit allows, an explicit forbid denies;
/// else, and on any error, there is no opinion.
///
/// # Errors
/// Why the body is no SubjectAccessReview that can be answered, in one line.
pub fn authorize(policies: &Policies, body: &[u8]) -> Result<AccessAnswer, String> {
    let value = read_json(body, &Limits::default())
        .map_err(|error| format!("{} at byte {}", error.message, error.span.start))?;
    let request = decode_access_review(&value)?;
    let Verdict { access, reason, error } = policies.authorize(&request);
    let access = match access {
        Some(true) => Access::Allowed,
        Some(false) => Access::Denied,
        None => Access::NoOpinion,
    };
    Ok(AccessAnswer { access, reason, error })
}
