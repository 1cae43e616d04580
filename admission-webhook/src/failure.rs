//! When a request could not be judged: what happened, and what is answered then.

use std::time::Duration;

/// What the operator wants answered when there is no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnFailure {
    /// Refuse the request.
    Deny,
    /// Admit it with a warning.
    Allow,
}

/// Why there is no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The review did not end in time.
    Deadline(Duration),
    /// The component needed more memory than it may have.
    Memory,
    /// The component trapped.
    Trap,
    /// The same request trapped before.
    Remembered,
    /// More requests at once than the webhook takes.
    Overload,
}

impl Trouble {
    /// A word for metrics and audit annotations.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Trouble::Deadline(_) => "deadline",
            Trouble::Memory => "memory",
            Trouble::Trap => "trap",
            Trouble::Remembered => "remembered",
            Trouble::Overload => "overload",
        }
    }

    /// What is told to whoever made the request.
    pub(crate) fn message(self) -> String {
        match self {
            Trouble::Deadline(limit) => {
                format!(
                    "hedgerow could not decide within {} ms; try again, or make the object smaller",
                    limit.as_millis()
                )
            }
            Trouble::Memory => {
                "hedgerow could not decide: the request needs more memory than it may have; make the object smaller"
                    .into()
            }
            Trouble::Trap => "hedgerow could not decide: the component stopped; its log says why".into(),
            Trouble::Remembered => {
                "hedgerow could not decide: the same request could not be decided before; change the object".into()
            }
            Trouble::Overload => "hedgerow could not decide: too many requests at once; try again".into(),
        }
    }

    /// HTTP status code and Kubernetes' reason for it.
    pub(crate) fn status(self) -> (u16, &'static str) {
        match self {
            Trouble::Deadline(_) => (504, "Timeout"),
            Trouble::Overload => (503, "ServiceUnavailable"),
            Trouble::Memory | Trouble::Trap | Trouble::Remembered => (500, "InternalError"),
        }
    }
}
