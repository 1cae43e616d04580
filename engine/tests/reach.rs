//! Who reaches whom: the literate cases of `docs/cases`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

#[path = "reach/cases.rs"]
mod cases;
