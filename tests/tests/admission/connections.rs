//! Connections that may not be, opened in turn by everything that can open them.

use std::fs;

use anyhow::{Result, ensure};
use hedgerow_tests::control_plane::{ADMIN, Client, Response};
use hedgerow_tests::wait::wait_until;
use hedgerow_tests::webhook::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scene::{LIMIT, Scene, deployment, namespace, network_policies, rehearsed, service, services, watching};

/// No way leads from `play` to `vault`, but to the metrics of its pods, and that not through a Service. The NodePort policy is what
/// the scene waits for.
const POLICIES: &str = r#"
@id("net/apart") @code("NET001") @title("play reaches vault") @severity("error") @message("play may not reach vault")
forbid (principal is net::Workload, action == net::Action::"connect", resource is net::Workload)
when {
  principal has environment && principal.environment == "play" &&
  resource has environment && resource.environment == "vault"
}
unless { context.port == 9090 && !(context has service) };
@id("net/node-port") @code("NET002") @title("NodePort") @severity("error") @message("NodePort")
forbid (principal, action == k8s::admission::Action::"create", resource is core::v1::Service)
when { resource.spec.type == "NodePort" };
"#;

const MERGE: &str = "application/merge-patch+json";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces";

fn packs() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let pack = folder.path().join("net");
    fs::create_dir_all(&pack)?;
    fs::write(pack.join("pack.toml"), "name = \"net\"\nversion = \"0.1.0\"\n")?;
    fs::write(pack.join("net.cedar"), POLICIES)?;
    Ok(folder)
}

/// A NetworkPolicy of `app: APP` that lets in the namespaces with this label.
fn lets_in(name: &str, app: &str, (key, value): (&str, &str)) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": { "name": name },
        "spec": {
            "podSelector": { "matchLabels": { "app": app } }, "policyTypes": ["Ingress"],
            "ingress": [{ "from": [{ "namespaceSelector": { "matchLabels": { key: value } } }],
                          "ports": [{ "port": 5432, "protocol": "TCP" }] }],
        },
    })
}

/// Three namespaces that deny everything, with a Deployment each.
fn furnish(scene: &Scene) -> Result<Client> {
    let client = scene.client(ADMIN)?;
    for name in ["play", "other", "vault"] {
        namespace(&scene.cluster, name, name)?;
        let made = client.post(&format!("{DEPLOYMENTS}/{name}/deployments"), &deployment(name, "app", 1))?;
        ensure!(made.status == 201, "{made:?}");
    }
    let front = client.post(&format!("{DEPLOYMENTS}/vault/deployments"), &deployment("vault", "front", 0))?;
    ensure!(front.status == 201, "{front:?}");
    Ok(client)
}

/// `play` and `other` may send what they like.
fn let_out(client: &Client) -> Result<()> {
    for name in ["play", "other"] {
        let all = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": { "name": "all-out" },
            "spec": { "podSelector": {}, "policyTypes": ["Egress"], "egress": [{}] },
        });
        let made = client.post(&network_policies(name), &all)?;
        ensure!(made.status == 201, "{made:?}");
    }
    Ok(())
}

fn patch(client: &Client, path: &str, change: &Value) -> Result<Response> {
    client.send("PATCH", path, MERGE, change.to_string().as_bytes())
}

/// Waits until a rehearsed request is refused, for the webhook may not have seen yet what came just before, and by what.
fn refused(request: impl Fn() -> Result<Response>, says: &[&str]) -> Result<()> {
    let response = wait_until("the request being refused", LIMIT, || {
        let response = request()?;
        Ok((response.status == 403).then_some(response))
    })?;
    let message = response.message();
    ensure!(message.contains("NET001"), "{response:?}");
    for part in says {
        ensure!(message.contains(part), "`{part}` is missing: {message}");
    }
    Ok(())
}

