//! What the tests share that cross crates, and what they run against.
//!
//! Holds the real Kubernetes control plane for end-to-end tests. Never part of anything that ships, and no test
//! itself: tests are in the folder `tests` beside `src`. Read [`control_plane::ControlPlane`] first.

pub mod control_plane;
pub mod repository;
pub mod wait;
pub mod webhook;
