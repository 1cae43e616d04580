//! The network of clusters of four sizes, and what changes cost: `cargo bench -p hedgerow-engine --bench reach`.
//!
//! Each workload has a NetworkPolicy of its own, with ingress and egress rules that no other has: peers by both selectors,
//! ports by number, range and name, blocks with holes. 25 workloads in a namespace, labels on every namespace. Times are those of the processor, so that a busy machine changes little; memory is the
//! growth of the process' resident set.
#![expect(clippy::disallowed_methods, reason = "a bench measures time and memory")]
#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing better to do")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use engine::cluster::{Cluster, World};
use engine::object::Object;
use engine::object::{Lowered, Origin, lower};
use engine::reach::{Diff, PortAsk, Reach};
use engine::text::{Format, Limits, Source, read};

const IN_NAMESPACE: usize = 25;

fn namespace(text: &mut String, number: usize) {
    let _ = writeln!(
        text,
        "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: ns-{number}\n  labels:\n    team: team-{}\n    tier: tier-{}",
        number % 7,
        number % 3
    );
}

fn workload(text: &mut String, number: usize) {
    let (namespace, port) = (number / IN_NAMESPACE, 8000 + number % 50);
    let _ = writeln!(
        text,
        "---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  namespace: ns-{namespace}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: app-{number}}}}}
  template:
    metadata:
      labels: {{app: app-{number}, group: group-{}, role: role-{}}}
    spec:
      containers:
      - name: main
        image: example.org/app:1
        ports: [{{name: http, containerPort: {port}}}, {{name: metrics, containerPort: 9090}}]",
        number % 5,
        number % 11
    );
}

