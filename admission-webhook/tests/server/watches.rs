//! Watching a cluster that misbehaves.

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::api_server::{ApiServer, Script};
use crate::process::{Webhook, wait_until};

fn script() -> Script {
    let served = [
        ("api/v1", vec!["services", "pods", "namespaces", "endpoints", "replicationcontrollers"]),
        ("apis/apps/v1", vec!["deployments", "statefulsets", "daemonsets", "replicasets"]),
        ("apis/batch/v1", vec!["jobs", "cronjobs"]),
        ("apis/networking.k8s.io/v1", vec!["networkpolicies"]),
        ("apis/discovery.k8s.io/v1", vec!["endpointslices"]),
    ];
    Script { served: served.into(), ..Script::default() }
}

fn started(api_server: &ApiServer) -> Result<Webhook> {
    let folder = tempfile::tempdir()?;
    let kubeconfig = api_server.kubeconfig(folder.path())?;
    let ca = folder.path().join("ca.crt");
    let path = |path: &std::path::Path| path.to_str().map(str::to_owned).context("a path in UTF-8");
    let (kubeconfig, ca) = (path(&kubeconfig)?, path(&ca)?);
    Webhook::start_plain(folder, &["--self-signed", "--ca-out", &ca, "--kubeconfig", &kubeconfig])
}

fn ready(webhook: &Webhook) -> Result<String> {
    wait_until("readiness", || {
        Ok(Some(webhook.get("/readyz?verbose")?).filter(|at| at.status == 200).map(|at| at.body))
    })
}

#[test]
fn readiness_waits_for_lists_and_not_for_what_cannot_be_had() -> Result<()> {
    let api_server = ApiServer::start(Script { forbidden: vec!["pods"], ..script() })?;
    let webhook = started(&api_server)?;
    let report = ready(&webhook)?;
    for line in [
        "[+]watch Service: synced at 100, age ",
        "[+]watch Ingress.networking.k8s.io: not served, looked for again",
        "[!]watch Pod: unknown: forbidden: pods is forbidden: no rule allows it",
    ] {
        assert!(report.lines().any(|at| at.starts_with(line)), "{line} is not in\n{report}");
    }
    assert_eq!(webhook.metric("hedgerow_watch_state{kind=\"Pod\",state=\"unknown\"}")?, Some(1.0));
    Ok(())
}

#[test]
fn lists_are_paged() -> Result<()> {
    let service = |name: &str| json!({ "metadata": { "name": name, "namespace": "shop", "resourceVersion": "7" } });
    let pages = [("services", vec![vec![service("a")], vec![service("b")], vec![service("c")]])].into();
    let api_server = ApiServer::start(Script { pages, ..script() })?;
    let webhook = started(&api_server)?;
    ready(&webhook)?;
    assert_eq!(api_server.asked("/api/v1/services?limit=500&continue="), 3);
    assert!(webhook.log().contains("\"objects\":3"), "{}", webhook.log());
    Ok(())
}

#[test]
fn a_forgotten_resource_version_is_listed_anew() -> Result<()> {
    let gone = json!({ "type": "ERROR", "object": { "kind": "Status", "code": 410, "message": "too old" } });
    let api_server = ApiServer::start(Script { events: [("services", vec![gone])].into(), ..script() })?;
    let webhook = started(&api_server)?;
    let lists = "hedgerow_watch_relists_total{kind=\"Service\"}";
    wait_until("a second list", || Ok(webhook.metric(lists)?.filter(|count| *count == 2.0)))?;
    Ok(())
}

#[test]
fn a_watch_that_ends_goes_on_where_it_was() -> Result<()> {
    let metadata = |version: &str| json!({ "name": "a", "namespace": "shop", "resourceVersion": version });
    let events = vec![
        json!({ "type": "ADDED", "object": { "metadata": metadata("101") } }),
        json!({ "type": "DELETED", "object": { "metadata": metadata("102") } }),
        json!({ "type": "BOOKMARK", "object": { "metadata": { "resourceVersion": "105" } } }),
    ];
    let api_server = ApiServer::start(Script { events: [("services", events)].into(), ..script() })?;
    let webhook = started(&api_server)?;
    let watch = "/api/v1/services?watch=1&allowWatchBookmarks=true&timeoutSeconds=270&resourceVersion=105";
    wait_until("the next watch", || Ok((api_server.asked(watch) > 0).then_some(())))?;
    let report = ready(&webhook)?;
    assert!(report.contains("[+]watch Service: synced at 105, "), "{report}");
    assert_eq!(webhook.metric("hedgerow_watch_relists_total{kind=\"Service\"}")?, Some(1.0));
    Ok(())
}

#[test]
fn a_kind_that_appears_later_is_found() -> Result<()> {
    let api_server = ApiServer::start(script())?;
    let webhook = started(&api_server)?;
    ready(&webhook)?;
    if let Ok(mut script) = api_server.script.lock() {
        script.served.insert("apis/networking.k8s.io/v1", vec!["networkpolicies", "ingresses"]);
    }
    wait_until("the kind", || {
        let report = webhook.get("/readyz?verbose")?.body;
        Ok(report.contains("[+]watch Ingress.networking.k8s.io: synced at 100").then_some(()))
    })
}
