//! What a host counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::failure::Failure;

/// Counts since the start, and the state of the host now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests for admission.
    pub admits: u64,
    /// Requests for authorization.
    pub authorizations: u64,
    /// Calls that ended in a trap.
    pub traps: u64,
    /// Calls that passed their deadline.
    pub deadlines: u64,
    /// Calls that were refused memory.
    pub memory_refusals: u64,
    /// Inputs that could not be answered.
    pub malformed: u64,
    /// Requests refused since the same one had stopped the component before.
    pub remembered: u64,
    /// Instances replaced by another: after a failure, a reload, or to give memory back.
    pub swaps: u64,
    /// Rebuilt instances whose cluster digest was not that of the instance they stood in for.
    pub digest_mismatches: u64,
    /// Objects left out of the cluster since they stopped the component.
    pub left_out: u64,
    /// Objects of the cluster.
    pub objects: usize,
    /// Bytes of these objects, as handed in.
    pub object_bytes: usize,
    /// Linear memory of all instances, in bytes.
    pub instance_memory: usize,
    /// True if an instance stands by to take over.
    pub standby: bool,
    /// How long ago the newest of the active instances took over.
    pub age: Duration,
}

/// The counters behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) admits: AtomicU64,
    pub(crate) authorizations: AtomicU64,
    pub(crate) swaps: AtomicU64,
    pub(crate) digest_mismatches: AtomicU64,
    pub(crate) left_out: AtomicU64,
    traps: AtomicU64,
    deadlines: AtomicU64,
    memory_refusals: AtomicU64,
    malformed: AtomicU64,
    remembered: AtomicU64,
}

impl Counters {
    /// Counts a failure.
    pub(crate) fn failed(&self, failure: &Failure) {
        let counter = match failure {
            Failure::Deadline => &self.deadlines,
            Failure::Memory => &self.memory_refusals,
            Failure::Trap => &self.traps,
            Failure::Malformed(_) => &self.malformed,
            Failure::Remembered => &self.remembered,
        };
        add(counter, 1);
    }

    /// The counts, beside the state of the host, which is left to the caller.
    pub(crate) fn read(&self) -> Stats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            admits: get(&self.admits),
            authorizations: get(&self.authorizations),
            traps: get(&self.traps),
            deadlines: get(&self.deadlines),
            memory_refusals: get(&self.memory_refusals),
            malformed: get(&self.malformed),
            remembered: get(&self.remembered),
            swaps: get(&self.swaps),
            digest_mismatches: get(&self.digest_mismatches),
            left_out: get(&self.left_out),
            ..Stats::default()
        }
    }
}

/// Adds to a counter.
pub(crate) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}
