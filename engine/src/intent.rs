//! Connections asked of policies: may they be (`connect`), do they have to work (`depend`)?
//!
//! [`of_cluster`] asks about everything that may pass in a cluster and everything that has to, [`of_change`] about what a
//! change opens and cuts. What comes out are [`Said`]s: a policy, a connection, and the rule that opens or cuts it. What
//! passes for sure, what the network plugin may let pass and what is not known are told apart; nothing of it is ever taken
//! as harmless.

mod announce;
mod change;
mod evidence;
mod hits;
mod one;
mod scan;
#[cfg(test)]
mod tests;
mod through;
mod told;

pub use announce::announced;
pub use change::{Before, Changed, Touched, of_change};
pub use evidence::Rule;
pub use one::{One, one};
pub use scan::of_cluster;
pub use told::{Said, Told};

/// How sure it is that a connection is as a policy will not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It passes (`connect`), or does not (`depend`), for sure.
    Sure,
    /// The network plugin chooses.
    Plugin,
    /// It hangs on what is not known: of the network, or of the ends.
    Unknown,
}
