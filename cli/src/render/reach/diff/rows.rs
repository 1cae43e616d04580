//! Many changes → few rows: what is alike is said once.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::finding::ObjectRef;
use engine::reach::{Change, DiffEnd, Verdict};

use super::Compared;
use super::because::{Asker, Because};
use crate::command::diff::{Kind, Move, moves};
use crate::render::reach::rectangles::{Pairs, Resident, Spot, Term};

/// One row: every source and every destination of it changes alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) source: Term,
    pub(super) destination: Term,
    pub(super) moves: Vec<Move>,
    pub(super) because: Vec<Because>,
}

impl Row {
    /// What becomes of its ports.
    pub(super) fn ports(&self, kind: Kind) -> String {
        words(kind, &self.moves)
    }
}

/// What becomes of ports: of opened and cut connections which, of others also how.
pub(super) fn words(kind: Kind, moves: &[Move]) -> String {
    let one = |Move { from, to, ports }: &Move| match (kind, from, to) {
        (Kind::Opened, Verdict::Deny, Verdict::Allow) | (Kind::Cut, Verdict::Allow, Verdict::Deny) => ports.to_string(),
        (_, Verdict::Deny, Verdict::Allow) => format!("opens {ports}"),
        (_, Verdict::Allow, Verdict::Deny) => format!("cuts {ports}"),
        _ => format!("{} before, {} now: {ports}", from.as_str(), to.as_str()),
    };
    moves.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The workloads of both networks, by what makes their pods.
pub(super) struct Workloads<'a> {
    /// Sorted by namespace, then by name.
    residents: Vec<Resident<'a>>,
    places: BTreeMap<&'a ObjectRef, usize>,
}

impl<'a> Workloads<'a> {
    pub(super) fn of(compared: &'a Compared<'a>) -> Workloads<'a> {
        let mut named: BTreeMap<&ObjectRef, &str> = BTreeMap::new();
        // A name of the new network counts; one that is longer tells two apart in the old one.
        for reach in [compared.old.reach, compared.new.reach] {
            named.extend(reach.workloads().iter().map(|workload| (&workload.object, workload.name.as_str())));
        }
        let mut sorted: Vec<(Resident<'a>, &'a ObjectRef)> =
            named.into_iter().map(|(object, name)| (Resident { namespace: &object.namespace, name }, object)).collect();
        sorted.sort();
        let places = sorted.iter().enumerate().map(|(place, (_, object))| (*object, place)).collect();
        Workloads { residents: sorted.into_iter().map(|(resident, _)| resident).collect(), places }
    }

    fn spot(&self, end: &DiffEnd) -> Spot {
        match end {
            DiffEnd::Addresses(set) => Spot::Addresses(Arc::new(set.clone())),
            DiffEnd::Workload(object) => Spot::Workload(self.places.get(object).copied().unwrap_or(usize::MAX)),
        }
    }

    /// How an end is printed.
    pub(super) fn name(&self, end: &DiffEnd) -> String {
        match end {
            DiffEnd::Addresses(set) if set.is_all() => "outside".to_owned(),
            DiffEnd::Addresses(set) => set.to_string(),
            DiffEnd::Workload(object) => self.name_of(object),
        }
    }

    /// How a workload is printed.
    pub(super) fn name_of(&self, object: &ObjectRef) -> String {
        let found = self.places.get(object).and_then(|place| self.residents.get(*place));
        found.map_or_else(|| object.display(), |resident| resident.name.to_owned())
    }
}

/// The rows of each kind that has some, by reasons and then by ends.
pub(super) fn rows(compared: &Compared<'_>) -> Vec<(Kind, Vec<Row>)> {
    let workloads = Workloads::of(compared);
    let mut asker = Asker::of(compared);
    let mut changes: Vec<(Spot, Spot, &Change)> = compared
        .diff
        .changed
        .iter()
        .map(|change| (workloads.spot(&change.source), workloads.spot(&change.destination), change))
        .collect();
    changes.sort_by(|one, two| (&one.0, &one.1).cmp(&(&two.0, &two.1)));
    let mut alike: BTreeMap<(Kind, Vec<Because>, Vec<Move>), Pairs> = BTreeMap::new();
    for (source, destination, change) in changes {
        let key = (Kind::of(change), asker.because(change), moves(change));
        alike.entry(key).or_default().add(&source, &destination);
    }
    let mut rows: BTreeMap<Kind, Vec<Row>> = BTreeMap::new();
    for ((kind, because, moves), pairs) in alike {
        let mut same = Vec::new();
        for (sources, destinations) in pairs.rectangles(&workloads.residents) {
            let to = destinations.terms(&workloads.residents);
            for source in sources.terms(&workloads.residents) {
                same.extend(to.iter().map(|destination| Row {
                    source: source.clone(),
                    destination: destination.clone(),
                    moves: moves.clone(),
                    because: because.clone(),
                }));
            }
        }
        same.sort_by(|one, two| (&one.source, &one.destination).cmp(&(&two.source, &two.destination)));
        rows.entry(kind).or_default().extend(same);
    }
    rows.into_iter().collect()
}
