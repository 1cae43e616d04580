//! Many questions to the specification and to the engine.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use crate::answer::Verdict;
use crate::boundaries;
use crate::case::{Case, EndName};
use crate::engine_side::{EngineSide, WAYS, Way};
use crate::fixture;
use crate::generate::{self, Scope};
use crate::manifest::{Cluster, Protocol};
use crate::random::Random;

/// How many pairs are asked about in one cluster, of each sort: workloads, to an address, from an address.
const PAIRS: usize = 6;
/// How many ports are asked about for each pair.
const PORTS: usize = 4;

/// What was compared.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Clusters.
    pub clusters: u64,
    /// Cases, by the answer.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Edge cases in the manifests.
    pub features: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// All cases.
    pub fn cases(&self) -> u64 {
        self.verdicts.values().sum()
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} cases in {} clusters:", self.cases(), self.clusters)?;
        for (verdict, count) in &self.verdicts {
            write!(f, " {} {count}", verdict.as_str())?;
        }
        for (feature, count) in &self.features {
            write!(f, "\n  {count:>9} {feature}")?;
        }
        Ok(())
    }
}

/// One question with two answers.
#[derive(Clone, Debug)]
pub struct Disagreement {
    /// The seed of the cluster, if it was random.
    pub seed: u64,
    /// The manifests.
    pub documents: Vec<Value>,
    /// The question.
    pub case: Case,
    /// How the engine was asked.
    pub way: Way,
    /// The specification's answer.
    pub specification: Option<Verdict>,
    /// The engine's; nothing if it knows no such end.
    pub engine: Option<Verdict>,
}

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = |verdict: Option<Verdict>| verdict.map_or("no such end", Verdict::as_str);
        let Disagreement { seed, documents, case, way, .. } = self;
        writeln!(f, "# seed {seed}; the engine says {} when asked by {way:?}", word(self.engine))?;
        writeln!(f, "# {case}: {}", word(self.specification))?;
        f.write_str(&fixture::to_text(documents))
    }
}

/// Compares one question; the disagreement, if there is one.
///
/// # Errors
/// The manifests are not understood.
pub fn one(documents: &[Value], case: &Case, way: Way) -> Result<Option<Disagreement>> {
    let cluster = Cluster::decode(documents)?;
    let engine = EngineSide::of(&fixture::to_text(documents)).answer(case, way);
    let specification = case.asked_of_specification(&cluster);
    let (seed, documents, case) = (0, documents.to_vec(), case.clone());
    Ok((specification != engine).then_some(Disagreement { seed, documents, case, way, specification, engine }))
}

/// Questions about the cluster that a seed means; the first disagreement, if there is one.
///
/// # Errors
/// The manifests are not understood, which would be the generator's mistake.
pub fn cluster(seed: u64, scope: Scope, tally: &mut Tally) -> Result<Option<Disagreement>> {
    let generated = generate::cluster(seed, scope);
    let documents = generated.documents;
    let cluster = Cluster::decode(&documents)?;
    let engine = EngineSide::of(&fixture::to_text(&documents));
    let mut random = Random::seeded(seed);
    for case in cases(&mut random, &cluster, &documents) {
        let way = random.pick(&WAYS);
        let specification = case.asked_of_specification(&cluster);
        let engine = engine.answer(&case, way);
        if specification != engine {
            return Ok(Some(Disagreement { seed, documents, case, way, specification, engine }));
        }
        if let Some(verdict) = specification {
            *tally.verdicts.entry(verdict).or_default() += 1;
        }
    }
    tally.clusters += 1;
    for (feature, count) in generated.features {
        *tally.features.entry(feature).or_default() += count;
    }
    Ok(None)
}

fn cases(random: &mut Random, cluster: &Cluster, documents: &[Value]) -> Vec<Case> {
    // Ended pods are among them: neither side may know them.
    let workloads: Vec<EndName> = cluster.workloads.iter().map(|workload| EndName::Workload(workload.name())).collect();
    let mut addresses = boundaries::addresses(documents);
    addresses.extend(
        ["198.51.100.1", "2001:db8:ffff::1"].iter().filter_map(|address| address.parse::<std::net::IpAddr>().ok()),
    );
    let ports = boundaries::ports(documents);
    let mut cases = Vec::new();
    for _ in 0..PAIRS {
        let [one, other] = [random.pick(&workloads), random.pick(&workloads)];
        let outside = EndName::Address(random.pick(&addresses));
        for (source, destination) in [(one.clone(), other), (one.clone(), outside.clone()), (outside, one)] {
            for _ in 0..PORTS {
                let protocol = random.pick(&[Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Sctp]);
                let (source, destination) = (source.clone(), destination.clone());
                cases.push(Case { source, destination, protocol, port: random.pick(&ports) });
            }
        }
    }
    cases
}
