//! One AdmissionReview, body bytes in memory → answer, by the component and by the native engine.
//!
//! `cargo bench -p hedgerow-wasm-host` prints min, p50, p99 and p99.9 in microseconds for bodies of 1.5, 5 and 50 kB, with
//! 1, 3 and 20 parts, allowed and denied, in a cluster of 10,000 Services and 30,000 pods under the whole library. Asserts
//! nothing. The two are called in turn, so that a busy machine slows both.
#![expect(clippy::unwrap_used, reason = "what cannot run has nothing better to do than to say so")]

use std::time::{Duration, Instant};

mod scene;

use engine::ReviewOptions;
use scene::{PODS, SERVICES, body, fill_native, native, relists, sources};
use wasm_host::api;
use wasm_host::{Component, Delta, Host, Instance, Options, Packs};

const ROUNDS: usize = 2_000;
const DEADLINE: Duration = Duration::from_secs(10);

fn main() {
    let packs = Packs { sources: sources(), parameters: Vec::new() };
    let (native_policies, mut native_cluster) = native();
    let start = Instant::now();
    let mut instance = Instance::new(&Component::embedded().unwrap(), &packs, 1 << 30).unwrap();
    println!("component: load {} ms, {} MiB", start.elapsed().as_millis(), instance.memory() >> 20);
    let start = Instant::now();
    fill_component(&mut instance);
    println!(
        "component: {SERVICES} Services and {PODS} pods in {} ms, {} MiB",
        start.elapsed().as_millis(),
        instance.memory() >> 20
    );
    fill_native(&mut native_cluster);
    println!("same digest: {}", instance.digests().unwrap().cluster == native_cluster.digest());

    println!(
        "{:24} {:>7} {:>7} {:>7} {:>7}   {:>7} {:>7} {:>7} {:>7}   ratio of p50",
        "us", "min", "p50", "p99", "p99.9", "min", "p50", "p99", "p99.9"
    );
    for (size, parts) in [(1_500, 1), (1_500, 3), (5_000, 3), (5_000, 20), (50_000, 3), (50_000, 20)] {
        for deny in [false, true] {
            let body = body(size, parts, deny);
            let (mut component, mut native) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                let start = Instant::now();
                let answer = instance.admit(&body, DEADLINE).unwrap();
                component.push(start.elapsed());
                let start = Instant::now();
                let same =
                    engine::review(&native_policies, &mut native_cluster, &body, &ReviewOptions::default()).unwrap();
                native.push(start.elapsed());
                assert_eq!((answer.admitted, answer.findings.len()), (same.admitted, same.findings.len()));
            }
            let name = format!("{} B, {parts} parts, {}", body.len(), if deny { "deny" } else { "allow" });
            print!("{name:24}");
            let component = quantiles(component);
            let native = quantiles(native);
            println!("   {:.2}", component / native);
        }
    }
    memory(packs);
}

/// The whole host with its standby.
fn memory(packs: Packs) {
    let host = Host::start(packs, Options::default()).unwrap();
    let start = Instant::now();
    host.apply(relists());
    println!("host: first sync in {} ms", start.elapsed().as_millis());
    while !host.stats().standby {
        std::thread::sleep(Duration::from_millis(10));
    }
    println!("host: {:?}", host.stats());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmRSS")).for_each(|line| println!("with all of the above: {line}"));
}

fn quantiles(mut times: Vec<Duration>) -> f64 {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
    print!(" {:7.0} {:7.0} {:7.0} {:7.0}  ", at(0.0), at(0.5), at(0.99), at(0.999));
    at(0.5)
}

fn fill_component(instance: &mut Instance) {
    for delta in relists() {
        let Delta::Relist { group, kind, state, objects } = delta else { continue };
        let sources: Vec<api::Source> = objects
            .into_iter()
            .map(|(key, bytes)| api::Source { name: key.name, format: api::Format::Json, bytes })
            .collect();
        sources.chunks(64).for_each(|chunk| drop(instance.apply(chunk).unwrap()));
        instance.set_kind(&group, &kind, &state).unwrap();
    }
}
