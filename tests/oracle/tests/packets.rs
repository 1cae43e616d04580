//! The engine and the specification against real packets, on random clusters.
//!
//! `HEDGEROW_SEED` chooses another seed, `HEDGEROW_CLUSTERS` how many clusters of each scope.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use hedgerow_oracle::answer::Verdict;
use hedgerow_oracle::boundaries;
use hedgerow_oracle::case::{Case, EndName};
use hedgerow_oracle::engine_side::{EngineSide, Way};
use hedgerow_oracle::fixture;
use hedgerow_oracle::generate::{self, Scope};
use hedgerow_oracle::manifest::{Cluster, Protocol};
use hedgerow_oracle::packets::agent::Probe;
use hedgerow_oracle::packets::network::{self, Network, OUTSIDE, pod_name};
use hedgerow_oracle::packets::render::{self, Pod};
use hedgerow_oracle::random::Random;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let name = match network::missing() {
        None => "packets_do_what_both_sides_say".to_owned(),
        Some(reason) => format!("packets_do_what_both_sides_say (ignored: {reason})"),
    };
    let trial = Trial::test(name, || compare().map_err(|error| Failed::from(format!("{error:?}"))));
    libtest_mimic::run(&arguments, vec![trial.with_ignored_flag(network::missing().is_some())]).exit();
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

fn compare() -> Result<()> {
    let (seed, clusters) = (number("HEDGEROW_SEED", 1), number("HEDGEROW_CLUSTERS", 200));
    let mut network = Network::set_up(Path::new(env!("CARGO_BIN_EXE_hedgerow-probe")))?;
    for (scope, clusters) in [(Scope::NetworkPolicies, clusters), (Scope::AllTiers, clusters / 2)] {
        let start = Instant::now();
        let mut counts = BTreeMap::new();
        for seed in seed..seed + clusters {
            one_cluster(&mut network, seed, scope, &mut counts)?;
        }
        println!("{scope:?}, seeds {seed}..{}: {counts:?} in {:.1?}", seed + clusters, start.elapsed());
        let settled = [Verdict::Allow, Verdict::Deny].map(|verdict| counts.get(&verdict).copied().unwrap_or_default());
        ensure!(settled.iter().all(|count| *count as u64 >= 50 * clusters), "too few to mean anything: {counts:?}");
    }
    Ok(())
}

/// One end: a pod by one of its addresses, or an address outside.
#[derive(Clone, Copy)]
struct End<'a> {
    address: IpAddr,
    pod: Option<&'a Pod>,
}

impl End<'_> {
    /// Who answers there.
    fn agent(self) -> String {
        self.pod.map_or(OUTSIDE.to_owned(), |pod| pod_name(pod.number))
    }

    fn name(self) -> EndName {
        self.pod.map_or(EndName::Address(self.address), |pod| EndName::Workload(pod.name.clone()))
    }
}

/// What is tried, and asked of both sides.
struct Probing<'a> {
    source: End<'a>,
    destination: End<'a>,
    protocol: Protocol,
    port: u16,
}

impl Probing<'_> {
    fn to_case(&self) -> Case {
        let Probing { source, destination, protocol, port } = self;
        Case { source: source.name(), destination: destination.name(), protocol: *protocol, port: *port }
    }

    /// The namespace where it begins, and what is tried there.
    fn to_probe(&self) -> (String, Probe) {
        let destination = SocketAddr::new(self.destination.address, self.port);
        let udp = self.protocol == Protocol::Udp;
        let expects = self.destination.agent();
        (self.source.agent(), Probe { udp, source: self.source.address, destination, expects })
    }
}

fn one_cluster(network: &mut Network, seed: u64, scope: Scope, counts: &mut BTreeMap<Verdict, usize>) -> Result<()> {
    let documents = generate::cluster(seed, scope).documents;
    let pods = render::pods(&documents);
    let rules = render::rules(&documents, &pods);
    network.filter(&rules)?;
    let probes = probes(&mut Random::seeded(seed), &documents, &pods);
    let arrived = network.probe(&probes.iter().map(Probing::to_probe).collect::<Vec<_>>())?;
    let cluster = Cluster::decode(&documents)?;
    let text = fixture::to_text(&documents);
    let engine = EngineSide::of(&text);
    for (probing, arrived) in probes.iter().zip(arrived) {
        let case = probing.to_case();
        let specification = case.asked_of_specification(&cluster);
        if let Some(verdict) = specification {
            *counts.entry(verdict).or_default() += 1;
        }
        let by_engine = engine.answer(&case, Way::AskPort);
        for (who, verdict) in [("specification", specification), ("engine", by_engine)] {
            let agrees = match verdict {
                Some(Verdict::ImplementationDefined | Verdict::Unknown) => true,
                Some(Verdict::Allow) => arrived,
                Some(Verdict::Deny) => !arrived,
                None => false,
            };
            ensure!(agrees, "seed {seed}, {case}: the {who} says {verdict:?}, it arrives: {arrived}\n{text}\n{rules}");
        }
    }
    Ok(())
}

fn probes<'a>(random: &mut Random, documents: &[serde_json::Value], pods: &'a [Pod]) -> Vec<Probing<'a>> {
    let ports = boundaries::ports(documents);
    let mut outside = boundaries::addresses(documents);
    outside.retain(|address| network::is_usable_outside(*address));
    outside.extend(["198.51.100.1", "2001:db8:ffff::1"].iter().filter_map(|address| address.parse::<IpAddr>().ok()));
    let inside = |pod: &'a Pod, family: usize| End { address: pod.addresses()[family], pod: Some(pod) };
    let mut pairs = Vec::new();
    for pod in pods {
        for other in pods.iter().filter(|other| other.number != pod.number) {
            let family = random.below(2);
            pairs.push([inside(pod, family), inside(other, family)]);
        }
        for address in random.some(&outside, 6) {
            let (inside, outside) = (inside(pod, usize::from(address.is_ipv6())), End { address, pod: None });
            pairs.extend([[inside, outside], [outside, inside]]);
        }
    }
    let mut probes = Vec::new();
    for [source, destination] in pairs {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            for port in random.some(&ports, 3) {
                probes.push(Probing { source, destination, protocol, port });
            }
        }
    }
    probes
}
