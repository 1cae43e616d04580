//! One AdmissionReview, body bytes in memory → answer, by the component and by the native engine.
//!
//! `cargo bench -p hedgerow-wasm-host` prints min, p50, p99 and p99.9 in microseconds for bodies of 1.5, 5 and 50 kB, with
//! 1, 3 and 20 parts, allowed and denied, in a cluster of 10,000 Services and 30,000 pods under the whole library. Asserts
//! nothing. The two are called in turn, so that a busy machine slows both.
#![expect(clippy::unwrap_used, reason = "what cannot run has nothing better to do than to say so")]

use std::time::{Duration, Instant};

use engine::{Cluster, KindState, LoadOptions, Policies, ReviewOptions};
use wasm_host::api::{self, ObjectRef};
use wasm_host::{Component, Delta, Host, Instance, Options, Packs};

const ROUNDS: usize = 2_000;
const DEADLINE: Duration = Duration::from_secs(10);
const SERVICES: usize = 10_000;
const PODS: usize = 30_000;

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

fn library() -> impl Iterator<Item = &'static (&'static str, &'static [u8])> {
    policies::sources().iter().filter(|(path, _)| path.ends_with(".cedar") || path.ends_with("pack.toml"))
}

fn sources() -> Vec<api::Source> {
    let source = |(path, bytes): &(&str, &[u8])| api::Source {
        name: (*path).to_owned(),
        format: api::Format::Auto,
        bytes: bytes.to_vec(),
    };
    library().map(source).collect()
}

fn native() -> (Policies, Cluster) {
    let source = |(path, bytes): &(&str, &[u8])| engine::Source {
        name: (*path).to_owned(),
        format: engine::Format::Auto,
        bytes: bytes.to_vec(),
    };
    let sources: Vec<engine::Source> = library().map(source).collect();
    (Policies::load(&sources, &LoadOptions::default()).unwrap().0, Cluster::watched())
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

fn fill_native(cluster: &mut Cluster) {
    for delta in relists() {
        let Delta::Relist { group, kind, objects, .. } = delta else { continue };
        for (key, bytes) in objects {
            cluster.apply(&engine::Source { name: key.name, format: engine::Format::Json, bytes });
        }
        cluster.set_kind(&group, &kind, KindState::Synced { resource_version: "1".into() });
    }
}

/// 100 namespaces, 100 Services and 300 pods in each; every other kind is known to be empty.
fn relists() -> Vec<Delta> {
    let namespaces = (0..100).map(|number| {
        let name = format!("ns-{number}");
        object("", "Namespace", "", &name, r#","labels":{"environment":"prod"}"#, "{}")
    });
    let services = (0..SERVICES).map(|number| {
        let spec = format!(
            r#"{{"type":"ClusterIP","selector":{{"app":"app-{number}"}},"ports":[{{"name":"http","port":80,"targetPort":"http"}}]}}"#
        );
        object("", "Service", &format!("ns-{}", number % 100), &format!("service-{number}"), "", &spec)
    });
    let pods = (0..PODS).map(|number| {
        let app = number % SERVICES;
        let labels = format!(r#","labels":{{"app":"app-{app}","pod-template-hash":"h{app}"}}"#);
        let spec = r#"{"serviceAccountName":"default","containers":[{"name":"main","ports":[{"name":"http","containerPort":8080}],"readinessProbe":{}}]}"#;
        object("", "Pod", &format!("ns-{}", app % 100), &format!("pod-{number}"), &labels, spec)
    });
    let empty = [
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("", "ReplicationController"),
        ("", "Endpoints"),
        ("discovery.k8s.io", "EndpointSlice"),
        ("networking.k8s.io", "Ingress"),
        ("networking.k8s.io", "NetworkPolicy"),
    ];
    let mut deltas = vec![
        relist("", "Namespace", namespaces.collect()),
        relist("", "Service", services.collect()),
        relist("", "Pod", pods.collect()),
    ];
    deltas.extend(empty.map(|(group, kind)| relist(group, kind, Vec::new())));
    deltas
}

fn relist(group: &str, kind: &str, objects: Vec<(ObjectRef, Vec<u8>)>) -> Delta {
    Delta::Relist { group: group.into(), kind: kind.into(), state: api::KindState::Synced("1".into()), objects }
}

fn object(group: &str, kind: &str, namespace: &str, name: &str, meta: &str, spec: &str) -> (ObjectRef, Vec<u8>) {
    let within = if namespace.is_empty() { String::new() } else { format!(r#","namespace":"{namespace}""#) };
    let key = ObjectRef {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
    };
    let text =
        format!(r#"{{"apiVersion":"v1","kind":"{kind}","metadata":{{"name":"{name}"{within}{meta}}},"spec":{spec}}}"#);
    (key, text.into_bytes())
}

/// A Service of about `size` bytes in an AdmissionReview; denied as a NodePort in a namespace of prod.
fn body(size: usize, parts: usize, deny: bool) -> Vec<u8> {
    let ports: Vec<String> = (0..parts)
        .map(|part| format!(r#"{{"name":"p{part}","port":{},"targetPort":"http","protocol":"TCP"}}"#, 80 + part))
        .collect();
    let ty = if deny { "NodePort" } else { "ClusterIP" };
    let text = |padding: usize| {
        format!(
            r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","kind":{{"group":"","version":"v1","kind":"Service"}},"resource":{{"group":"","version":"v1","resource":"services"}},"requestKind":{{"group":"","version":"v1","kind":"Service"}},"name":"web","namespace":"ns-7","operation":"CREATE","userInfo":{{"username":"ann","groups":["developers","system:authenticated"]}},"object":{{"kind":"Service","apiVersion":"v1","metadata":{{"name":"web","namespace":"ns-7","labels":{{"app":"web"}},"annotations":{{"notes":"{}"}}}},"spec":{{"type":"{ty}","selector":{{"app":"app-7"}},"ports":[{}]}}}},"oldObject":null,"dryRun":false,"options":{{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}}}}}}"#,
            "x".repeat(padding),
            ports.join(",")
        )
    };
    let bare = text(0).len();
    text(size.saturating_sub(bare)).into_bytes()
}
