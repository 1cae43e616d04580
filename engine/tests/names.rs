//! Names and Services: the literate cases of `docs/cases/dns.md` and `docs/cases/services.md`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use engine::Cluster;
use engine::cluster::World;
use engine::dns::{Client, Data, DnsSettings, PodsOf, Record, RecordType, Target, resolve};
use engine::finding::ObjectRef;
use engine::reach::{End, Reach, ReachSettings, Verdict};
use engine::text::{Format, Source};
use engine::way::{Traced, Url, trace};

/// A heading, manifests, and a table of questions.
#[derive(Default)]
struct Case {
    title: String,
    manifests: String,
    rows: Vec<[String; 4]>,
}

fn cases_of(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut in_fence = false;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ").filter(|_| !in_fence) {
            cases.push(Case { title: title.to_owned(), ..Case::default() });
        }
        let Some(case) = cases.last_mut() else { continue };
        if line.starts_with("```") {
            in_fence = !in_fence;
        } else if in_fence {
            case.manifests += line;
            case.manifests.push('\n');
        } else if let Some(cells) =
            line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |").or(line.strip_suffix(" | |")))
        {
            let mut cells: Vec<String> = cells.split('|').map(|cell| cell.trim().to_owned()).collect();
            cells.resize(4, String::new());
            let row: [String; 4] = cells.try_into().unwrap();
            if !["pod", "from", "---"].contains(&row[0].as_str()) {
                case.rows.push(row);
            }
        }
    }
    cases
}

fn cluster_of(case: &Case) -> (Cluster, Reach) {
    let mut cluster = Cluster::of_files(World::Auto);
    let bytes = case.manifests.clone().into_bytes();
    cluster.apply(&Source { name: case.title.clone(), format: Format::Yaml, bytes });
    let reach = Reach::of(&cluster);
    (cluster, reach)
}

fn settings() -> DnsSettings {
    DnsSettings { servers: vec!["10.96.0.10".parse().unwrap()], ..DnsSettings::default() }
}

fn workload(reach: &Reach, name: &str) -> ObjectRef {
    match reach.resolve_name(name) {
        Ok(End::Workload(id)) => reach.workload(id).unwrap().object.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

fn pods(pods: &PodsOf) -> String {
    match pods {
        PodsOf::Pod { name, workload } => format!("{}/{name}", workload.namespace),
        PodsOf::Ordinals { workload, first, count } => {
            format!("{}/{}-{first} to -{}", workload.namespace, workload.name, first + count - 1)
        }
        PodsOf::Workload(workload) => format!("{}/{}", workload.namespace, workload.name),
        PodsOf::Endpoint { listed_in } => listed_in.display(),
    }
}

fn words(record: &Record) -> String {
    let kind = record.data.type_name();
    match &record.data {
        Data::Alias(target) | Data::Pointer(target) => format!("{kind} {target}"),
        Data::Address(address) => format!("{kind} {address}"),
        Data::ServiceAddress { service, .. } => format!("{kind} of Service {}/{}", service.namespace, service.name),
        Data::PodAddresses { pods: of, .. } => format!("{kind} of {}", pods(of)),
        Data::Server { target: Target::Name(target), port } => format!("{kind} {target}:{port}"),
        Data::Server { target: Target::OfPods { pods: of, .. }, port } => format!("{kind} of {}:{port}", pods(of)),
    }
}

fn resolved((cluster, reach): &mut (Cluster, Reach), [pod, name, kind, _]: &[String; 4]) -> String {
    let client = Client::of(cluster, &workload(reach, pod)).unwrap();
    let kind = if kind.is_empty() { RecordType::Address } else { RecordType::parse(kind).unwrap() };
    let found = resolve(cluster, &client, name, kind, &settings());
    match (found.resolves(), found.is_nothing()) {
        (true, _) => {
            let records: Vec<String> = found.records().iter().map(words).collect();
            format!("{}: {}", found.hit.unwrap() + 1, records.join(", "))
        }
        (_, true) => "none".to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn traced((cluster, reach): &mut (Cluster, Reach), [from, url, ..]: &[String; 4]) -> [String; 2] {
    let before = cluster.digest();
    let source = workload(reach, from);
    let (url, dns, settings) = (Url::parse(url).unwrap(), settings(), ReachSettings::default());
    let found = trace(cluster, reach, Traced { source: &source, url: &url, dns: &dns, reach: &settings });
    assert_eq!(cluster.digest(), before, "the cluster is as it was");
    let broken = found.steps.iter().find(|step| step.verdict == Verdict::Deny);
    if let Some(step) = broken {
        assert!(step.help.is_some(), "{step:?} does not say what to change");
    }
    [found.verdict.as_str().to_owned(), broken.map_or_else(String::new, |step| step.stage.as_str().to_owned())]
}

fn check(text: &str, ask: impl Fn(&mut (Cluster, Reach), &[String; 4]) -> Option<String>, least: usize) {
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for case in cases_of(text) {
        assert!(!case.rows.is_empty(), "`{}` asks nothing", case.title);
        let mut cluster = cluster_of(&case);
        for row in &case.rows {
            asked += 1;
            wrong.extend(ask(&mut cluster, row).map(|found| format!("{}: {row:?}: {found}", case.title)));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked >= least, "only {asked} questions were found");
}

#[test]
fn every_name_has_the_answer_of_its_table() {
    let ask = |cluster: &mut (Cluster, Reach), row: &[String; 4]| {
        let found = resolved(cluster, row);
        (found != row[3]).then_some(found)
    };
    check(include_str!("../../docs/cases/dns.md"), ask, 70);
}

#[test]
fn every_way_has_the_verdict_of_its_table() {
    let ask = |cluster: &mut (Cluster, Reach), row: &[String; 4]| {
        let found = traced(cluster, row);
        (found[..] != row[2..]).then(|| found.join(" at "))
    };
    check(include_str!("../../docs/cases/services.md"), ask, 20);
}
