//! What several formats have in common.

use engine::net::{Ports, Protocol};
use engine::reach::{Passage, Verdict};

use super::{Known, Why, words};
use crate::command::check::examined;

/// Whether part of the input could not be read, or there was none.
pub(super) fn unusable(known: &Known<'_>) -> bool {
    !known.report.unusable.is_empty() || examined(known.report) == 0
}

/// Why it is left to the plugin, or unknown.
pub(super) fn because(why: &Why, state: Verdict) -> Vec<String> {
    match state {
        Verdict::ImplementationDefined => why.reasons.iter().map(words::reason).collect(),
        Verdict::Unknown => {
            let causes = why.causes.iter().map(|cause| cause.message.clone());
            causes.chain(why.reasons.iter().map(words::reason)).collect()
        }
        Verdict::Allow | Verdict::Deny => Vec::new(),
    }
}

/// The three states that something which may pass is in, with their titles.
pub(super) const STATES: [(Verdict, &str); 3] = [
    (Verdict::Allow, "allow"),
    (Verdict::ImplementationDefined, "implementation-defined: left to the network plugin"),
    (Verdict::Unknown, "unknown"),
];

/// Whether all of it is settled.
pub(super) fn is_settled(passage: &Passage) -> bool {
    passage.implementation_defined.is_empty() && passage.unknown.is_empty()
}

/// Every range with its protocol, in order.
pub(super) fn ranges(ports: &Ports) -> impl Iterator<Item = (Protocol, u16, u16)> {
    Protocol::ALL.into_iter().flat_map(|protocol| {
        ports.of_protocol(protocol).as_slice().iter().map(move |(first, last)| (protocol, *first, *last))
    })
}
