//! Real packets: pods are network namespaces, policies are nftables rules between them, and what arrives is what passes.
//!
//! It stands for one plugin that decides whatever the specification leaves to plugins in the simplest way: blocks match
//! whatever has the address, ties go by name. [`render`] makes the rules out of raw JSON, with selectors and ports of its
//! own, so that it shares no mistake with [`crate::spec`]. [`network`] has the namespaces, [`agent`] runs in each of them.

pub mod agent;
pub mod network;
pub mod render;
