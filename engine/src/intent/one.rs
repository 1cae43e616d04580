//! One connection by itself.

use std::sync::Arc;

use super::Certainty;
use super::hits::{Hit, Via};
use super::told::{Said, connection_end, evidence_of, told};
use crate::cedar::{Coverage, Intent, Policies, Spoken};
use crate::cluster::Cluster;
use crate::reach::{End, Part, PortAsk, Reach, Verdict};
use crate::way::{Way, together};

/// One connection, asked about.
#[derive(Clone, Copy, Debug)]
pub struct One<'a> {
    /// Where it comes from.
    pub source: &'a End,
    /// Where it goes.
    pub destination: &'a End,
    /// On which port of the destination.
    pub port: PortAsk,
    /// The way through a Service, if it takes one.
    pub way: Option<&'a Way>,
}

impl One<'_> {
    /// What becomes of it in a network.
    fn verdict(&self, reach: &Reach) -> Verdict {
        let Some(way) = self.way else { return reach.ask(self.source, self.destination, Some(self.port)).verdict };
        let source = match self.source {
            End::Workload(id) => Some(*id),
            End::Addresses(_) => None,
        };
        let parts = way.parts(reach, source, self.destination);
        // Of clients, the addresses that are asked about.
        let asked = |part: &&Part| match (&part.source, self.source) {
            (End::Addresses(set), End::Addresses(asked)) => set.overlaps(asked),
            _ => true,
        };
        together(parts.iter().filter(asked).map(|part| part.passage.verdict(Some(self.port))))
    }
}

/// What policies say of one connection on one port: `connect` as if it passed, `depend` as the network is.
pub fn one(
    policies: &Policies,
    (cluster, reach): (&Cluster, &Reach),
    asked: &One<'_>,
    budget: u64,
    mut coverage: Option<&mut Coverage>,
) -> Said {
    let mut said = Said::default();
    let One { source, destination, port, way } = *asked;
    let ports = port.ports();
    let via = way.map(|way| {
        let field = way.field_for(source).to_owned();
        Arc::new(Via { through: Arc::clone(&way.through), field, leads: true })
    });
    for intent in [Intent::Connect, Intent::Depend] {
        if !policies.asks(intent) {
            continue;
        }
        let works = asked.verdict(reach);
        let intents = policies.intents(intent, cluster, budget);
        for policy in intents.telling() {
            let hit = Hit {
                policy,
                certainty: Certainty::Sure,
                destination: destination.clone(),
                source: source.clone(),
                ports: ports.clone(),
                via: via.clone(),
            };
            let ends = connection_end(reach, source).zip(connection_end(reach, destination));
            let Some((from, to)) = ends else { continue };
            let through = way.map(|way| &*way.through);
            let spoken = Spoken { source: from, destination: to, ports: &ports, settled: true, through };
            let Some(answer) = intents.tell(policy, &spoken, coverage.as_deref_mut()) else { continue };
            let certainty = match (answer.holds(), answer.is_unknown(), intent, works) {
                (true, _, Intent::Connect, _) => Certainty::Sure,
                (_, _, Intent::Depend, Verdict::Allow) => continue,
                (true, _, Intent::Depend, Verdict::Deny) => Certainty::Sure,
                (true, _, Intent::Depend, Verdict::ImplementationDefined) => Certainty::Plugin,
                (true, _, Intent::Depend, Verdict::Unknown) | (_, true, ..) => Certainty::Unknown,
                (false, false, ..) => continue,
            };
            let hit = Hit { certainty, ..hit };
            let evidence = evidence_of(intent, (cluster, reach), &hit);
            said.told.extend(told(&intents, intent, reach, &hit, evidence, None));
        }
    }
    said
}
