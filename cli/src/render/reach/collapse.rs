//! Many connections → few rows, exactly: what is alike is said once.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::net::{AddressSet, Ports};
use engine::reach::{Connection, End, Passage, Verdict};

use super::{Listed, parts};

/// One row: every source reaches every destination on these ports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) source: Term,
    pub(super) destination: Term,
    pub(super) ports: Ports,
    /// Why it is not settled, if it is not.
    pub(super) because: Vec<String>,
}

/// Ends under one name. Sorted as lists print them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Term {
    /// Every workload, and every address outside.
    Everything,
    /// Every workload.
    EveryWorkload,
    /// A workload, or with the name `NAMESPACE/*` all of a namespace.
    Named(String),
    /// Addresses outside.
    Addresses(AddressSet),
    /// Each source itself.
    Itself,
}

/// How many pairs are asked for their reasons.
const ASKED: usize = 5_000;

/// A set of ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Side {
    workloads: Vec<usize>,
    addresses: AddressSet,
}

/// Pairs of one port set, by source and by destination.
#[derive(Default)]
struct Pairs {
    by_source: BTreeMap<End, Side>,
    by_destination: BTreeMap<End, Side>,
}

/// Sources that all reach the same destinations.
type Rectangle = (Side, Side);

/// The rows of what is allowed, of what is left to the plugin, and of what is unknown, in this order; each sorted. Pairs that
/// are not settled for different reasons share no row.
pub(super) fn rows(listed: &Listed<'_>) -> Vec<(Verdict, Vec<Row>)> {
    let mut states = parts::STATES.map(|(state, _)| State::of(state));
    let mut asker = Asker { listed, left: ASKED };
    // The passage is kept, so that no other takes its address.
    let mut known: BTreeMap<*const Passage, (Arc<Passage>, [Option<Ports>; 3])> = BTreeMap::new();
    for Connection { source, destination, passage } in listed.connections() {
        let (_, ports) = known.entry(Arc::as_ptr(&passage)).or_insert_with(|| {
            let ports = parts::STATES.map(|(state, _)| ports_of(&passage, state));
            (passage, ports)
        });
        for (state, ports) in states.iter_mut().zip(ports) {
            if let Some(ports) = ports {
                state.add(ports, &source, &destination, &mut asker);
            }
        }
    }
    states.into_iter().map(|state| (state.verdict, state.rows(listed))).collect()
}

/// Ports, and why they are not settled, if they are not.
type Alike = (Ports, Vec<String>);

/// What is in one state.
struct State {
    verdict: Verdict,
    pairs: BTreeMap<Alike, Pairs>,
    /// What is left to the plugin between ends and themselves.
    itself: BTreeMap<Ports, Side>,
}

impl State {
    fn of(verdict: Verdict) -> State {
        State { verdict, pairs: BTreeMap::new(), itself: BTreeMap::new() }
    }

    fn add(&mut self, ports: &Ports, source: &End, destination: &End, asker: &mut Asker<'_>) {
        if self.verdict == Verdict::ImplementationDefined && source == destination && asker.is_pod(source) {
            self.itself.entry(ports.clone()).or_default().add(source);
            return;
        }
        let because = asker.because(source, destination, self.verdict);
        self.pairs.entry((ports.clone(), because)).or_default().add(source, destination);
    }

    fn rows(self, listed: &Listed<'_>) -> Vec<Row> {
        let State { verdict: _, pairs, itself } = self;
        let mut rows = Vec::new();
        for ((ports, because), pairs) in pairs {
            for (sources, destinations) in pairs.rectangles(listed) {
                let to = destinations.terms(listed);
                for source in sources.terms(listed) {
                    rows.extend(to.iter().map(|destination| Row {
                        source: source.clone(),
                        destination: destination.clone(),
                        ports: ports.clone(),
                        because: because.clone(),
                    }));
                }
            }
        }
        for (ports, sources) in itself {
            let because = vec!["plugins differ in what a pod may send to itself".to_owned()];
            rows.extend(sources.terms(listed).into_iter().map(|source| Row {
                source,
                destination: Term::Itself,
                ports: ports.clone(),
                because: because.clone(),
            }));
        }
        rows.sort();
        rows
    }
}

