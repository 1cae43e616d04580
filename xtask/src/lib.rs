//! What the project's tasks share with its tests.
//!
//! A task is a verb of `cargo xtask` and has a file of its own. Those that the tests ask as well live here; the
//! others belong to the binary. Never used by the engine or by anything that ships.
//! Read [`e2e`] first.

pub mod e2e;