pub(crate) fn nothing_opens_what_may_not_be(scene: &mut Scene) -> Result<()> {
    let client = furnish(scene)?;
    let packs = packs()?;
    let arguments = ["--announce", "--disclose", "all"].map(str::to_owned).to_vec();
    let settings = Settings { policies: Some(packs.path().to_owned()), arguments, ..Settings::default() };
    let webhook = watching(&scene.cluster, settings)?;
    scene.instead(&webhook, &[], || {
        let_out(&client)?;
        // A NetworkPolicy.
        let opens = lets_in("db", "app", ("environment", "play"));
        let path = network_policies("vault");
        refused(|| client.post(&rehearsed(&path), &opens), &["spec.ingress[0]", "play/app → vault/app on TCP 5432: play may not reach vault", "NetworkPolicy vault/db lets it in"])?;
        let other = lets_in("db", "app", ("environment", "other"));
        let told = "opens other/app → vault/app on TCP 5432";
        wait_until("what it opens being told", LIMIT, || {
            let answer = client.post(&rehearsed(&path), &other)?;
            ensure!(answer.status == 201, "{answer:?}");
            Ok(answer.warnings.iter().any(|warning| warning == told).then_some(()))
        })?;
        ensure!(client.post(&path, &other)?.status == 201);
        // A namespace's label: `team` lets the namespace through, the environment makes it the wrong one.
        let team = client.post(&path, &lets_in("team", "app", ("team", "a")))?;
        ensure!(team.status == 201, "{team:?}");
        let labels = |labels: Value| json!({ "metadata": { "labels": labels } });
        let label = labels(json!({ "team": "a" }));
        refused(|| patch(&client, &rehearsed("/api/v1/namespaces/play"), &label), &["metadata.labels", "play/app → vault/app on TCP 5432", "NetworkPolicy vault/team lets it in"])?;
        let relabel = labels(json!({ "environment": "play", "team": "a" }));
        refused(|| patch(&client, &rehearsed("/api/v1/namespaces/other"), &relabel), &["metadata.labels", "other/app → vault/app"])?;
        // A workload's label.
        let front = client.post(&path, &lets_in("front", "public", ("kubernetes.io/metadata.name", "play")))?;
        ensure!(front.status == 201, "{front:?}");
        let public = json!({ "spec": { "template": { "metadata": { "labels": { "role": "x" } } } } });
        let one = format!("{DEPLOYMENTS}/vault/deployments/front");
        let harmless = patch(&client, &rehearsed(&one), &public)?;
        ensure!(harmless.status == 200, "{harmless:?}");
        // Its own selector wants `app: front`, so another workload takes the open label.
        let all = rehearsed(&format!("{DEPLOYMENTS}/vault/deployments"));
        refused(|| client.post(&all, &deployment("vault", "public", 1)), &["play/app → vault/public on TCP 5432", "NetworkPolicy vault/front lets it in"])?;
        let by_role = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": { "name": "by-role" },
            "spec": { "podSelector": { "matchLabels": { "role": "open" } }, "policyTypes": ["Ingress"], "ingress": [{}] },
        });
        ensure!(client.post(&path, &by_role)?.status == 201);
        let open = json!({ "spec": { "template": { "metadata": { "labels": { "role": "open" } } } } });
        refused(|| patch(&client, &rehearsed(&one), &open), &["spec.template.metadata.labels", "play/app → vault/front on ", "NetworkPolicy vault/by-role lets it in"])?;
        a_service(&client)?;
        quiet(&client, &webhook, &one)
    })
}

/// Pods of `vault` show their metrics to `play`; a Service may lead there neither when it is made nor later.
fn a_service(client: &Client) -> Result<()> {
    let mut metrics = lets_in("metrics", "app", ("environment", "play"));
    metrics["spec"]["ingress"][0]["ports"][0]["port"] = 9090.into();
    let shown = client.post(&network_policies("vault"), &metrics)?;
    ensure!(shown.status == 201, "{shown:?}");
    let leading = |target: u16| {
        let ports = json!([{ "port": 80, "targetPort": target }]);
        service("vault", "app", json!({ "selector": { "app": "app" }, "ports": ports }))
    };
    let path = services("vault");
    let told = "play/app → vault/app on TCP 9090 through Service vault/app:80: play may not reach vault; Service vault/app leads there";
    refused(|| client.post(&rehearsed(&path), &leading(9090)), &["spec.ports[0]", told])?;
    let harmless = client.post(&path, &leading(5432))?;
    let opens = "opens Service vault/app:80 → vault/app on TCP 5432 for 1 workload";
    ensure!(harmless.status == 201 && harmless.warnings.iter().any(|warning| warning == opens), "{harmless:?}");
    let retarget = json!({ "spec": { "ports": [{ "port": 80, "targetPort": 9090 }] } });
    let one = format!("{path}/app");
    refused(|| patch(client, &rehearsed(&one), &retarget), &["spec.ports[0].targetPort", told])?;
    // And what leads there by a Service that is there.
    let renamed = json!({ "spec": { "selector": { "app": "nothing" } } });
    let away = patch(client, &one, &renamed)?;
    ensure!(away.status == 200, "{away:?}");
    let both = json!({ "spec": { "selector": { "app": "app" }, "ports": [{ "port": 80, "targetPort": 9090 }] } });
    refused(|| patch(client, &rehearsed(&one), &both), &[told])
}

/// Scaling and an equal rollout cause no call at all.
fn quiet(client: &Client, webhook: &hedgerow_tests::webhook::Webhook, deployment: &str) -> Result<()> {
    let before = webhook.metric("hedgerow_requests_total", "validate")?;
    let scaled = patch(client, deployment, &json!({ "spec": { "replicas": 3 } }))?;
    ensure!(scaled.status == 200, "{scaled:?}");
    let image = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "main", "image": "registry.example/main:2",
        "ports": [{ "name": "http", "containerPort": 8080 }] }] } } } });
    let rolled = patch(client, deployment, &image)?;
    ensure!(rolled.status == 200, "{rolled:?}");
    let pods = "/api/v1/namespaces/vault/pods?labelSelector=app%3Dfront";
    wait_until("the rollout", LIMIT, || {
        let pods = client.get(pods)?;
        let new = |pod: &Value| pod["spec"]["containers"][0]["image"] == "registry.example/main:2";
        Ok(pods.body["items"].as_array().is_some_and(|items| items.iter().any(new)).then_some(()))
    })?;
    let after = webhook.metric("hedgerow_requests_total", "validate")?;
    ensure!(after - before < 0.5, "{} calls for scaling and a rollout", after - before);
    Ok(())
}
