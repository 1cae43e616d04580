//! What policies say of connections, in words.

use std::collections::BTreeMap;

use super::Certainty;
use super::evidence::{Evidence, Rule, cut, opened};
use super::hits::{Hit, Hits, Via};
use crate::cedar::{ConnectionEnd, Coverage, Intent, Intents, Spoken};
use crate::cluster::Cluster;
use crate::fact::Cause;
use crate::finding::ObjectRef;
use crate::reach::{CauseKind, End, Reach};

/// Places beside the first that are named.
const MOST_RULES: usize = 5;

/// What a policy says of connections that one rule opens or cuts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Index into [`Policies::infos`].
    pub policy: usize,
    /// What was asked.
    pub intent: Intent,
    /// How sure it is.
    pub certainty: Certainty,
    /// The connection, as `SOURCE → DESTINATION on PORTS`, with the Service that it goes through.
    pub connection: String,
    /// How many other connections the same rule opens or cuts, of which the same policy says the same.
    pub more: usize,
    /// What the policy says.
    pub message: String,
    /// Its workloads, the destination before the source.
    pub workloads: Vec<ObjectRef>,
    /// What opens or cuts it, the most telling first.
    pub rules: Vec<Rule>,
    /// What is not known, if that is why; sorted.
    pub causes: Vec<Cause>,
}

/// Everything that policies say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// By policy, certainty and destination.
    pub told: Vec<Told>,
    /// Connections of a policy beyond those that are told one by one: its place in [`Policies::infos`], and how many.
    pub left_out: Vec<(usize, usize)>,
    /// Not everything could be asked within the budget.
    pub exhausted: bool,
}

impl Told {
    /// Message of a finding or unknown: the connection, what the policy says, what opens or cuts it.
    pub fn text(&self) -> String {
        let more = match self.more {
            0 => String::new(),
            1 => " and 1 more connection".to_owned(),
            more => format!(" and {more} more connections"),
        };
        let certainty = match (self.certainty, self.intent) {
            (Certainty::Plugin, Intent::Connect) => "; the network plugin may let it pass",
            (Certainty::Plugin, Intent::Depend) => "; the network plugin may not let it pass",
            _ => "",
        };
        let rule = self.rules.first().map(|rule| format!("; {}", rule.words)).unwrap_or_default();
        format!("{}{more}: {}{rule}{certainty}", self.connection, self.message)
    }
}

/// Puts hits into words: one for each policy, certainty, rule and destination.
pub(super) fn say(
    intents: &Intents<'_>,
    intent: Intent,
    network: (&Cluster, &Reach),
    hits: Hits,
    prefer: Option<&ObjectRef>,
    said: &mut Said,
) {
    said.exhausted |= intents.is_exhausted();
    said.left_out.extend(hits.left_out());
    let mut list = hits.list;
    list.sort();
    let mut known: BTreeMap<(usize, Certainty, End, Option<Rule>), usize> = BTreeMap::new();
    for hit in list {
        let evidence = evidence_of(intent, network, &hit).preferring(prefer);
        let key = (hit.policy, hit.certainty, hit.destination.clone(), evidence.rules.first().cloned());
        if let Some(told) = known.get(&key).and_then(|at| said.told.get_mut(*at)) {
            told.more += 1;
            continue;
        }
        known.insert(key, said.told.len());
        said.told.extend(told(intents, intent, network.1, &hit, evidence, None));
    }
}

pub(super) fn evidence_of(intent: Intent, network: (&Cluster, &Reach), hit: &Hit) -> Evidence {
    let mut evidence = match intent {
        Intent::Connect => opened(network, &hit.source, &hit.destination, &hit.ports),
        Intent::Depend => cut(network, &hit.source, &hit.destination, &hit.ports),
    };
    if let Some(via) = &hit.via {
        let place = via.rule(&hit.source);
        match intent {
            Intent::Depend if via.leads => evidence.rules.push(place),
            _ => evidence.rules.insert(0, place),
        }
    }
    evidence
}

impl Via {
    fn rule(&self, source: &End) -> Rule {
        let Via { through, field, leads } = self;
        let name = through.service.display();
        let words = match (leads, source) {
            (false, _) => format!("{name} no longer leads there"),
            (true, End::Workload(_)) => format!("{name} leads there"),
            (true, End::Addresses(_)) => format!("{name} leads there from outside"),
        };
        Rule { object: through.service.clone(), field: field.clone(), words }
    }
}

pub(super) fn told(
    intents: &Intents<'_>,
    intent: Intent,
    reach: &Reach,
    hit: &Hit,
    evidence: Evidence,
    coverage: Option<&mut Coverage>,
) -> Option<Told> {
    let (source, destination) = (connection_end(reach, &hit.source)?, connection_end(reach, &hit.destination)?);
    let settled = hit.certainty == Certainty::Sure || intent == Intent::Depend;
    let through = hit.via.as_ref().map(|via| &*via.through);
    let spoken = Spoken { source, destination, ports: &hit.ports, settled, through };
    let said = intents.tell(hit.policy, &spoken, coverage)?;
    let mut causes = Vec::new();
    if hit.certainty == Certainty::Unknown {
        causes = said.causes.clone();
        causes.extend(evidence.causes.iter().map(|cause| match cause.kind {
            CauseKind::NotAsked => Cause::not_asked(cause.message.clone()),
            CauseKind::Failed => Cause::failed(cause.message.clone()),
        }));
        causes.sort();
        causes.dedup();
    }
    let mut rules = evidence.rules;
    rules.truncate(1 + MOST_RULES);
    let workloads = [&hit.destination, &hit.source].into_iter().filter_map(|end| match end {
        End::Workload(id) => reach.workload(*id).map(|workload| workload.object.clone()),
        End::Addresses(_) => None,
    });
    Some(Told {
        policy: hit.policy,
        intent,
        certainty: hit.certainty,
        connection: words(reach, hit),
        more: 0,
        message: said.message,
        workloads: workloads.collect(),
        rules,
        causes,
    })
}

/// `SOURCE → DESTINATION on PORTS`, and `through Service NAMESPACE/NAME:PORT`.
fn words(reach: &Reach, hit: &Hit) -> String {
    let Hit { source, destination, ports, via, .. } = hit;
    let ports = if ports.is_all() { "every port".to_owned() } else { ports.to_string() };
    let via = via.as_ref().map(|via| format!(" through {}", via.through)).unwrap_or_default();
    format!("{} → {} on {ports}{via}", reach.name(source), reach.name(destination))
}

pub(super) fn connection_end<'a>(reach: &'a Reach, end: &'a End) -> Option<ConnectionEnd<'a>> {
    match end {
        End::Workload(id) => reach.workload(*id).map(ConnectionEnd::Workload),
        End::Addresses(set) => Some(ConnectionEnd::Addresses(set)),
    }
}
