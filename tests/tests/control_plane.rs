//! The control plane that the other end-to-end tests stand on does what they take for granted.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use hedgerow_tests::control_plane::{ADMIN, AuditLevel, ControlPlane, Controllers, Options, User, available};
use hedgerow_tests::wait::wait_until;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;

const LIMIT: Duration = Duration::from_secs(30);

/// A test: its name as a fact, and what it does with the cluster that all share.
type Check = (&'static str, fn(&ControlPlane) -> Result<()>);

const CHECKS: [Check; 6] = [
    ("kubectl_creates_and_gets", kubectl_creates_and_gets),
    ("versions_are_those_of_go_mod", versions_are_those_of_go_mod),
    ("users_may_what_rbac_grants", users_may_what_rbac_grants),
    ("warnings_of_the_server_are_read", warnings_of_the_server_are_read),
    ("controllers_make_endpoint_slices", controllers_make_endpoint_slices),
    ("audit_log_names_the_user", audit_log_names_the_user),
];

fn main() -> Result<()> {
    let arguments = Arguments::from_args();
    let missing = available().err();
    if let Some(reason) = &missing {
        eprintln!("ignored, for want of real components: {reason}");
    }
    let cluster = match &missing {
        None if !arguments.list => Some(Arc::new(start()?)),
        _ => None,
    };
    let trials = CHECKS.map(|(name, check)| {
        let cluster = cluster.clone();
        let run = move || {
            cluster.map_or(Ok(()), |cluster| check(&cluster)).map_err(|error| Failed::from(format!("{error:#}")))
        };
        Trial::test(name, run).with_ignored_flag(missing.is_some())
    });
    let conclusion = libtest_mimic::run(&arguments, trials.into());
    if let Some(cluster) = cluster {
        ends_when_dropped(cluster)?;
    }
    conclusion.exit();
}

fn start() -> Result<ControlPlane> {
    let cluster = ControlPlane::start(Options {
        users: vec![User::new("alice", &["developers"])],
        controllers: Controllers::Core,
        audit: Some(AuditLevel::Metadata),
        ..Options::default()
    })?;
    eprintln!("control plane ready after {} ms", cluster.start_time().as_millis());
    Ok(cluster)
}

fn ends_when_dropped(cluster: Arc<ControlPlane>) -> Result<()> {
    let address = cluster.base_url().trim_start_matches("https://").to_owned();
    let folder = cluster.folder().to_owned();
    drop(cluster);
    ensure!(TcpStream::connect(&address).is_err(), "something still listens on {address}");
    ensure!(!folder.exists() || std::env::var_os("HEDGEROW_E2E_KEEP").is_some(), "the folder is still there");
    Ok(())
}

fn kubectl_creates_and_gets(cluster: &ControlPlane) -> Result<()> {
    let manifest = "
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
";
    let applied = cluster.kubectl_with_input(ADMIN, &["apply", "-f", "-"], manifest)?;
    ensure!(applied.success, "{}", applied.stderr);
    let got = cluster.kubectl(ADMIN, &["get", "service", "web", "-n", "shop", "-o", "name"])?;
    ensure!(got.stdout == "service/web\n", "{got:?}");
    Ok(())
}

fn versions_are_those_of_go_mod(cluster: &ControlPlane) -> Result<()> {
    let version = cluster.client(ADMIN)?.get("/version")?.body["gitVersion"].clone();
    let go_mod = include_str!("../e2e/go.mod");
    let required = go_mod.lines().find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "));
    let required = required.and_then(|version| version.split_whitespace().next());
    ensure!(version.as_str() == required, "{version} is not {required:?}");
    Ok(())
}

fn users_may_what_rbac_grants(cluster: &ControlPlane) -> Result<()> {
    let path = "/api/v1/namespaces/default/configmaps";
    let alice = cluster.client("alice")?;
    let refused = alice.get(path)?;
    ensure!(refused.status == 403, "{refused:?}");
    ensure!(refused.message().contains("User \"alice\" cannot list"), "{refused:?}");
    let arguments = ["create", "clusterrolebinding", "readers", "--clusterrole=view", "--group=developers"];
    let bound = cluster.kubectl(ADMIN, &arguments)?;
    ensure!(bound.success, "{}", bound.stderr);
    wait_until("what RBAC grants", LIMIT, || Ok((alice.get(path)?.status == 200).then_some(())))
}

fn warnings_of_the_server_are_read(cluster: &ControlPlane) -> Result<()> {
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "lost" },
        "spec": { "ports": [{ "port": 80 }], "colour": "red" },
    });
    let path = "/api/v1/namespaces/default/services?dryRun=All&fieldValidation=Warn";
    let response = cluster.client(ADMIN)?.post(path, &service)?;
    ensure!(response.status == 201, "{response:?}");
    ensure!(response.warnings == ["unknown field \"spec.colour\""], "{:?}", response.warnings);
    Ok(())
}

fn controllers_make_endpoint_slices(cluster: &ControlPlane) -> Result<()> {
    let client = cluster.client(ADMIN)?;
    let created = client.post("/api/v1/namespaces", &json!({ "metadata": { "name": "slices" } }))?;
    ensure!(created.status == 201, "{created:?}");
    let service =
        json!({ "metadata": { "name": "db" }, "spec": { "selector": { "app": "db" }, "ports": [{ "port": 5432 }] } });
    let created = client.post("/api/v1/namespaces/slices/services", &service)?;
    ensure!(created.status == 201, "{created:?}");
    let path = "/apis/discovery.k8s.io/v1/namespaces/slices/endpointslices";
    wait_until("an EndpointSlice", LIMIT, || {
        Ok(client.get(path)?.body["items"].as_array().filter(|items| !items.is_empty()).map(|_| ()))
    })
}

fn audit_log_names_the_user(cluster: &ControlPlane) -> Result<()> {
    let path = "/api/v1/namespaces/default/secrets?limit=7";
    cluster.client("alice")?.get(path)?;
    let user = wait_until("the audit event", LIMIT, || {
        let events = cluster.audit_events()?;
        Ok(events.into_iter().find(|event| event["requestURI"] == path).map(|event| event["user"]["username"].clone()))
    })?;
    ensure!(user == "alice", "{user} is named");
    Ok(())
}
