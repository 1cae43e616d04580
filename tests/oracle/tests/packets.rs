//! The specification against real packets, on random clusters.
//!
//! `HEDGEROW_SEED` chooses another seed, `HEDGEROW_CLUSTERS` how many clusters.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use hedgerow_oracle::answer::Verdict;
use hedgerow_oracle::boundaries;
use hedgerow_oracle::generate::{self, Scope};
use hedgerow_oracle::manifest::{Cluster, Protocol};
use hedgerow_oracle::packets::agent::Probe;
use hedgerow_oracle::packets::network::{self, Network, OUTSIDE, pod_name};
use hedgerow_oracle::packets::render::{self, Pod};
use hedgerow_oracle::random::Random;
use hedgerow_oracle::spec::{End, Flow, Specification};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let name = match network::missing() {
        None => "packets_do_what_the_specification_says".to_owned(),
        Some(reason) => format!("packets_do_what_the_specification_says (ignored: {reason})"),
    };
    let trial = Trial::test(name, || compare().map_err(|error| Failed::from(format!("{error:?}"))));
    libtest_mimic::run(&arguments, vec![trial.with_ignored_flag(network::missing().is_some())]).exit();
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

fn compare() -> Result<()> {
    let (seed, clusters) = (number("HEDGEROW_SEED", 1), number("HEDGEROW_CLUSTERS", 200));
    let start = Instant::now();
    let mut network = Network::set_up(Path::new(env!("CARGO_BIN_EXE_hedgerow-probe")))?;
    let mut counts = BTreeMap::new();
    for seed in seed..seed + clusters {
        one_cluster(&mut network, seed, &mut counts)?;
    }
    println!("seeds {seed}..{}: {counts:?} in {:.1?}", seed + clusters, start.elapsed());
    let settled = [Verdict::Allow, Verdict::Deny].map(|verdict| counts.get(&verdict).copied().unwrap_or_default());
    ensure!(settled.iter().all(|count| *count as u64 >= 50 * clusters), "too few packets to mean anything: {counts:?}");
    Ok(())
}

/// What is asked of the specification, and tried.
struct Case<'a> {
    ends: [(String, IpAddr, Option<&'a Pod>); 2],
    protocol: Protocol,
    port: u16,
}

fn one_cluster(network: &mut Network, seed: u64, counts: &mut BTreeMap<Verdict, usize>) -> Result<()> {
    let documents = generate::cluster(seed, Scope::AllTiers).documents;
    let pods = render::pods(&documents);
    let rules = render::rules(&documents, &pods);
    network.filter(&rules)?;
    let cases = cases(&mut Random::seeded(seed), &documents, &pods);
    let probes: Vec<(String, Probe)> = cases.iter().map(probe).collect();
    let arrived = network.probe(&probes)?;
    let cluster = Cluster::decode(&documents)?;
    for (case, arrived) in cases.iter().zip(arrived) {
        let verdict = verdict(&cluster, case);
        *counts.entry(verdict).or_default() += 1;
        let agrees = match verdict {
            Verdict::Allow => arrived,
            Verdict::Deny => !arrived,
            Verdict::ImplementationDefined | Verdict::Unknown => true,
        };
        let names = case
            .ends
            .each_ref()
            .map(|(name, address, pod)| format!("{} ({address})", pod.map_or(name.as_str(), |pod| pod.name.as_str())));
        ensure!(
            agrees,
            "seed {seed}: {} -> {} on {}/{:?}: the specification says {verdict:?}, packets arrive: {arrived}\n{}\n{rules}",
            names[0],
            names[1],
            case.port,
            case.protocol,
            documents.iter().map(|document| format!("---\n{document}\n")).collect::<String>(),
        );
    }
    Ok(())
}

fn cases<'a>(random: &mut Random, documents: &[serde_json::Value], pods: &'a [Pod]) -> Vec<Case<'a>> {
    let ports = boundaries::ports(documents);
    let mut outside = boundaries::addresses(documents);
    outside.retain(|address| network::is_usable_outside(*address));
    outside.extend(["198.51.100.1", "2001:db8:ffff::1"].iter().filter_map(|address| address.parse::<IpAddr>().ok()));
    let inside = |pod: &'a Pod, family: usize| (pod_name(pod.number), pod.addresses()[family], Some(pod));
    let mut pairs = Vec::new();
    for pod in pods {
        for other in pods.iter().filter(|other| other.number != pod.number) {
            let family = random.below(2);
            pairs.push([inside(pod, family), inside(other, family)]);
        }
        for address in random.some(&outside, 6) {
            let family = usize::from(address.is_ipv6());
            let ends = [inside(pod, family), (OUTSIDE.to_owned(), address, None)];
            pairs.push(ends.clone());
            let [pod, address] = ends;
            pairs.push([address, pod]);
        }
    }
    let mut cases = Vec::new();
    for ends in pairs {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            for port in random.some(&ports, 3) {
                cases.push(Case { ends: ends.clone(), protocol, port });
            }
        }
    }
    cases
}

fn probe(case: &Case<'_>) -> (String, Probe) {
    let [(from, source, _), (to, destination, _)] = &case.ends;
    let destination = SocketAddr::new(*destination, case.port);
    let udp = case.protocol == Protocol::Udp;
    (from.clone(), Probe { udp, source: *source, destination, expects: to.clone() })
}

fn verdict(cluster: &Cluster, case: &Case<'_>) -> Verdict {
    let [source, destination] = case.ends.each_ref().map(|(_, address, pod)| {
        let workload = pod.and_then(|pod| cluster.workloads.iter().find(|workload| workload.name() == pod.name));
        workload.map_or(End::Address(*address), End::Workload)
    });
    Specification::of(cluster).verdict(Flow { source, destination, protocol: case.protocol, port: case.port })
}
