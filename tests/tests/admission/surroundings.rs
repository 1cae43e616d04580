//! What the webhook does where it may not read everything, and as an authorization webhook.

use anyhow::{Result, ensure};
use hedgerow_tests::webhook::{Settings, Webhook};
use serde_json::{Value, json};

use crate::scene::{Scene, access_policies, bind};

pub(crate) fn forbidden_kind(scene: &mut Scene) -> Result<()> {
    let user = "system:serviceaccount:hedgerow-system:half-blind";
    let read = ["get", "list", "watch"];
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": { "name": "half-blind" },
        "rules": [
            { "apiGroups": [""], "resources": ["namespaces", "services", "pods", "endpoints", "replicationcontrollers"], "verbs": read },
            { "apiGroups": ["apps", "batch", "discovery.k8s.io"], "resources": ["*"], "verbs": read },
        ],
    });
    bind(&scene.cluster, &role, "half-blind", user)?;
    let settings = Settings { watch_as: Some(user.to_owned()), ..Settings::default() };
    let webhook = Webhook::start(Some(&scene.cluster), scene.cluster.authority(), settings)?;
    let report = webhook.client()?.get("/readyz?verbose")?;
    let text = report.body.as_str().unwrap_or_default();
    ensure!(report.status == 200, "it blocks readiness: {report:?}");
    let named = |line: &str| line.to_lowercase().contains("networkpolic") && line.contains("forbidden");
    ensure!(text.lines().any(named), "the kind is not named:\n{text}");
    Ok(())
}

pub(crate) fn access_reviews(scene: &mut Scene) -> Result<()> {
    let folder = access_policies()?;
    let settings = Settings { policies: Some(folder.path().to_owned()), ..Settings::default() };
    let webhook = Webhook::start(None, scene.cluster.authority(), settings)?;
    let client = webhook.client()?;
    let ask = |verb: &str, resource: &str| -> Result<Value> {
        let response = client.post("/authorize", &json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": { "user": "alice", "groups": ["developers"],
                      "resourceAttributes": { "namespace": "shop", "verb": verb, "group": "", "version": "v1", "resource": resource } },
        }))?;
        ensure!(response.status == 200, "{response:?}");
        Ok(response.body["status"].clone())
    };
    let read = ask("list", "services")?;
    ensure!(read["allowed"] == true, "{read}");
    let write = ask("create", "services")?;
    ensure!(write["allowed"] == false && write["denied"] != true, "no opinion: {write}");
    let secrets = ask("get", "secrets")?;
    ensure!(secrets["allowed"] == false && secrets["denied"] == true, "{secrets}");
    Ok(())
}
