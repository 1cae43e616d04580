//! Why there is no answer.

use std::time::Duration;

use crate::api::{Finding, Place};

/// Why a call has no answer. Only the caller can say what follows; nothing here is ever an allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The call took longer than it may. The instance is gone.
    #[error("the deadline passed before there was an answer")]
    Deadline,
    /// The component asked for more memory than it may have. The instance is gone.
    #[error("the component needs more memory than it may have")]
    Memory,
    /// The component stopped in the middle of the call. The instance is gone.
    #[error("the component stopped before there was an answer")]
    Trap,
    /// The input is none that can be answered, and why.
    #[error("{0}")]
    Malformed(String),
    /// The same request had no answer before, so it was not asked again.
    #[error("the same request has stopped the component before")]
    Remembered,
}

impl Failure {
    /// True if the instance cannot be used again.
    pub(crate) fn is_fatal(&self) -> bool {
        match self {
            Failure::Deadline | Failure::Memory | Failure::Trap => true,
            Failure::Malformed(_) | Failure::Remembered => false,
        }
    }
}

/// Why there is no component to ask.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The policies cannot be used: every problem with its place.
    #[error("{}", summary(.0))]
    Policies(Vec<Finding>),
    /// The component gave no answer while it loaded policies or objects, and what it did.
    #[error("the component cannot {what}: {failure}")]
    NoAnswer {
        /// What it was asked to do.
        what: &'static str,
        /// Why it gave no answer.
        failure: Failure,
    },
    /// The embedded code does not fit this machine or this build.
    #[error("the embedded component cannot be used: {0}")]
    Embedded(String),
}

impl StartError {
    pub(crate) fn no_answer(what: &'static str) -> impl FnOnce(Failure) -> StartError {
        move |failure| StartError::NoAnswer { what, failure }
    }
}

/// How long the component may take over work that is no request.
pub(crate) const LOADING: Duration = Duration::from_secs(60);

fn summary(problems: &[Finding]) -> String {
    let Some(first) = problems.first() else { return "the policies cannot be used".to_owned() };
    let at = match &first.place {
        Some(Place { source, line, column, .. }) => format!("{source}:{line}:{column}: "),
        None => String::new(),
    };
    let more = match problems.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    format!("{at}{} {}{more}", first.code, first.message)
}
