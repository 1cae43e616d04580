//! Requests that are refused, warned about and admitted.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use hedgerow_tests::control_plane::ADMIN;
use hedgerow_tests::repository::root;
use hedgerow_tests::wait::wait_until;
use serde_json::json;

use crate::scene::{LIMIT, Scene, deployment, refused_by, service, services};

pub(crate) fn node_port_is_refused(scene: &mut Scene) -> Result<()> {
    scene.namespace("shop", "prod")?;
    let response =
        scene.client("alice")?.post(&services("shop"), &service("shop", "web", json!({ "type": "NodePort" })))?;
    ensure!(response.status == 403, "{response:?}");
    ensure!(response.body["reason"] == "Forbidden", "{response:?}");
    let causes = response.body["details"]["causes"].as_array().cloned().unwrap_or_default();
    ensure!(causes.iter().any(|cause| cause["field"] == "spec.type" || cause["field"] == "/spec/type"), "{causes:?}");
    let golden = root().join("tests/golden/node-port-refused.txt");
    if std::env::var_os("HEDGEROW_UPDATE").is_some() {
        fs::create_dir_all(root().join("tests/golden"))?;
        fs::write(&golden, response.message())?;
    }
    let expected = fs::read_to_string(&golden).with_context(|| golden.display().to_string())?;
    ensure!(response.message() == expected, "the refusal is not the golden text:\n{}", response.message());
    let kubectl =
        scene.cluster.kubectl("alice", &["create", "service", "nodeport", "web", "--tcp=80", "-n", "shop"])?;
    ensure!(!kubectl.success && kubectl.stderr.contains("SVC001"), "{kubectl:?}");
    Ok(())
}

pub(crate) fn compliant_is_admitted(scene: &mut Scene) -> Result<()> {
    scene.namespace("calm", "prod")?;
    let client = scene.client("alice")?;
    let made = client.post("/apis/apps/v1/namespaces/calm/deployments", &deployment("calm", "web", 2))?;
    ensure!(made.status == 201, "{made:?}");
    let path = format!("{}?dryRun=All", services("calm"));
    wait_until("a Service without a warning", LIMIT, || {
        let response = client.post(&path, &service("calm", "web", json!({})))?;
        ensure!(response.status == 201, "{response:?}");
        Ok(response.warnings.is_empty().then_some(()))
    })?;
    let response = client.post(&services("calm"), &service("calm", "web", json!({})))?;
    ensure!(response.status == 201 && response.warnings.is_empty(), "{response:?}");
    Ok(())
}

pub(crate) fn changes_are_refused(scene: &mut Scene) -> Result<()> {
    scene.namespace("change", "prod")?;
    let client = scene.client("alice")?;
    let made = client.post(&services("change"), &service("change", "web", json!({})))?;
    ensure!(made.status == 201, "{made:?}");
    let one = format!("{}/web", services("change"));
    let mut whole = client.get(&one)?.body;
    whole["spec"]["type"] = json!("NodePort");
    ensure!(refused_by(&client.put(&one, &whole)?, "SVC001"), "PUT");
    let node_port = json!({ "spec": { "type": "NodePort" } }).to_string();
    let merged = client.send("PATCH", &one, "application/merge-patch+json", node_port.as_bytes())?;
    ensure!(refused_by(&merged, "SVC001"), "merge patch: {merged:?}");
    let strategic = client.send("PATCH", &one, "application/strategic-merge-patch+json", node_port.as_bytes())?;
    ensure!(refused_by(&strategic, "SVC001"), "strategic merge patch: {strategic:?}");
    let operations = json!([{ "op": "replace", "path": "/spec/type", "value": "NodePort" }]).to_string();
    let patched = client.send("PATCH", &one, "application/json-patch+json", operations.as_bytes())?;
    ensure!(refused_by(&patched, "SVC001"), "json patch: {patched:?}");
    let applied = service("change", "web", json!({ "type": "NodePort" })).to_string();
    let path = format!("{one}?fieldManager=test&force=true");
    let response = client.send("PATCH", &path, "application/apply-patch+yaml", applied.as_bytes())?;
    ensure!(refused_by(&response, "SVC001"), "server-side apply: {response:?}");
    ensure!(client.get(&one)?.body["spec"]["type"] == "ClusterIP", "the Service was changed");
    Ok(())
}

