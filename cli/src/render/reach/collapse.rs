//! Many connections → few rows, exactly: what is alike is said once.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::net::Ports;
use engine::reach::{Connection, End, Passage, Verdict};

use super::rectangles::{Pairs, Resident, Side, Term, residents};
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

/// How many pairs are asked for their reasons.
const ASKED: usize = 5_000;

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
    let all = residents(listed.known.reach);
    states.into_iter().map(|state| (state.verdict, state.rows(&all))).collect()
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
            self.itself.entry(ports.clone()).or_default().add(&source.into());
            return;
        }
        let because = asker.because(source, destination, self.verdict);
        self.pairs.entry((ports.clone(), because)).or_default().add(&source.into(), &destination.into());
    }

    fn rows(self, all: &[Resident<'_>]) -> Vec<Row> {
        let State { verdict: _, pairs, itself } = self;
        let mut rows = Vec::new();
        for ((ports, because), pairs) in pairs {
            for (sources, destinations) in pairs.rectangles(all) {
                let to = destinations.terms(all);
                for source in sources.terms(all) {
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
            rows.extend(sources.terms(all).into_iter().map(|source| Row {
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
