//! Writes to `status` and `finalize` carry labels and annotations past a webhook that is not asked about them.

use anyhow::{Result, ensure};
use hedgerow_tests::control_plane::{ADMIN, Client, Response};
use serde_json::json;

use crate::scene::{Scene, refused_by, service, services};

/// Relabels a namespace by a way that leaves its specification alone.
fn relabel(client: &Client, path: &str) -> Result<Response> {
    let patch = json!({ "metadata": { "labels": { "environment": "dev" } } }).to_string();
    client.send("PATCH", path, "application/merge-patch+json", patch.as_bytes())
}

pub(crate) fn labels_do_not_pass_by_a_subresource(scene: &mut Scene) -> Result<()> {
    scene.namespace("aside", "prod")?;
    let client = scene.client("alice")?;
    let namespace = "/api/v1/namespaces/aside";
    for path in [namespace.to_owned(), format!("{namespace}/status")] {
        let response = relabel(&client, &path)?;
        ensure!(refused_by(&response, "ADM012"), "{path}: {response:?}");
    }
    let mut whole = client.get(namespace)?.body;
    whole["metadata"]["labels"]["environment"] = json!("dev");
    let response = client.put(&format!("{namespace}/finalize"), &whole)?;
    ensure!(refused_by(&response, "ADM012"), "finalize: {response:?}");
    ensure!(client.get(namespace)?.body["metadata"]["labels"]["environment"] == "prod", "the label was changed");
    Ok(())
}

pub(crate) fn a_status_alone_causes_no_call(scene: &mut Scene) -> Result<()> {
    scene.namespace("status", "prod")?;
    let client = scene.client(ADMIN)?;
    let spec = json!({ "type": "LoadBalancer", "loadBalancerSourceRanges": ["203.0.113.0/24"] });
    let made = client.post(&services("status"), &service("status", "web", spec))?;
    ensure!(made.status == 201, "{made:?}");
    let before = scene.webhook.metric("hedgerow_requests_total", "validate")?;
    let path = format!("{}/web/status", services("status"));
    let status = json!({ "status": { "loadBalancer": { "ingress": [{ "ip": "192.0.2.7" }] } } }).to_string();
    let written = client.send("PATCH", &path, "application/merge-patch+json", status.as_bytes())?;
    ensure!(written.status == 200, "{written:?}");
    let calls = scene.webhook.metric("hedgerow_requests_total", "validate")? - before;
    ensure!(calls < 0.5, "{calls} calls");
    Ok(())
}