pub(crate) fn dry_run(scene: &mut Scene) -> Result<()> {
    scene.namespace("rehearsal", "prod")?;
    let client = scene.client("alice")?;
    let path = format!("{}?dryRun=All", services("rehearsal"));
    let refused = client.post(&path, &service("rehearsal", "web", json!({ "type": "NodePort" })))?;
    ensure!(refused_by(&refused, "SVC001"), "{refused:?}");
    let admitted = client.post(&path, &service("rehearsal", "web", json!({})))?;
    ensure!(admitted.status == 201, "{admitted:?}");
    ensure!(client.get(&format!("{}/web", services("rehearsal")))?.status == 404, "a dry run was stored");
    Ok(())
}

pub(crate) fn default_deny_is_guarded(scene: &mut Scene) -> Result<()> {
    scene.namespace("guarded", "prod")?;
    let path = "/apis/networking.k8s.io/v1/namespaces/guarded/networkpolicies/default-deny";
    let refused = scene.client("alice")?.delete(path)?;
    ensure!(refused_by(&refused, "ADM013"), "{refused:?}");
    let allowed = scene.client("grace")?.delete(path)?;
    ensure!(allowed.status == 200, "{allowed:?}");
    Ok(())
}

pub(crate) fn namespace_deletion_completes(scene: &mut Scene) -> Result<()> {
    scene.namespace("leaving", "prod")?;
    let deleted = scene.cluster.kubectl("alice", &["delete", "namespace", "leaving", "--timeout=60s"])?;
    ensure!(deleted.success, "{}", deleted.stderr);
    ensure!(scene.client(ADMIN)?.get("/api/v1/namespaces/leaving")?.status == 404);
    Ok(())
}

/// The kinds of the example in the order in which Helm installs them.
const HELM: [&str; 6] = ["Namespace", "NetworkPolicy", "ServiceAccount", "Service", "Deployment", "StatefulSet"];

pub(crate) fn example_is_admitted(scene: &mut Scene) -> Result<()> {
    let example = root().join("examples/log-system");
    let path = example.display().to_string();
    let applied = scene.cluster.kubectl("alice", &["apply", "-f", &path])?;
    ensure!(applied.success, "in file order: {}", applied.stderr);
    delete_example(scene)?;
    let mut documents = Vec::new();
    for file in hedgerow_tests::repository::files("examples/log-system", &[".yaml"])? {
        documents.extend(file.text.split("\n---").map(|text| text.trim_start_matches("---").to_owned()));
    }
    let rank = |text: &String| {
        let kind = text.lines().find_map(|line| line.strip_prefix("kind: ")).unwrap_or_default().trim().to_owned();
        HELM.iter().position(|known| *known == kind).unwrap_or(HELM.len())
    };
    documents.sort_by_key(rank);
    let applied = scene.cluster.kubectl_with_input("alice", &["apply", "-f", "-"], &documents.join("\n---\n"))?;
    ensure!(applied.success, "in Helm's order: {}", applied.stderr);
    ensure!(applied.stderr.contains("Warning:"), "Services before their workloads should warn: {}", applied.stderr);
    delete_example(scene)
}

