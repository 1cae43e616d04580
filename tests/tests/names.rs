//! What `engine::dns` says of names is what a real CoreDNS answers, on a real API server whose endpoints the real controllers make.
//!
//! The engine is given the objects of the cluster as the API server lists them, once with EndpointSlices and once without, and
//! asked each name; each query of its search list is then asked of CoreDNS, in order.

#[path = "names/cluster.rs"]
mod cluster;
#[path = "names/wire.rs"]
mod wire;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use engine::cluster::{Knowledge, World};
use engine::dns::{Client, Data, DnsSettings, Outcome, Query, RecordType, Target, resolve};
use engine::finding::ObjectRef;
use engine::net::Family;
use engine::text::{Format, Source};
use hedgerow_tests::control_plane::{ADMIN, ControlPlane, Controllers, NameServer, Options, available};
use hedgerow_tests::wait::wait_until;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    let arguments = Arguments::from_args();
    let missing = available().err();
    if let Some(reason) = &missing {
        eprintln!("ignored, for want of real components: {reason}");
    }
    let run = || every_name_is_as_coredns_has_it().map_err(|error| Failed::from(format!("{error:#}")));
    let trial = Trial::test("every_name_is_as_coredns_has_it", run).with_ignored_flag(missing.is_some());
    libtest_mimic::run(&arguments, vec![trial]).exit();
}

/// A control plane of both address families with its objects in place, and the name server.
fn start() -> Result<(ControlPlane, NameServer)> {
    let plane = ControlPlane::start(Options {
        controllers: Controllers::Core,
        api_server_arguments: vec!["--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112".to_owned()],
        ..Options::default()
    })?;
    let applied = plane.kubectl_with_input(ADMIN, &["apply", "-f", "-"], cluster::MANIFESTS)?;
    ensure!(applied.success, "{}", applied.stderr);
    for (pod, phase, ready, number) in cluster::STATUSES {
        wait_until("a pod", LIMIT, || {
            let path = format!("/api/v1/namespaces/shop/pods/{pod}");
            Ok((plane.client(ADMIN)?.get(&path)?.status == 200).then_some(()))
        })?;
        let ready = if *ready { "True" } else { "False" };
        let address = format!("10.244.0.{number}");
        let status = json!({ "status": {
            "phase": phase,
            "podIP": address,
            "podIPs": [{ "ip": address }, { "ip": format!("fd00:10:244::{number:x}") }],
            "conditions": [{ "type": "Ready", "status": ready }],
        }});
        let patch = status.to_string();
        let arguments = ["patch", "pod", pod, "-n", "shop", "--subresource=status", "--type=merge", "-p", &patch];
        let patched = plane.kubectl(ADMIN, &arguments)?;
        ensure!(patched.success, "{}", patched.stderr);
    }
    let server = plane.start_name_server()?;
    Ok((plane, server))
}

/// Ready addresses of each Service that the controllers have listed.
fn listed(plane: &ControlPlane) -> Result<Value> {
    let mut items = Vec::new();
    for path in [
        "/api/v1/namespaces",
        "/api/v1/services",
        "/api/v1/pods",
        "/apis/apps/v1/statefulsets",
        "/apis/discovery.k8s.io/v1/endpointslices",
    ] {
        let mut list = plane.client(ADMIN)?.get(path)?.body;
        let version = list["apiVersion"].clone();
        let kind = list["kind"].as_str().context("a list has no kind")?.trim_end_matches("List").to_owned();
        for mut item in list["items"].as_array_mut().context("a list has no items")?.drain(..) {
            item["apiVersion"] = version.clone();
            item["kind"] = kind.clone().into();
            items.push(item);
        }
    }
    Ok(json!({ "apiVersion": "v1", "kind": "List", "items": items }))
}

/// The controllers have listed what the statuses say, and CoreDNS has read it: these last came in late.
fn settle(plane: &ControlPlane, server: SocketAddr) -> Result<Value> {
    let domain = "shop.svc.cluster.local";
    for (name, kind, records) in
        [("eager", "A", 3), ("lazy", "A", 2), ("db", "A", 1), ("headless-dual", "AAAA", 2), ("hand", "A", 2)]
    {
        wait_until("CoreDNS to have read the endpoints", LIMIT, || {
            let reply = wire::ask(server, &format!("{name}.{domain}"), kind)?;
            Ok((reply.records.len() == records).then_some(()))
        })
        .with_context(|| format!("{name}: {:?}", wire::ask(server, &format!("{name}.{domain}"), kind)))?;
    }
    listed(plane)
}

