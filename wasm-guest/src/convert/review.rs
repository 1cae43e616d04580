//! Answers to requests.

use engine::fact;
use engine::review as from;

use super::list;
use crate::bindings::exports::hedgerow::policy::{engine as wit, types};

impl From<from::Decision> for types::Decision {
    fn from(decision: from::Decision) -> Self {
        match decision {
            from::Decision::Allow => types::Decision::Allow,
            from::Decision::Deny => types::Decision::Deny,
            from::Decision::Unknown => types::Decision::Unknown,
        }
    }
}

impl From<from::Digests> for types::Digests {
    fn from(from::Digests { policies, cluster }: from::Digests) -> Self {
        types::Digests { policies, cluster }
    }
}

impl From<fact::Cause> for types::Cause {
    fn from(fact::Cause { kind, message, field }: fact::Cause) -> Self {
        let kind = match kind {
            fact::CauseKind::NotAsked => types::CauseKind::NotAsked,
            fact::CauseKind::Failed => types::CauseKind::Failed,
        };
        types::Cause { kind, message, field }
    }
}

impl From<from::Unknown> for types::Unknown {
    fn from(from::Unknown { policy, code, object, field, causes, place, outcome }: from::Unknown) -> Self {
        types::Unknown {
            policy: policy.into(),
            code,
            object: object.map(Into::into),
            field,
            causes: list(causes),
            place: place.map(Into::into),
            outcome: outcome.into(),
        }
    }
}

impl From<from::Review> for wit::Review {
    fn from(review: from::Review) -> Self {
        let from::Review {
            uid,
            decision,
            admitted,
            findings,
            unknowns,
            asked,
            unknown_kind,
            digests,
            subject,
            announced,
        } = review;
        wit::Review {
            uid,
            decision: decision.into(),
            admitted,
            findings: list(findings),
            unknowns: list(unknowns),
            asked,
            unknown_kind,
            digests: digests.into(),
            subject,
            announced,
        }
    }
}

impl From<from::AccessAnswer> for wit::AccessAnswer {
    fn from(from::AccessAnswer { access, reason, error }: from::AccessAnswer) -> Self {
        let access = match access {
            from::Access::Allowed => wit::Access::Allowed,
            from::Access::Denied => wit::Access::Denied,
            from::Access::NoOpinion => wit::Access::NoOpinion,
        };
        wit::AccessAnswer { access, reason, error }
    }
}
