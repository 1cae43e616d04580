//! The webhook as it ships, over HTTPS, before a real API server: how long until it is ready, what it holds, and what an
//! answer costs beside a trivial handler and beside OPA.
//!
//! `cargo build --release -p hedgerow-webhook && cargo bench -p hedgerow-tests --bench webhook`; with `OPA=/path/to/opa` it
//! measures that too. `-- SERVICES PODS` sets the size of the cluster (10000 30000). Prints, asserts nothing. The servers
//! are asked in turn, so that a busy machine slows all of them.

mod load;
mod servers;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hedgerow_tests::control_plane::{ADMIN, Authority, ControlPlane, Options, available};
use hedgerow_tests::webhook::{Settings, Webhook};
use serde_json::{Value, json};

const NAMESPACES: usize = 100;
/// The app of a pod that no other Service picks.
const ALONE: &str = "alone";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [word, rest @ ..] = arguments.as_slice()
        && word == servers::TRIVIAL
    {
        return servers::serve_trivial(rest);
    }
    if let Err(reason) = available() {
        println!("not measured: {reason}");
        return Ok(());
    }
    let number = |at: usize, otherwise: usize| arguments.get(at).map_or(Ok(otherwise), |text| text.parse());
    let (services, pods) = (number(0, 10_000)?, number(1, 30_000)?);
    let cold = Instant::now();
    let authority = Authority::new()?;
    drop(Webhook::start(None, &authority, Settings::default())?);
    println!("ready without watches, the embedded library: {} ms", cold.elapsed().as_millis());

    let cluster = ControlPlane::start(Options::default())?;
    let start = Instant::now();
    fill(&cluster, services, pods)?;
    println!("the API server holds {services} Services and {pods} pods ({} s to create)", start.elapsed().as_secs());
    let start = Instant::now();
    let settings = Settings { watch_as: Some(ADMIN.to_owned()), ..Settings::default() };
    let webhook = Webhook::start(Some(&cluster), cluster.authority(), settings)?;
    println!("ready, first sync included: {} ms", start.elapsed().as_millis());
    println!("resident: {} MB", load::resident_mb(webhook.id())?);
    std::thread::sleep(Duration::from_secs(10));
    println!("resident, the standby built: {} MB", load::resident_mb(webhook.id())?);

    let trivial = servers::Server::trivial(cluster.authority(), cluster.folder())?;
    let opa = servers::Server::opa(cluster.authority(), cluster.folder())?;
    let asked = |name, server, app| load::Asked::new(name, server, body(app), cluster.authority());
    let own = (webhook.id(), webhook.url());
    let mut servers = vec![
        asked("hedgerow", own, ALONE),
        asked("hedgerow, warns twice", own, "app-7"),
        asked("trivial", (trivial.id(), &trivial.url), ALONE),
    ];
    match &opa {
        Some(opa) => servers.push(asked("opa", (opa.id(), &opa.url), ALONE).at("/")),
        None => println!("OPA is not measured: set OPA to the path of the program"),
    }
    println!(
        "{:20} {:>3} {:>8} {:>8} {:>8} {:>10} {:>18}",
        "", "n", "p50 us", "p99 us", "min us", "p50 ratio", "requests/CPU s"
    );
    for connections in [1, 8] {
        load::measure(&servers, connections)?;
    }
    Ok(())
}

/// Creates namespaces, each with its share of Services and pods.
fn fill(cluster: &ControlPlane, services: usize, pods: usize) -> Result<()> {
    const WORKERS: usize = 8;
    let create = |worker: usize| -> Result<()> {
        let client = cluster.client(ADMIN)?;
        let post = |path: String, object: Value| -> Result<()> {
            let made = client.post(&path, &object)?;
            ensure!(made.status == 201, "{path}: {made:?}");
            Ok(())
        };
        for number in (worker..NAMESPACES).step_by(WORKERS) {
            let namespace = format!("ns-{number}");
            post(
                "/api/v1/namespaces".to_owned(),
                json!({ "apiVersion": "v1", "kind": "Namespace",
                "metadata": { "name": namespace, "labels": { "environment": "prod" } } }),
            )?;
            if number == 7 {
                post(format!("/api/v1/namespaces/{namespace}/pods"), pod("pod-alone", ALONE))?;
            }
            for app in (number..services).step_by(NAMESPACES) {
                let path = format!("/api/v1/namespaces/{namespace}/services");
                post(
                    path,
                    json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": format!("service-{app}") },
                    "spec": { "selector": { "app": format!("app-{app}") },
                              "ports": [{ "name": "http", "port": 80, "targetPort": "http" }] } }),
                )?;
                for number in (app..pods).step_by(services.max(1)) {
                    let made = pod(&format!("pod-{number}"), &format!("app-{app}"));
                    post(format!("/api/v1/namespaces/{namespace}/pods"), made)?;
                }
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|worker| scope.spawn(move || create(worker))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a worker died"))?)
    })
    .context("cannot fill the API server")
}

fn pod(name: &str, app: &str) -> Value {
    let port = json!({ "name": "http", "containerPort": 8080 });
    let container = json!({ "name": "main", "image": "example.com/app:1", "ports": [port] });
    let labels = json!({ "app": app, "pod-template-hash": format!("h-{app}") });
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "labels": labels },
        "spec": { "containers": [container] } })
}

/// A Service of three ports that picks the pods of that app, in an AdmissionReview of 1.5 kB: compliant for [`ALONE`]; for
/// others two policies warn, since three pods of no Deployment are three workloads, and another Service picks them too.
fn body(app: &str) -> Vec<u8> {
    let port = |number: usize| json!({ "name": format!("p{number}"), "port": 80 + number, "targetPort": "http", "protocol": "TCP" });
    let kind = json!({ "group": "", "version": "v1", "kind": "Service" });
    let resource = json!({ "group": "", "version": "v1", "resource": "services" });
    let review = |padding: usize| {
        json!({ "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "kind": kind, "resource": resource, "requestKind": kind,
            "requestResource": resource, "name": "web", "namespace": "ns-7", "operation": "CREATE",
            "userInfo": { "username": "ann", "groups": ["developers", "system:authenticated"] },
            "object": { "kind": "Service", "apiVersion": "v1",
                "metadata": { "name": "web", "namespace": "ns-7", "annotations": { "notes": "x".repeat(padding) } },
                "spec": { "type": "ClusterIP", "selector": { "app": app }, "ports": [port(0), port(1), port(2)] } },
            "oldObject": null, "dryRun": false, "options": { "kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1" } } })
        .to_string()
    };
    review(1_500_usize.saturating_sub(review(0).len())).into_bytes()
}