/// Nothing that a controller made or makes pods of: the endpoints are those of the pods themselves.
fn only_pods(all: &Value) -> Value {
    let made = |item: &Value| {
        let by = &item["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"];
        item["kind"] == "StatefulSet" || item["kind"] == "EndpointSlice" && by == "endpointslice-controller.k8s.io"
    };
    let items = all["items"].as_array().cloned().unwrap_or_default();
    let kept: Vec<Value> = items.into_iter().filter(|item| !made(item)).collect();
    json!({ "apiVersion": "v1", "kind": "List", "items": kept })
}

fn every_name_is_as_coredns_has_it() -> Result<()> {
    let (plane, server) = start()?;
    let all = settle(&plane, server.address())?;
    let bare = only_pods(&all);
    ensure!(bare != all, "the controllers made no EndpointSlices");
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (given, objects) in [("with EndpointSlices", &all), ("with pods alone", &bare)] {
        let mut cluster = engine::Cluster::of_files(World::Closed);
        let bytes = objects.to_string().into_bytes();
        let findings = cluster.apply(&Source { name: "cluster".into(), format: Format::Json, bytes });
        ensure!(findings.is_empty(), "{findings:?}");
        for pod in ["up", "quick"] {
            for (name, kinds) in cluster::QUESTIONS {
                let kinds: &[&str] = if *kinds == "*" { &["A", "AAAA", "SRV", "CNAME"] } else { &[kinds] };
                for kind in kinds {
                    let differ = compare(&cluster, server.address(), pod, (name, kind), &mut asked)?;
                    wrong.extend(differ.into_iter().map(|differ| format!("{given}, {pod}, {kind}: {differ}")));
                }
            }
        }
    }
    eprintln!("{asked} queries compared");
    ensure!(wrong.is_empty(), "{} of {asked} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    ensure!(asked > 1000, "only {asked} queries were compared");
    Ok(())
}

/// Each query of the search list that the engine asks, held against CoreDNS, and which of them hits.
fn compare(
    cluster: &engine::Cluster,
    server: SocketAddr,
    pod: &str,
    (name, kind): (&str, &str),
    asked: &mut usize,
) -> Result<Vec<String>> {
    let pod = ObjectRef {
        namespace: "shop".into(),
        kind: "Pod".into(),
        name: pod.into(),
        group: String::new(),
        version: "v1".into(),
    };
    let client = Client::of(cluster, &pod).context("the pod is not there")?;
    let settings = DnsSettings { families: vec![Family::V4, Family::V6], ..DnsSettings::default() };
    let record_type = RecordType::parse(kind).context("no such type")?;
    let found = resolve(cluster, &client, name, record_type, &settings);
    let mut differ = Vec::new();
    for Query { name, of_node, outcome } in &found.queries {
        let Some(outcome) = outcome.as_ref().filter(|_| !*of_node) else { continue };
        *asked += 1;
        let reply = wire::ask(server, name, kind)?;
        let is = (reply.code, reply.records);
        let expected = match outcome {
            Outcome::Records { records, open: None } => {
                let records: Result<BTreeSet<String>> = records.iter().map(words).collect();
                (0, records?)
            }
            Outcome::NoData => (0, BTreeSet::new()),
            Outcome::NxDomain => (3, BTreeSet::new()),
            // This CoreDNS hands on to nobody.
            Outcome::Forwarded => (2, BTreeSet::new()),
            // Not in the input: CoreDNS, which has all, has no such address either.
            Outcome::Unknown(Knowledge::NotGiven(why)) if why.contains("has the address") => (3, BTreeSet::new()),
            other => bail!("{name} {kind}: {other:?}"),
        };
        if is != expected {
            differ.push(format!("{name}: CoreDNS says {is:?}, the engine {expected:?}"));
        }
    }
    let hit = found.queries.iter().position(|query| {
        let reply = wire::ask(server, &query.name, kind);
        !query.of_node && reply.is_ok_and(|reply| !reply.records.is_empty())
    });
    if hit != found.hit {
        differ.push(format!("{name}: query {hit:?} hits, not {:?}", found.hit));
    }
    Ok(differ)
}

fn words(record: &engine::dns::Record) -> Result<String> {
    let data = match &record.data {
        Data::Alias(target) | Data::Pointer(target) => target.clone(),
        Data::Address(address) => address.to_string(),
        Data::Server { target: Target::Name(target), port } => format!("{target}:{port}"),
        other => bail!("the cluster holds every address, and yet {other:?}"),
    };
    Ok(format!("{} {} {data}", record.name, record.data.type_name()))
}
