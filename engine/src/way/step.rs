//! One step of a way.

use crate::finding::ObjectRef;
use crate::reach::Verdict;

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The pod may ask the cluster's DNS.
    Dns,
    /// The name resolves.
    Name,
    /// The Service offers the port.
    Service,
    /// There are endpoints, with the port.
    Endpoints,
    /// The source's rules let it out.
    Egress,
    /// The destination's rules let it in.
    Ingress,
    /// A container has the port.
    Port,
    /// An Ingress or a Route is for the host and path.
    Entry,
    /// Its controller or Gateway takes the request in.
    Receiver,
}

impl Stage {
    /// The word of reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Dns => "dns",
            Stage::Name => "name",
            Stage::Service => "service",
            Stage::Endpoints => "endpoints",
            Stage::Egress => "egress",
            Stage::Ingress => "ingress",
            Stage::Port => "port",
            Stage::Entry => "entry",
            Stage::Receiver => "receiver",
        }
    }
}

/// A place in an object that a step goes by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// The object.
    pub object: ObjectRef,
    /// JSON pointer inside it; empty for the whole.
    pub field: String,
}

/// One step of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub stage: Stage,
    /// Allow if it holds, deny if it breaks the way.
    pub verdict: Verdict,
    /// What holds, or does not: one line, lower case, no full stop.
    pub message: String,
    /// The rules and fields that it goes by, in order.
    pub cites: Vec<Citation>,
    /// Why it is not settled, if it is not.
    pub because: Vec<String>,
    /// What to change, if it does not hold.
    pub help: Option<String>,
}

impl Step {
    pub(super) fn new(stage: Stage, verdict: Verdict, message: impl Into<String>) -> Step {
        Step { stage, verdict, message: message.into(), cites: Vec::new(), because: Vec::new(), help: None }
    }

    pub(super) fn citing(mut self, object: &ObjectRef, field: &str) -> Step {
        self.cites.push(Citation { object: object.clone(), field: field.to_owned() });
        self
    }

    /// What holds for sure until now holds no more than so far.
    pub(super) fn weaken(&mut self, verdict: Verdict) {
        if self.verdict == Verdict::Allow {
            self.verdict = verdict;
        }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Step {
        self.help = Some(help.into());
        self
    }
}