/// Distinct in everything: the next workloads of the namespace, a team's workloads of one role, a block, a range.
fn policy(text: &mut String, number: usize) {
    let namespace = number / IN_NAMESPACE;
    let near = |step: usize| namespace * IN_NAMESPACE + (number + step) % IN_NAMESPACE;
    let (low, high) = (1000 + number % 5000, 7000 + number % 5000);
    let (second, third) = (number / 250 % 250, number % 250);
    let _ = writeln!(
        text,
        "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-{number}
  namespace: ns-{namespace}
spec:
  podSelector: {{matchLabels: {{app: app-{number}}}}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector: {{matchLabels: {{app: app-{}}}}}
    - podSelector: {{matchExpressions: [{{key: app, operator: In, values: [app-{}, app-{}]}}]}}
    ports: [{{port: http}}, {{port: {low}, endPort: {high}}}]
  - from:
    - namespaceSelector: {{matchLabels: {{team: team-{}}}}}
      podSelector: {{matchLabels: {{role: role-{}}}}}
    ports: [{{port: metrics}}]
  - from:
    - ipBlock: {{cidr: 172.{}.0.0/16, except: [172.{}.{third}.0/24]}}
    ports: [{{port: http}}]
  egress:
  - to:
    - podSelector: {{}}
    ports: [{{port: http}}, {{port: {low}, endPort: {}}}]
  - to:
    - namespaceSelector: {{matchLabels: {{tier: tier-{}}}}}
      podSelector: {{matchLabels: {{group: group-{}}}}}
    ports: [{{port: metrics}}, {{port: {high}}}]
  - to:
    - ipBlock: {{cidr: 0.0.0.0/0, except: [10.0.0.0/8, 192.{second}.{third}.0/24]}}
    ports: [{{port: 443}}]
  - ports: [{{port: 53, protocol: UDP}}, {{port: 53}}]",
        near(1),
        near(3),
        near(7),
        number % 7,
        number % 11,
        16 + second % 16,
        16 + second % 16,
        low + 3000,
        number % 3,
        number % 5
    );
}

fn text_of(workloads: usize) -> String {
    let mut text = String::new();
    (0..workloads.div_ceil(IN_NAMESPACE)).for_each(|number| namespace(&mut text, number));
    (0..workloads).for_each(|number| workload(&mut text, number));
    (0..workloads).for_each(|number| policy(&mut text, number));
    text
}

fn objects(text: String) -> Vec<Object> {
    let source = Source { name: "all.yaml".into(), format: Format::Yaml, bytes: text.into_bytes() };
    let mut findings = Vec::new();
    let mut found = Vec::new();
    let origin = Origin::of_source(&source, 0, "default");
    for document in read(&source, &Limits::default(), &mut findings) {
        if let Lowered::Objects(objects) = lower(document, &origin, &mut findings) {
            found.extend(objects);
        }
    }
    assert!(findings.is_empty(), "{findings:?}");
    found
}

fn load(text: String) -> Cluster {
    let mut cluster = Cluster::of_files(World::Auto);
    for object in objects(text) {
        cluster.insert(object);
    }
    cluster
}

/// What is changed to measure a change, by the text of the object as it is then.
fn changes() -> [(&'static str, String); 5] {
    let text = |write: fn(&mut String, usize), number: usize| {
        let mut text = String::new();
        write(&mut text, number);
        text
    };
    [
        ("policy", text(policy, 7).replace("port: 443", "port: 444")),
        ("label", text(workload, 7).replace("role: role-7", "role: role-8")),
        ("new workload", text(workload, 8).replace("name: app-8", "name: other").replace("app: app-8", "app: other")),
        ("namespace label", text(namespace, 0).replace("team: team-0", "team: team-1")),
        (
            "Service",
            "apiVersion: v1\nkind: Service\nmetadata: {namespace: ns-0, name: s}\nspec: {selector: {app: app-1}, ports: [{port: 80}]}"
                .to_owned(),
        ),
    ]
}

/// What each change costs: the network after it, and what it opens and cuts.
fn measure_changes(cluster: &mut Cluster, reach: &Reach) {
    for (name, text) in changes() {
        for object in objects(text) {
            let undo = cluster.overlay(&object);
            let (following, after) = mean(|| reach.after(cluster, std::slice::from_ref(&object.id)));
            let (comparing, diff) = mean(|| Diff::between(reach, &after));
            cluster.revert(undo);
            println!(
                "       {name}: follow {:>6.0} us | diff {:>6.0} us, {} connections",
                following.as_secs_f64() * 1e6,
                comparing.as_secs_f64() * 1e6,
                diff.changed.len()
            );
        }
    }
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    let kb: f64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0.0);
    kb / 1024.0
}

/// What the processor has spent on this thread.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// The best of some runs, and the last result.
fn best<T>(runs: usize, mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut timed = || {
        let start = processor_time();
        let result = run();
        (processor_time().saturating_sub(start), result)
    };
    let (mut least, mut last) = timed();
    for _ in 1..runs {
        let (time, result) = timed();
        (least, last) = (least.min(time), result);
    }
    (least, last)
}

/// The mean of many runs, for what takes less than the clock's step; and the last result.
fn mean<T>(mut run: impl FnMut() -> T) -> (Duration, T) {
    const RUNS: u32 = 50;
    let (all, last) = best(1, || {
        (1..RUNS).for_each(|_| drop(black_box(run())));
        run()
    });
    (all / RUNS, last)
}

fn measure(workloads: usize) {
    let text = text_of(workloads);
    let bytes = text.len();
    let runs = if workloads > 2000 { 3 } else { 7 };
    let before = resident_mb();
    let (loading, mut cluster) = best(1, || load(text.clone()));
    let loaded = resident_mb();
    let (building, reach) = best(runs, || Reach::of(&cluster));
    let built = resident_mb();
    let (listing, connections) = best(runs, || reach.connections().map(black_box).count());
    let ends: Vec<_> = ["app-1", "app-2", "app-9"]
        .map(|name| reach.resolve_name(&format!("ns-0/{name}")).expect("the workload is there"))
        .into();
    let asks = 3000;
    let (asking, _) = best(runs, || {
        for at in 0..asks {
            black_box(reach.ask(&ends[at % 3], &ends[(at / 3) % 3], Some(PortAsk::tcp(8001))));
        }
    });
    let (explaining, _) = mean(|| reach.explain(&cluster, &ends[0], &ends[1], None));
    println!(
        "{workloads:>6} workloads {:>5.1} MB of YAML | load {:>7.1} ms | rows {:>7.2} ms | list {:>7.2} ms, {connections} connections | ask {:>5.2} us | explain {:>6.2} us | {:>4.0} MB objects, {:>4.0} MB rows, {:>4.0} MB in all",
        bytes as f64 / 1e6,
        loading.as_secs_f64() * 1e3,
        building.as_secs_f64() * 1e3,
        listing.as_secs_f64() * 1e3,
        asking.as_secs_f64() * 1e6 / asks as f64,
        explaining.as_secs_f64() * 1e6,
        loaded - before,
        built - loaded,
        resident_mb(),
    );
    measure_changes(&mut cluster, &reach);
}

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![100, 500, 2000, 10_000] } else { sizes };
    sizes.into_iter().for_each(measure);
}
