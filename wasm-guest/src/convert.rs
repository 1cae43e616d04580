//! The engine's types → the contract's records, and back for what comes in.
//!
//! Every conversion takes its value apart field by field, without `..`, so that a field added to the engine does not
//! get lost here. One file for each group of records.

mod check;
mod evidence;
mod finding;
mod kind;
mod names;
mod network;
mod policy;
mod review;
mod test;
mod ways;

pub(crate) use check::options as check_options;
pub(crate) use evidence::{Book, Named, end};
pub(crate) use names::settings as dns_settings;
pub(crate) use network::{change, given};

/// Converts each element.
pub(crate) fn list<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}