/// The ports of a state; none if there are none.
pub(super) fn ports_of(passage: &Passage, state: Verdict) -> Option<Ports> {
    let ports = match state {
        Verdict::Allow => passage.allow.clone(),
        Verdict::ImplementationDefined => passage.implementation_defined.clone(),
        Verdict::Unknown => passage.unknown.clone(),
        Verdict::Deny => passage.deny(),
    };
    (!ports.is_empty()).then_some(ports)
}

impl Pairs {
    fn add(&mut self, source: &End, destination: &End) {
        self.by_destination.entry(destination.clone()).or_default().add(source);
        self.by_source.entry(source.clone()).or_default().add(destination);
    }

    /// Rectangles by equal sources or by equal destinations, whichever makes fewer rows.
    fn rectangles(self, listed: &Listed<'_>) -> Vec<Rectangle> {
        let rows = equal(self.by_source);
        let columns = equal(self.by_destination).into_iter().map(|(others, ends)| (ends, others));
        let columns: Vec<Rectangle> = columns.collect();
        let written = |rectangles: &[Rectangle]| -> usize {
            rectangles.iter().map(|(one, other)| one.terms(listed).len() * other.terms(listed).len()).sum()
        };
        if written(&columns) < written(&rows) { columns } else { rows }
    }
}

/// Ends with equal others, together.
fn equal(others: BTreeMap<End, Side>) -> Vec<Rectangle> {
    let mut alike: BTreeMap<Side, Side> = BTreeMap::new();
    for (end, others) in others {
        alike.entry(others).or_default().add(&end);
    }
    alike.into_iter().map(|(others, ends)| (ends, others)).collect()
}

impl Side {
    fn add(&mut self, end: &End) {
        match end {
            End::Workload(id) => self.workloads.push(id.index()),
            End::Addresses(set) => self.addresses = self.addresses.union(set),
        }
    }

    fn terms(&self, listed: &Listed<'_>) -> Vec<Term> {
        let all = listed.known.reach.workloads();
        let every = self.workloads.len() == all.len() && all.len() > 1;
        if every && self.addresses.is_all() {
            return vec![Term::Everything];
        }
        let mut terms = Vec::new();
        if every {
            terms.push(Term::EveryWorkload);
        } else {
            terms.extend(self.named(listed));
        }
        if !self.addresses.is_empty() {
            terms.push(Term::Addresses(self.addresses.clone()));
        }
        terms
    }

    /// Whole namespaces, and single workloads of the others. Workloads of a namespace are neighbours in their list.
    fn named(&self, listed: &Listed<'_>) -> Vec<Term> {
        let all = listed.known.reach.workloads();
        let namespace = |index: &usize| all.get(*index).map_or("", |end| end.object.namespace.as_str());
        let mut terms = Vec::new();
        for group in self.workloads.chunk_by(|one, other| namespace(one) == namespace(other)) {
            let name = group.first().map_or("", namespace);
            let from = all.partition_point(|end| end.object.namespace.as_str() < name);
            let members = all.partition_point(|end| end.object.namespace.as_str() <= name) - from;
            if group.len() == members && members > 1 {
                terms.push(Term::Named(format!("{name}/*")));
            } else {
                terms.extend(group.iter().filter_map(|index| Some(Term::Named(all.get(*index)?.name.clone()))));
            }
        }
        terms
    }
}

impl Term {
    /// How it is printed.
    pub(super) fn text(&self) -> String {
        match self {
            Term::Everything => "everything".to_owned(),
            Term::EveryWorkload => "every workload".to_owned(),
            Term::Named(name) => name.clone(),
            Term::Addresses(set) if set.is_all() => "outside".to_owned(),
            Term::Addresses(set) => set.to_string(),
            Term::Itself => "itself".to_owned(),
        }
    }
}

/// Asks pairs for their reasons, as many as there is patience for.
struct Asker<'a> {
    listed: &'a Listed<'a>,
    left: usize,
}

impl Asker<'_> {
    fn because(&mut self, source: &End, destination: &End, state: Verdict) -> Vec<String> {
        if state == Verdict::Allow {
            return Vec::new();
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                parts::because(&self.listed.why(source, destination), state)
            }
            None => vec![format!("of reasons that only `hedgerow reach SRC DST` gives: this list asks {ASKED} pairs")],
        }
    }

    fn is_pod(&self, end: &End) -> bool {
        match end {
            End::Workload(id) => self.listed.known.reach.workload(*id).is_some_and(|workload| workload.bare_pod),
            End::Addresses(_) => false,
        }
    }
}
