//! The real binary, as users run it: arguments in, standard output, standard error and exit code out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod check;
mod connections;
mod diff;
mod engines;
mod folder;
mod names;
mod policy;
mod reach;
mod reports;
mod run;
mod test;
mod turns;
mod verbs;

#[path = "../../../engine/tests/reach/literate.rs"]
mod literate;
