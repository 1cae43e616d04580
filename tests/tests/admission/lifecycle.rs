//! What happens to a webhook while it runs: configuration, certificates, packs, death.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Result, ensure};
use hedgerow_tests::control_plane::Client;
use hedgerow_tests::wait::wait_until;
use hedgerow_tests::webhook::{Settings, Webhook, write_certificate};
use serde_json::{Value, json};

use crate::scene::{LIMIT, Scene, refused_by, register, rehearsed, review, service, services, watching};

pub(crate) fn allowed(client: &Client, service: &Value) -> Result<bool> {
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
    fn start(client: Client, check: impl Fn(&Client) -> Result<()> + Send + 'static) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let worker = thread::spawn(move || {
            let mut answers = 0;
            while !stopped.load(Ordering::Relaxed) {
                check(&client)?;
                answers += 1;
            }
            Ok(answers)
        });
        Load { stop, worker }
    }

    fn finish(self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.worker.join().map_err(|_| anyhow::anyhow!("the load thread panicked"))?
    }
}

pub(crate) fn operator_denies_settling(scene: &mut Scene) -> Result<()> {
    let config = "[enforcement.\"network-flow/selects-nothing\"]\nadmission = \"deny\"\n";
    let settings = Settings { config: Some(config.to_owned()), ..Settings::default() };
    let strict = watching(&scene.cluster, settings)?;
    let lost = service("probe", "lost", json!({}));
    ensure!(!allowed(&strict.client()?, &lost)?, "the operator's `admission = \"deny\"` is not in force");
    ensure!(allowed(&scene.webhook.client()?, &lost)?, "by default the finding only warns");
    Ok(())
}

pub(crate) fn certificate_rotates(scene: &mut Scene) -> Result<()> {
    let fine = service("probe", "fine", json!({}));
    let request = review(&fine);
    let load = Load::start(scene.webhook.client()?, move |client| {
        let response = client.post("/validate", &request)?;
        ensure!(response.status == 200, "{response:?}");
        Ok(())
    });
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

/// A pack called `guard` in a folder of its own; its policies are files beside `pack.toml`.
fn guard() -> Result<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let pack = folder.path().join("guard");
    fs::create_dir_all(&pack)?;
    fs::write(pack.join("pack.toml"), "name = \"guard\"\nversion = \"0.1.0\"\ndescription = \"for a test\"\n")?;
    Ok((folder, pack))
}

/// A policy against Services of a type.
fn never(id: &str, code: &str, kind: &str) -> String {
    format!(
        "@id(\"guard/{id}\")\n@code(\"{code}\")\n@title(\"a type\")\n@severity(\"error\")\n@message(\"type {kind}\")\n\
         forbid (principal, action, resource is core::v1::Service) when {{ resource.spec.type == \"{kind}\" }};\n"
    )
}

pub(crate) fn policies_change(scene: &mut Scene) -> Result<()> {
    let (folder, pack) = guard()?;
    let policy = |kind: &str| never("type", "TST001", kind);
    fs::write(pack.join("type.cedar"), policy("NodePort"))?;
    let settings = Settings { policies: Some(folder.path().to_owned()), ..Settings::default() };
    let webhook = Webhook::start(None, scene.cluster.authority(), settings)?;
    let client = webhook.client()?;
    let (node_port, balanced) = (json!({ "type": "NodePort" }), json!({ "type": "LoadBalancer" }));
    let (node_port, balanced) = (service("probe", "a", node_port), service("probe", "b", balanced));
    ensure!(!allowed(&client, &node_port)? && allowed(&client, &balanced)?, "the first policies");
    let cluster_ip = service("probe", "c", json!({}));
    let load = Load::start(webhook.client()?, move |client| {
        ensure!(allowed(client, &cluster_ip)?, "a ClusterIP Service is never refused");
        Ok(())
    });
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

/// Requests go the whole way, through the API server, while it is told of other failure policies and the packs change.
pub(crate) fn failure_policy_changes(scene: &mut Scene) -> Result<()> {
    let (folder, pack) = guard()?;
    fs::write(pack.join("always.cedar"), never("always", "TST000", "NodePort"))?;
    fs::write(pack.join("type.cedar"), never("type", "TST001", "ExternalName"))?;
    let settings = Settings { policies: Some(folder.path().to_owned()), ..Settings::default() };
    let webhook = Webhook::start(None, scene.cluster.authority(), settings)?;
    scene.instead(&webhook, &[], || {
        let path = rehearsed(&services("probe"));
        let typed = |kind: &str| service("probe", "web", json!({ "type": kind, "externalName": "a.example" }));
        let (bad, good, at) = (typed("NodePort"), service("probe", "web", json!({})), path.clone());
        let load = Load::start(scene.client("alice")?, move |client| {
            let refused = client.post(&at, &bad)?;
            ensure!(refused_by(&refused, "TST000"), "what is always refused: {refused:?}");
            let admitted = client.post(&at, &good)?;
            ensure!(admitted.status == 201, "what is always admitted: {admitted:?}");
            Ok(())
        });
        let client = scene.client("alice")?;
        for (kind, failure_policy) in
            [("LoadBalancer", "Ignore"), ("ExternalName", "Fail"), ("LoadBalancer", "Ignore"), ("ExternalName", "Fail")]
        {
            fs::write(pack.join("type.cedar"), never("type", "TST001", kind))?;
            register(&scene.cluster, &webhook, &["--objects-failure-policy", failure_policy])?;
            let refused = typed(kind);
            wait_until("the new policies", LIMIT, || {
                let response = client.post(&path, &refused)?;
                ensure!(response.status == 201 || refused_by(&response, "TST001"), "{response:?}");
                Ok((response.status == 403).then_some(()))
            })?;
            let other = if kind == "ExternalName" { "LoadBalancer" } else { "ExternalName" };
            let admitted = client.post(&path, &typed(other))?;
            ensure!(admitted.status == 201, "the old policy is still in force: {admitted:?}");
        }
        ensure!(load.finish()? > 0, "no answer came");
        ensure!(webhook.metric("hedgerow_failures_total", "")? < 0.5, "a request had no decision");
        Ok(())
    })
}
