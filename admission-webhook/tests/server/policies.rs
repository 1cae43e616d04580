//! Policies on disk, changed while requests come in.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::path::Path;

use crate::process::{Webhook, command, wait_until, write};
use crate::requests::review;

const PACK: &str = "name = \"own\"\nversion = \"1.0.0\"\ndescription = \"Ours\"\n";

/// A pack with one policy: no Service of that type.
fn pack(folder: &Path, kind: &str) -> Result<()> {
    let policy = format!(
        "@id(\"own/no-such-type\")\n@code(\"OWN001\")\n@title(\"Service type\")\n@severity(\"error\")\n\
         @message(\"Services of this type are not wanted\")\n@help(\"use another type\")\n\
         forbid (principal, action in [k8s::admission::Action::\"create\", k8s::admission::Action::\"update\"],\n\
         resource is core::v1::Service)\nwhen {{ resource.spec.type == \"{kind}\" }};\n"
    );
    write(&folder.join("own"), "pack.toml", PACK)?;
    write(&folder.join("own"), "no-such-type.cedar", &policy)
}

fn node_port() -> Vec<u8> {
    let metadata = json!({ "name": "web", "namespace": "shop" });
    let spec = json!({ "type": "NodePort", "selector": { "app": "web" }, "ports": [{ "port": 80 }] });
    review("Service", &json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec }))
}

fn ask(webhook: &Webhook) -> Result<Value> {
    let answer = webhook.post("/validate", &node_port())?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    Ok(answer.json()?["response"].clone())
}

#[test]
fn policies_are_replaced_and_a_broken_pack_leaves_the_last_good_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    pack(folder.path(), "NodePort")?;
    let path = folder.path().to_str().context("a path in UTF-8")?;
    let webhook = Webhook::start(&["--policies", path])?;
    let refused = ask(&webhook)?;
    assert_eq!(refused["allowed"], false, "{refused}");
    assert_eq!((&refused["status"]["code"], &refused["status"]["reason"]), (&json!(403), &json!("Forbidden")));
    let message = refused["status"]["message"].as_str().context("a message")?;
    assert!(message.starts_with("OWN001 "), "{message}");

    write(&folder.path().join("own"), "no-such-type.cedar", "forbid (principal, action, resource) when { nonsense };")?;
    let broken = "hedgerow_reload_broken{what=\"policies\"}";
    wait_until("a broken pack", || Ok(webhook.metric(broken)?.filter(|value| *value == 1.0)))?;
    assert_eq!(ask(&webhook)?["allowed"], false);
    assert!(
        webhook.get("/readyz?verbose")?.body.contains("no-such-type.cedar"),
        "{}",
        webhook.get("/readyz?verbose")?.body
    );

    pack(folder.path(), "LoadBalancer")?;
    wait_until("the new policies", || Ok(ask(&webhook)?["allowed"].as_bool().filter(|allowed| *allowed)))?;
    assert_eq!(webhook.metric(broken)?, Some(0.0));
    Ok(())
}

#[test]
fn a_pack_that_does_not_load_is_told_with_its_place() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write(&folder.path().join("own"), "pack.toml", PACK)?;
    write(&folder.path().join("own"), "bad.cedar", "forbid (principal, action, resource) when { nonsense };")?;
    let output = command().args(["config", "--policies"]).arg(folder.path()).output()?;
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("bad.cedar"), "{text}");
    Ok(())
}

#[test]
fn the_configuration_is_as_narrow_as_the_policies() -> Result<()> {
    let folder = tempfile::tempdir()?;
    pack(folder.path(), "NodePort")?;
    let output = command()
        .args(["config", "-o", "json", "--url", "https://127.0.0.1:8443", "--policies"])
        .arg(folder.path())
        .output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list: Value = serde_json::from_slice(&output.stdout)?;
    let webhooks = &list["items"][0]["webhooks"];
    assert_eq!(webhooks.as_array().context("a list")?.len(), 1, "{webhooks:#}");
    let expected = json!({
        "name": "objects.hedgerow.dev",
        "clientConfig": { "url": "https://127.0.0.1:8443/validate" },
        "rules": [{
            "apiGroups": [""],
            "apiVersions": ["v1"],
            "resources": ["services"],
            "operations": ["CREATE", "UPDATE"],
            "scope": "Namespaced",
        }, {
            "apiGroups": [""],
            "apiVersions": ["v1"],
            "resources": ["services/status"],
            "operations": ["UPDATE"],
            "scope": "Namespaced",
        }],
        "namespaceSelector": { "matchExpressions": [{
            "key": "kubernetes.io/metadata.name",
            "operator": "NotIn",
            "values": ["hedgerow-system", "kube-system"],
        }]},
        "matchConditions": [{
            "name": "not-a-status-with-the-same-labels-and-annotations",
            "expression": "!has(request.subResource) || request.subResource == '' || \
                (has(object.metadata.labels) ? object.metadata.labels : {}) != \
                (has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}) || \
                (has(object.metadata.annotations) ? object.metadata.annotations : {}) != \
                (has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {})",
        }],
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "sideEffects": "None",
        "timeoutSeconds": 3,
        "admissionReviewVersions": ["v1"],
    });
    assert_eq!(webhooks[0], expected, "{webhooks:#}");
    // The policy reads no fact, so nothing need be read of the cluster.
    assert_eq!(list["items"][1]["rules"], json!([]));
    Ok(())
}

