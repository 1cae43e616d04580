//! Filling a cluster as a webhook does, and asking it: `cargo bench -p hedgerow-engine --bench cluster`.
//!
//! Each object comes as JSON of its own, cut down to what [`engine::cluster::prune_fields`] names. Memory is the growth of
//! the process' resident set, so it holds what the allocator wastes, too.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench measures time and memory")]
#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing better to do")]

use std::time::Instant;

use engine::cluster::{Cluster, KindState};
use engine::fact::{About, FACTS, Fact, Memo, Settings, compute};
use engine::object::{KINDS, Object, Origin, lower_one};
use engine::text::{Format, Limits, Source, read};

const NAMESPACES: usize = 100;

fn service(index: usize) -> String {
    let (namespace, app) = (index % NAMESPACES, index);
    format!(
        r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"service-{index}","namespace":"team-{namespace}"}},"spec":{{"type":"ClusterIP","selector":{{"app.kubernetes.io/name":"app-{app}","app.kubernetes.io/part-of":"part-{namespace}"}},"ports":[{{"name":"http","port":80,"protocol":"TCP"}},{{"name":"metrics","port":9090,"protocol":"TCP"}}],"clusterIP":"10.0.0.1"}}}}"#
    )
}

fn template(app: usize, hash: &str) -> String {
    let namespace = app % NAMESPACES;
    format!(
        r#""labels":{{"app.kubernetes.io/name":"app-{app}","app.kubernetes.io/part-of":"part-{namespace}","app.kubernetes.io/version":"1.{namespace}","team":"team-{namespace}"{hash}}}}},"spec":{{"containers":[{{"name":"c","ports":[{{"name":"http","containerPort":8080,"protocol":"TCP"}},{{"name":"metrics","containerPort":9090,"protocol":"TCP"}}],"readinessProbe":{{}}}}]}}"#
    )
}

fn pod(index: usize, services: usize) -> String {
    let app = index % services;
    let (namespace, hash) = (app % NAMESPACES, app * 7919);
    let owner = format!(r#"{{"kind":"ReplicaSet","name":"app-{app}-{hash:010}","controller":true}}"#);
    let head = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"app-{app}-{hash:010}-{index:05}","namespace":"team-{namespace}","ownerReferences":[{owner}],"#
    );
    let label = format!(r#","pod-template-hash":"{hash:010}""#);
    format!(r#"{head}{},"status":{{"phase":"Running"}}}}"#, template(app, &label))
}

fn workload(kind: &str, app: usize) -> String {
    let (namespace, hash) = (app % NAMESPACES, app * 7919);
    let (name, owner, label) = match kind {
        "ReplicaSet" => (
            format!("app-{app}-{hash:010}"),
            format!(r#","ownerReferences":[{{"kind":"Deployment","name":"app-{app}","controller":true}}]"#),
            format!(r#","pod-template-hash":"{hash:010}""#),
        ),
        _ => (format!("app-{app}"), String::new(), String::new()),
    };
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"{kind}","metadata":{{"name":"{name}","namespace":"team-{namespace}"{owner}}},"spec":{{"replicas":3,"template":{{"metadata":{{{}}}}}}}"#,
        template(app, &label)
    )
}

fn source(text: String) -> Source {
    Source { name: "watch".into(), format: Format::Json, bytes: text.into_bytes() }
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<usize>().ok()).expect("a number") * 1024
}

fn fill(name: &str, sources: impl Iterator<Item = String>) -> Cluster {
    let mut cluster = Cluster::watched();
    for kind in KINDS {
        cluster.set_kind(kind.group, kind.kind, KindState::Synced { resource_version: "1".into() });
    }
    let (memory, started) = (resident(), Instant::now());
    for text in sources {
        let findings = cluster.apply(&source(text));
        assert!(findings.is_empty(), "{findings:?}");
    }
    let time = started.elapsed();
    let grown = resident().saturating_sub(memory);
    let objects = cluster.len();
    println!(
        "{name}: {objects} objects in {:.0} ms ({:.1} µs each), {:.1} MB ({} bytes each)",
        time.as_secs_f64() * 1e3,
        time.as_secs_f64() * 1e6 / objects as f64,
        grown as f64 / 1e6,
        grown / objects,
    );
    cluster
}

fn object(text: String) -> Object {
    let source = source(text);
    let document = read(&source, &Limits::default(), &mut Vec::new()).pop().expect("a document");
    lower_one(document.value, &Origin::without_text("default"), &mut Vec::new()).expect("an object")
}

fn time(name: &str, rounds: u32, mut what: impl FnMut()) {
    what();
    let mut best = f64::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        (0..rounds).for_each(|_| what());
        best = best.min(started.elapsed().as_secs_f64() / f64::from(rounds));
    }
    println!("  {name}: {:.0} ns", best * 1e9);
}

fn ask(cluster: &mut Cluster, services: usize) {
    let (object, settings) = (object(service(services / 2)), Settings::default());
    for (entity, fact) in [
        ("core::v1::Service", "selectsNothing"),
        ("core::v1::Service", "selectedWorkloads"),
        ("core::v1::Service", "sameSelectorServices"),
        ("core::v1::Service", "loadBalancersInNamespace"),
        ("core::v1::ServicePort", "targetPortDeclared"),
    ] {
        let spec = FACTS.iter().find(|spec| spec.name == fact && spec.on.contains(&entity)).expect("a fact");
        let about =
            About { cluster, object: &object, entity, index: &[0], settings: &settings, memo: &Memo::default() };
        assert!(!matches!(compute(spec, about), Fact::Unknown(_)), "{fact}");
        time(fact, 2000, || drop(compute(spec, about)));
    }
    time("overlay and revert", 2000, || {
        let undo = cluster.overlay(&object);
        cluster.revert(undo);
    });
    time("digest", 2000, || drop(cluster.digest()));
    let text = source(pod(0, services));
    time("apply one changed pod", 2000, || drop(cluster.apply(&text)));
}

fn main() {
    for services in [1_000, 10_000] {
        let pods = services * 3;
        let bare = (0..services).map(service).chain((0..pods).map(|index| pod(index, services)));
        let mut cluster = fill(&format!("{services} Services and {pods} pods by themselves"), bare);
        ask(&mut cluster, services);
        let owners =
            ["Deployment", "ReplicaSet"].into_iter().flat_map(|kind| (0..services).map(move |app| workload(kind, app)));
        let all = (0..services).map(service).chain(owners).chain((0..pods).map(|index| pod(index, services)));
        let name = format!("{services} Services, Deployments and ReplicaSets each, and their {pods} pods");
        let mut cluster = fill(&name, all);
        ask(&mut cluster, services);
    }
}
