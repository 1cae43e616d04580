//! What passes of a connection.

use super::{PortAsk, Verdict};
use crate::net::Ports;

/// The ports of a connection by what becomes of them. INVARIANT: the three sets are disjoint; every other port is denied.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Passage {
    /// Passes, whatever the network plugin and whatever is not known.
    pub allow: Ports,
    /// What is known settles everything but the network plugin's choice.
    pub implementation_defined: Ports,
    /// Hangs on what is not known.
    pub unknown: Ports,
}

impl Passage {
    /// Everything passes.
    pub fn all() -> Passage {
        Passage { allow: Ports::all(), ..Passage::default() }
    }

    /// The ports that do not pass.
    pub fn deny(&self) -> Ports {
        self.some().complement()
    }

    /// The ports that may pass.
    pub fn some(&self) -> Ports {
        self.allow.union(&self.implementation_defined).union(&self.unknown)
    }

    /// True if nothing passes, for sure.
    pub fn is_denied(&self) -> bool {
        self.allow.is_empty() && self.implementation_defined.is_empty() && self.unknown.is_empty()
    }

    /// What becomes of one port, or, without one, of the port that fares best: allow if some port passes,
    /// else implementation-defined if some may by the plugin's choice, else unknown, else deny.
    pub fn verdict(&self, port: Option<PortAsk>) -> Verdict {
        let has = |ports: &Ports| port.map_or_else(|| !ports.is_empty(), |ask| ports.has(ask.protocol, ask.port));
        match self {
            Passage { allow, .. } if has(allow) => Verdict::Allow,
            Passage { implementation_defined, .. } if has(implementation_defined) => Verdict::ImplementationDefined,
            Passage { unknown, .. } if has(unknown) => Verdict::Unknown,
            _ => Verdict::Deny,
        }
    }

    /// Of these ports only.
    #[must_use]
    pub fn of(&self, ports: &Ports) -> Passage {
        Passage {
            allow: self.allow.intersection(ports),
            implementation_defined: self.implementation_defined.intersection(ports),
            unknown: self.unknown.intersection(ports),
        }
    }
}
