//! Records of networks and their changes → the engine's types.

use std::sync::Arc;

use engine::finding::Edit;
use engine::reach::{Change, ChangeReason, Deciding, Diff, DiffEnd, EndsChange, NoSuchEnd, Which, WorkloadEnd};
use engine::synth::Turn;
use wasm_host::api;

use super::evidence::{blocks, passage};
use super::records::{Record, object};

impl Record for api::Workload {
    type Own = WorkloadEnd;
    fn own(self) -> WorkloadEnd {
        let api::Workload { name, object, host_network, replicas, bare_pod } = self;
        WorkloadEnd { name, object: object.own(), host_network, replicas, bare_pod }
    }
}

impl Record for api::NoSuchEnd {
    type Own = NoSuchEnd;
    fn own(self) -> NoSuchEnd {
        let api::NoSuchEnd { asked, ambiguous, candidates } = self;
        NoSuchEnd { asked, ambiguous, candidates }
    }
}

impl Record for api::DiffEnd {
    type Own = DiffEnd;
    fn own(self) -> DiffEnd {
        match self {
            api::DiffEnd::Workload(object) => DiffEnd::Workload(object.own()),
            api::DiffEnd::Addresses(blocks) => DiffEnd::Addresses(blocks.own()),
        }
    }
}

impl Record for api::Change {
    type Own = Change;
    fn own(self) -> Change {
        let api::Change { source, destination, before, after, ends } = self;
        Change {
            source: source.own(),
            destination: destination.own(),
            before: Arc::new(before.own()),
            after: Arc::new(after.own()),
            ends: match ends {
                api::EndsChange::Stay => EndsChange::Stay,
                api::EndsChange::Appeared => EndsChange::Appeared,
                api::EndsChange::Gone => EndsChange::Gone,
            },
        }
    }
}

/// A change as a record.
pub(super) fn change(change: &Change) -> api::Change {
    let Change { source, destination, before, after, ends } = change;
    let end = |end: &DiffEnd| match end {
        DiffEnd::Workload(workload) => api::DiffEnd::Workload(object(workload)),
        DiffEnd::Addresses(set) => api::DiffEnd::Addresses(blocks(set)),
    };
    api::Change {
        source: end(source),
        destination: end(destination),
        before: passage(before),
        after: passage(after),
        ends: match ends {
            EndsChange::Stay => api::EndsChange::Stay,
            EndsChange::Appeared => api::EndsChange::Appeared,
            EndsChange::Gone => api::EndsChange::Gone,
        },
    }
}

impl Record for api::Diff {
    type Own = Diff;
    fn own(self) -> Diff {
        let api::Diff { changed, appeared, gone } = self;
        Diff { changed: changed.own(), appeared: appeared.own(), gone: gone.own() }
    }
}

impl Record for api::ChangeReason {
    type Own = ChangeReason;
    fn own(self) -> ChangeReason {
        let api::ChangeReason { opens, direction, which, deciding } = self;
        let which = match which {
            api::Which::Old => Which::Old,
            api::Which::New => Which::New,
        };
        let deciding = match deciding {
            api::Deciding::Rule(api::PolicyField { policy, field }) => Deciding::Rule { policy: policy.own(), field },
            api::Deciding::Denies(api::PolicyField { policy, field }) => {
                Deciding::Denies { policy: policy.own(), field }
            }
            api::Deciding::Passes(api::PolicyField { policy, field }) => {
                Deciding::Passes { policy: policy.own(), field }
            }
            api::Deciding::Isolates(policy) => Deciding::Isolates { policy: policy.own() },
            api::Deciding::NothingIsolates => Deciding::NothingIsolates,
        };
        ChangeReason { opens, direction: direction.own(), which, deciding }
    }
}

impl Record for api::Turn {
    type Own = Turn;
    fn own(self) -> Turn {
        let api::Turn { titles, edits, verdict, others } = self;
        let edit = |api::Edit { place, text }| Edit { place: place.own(), text };
        Turn { titles, edits: edits.into_iter().map(edit).collect(), verdict: verdict.own(), others: others.own() }
    }
}
