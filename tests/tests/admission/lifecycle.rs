//! What happens to a webhook while it runs: configuration, certificates, packs, death.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Result, ensure};
use hedgerow_tests::control_plane::{ADMIN, Client};
use hedgerow_tests::wait::wait_until;
use hedgerow_tests::webhook::{Settings, Webhook, write_certificate};
use serde_json::{Value, json};

use crate::scene::{LIMIT, Scene, register, service};

/// A request as the API server sends it, for a Service of this type in an environment the webhook knows.
fn review(service: &Value) -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "0b4a1f0e-3f0e-4b7e-8e0b-000000000001", "operation": "CREATE",
            "kind": { "group": "", "version": "v1", "kind": "Service" },
            "resource": { "group": "", "version": "v1", "resource": "services" },
            "namespace": "probe", "name": "web", "userInfo": { "username": "alice", "groups": ["developers"] },
            "object": service, "oldObject": null, "dryRun": false,
        },
    })
}

fn allowed(client: &Client, service: &Value) -> Result<bool> {
    let response = client.post("/validate", &review(service))?;
    ensure!(response.status == 200, "{response:?}");
    response.body["response"]["allowed"].as_bool().ok_or_else(|| anyhow::anyhow!("no answer: {response:?}"))
}

/// Asks without pause, on connections of its own, until told to stop; returns how many answers came and the first wrong one.
struct Load {
    stop: Arc<AtomicBool>,
    worker: thread::JoinHandle<Result<u64>>,
}

impl Load {
    fn start(webhook: &Webhook, check: impl Fn(&Client) -> Result<()> + Send + 'static) -> Result<Load> {
        let first = webhook.client()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let worker = thread::spawn(move || {
            let mut answers = 0;
            while !stopped.load(Ordering::Relaxed) {
                check(&first)?;
                answers += 1;
            }
            Ok(answers)
        });
        Ok(Load { stop, worker })
    }

    fn finish(self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.worker.join().map_err(|_| anyhow::anyhow!("the load thread panicked"))?
    }
}

pub(crate) fn operator_denies_settling(scene: &mut Scene) -> Result<()> {
    let config = "[enforcement.\"network-flow/selects-nothing\"]\nadmission = \"deny\"\n";
    let watcher = "system:serviceaccount:hedgerow-system:hedgerow-webhook";
    let settings =
        Settings { watch_as: Some(watcher.to_owned()), config: Some(config.to_owned()), ..Settings::default() };
    let strict = Webhook::start(Some(&scene.cluster), scene.cluster.authority(), settings)?;
    let lost = service("probe", "lost", json!({}));
    ensure!(!allowed(&strict.client()?, &lost)?, "the operator's `admission = \"deny\"` is not in force");
    ensure!(allowed(&scene.webhook.client()?, &lost)?, "by default the finding only warns");
    Ok(())
}

pub(crate) fn certificate_rotates(scene: &mut Scene) -> Result<()> {
    let fine = service("probe", "fine", json!({}));
    let request = review(&fine);
    let load = Load::start(&scene.webhook, move |client| {
        let response = client.post("/validate", &request)?;
        ensure!(response.status == 200, "{response:?}");
        Ok(())
    })?;
    let folder = scene.webhook.certificates();
    let parent = folder.parent().ok_or_else(|| anyhow::anyhow!("no folder"))?;
    let before = scene.webhook.metric("hedgerow_certificate_reloads_total", "")?;
    write_certificate(scene.cluster.authority(), parent)?;
    wait_until("the new certificate", LIMIT, || {
        Ok((scene.webhook.metric("hedgerow_certificate_reloads_total", "")? > before).then_some(()))
    })?;
    let answers = load.finish()?;
    ensure!(answers > 0, "no answer came");
    // A new connection sees the new certificate, of the same authority.
    ensure!(scene.webhook.client()?.get("/healthz")?.status == 200);
    Ok(())
}

pub(crate) fn policies_change(scene: &mut Scene) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pack = folder.path().join("guard");
    fs::create_dir_all(&pack)?;
    fs::write(pack.join("pack.toml"), "name = \"guard\"\nversion = \"0.1.0\"\ndescription = \"for a test\"\n")?;
    let policy = |kind: &str| {
        format!(
            "@id(\"guard/type\")\n@code(\"TST001\")\n@title(\"a type\")\n@severity(\"error\")\n@message(\"type {kind}\")\n\
             forbid (principal, action, resource is core::v1::Service) when {{ resource.spec.type == \"{kind}\" }};\n"
        )
    };
    fs::write(pack.join("type.cedar"), policy("NodePort"))?;
    let settings = Settings { policies: Some(folder.path().to_owned()), ..Settings::default() };
    let webhook = Webhook::start(None, scene.cluster.authority(), settings)?;
    let client = webhook.client()?;
    let (node_port, balanced) = (json!({ "type": "NodePort" }), json!({ "type": "LoadBalancer" }));
    let (node_port, balanced) = (service("probe", "a", node_port), service("probe", "b", balanced));
    ensure!(!allowed(&client, &node_port)? && allowed(&client, &balanced)?, "the first policies");
    let cluster_ip = service("probe", "c", json!({}));
    let load = Load::start(&webhook, move |client| {
        ensure!(allowed(client, &cluster_ip)?, "a ClusterIP Service is never refused");
        Ok(())
    })?;
    fs::write(pack.join("type.cedar"), policy("LoadBalancer"))?;
    wait_until("the new policies", LIMIT, || Ok((!allowed(&client, &balanced)?).then_some(())))?;
    ensure!(allowed(&client, &node_port)?, "the old policy is still in force");
    let failures = webhook.metric("hedgerow_policy_reload_failures_total", "")?;
    fs::write(pack.join("type.cedar"), "forbid (principal, action, resource) when { resource.nope };")?;
    wait_until("the broken pack being noticed", LIMIT, || {
        Ok((webhook.metric("hedgerow_policy_reload_failures_total", "")? > failures).then_some(()))
    })?;
    ensure!(!allowed(&client, &balanced)? && allowed(&client, &node_port)?, "the last good pack is not in force");
    let answers = load.finish()?;
    ensure!(answers > 0, "no answer came");
    Ok(())
}

/// Comes last: it kills the webhook that the other checks share.
pub(crate) fn killed_webhook(scene: &mut Scene) -> Result<()> {
    let client = scene.client("alice")?;
    let path = "/api/v1/namespaces/probe/services?dryRun=All";
    scene.webhook.kill()?;
    let closed = client.post(path, &service("probe", "web", json!({})))?;
    ensure!(closed.status == 500 && closed.message().contains("failed calling webhook"), "fails closed: {closed:?}");
    let watcher = "system:serviceaccount:hedgerow-system:hedgerow-webhook";
    let settings = Settings { watch_as: Some(watcher.to_owned()), ..Settings::default() };
    let mut lenient = Webhook::start(Some(&scene.cluster), scene.cluster.authority(), settings)?;
    register(&scene.cluster, &lenient, &["--objects-failure-policy", "Ignore"])?;
    lenient.kill()?;
    wait_until("a request passing without an answer", LIMIT, || {
        let open = client.post(path, &service("probe", "web", json!({ "type": "NodePort" })))?;
        Ok((open.status == 201).then_some(()))
    })?;
    let removed = scene.cluster.kubectl(ADMIN, &["delete", "validatingwebhookconfigurations", "--all"])?;
    ensure!(removed.success, "{}", removed.stderr);
    Ok(())
}
