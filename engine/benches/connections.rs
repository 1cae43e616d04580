//! Policies on connections over whole clusters, and over what one request changes:
//! `cargo bench -p hedgerow-engine --bench connections`.
//!
//! 25 workloads in a namespace, every namespace in one of four environments; each workload has a NetworkPolicy of its own for
//! both directions. 20 policies: ten by environment, five by port and namespace, three by labels, two by address; one in five
//! holds somewhere. Times are those of the processor, so that a busy machine changes little.
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing better to do")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use engine::cluster::{Cluster, World};
use engine::intent::of_cluster;
use engine::reach::Reach;
use engine::text::{Format, Source};
use engine::{LoadOptions, Policies, ReviewOptions, review};

const IN_NAMESPACE: usize = 25;

fn workload(text: &mut String, number: usize) {
    let namespace = number / IN_NAMESPACE;
    if number.is_multiple_of(IN_NAMESPACE) {
        let environment = ["dev", "test", "prod", "shared"][namespace % 4];
        let _ = writeln!(
            text,
            "---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: ns-{namespace}, labels: {{environment: {environment}, team: team-{}}}}}}}",
            namespace % 7
        );
    }
    let next = namespace * IN_NAMESPACE + (number + 1) % IN_NAMESPACE;
    let labels = format!("app: app-{number}, role: role-{}", number % 11);
    let _ = writeln!(
        text,
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{number}, namespace: ns-{namespace}}}
spec:
  template:
    metadata: {{labels: {{{labels}}}}}
    spec: {{containers: [{{name: main, ports: [{{name: http, containerPort: {port}}}]}}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: app-{number}, namespace: ns-{namespace}}}
spec:
  podSelector: {{matchLabels: {{app: app-{number}}}}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{{podSelector: {{matchLabels: {{app: app-{next}}}}}}}, {{podSelector: {{matchLabels: {{role: role-{}}}}}}}]
    ports: [{{port: http}}]
  - from: [{{namespaceSelector: {{matchLabels: {{team: team-{}}}}}, podSelector: {{matchLabels: {{role: role-3}}}}}}]
    ports: [{{port: 9090}}]
  egress:
  - to: [{{podSelector: {{}}}}, {{namespaceSelector: {{}}}}]
    ports: [{{port: {port}}}, {{port: 9090}}]
  - to: [{{ipBlock: {{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}}}]
    ports: [{{port: 443}}]",
        number % 11,
        number % 7,
        port = 8000 + number % 50,
    );
}

/// Twenty policies; those by environment hold where a team has namespaces of several.
fn policies() -> Policies {
    let environments = ["dev", "test", "prod", "shared", "stage"];
    let by_environment = (0..10).map(|at| {
        let (from, to) = (environments[at % 5], environments[(at + 1 + at / 5) % 5]);
        format!("principal is net::Workload, action == net::Action::\"connect\", resource is net::Workload) when {{ principal has environment && resource has environment && principal.environment == \"{from}\" && resource.environment == \"{to}\" && context.port == {} }}", 9090 + at)
    });
    let by_port = (0..5).map(|at| {
        format!("principal, action == net::Action::\"connect\", resource is net::Workload in core::v1::Namespace::\"ns-{at}\") when {{ [5432, 6379].contains(context.port) && context.protocol == \"TCP\" }}")
    });
    let by_label = (0..3).map(|at| {
        format!("principal is net::Workload, action == net::Action::\"connect\", resource is net::Workload) when {{ principal.labels.hasTag(\"role\") && principal.labels.getTag(\"role\") == \"role-{at}\" && principal.namespace != resource.namespace && context.port < 1024 }}")
    });
    let by_address =
        ["resource.metadataService", "resource.address.isInRange(ip(\"203.0.113.0/24\")) && context.port == 25"];
    let by_address = by_address.into_iter().map(|condition| {
        format!("principal is net::Workload, action == net::Action::\"connect\", resource is net::Addresses) when {{ {condition} }}")
    });
    let mut cedar = String::new();
    for (at, policy) in by_environment.chain(by_port).chain(by_label).chain(by_address).enumerate() {
        let _ = writeln!(
            cedar,
            "@id(\"p{at}\") @code(\"P{at}\") @title(\"t\") @severity(\"error\") @message(\"m\")\nforbid ({policy};"
        );
    }
    let source =
        |name: &str, text: String| Source { name: name.into(), format: Format::Auto, bytes: text.into_bytes() };
    let sources = [source("p/pack.toml", "name = \"p\"\nversion = \"1\"\n".into()), source("p/a.cedar", cedar)];
    Policies::load(&sources, &LoadOptions::default()).map_err(|found| format!("{found:#?}")).expect("they load").0
}

/// What the processor has spent on this thread.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// The best of some runs in milliseconds, and the last result.
fn best<T>(runs: usize, mut run: impl FnMut() -> T) -> (f64, T) {
    let mut timed = || {
        let start = processor_time();
        let result = run();
        (processor_time().saturating_sub(start).as_secs_f64() * 1e3, result)
    };
    let (mut least, mut last) = timed();
    for _ in 1..runs {
        let (time, result) = timed();
        (least, last) = (least.min(time), result);
    }
    (least, last)
}

/// An update of a NetworkPolicy that lets everyone in.
fn request() -> String {
    let policy = |from: &str| {
        format!(
            r#"{{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{{"name":"app-1","namespace":"ns-0"}},"spec":{{"podSelector":{{"matchLabels":{{"app":"app-1"}}}},"ingress":[{{"from":[{from}]}}]}}}}"#
        )
    };
    let (old, new) = (policy(r#"{"podSelector":{}}"#), policy(r#"{"namespaceSelector":{}}"#));
    format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"1","operation":"UPDATE","kind":{{"group":"networking.k8s.io","version":"v1","kind":"NetworkPolicy"}},"resource":{{"group":"networking.k8s.io","version":"v1","resource":"networkpolicies"}},"namespace":"ns-0","name":"app-1","userInfo":{{"username":"kim"}},"object":{new},"oldObject":{old}}}}}"#
    )
}

fn measure(workloads: usize, policies: &Policies) {
    let mut text = String::new();
    (0..workloads).for_each(|number| workload(&mut text, number));
    let mut cluster = Cluster::of_files(World::Closed);
    let found = cluster.apply(&Source { name: "all.yaml".into(), format: Format::Yaml, bytes: text.into_bytes() });
    assert!(found.is_empty(), "{found:?}");
    let runs = if workloads > 2000 { 3 } else { 7 };
    let (building, reach) = best(runs, || Reach::of(&cluster));
    let (listing, connections) = best(runs, || reach.connections().map(black_box).count());
    let (asking, said) = best(runs, || of_cluster(policies, &cluster, &reach, u64::MAX));
    let body = request();
    let mut judge =
        || review(policies, &mut cluster, body.as_bytes(), &ReviewOptions::default()).expect("it is judged");
    let (judging, judged) = best(runs, &mut judge);
    println!(
        "{workloads:>6} workloads, {connections:>8} connections | network {building:>7.1} ms | list {listing:>7.1} ms | ask {:>2} policies {asking:>7.1} ms, {} findings | one NetworkPolicy at admission {judging:>7.1} ms, {} findings",
        policies.infos().len(),
        said.told.len(),
        judged.findings.len(),
    );
}

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![100, 500, 2000] } else { sizes };
    let policies = policies();
    sizes.into_iter().for_each(|size| measure(size, &policies));
}
