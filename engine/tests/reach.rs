//! Who reaches whom: the literate cases of `docs/cases`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]
#![expect(clippy::disallowed_methods, reason = "the cases are files of the repository")]

#[path = "reach/cases.rs"]
mod cases;
#[path = "reach/literate.rs"]
mod literate;
#[path = "reach/turns.rs"]
mod turns;
