//! Networks, and what changes between two.

use engine::finding::Finding;
use engine::net::AddressSet;
use engine::reach as from;
use engine::review::Skipped;
use engine::synth::Turn;

use super::{evidence, list};
use crate::bindings::exports::hedgerow::policy::evidence::PolicyField;
use crate::bindings::exports::hedgerow::policy::network as wit;

/// What the files hold.
pub(crate) fn given(
    cluster: &engine::Cluster,
    findings: Vec<Finding>,
    objects: Vec<(String, u32)>,
    skipped: Vec<Skipped>,
    unusable: Vec<String>,
) -> wit::Given {
    let (closed, open) = cluster.namespaces();
    wit::Given {
        findings: list(findings),
        objects: list(objects),
        skipped: list(skipped),
        unusable,
        closed,
        open,
        digest: cluster.digest(),
    }
}

impl From<from::WorkloadEnd> for wit::Workload {
    fn from(workload: from::WorkloadEnd) -> Self {
        let from::WorkloadEnd { name, object, host_network, replicas, bare_pod } = workload;
        wit::Workload { name, object: object.into(), host_network, replicas, bare_pod }
    }
}

impl From<from::NoSuchEnd> for wit::NoSuchEnd {
    fn from(from::NoSuchEnd { asked, ambiguous, candidates }: from::NoSuchEnd) -> Self {
        wit::NoSuchEnd { asked, ambiguous, candidates }
    }
}

impl From<from::DiffEnd> for wit::DiffEnd {
    fn from(end: from::DiffEnd) -> Self {
        let blocks = |set: AddressSet| list(set.blocks());
        match end {
            from::DiffEnd::Workload(object) => wit::DiffEnd::Workload(object.into()),
            from::DiffEnd::Addresses(set) => wit::DiffEnd::Addresses(blocks(set)),
        }
    }
}

impl From<from::Change> for wit::Change {
    fn from(from::Change { source, destination, before, after, ends }: from::Change) -> Self {
        wit::Change {
            source: source.into(),
            destination: destination.into(),
            before: (&*before).into(),
            after: (&*after).into(),
            ends: match ends {
                from::EndsChange::Stay => wit::EndsChange::Stay,
                from::EndsChange::Appeared => wit::EndsChange::Appeared,
                from::EndsChange::Gone => wit::EndsChange::Gone,
            },
        }
    }
}

/// The change of a record; `None` if its addresses are none.
pub(crate) fn change(change: wit::Change) -> Option<from::Change> {
    let wit::Change { source, destination, before, after, ends } = change;
    let end = |end| match end {
        wit::DiffEnd::Workload(object) => Some(from::DiffEnd::Workload(object.into())),
        wit::DiffEnd::Addresses(blocks) => evidence::addresses(blocks).ok().map(from::DiffEnd::Addresses),
    };
    Some(from::Change {
        source: end(source)?,
        destination: end(destination)?,
        before: from::Passage::from(before).into(),
        after: from::Passage::from(after).into(),
        ends: match ends {
            wit::EndsChange::Stay => from::EndsChange::Stay,
            wit::EndsChange::Appeared => from::EndsChange::Appeared,
            wit::EndsChange::Gone => from::EndsChange::Gone,
        },
    })
}

impl From<from::ChangeReason> for wit::ChangeReason {
    fn from(from::ChangeReason { opens, direction, which, deciding }: from::ChangeReason) -> Self {
        let which = match which {
            from::Which::Old => wit::Which::Old,
            from::Which::New => wit::Which::New,
        };
        let rule = |policy: engine::finding::ObjectRef, field| PolicyField { policy: policy.into(), field };
        let deciding = match deciding {
            from::Deciding::Rule { policy, field } => wit::Deciding::Rule(rule(policy, field)),
            from::Deciding::Denies { policy, field } => wit::Deciding::Denies(rule(policy, field)),
            from::Deciding::Passes { policy, field } => wit::Deciding::Passes(rule(policy, field)),
            from::Deciding::Isolates { policy } => wit::Deciding::Isolates(policy.into()),
            from::Deciding::NothingIsolates => wit::Deciding::NothingIsolates,
        };
        wit::ChangeReason { opens, direction: direction.into(), which, deciding }
    }
}

impl From<from::Diff> for wit::Diff {
    fn from(from::Diff { changed, appeared, gone }: from::Diff) -> Self {
        wit::Diff { changed: list(changed), appeared: list(appeared), gone: list(gone) }
    }
}

impl From<Turn> for wit::Turn {
    fn from(Turn { titles, edits, verdict, others }: Turn) -> Self {
        wit::Turn { titles, edits: list(edits), verdict: verdict.into(), others: list(others) }
    }
}
