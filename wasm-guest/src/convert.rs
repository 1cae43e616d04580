//! The engine's types → the contract's records, and back for what comes in.
//!
//! Every conversion takes its value apart field by field, without `..`, so that a field added to the engine does not
//! get lost here. One file for each group of records.

mod check;
mod finding;
mod kind;
mod network;
mod policy;
mod review;
mod test;

pub(crate) use check::options as check_options;
pub(crate) use network::{given, named};

/// Converts each element.
pub(crate) fn list<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}
