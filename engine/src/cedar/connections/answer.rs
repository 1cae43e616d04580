//! What is asked of connections, and what is answered.

use super::super::condition::Truth;
use super::ConnectionEnd;
use crate::fact::Cause;
use crate::net::Ports;
use crate::way::Through;

/// What is asked of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Intent {
    /// May it be?
    Connect,
    /// Does it have to work?
    Depend,
}

impl Intent {
    /// The action's id: `connect` or `depend`.
    pub fn as_str(self) -> &'static str {
        match self {
            Intent::Connect => "connect",
            Intent::Depend => "depend",
        }
    }
}

/// The ports for which a policy holds, and those for which it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldPorts {
    /// It holds.
    pub holds: Ports,
    /// It hangs on something that is not known, or fails.
    pub unknown: Ports,
}

/// What a policy says of two ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Of what passes for sure.
    pub sure: HeldPorts,
    /// Of what may pass.
    pub unsure: HeldPorts,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        *self == Held::default()
    }
}

/// What one policy says of some ports of one connection.
#[derive(Clone, Debug)]
pub struct Told {
    /// Index into [`Policies::infos`].
    pub policy: usize,
    pub(super) truth: Truth,
    /// The message with its paths filled in.
    pub message: String,
    /// What is not known of it; sorted.
    pub causes: Vec<Cause>,
}

impl Told {
    /// It holds for some of the ports.
    pub fn holds(&self) -> bool {
        self.truth == Truth::True
    }

    /// It is not known whether it holds for some of the ports, and it holds for none for sure.
    pub fn is_unknown(&self) -> bool {
        matches!(self.truth, Truth::Unknown | Truth::Failed)
    }
}

/// A connection of which something is told.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a> {
    /// Where it comes from.
    pub source: ConnectionEnd<'a>,
    /// Where it goes.
    pub destination: ConnectionEnd<'a>,
    /// The ports that are spoken of.
    pub ports: &'a Ports,
    /// They pass for sure.
    pub settled: bool,
    /// The Service that they go through, if they go through one.
    pub through: Option<&'a Through>,
}
