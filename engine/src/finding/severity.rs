//! How grave a finding is, and what it does to the request.

/// How grave a finding is. Ordered: `Info < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; never refuses anything.
    Info,
    /// Should be mended; admission answers with a warning.
    Warning,
    /// Must be mended; admission refuses, unless something says otherwise (`@settles`, the ratchet).
    Error,
}

impl Severity {
    /// The word used in annotations, `pack.toml`, JSON and on the terminal.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    /// Reads the word of [`Severity::as_str`]; `None` for any other text.
    pub fn parse(text: &str) -> Option<Severity> {
        match text {
            "info" => Some(Severity::Info),
            "warning" => Some(Severity::Warning),
            "error" => Some(Severity::Error),
            _ => None,
        }
    }
}

/// What a finding, or an unknown, does to the request it is about. Ordered: `Audit < Warn < Deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Only recorded.
    Audit,
    /// The request passes with an admission warning.
    Warn,
    /// The request is refused.
    Deny,
}

impl Outcome {
    /// The word used in `pack.toml` (`admission = "deny"`), JSON and audit annotations.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Audit => "audit",
            Outcome::Warn => "warn",
            Outcome::Deny => "deny",
        }
    }

    /// Reads the word of [`Outcome::as_str`]; `None` for any other text.
    pub fn parse(text: &str) -> Option<Outcome> {
        match text {
            "audit" => Some(Outcome::Audit),
            "warn" => Some(Outcome::Warn),
            "deny" => Some(Outcome::Deny),
            _ => None,
        }
    }
}

impl From<Severity> for Outcome {
    /// The outcome a severity has when nothing else is configured: error → deny, warning → warn, info → audit.
    fn from(severity: Severity) -> Outcome {
        match severity {
            Severity::Info => Outcome::Audit,
            Severity::Warning => Outcome::Warn,
            Severity::Error => Outcome::Deny,
        }
    }
}