#[test]
fn policies_on_connections_add_a_webhook_for_labels_and_the_kinds_that_are_ends() -> Result<()> {
    let config = |more: &[&str]| -> Result<Value> {
        let output = command().args(["config", "-o", "json"]).args(more).output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    let labels = |list: &Value| {
        let webhooks = list["items"][0]["webhooks"].as_array().cloned().unwrap_or_default();
        webhooks.into_iter().find(|webhook| webhook["name"] == "labels.hedgerow.dev")
    };
    assert!(labels(&config(&[])?).is_none());
    let folder = tempfile::tempdir()?;
    write(&folder.path().join("net"), "pack.toml", PACK)?;
    let policy = "@id(\"net/apart\") @code(\"NET1\") @title(\"t\") @severity(\"error\") @message(\"m\")\n\
                  forbid (principal, action == net::Action::\"connect\", resource == net::Workload::\"prod/db\");";
    write(&folder.path().join("net"), "net.cedar", policy)?;
    let path = folder.path().to_string_lossy().into_owned();
    let list = config(&["--policies", &path, "--guard-pods"])?;
    let labels = labels(&list).context("there is a webhook for labels")?;
    assert_eq!(labels["failurePolicy"], "Ignore");
    let updated = |group: &str, resources: &[&str], scope: &str| json!({ "apiGroups": [group], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": resources, "scope": scope });
    let created = json!({ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "scope": "Namespaced" });
    let expected = json!([
        updated("", &["namespaces"], "Cluster"),
        updated("", &["pods", "replicationcontrollers"], "Namespaced"),
        updated("apps", &["daemonsets", "deployments", "replicasets", "statefulsets"], "Namespaced"),
        updated("batch", &["cronjobs", "jobs"], "Namespaced"),
        created,
    ]);
    assert_eq!(labels["rules"], expected, "{labels:#}");
    let conditions = labels["matchConditions"].to_string();
    assert!(conditions.contains("object.?spec.?template.?metadata.?labels != oldObject.?spec"), "{conditions}");
    let read = list["items"][1]["rules"].to_string();
    for resource in ["namespaces", "pods", "deployments", "networkpolicies"] {
        assert!(read.contains(&format!("\"{resource}\"")), "{read}");
    }
    let objects = list["items"][0]["webhooks"][0]["rules"].to_string();
    assert!(objects.contains("networkpolicies") && objects.contains("deployments"), "{objects}");
    Ok(())
}

#[test]
fn an_authority_that_is_none_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = |ca: &str| -> Result<(Option<i32>, String)> {
        let output = command().args(["config", "--ca"]).arg(folder.path().join(ca)).output()?;
        assert!(output.stdout.is_empty() || output.status.success());
        Ok((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
    };
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, text) in [("empty.crt", ""), ("text.crt", "not PEM"), ("broken.crt", broken)] {
        write(folder.path(), name, text)?;
        let (code, said) = config(name)?;
        assert!(code == Some(2) && said.contains(name) && said.contains("certificate"), "{name}: {code:?} {said}");
    }
    let (code, said) = config("missing.crt")?;
    assert!(code == Some(2) && said.contains("cannot read"), "{code:?} {said}");
    let made = command().args(["certificate", "localhost", "--out"]).arg(folder.path()).output()?;
    assert!(made.status.success());
    assert_eq!(config("ca.crt")?.0, Some(0));
    Ok(())
}

#[test]
fn the_librarys_configuration_keeps_the_promises() -> Result<()> {
    let output = command().args(["config", "-o", "json"]).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list: Value = serde_json::from_slice(&output.stdout)?;
    let webhooks = list["items"][0]["webhooks"].as_array().context("a list")?;
    for webhook in webhooks {
        assert_eq!((&webhook["matchPolicy"], &webhook["sideEffects"]), (&json!("Equivalent"), &json!("None")));
        let resources: Vec<&str> = webhook["rules"]
            .as_array()
            .context("rules")?
            .iter()
            .flat_map(|rule| rule["resources"].as_array().into_iter().flatten().filter_map(Value::as_str))
            .collect();
        for never in ["leases", "events", "nodes", "*", "secrets"] {
            assert!(!resources.contains(&never), "{webhook:#}");
        }
        for subresource in resources.iter().filter_map(|resource| resource.split_once('/')) {
            assert!(subresource.1 == "status" || subresource == ("namespaces", "finalize"), "{webhook:#}");
        }
        let is_endpoints = webhook["name"] == "endpoints.hedgerow.dev";
        for kind in ["endpoints", "endpointslices"] {
            assert!(!resources.contains(&kind) || is_endpoints, "{webhook:#}");
        }
        if is_endpoints {
            assert_eq!(webhook["failurePolicy"], "Ignore");
            assert!(
                webhook["matchConditions"][0]["expression"]
                    .as_str()
                    .is_some_and(|text| text.contains("endpointslice-controller"))
            );
        }
    }
    for rule in list["items"][1]["rules"].as_array().context("rules")? {
        assert_eq!(rule["verbs"], json!(["get", "list", "watch"]));
    }
    let yaml = command().args(["config"]).output()?;
    assert!(String::from_utf8_lossy(&yaml.stdout).starts_with("---\napiVersion: admissionregistration.k8s.io/v1\n"));
    Ok(())
}