/// Deletes the example's namespaces and waits until they are gone. No controller of volumes runs here, so what would take the
/// finalizer off the claims of the StatefulSet is done by hand.
fn delete_example(scene: &Scene) -> Result<()> {
    let namespaces = ["log-system", "log-system-staging", "log-system-dev"];
    let arguments = [["delete", "namespace", "--wait=false"].as_slice(), &namespaces].concat();
    let deleted = scene.cluster.kubectl("alice", &arguments)?;
    ensure!(deleted.success, "{}", deleted.stderr);
    let client = scene.client(ADMIN)?;
    wait_until("the example's namespaces to go", LIMIT * 2, || {
        let claims = client.get("/api/v1/namespaces/log-system/persistentvolumeclaims")?;
        for claim in claims.body["items"].as_array().into_iter().flatten() {
            let name = claim["metadata"]["name"].as_str().unwrap_or_default();
            let path = format!("/api/v1/namespaces/log-system/persistentvolumeclaims/{name}");
            client.send("PATCH", &path, "application/merge-patch+json", br#"{"metadata":{"finalizers":null}}"#)?;
        }
        for namespace in namespaces {
            if client.get(&format!("/api/v1/namespaces/{namespace}"))?.status != 404 {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
}

pub(crate) fn selects_nothing_warns(scene: &mut Scene) -> Result<()> {
    scene.namespace("early", "prod")?;
    let client = scene.client("alice")?;
    let path = format!("{}?dryRun=All", services("early"));
    let early = client.post(&path, &service("early", "web", json!({})))?;
    ensure!(early.status == 201, "{early:?}");
    ensure!(early.warnings.iter().any(|warning| warning.contains("SVC018")), "{early:?}");
    let made = client.post("/apis/apps/v1/namespaces/early/deployments", &deployment("early", "web", 2))?;
    ensure!(made.status == 201, "{made:?}");
    wait_until("the warning to go once the Deployment exists", LIMIT, || {
        let late = client.post(&path, &service("early", "web", json!({})))?;
        Ok((late.status == 201 && late.warnings.is_empty()).then_some(()))
    })
}

pub(crate) fn load_balancer_budget(scene: &mut Scene) -> Result<()> {
    scene.namespace("costly", "prod")?;
    let client = scene.client("alice")?;
    let balanced = |name: &str| {
        let mut object = service(
            "costly",
            name,
            json!({
                "type": "LoadBalancer", "loadBalancerSourceRanges": ["198.51.100.0/24"], "externalTrafficPolicy": "Local",
            }),
        );
        object["spec"]["ports"][0]["port"] = json!(443);
        object["spec"]["ports"][0]["name"] = json!("https");
        object["spec"]["ports"][0]["appProtocol"] = json!("https");
        object["metadata"]["annotations"] =
            json!({ "hedgerow.dev/owner": "team-shop", "hedgerow.dev/cost-center": "42" });
        object
    };
    for name in ["one", "two"] {
        let made = client.post(&services("costly"), &balanced(name))?;
        ensure!(made.status == 201, "{made:?}");
    }
    wait_until("the third being refused", LIMIT, || {
        let third = client.post(&format!("{}?dryRun=All", services("costly")), &balanced("three"))?;
        Ok(refused_by(&third, "SVC005").then_some(()))
    })?;
    let deleted = client.delete(&format!("{}/one", services("costly")))?;
    ensure!(deleted.status == 200, "{deleted:?}");
    wait_until("the third being admitted", LIMIT, || {
        Ok((client.post(&services("costly"), &balanced("three"))?.status == 201).then_some(()))
    })
}

pub(crate) fn ratchet(scene: &mut Scene) -> Result<()> {
    let client = scene.client("alice")?;
    let one = format!("{}/old", services("elder"));
    let merge = |body: serde_json::Value| {
        client.send("PATCH", &one, "application/merge-patch+json", body.to_string().as_bytes())
    };
    let added = merge(json!({ "metadata": { "finalizers": ["example.com/hold"] } }))?;
    ensure!(added.status == 200, "a finalizer is added: {added:?}");
    let worse = merge(json!({ "spec": { "externalIPs": ["192.0.2.1"] } }))?;
    ensure!(worse.status == 403, "the Service is made worse: {worse:?}");
    let deleted = client.delete(&one)?;
    ensure!(deleted.status == 200, "{deleted:?}");
    let removed = merge(json!({ "metadata": { "finalizers": null } }))?;
    ensure!(removed.status == 200, "the finalizer is removed: {removed:?}");
    wait_until("the Service to go", LIMIT, || Ok((client.get(&one)?.status == 404).then_some(())))
}

pub(crate) fn rollout_causes_no_call(scene: &mut Scene) -> Result<()> {
    scene.namespace("rollout", "prod")?;
    let client = scene.client("alice")?;
    let made = client.post("/apis/apps/v1/namespaces/rollout/deployments", &deployment("rollout", "web", 50))?;
    ensure!(made.status == 201, "{made:?}");
    let before = scene.webhook.metric("hedgerow_requests_total", "validate")?;
    wait_until("fifty pods", LIMIT, || {
        let pods = client.get("/api/v1/namespaces/rollout/pods")?;
        Ok((pods.body["items"].as_array().map_or(0, Vec::len) == 50).then_some(()))
    })?;
    let after = scene.webhook.metric("hedgerow_requests_total", "validate")?;
    ensure!(after - before < 0.5, "{} calls for fifty pods", after - before);
    Ok(())
}
