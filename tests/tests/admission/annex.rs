//! A second control plane: its API server lacks EndpointSlices at first, and asks an authorization webhook.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hedgerow_tests::control_plane::{
    ADMIN, Authority, AuthorizationWebhook, Client, ControlPlane, Options, Response, User, free_port,
};
use hedgerow_tests::wait::wait_until;
use hedgerow_tests::webhook::{Settings, Webhook};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scene::{
    LIMIT, Scene, WATCHER, access_policies, allow_watching, namespace, register, rehearsed, review, service, services,
    watching,
};

/// A kind that appears later is promised to be found in a minute.
const FOUND: Duration = Duration::from_secs(60);

pub(crate) struct Annex {
    /// Serves admission; its facts are unknown when they are older than ten seconds.
    webhook: Webhook,
    cluster: ControlPlane,
    /// Serves authorization.
    access: Webhook,
    #[expect(dead_code, reason = "holds the policies of `access`, which looks at them again and again")]
    policies: TempDir,
}

impl Annex {
    /// The authorization webhook comes first: the API server has to know it from its start.
    pub(crate) fn open() -> Result<Annex> {
        let policies = access_policies()?;
        let (authority, port) = (Authority::new()?, free_port()?);
        let settings = Settings { policies: Some(policies.path().to_owned()), port, ..Settings::default() };
        let access = Webhook::start(None, &authority, settings)?;
        let cluster = ControlPlane::start(Options {
            users: vec![
                User::new("alice", &["developers"]),
                User::new("bob", &["testers"]),
                User::new(WATCHER, &["system:serviceaccounts"]),
            ],
            authorization_webhook: Some(AuthorizationWebhook {
                url: format!("{}/authorize", access.url()),
                ca_pem: authority.certificate_pem(),
                match_conditions: Vec::new(),
            }),
            // It waits for EndpointSlices too.
            never_ready: vec!["informer-sync".to_owned()],
            api_server_arguments: vec!["--runtime-config=discovery.k8s.io/v1=false".to_owned()],
            ..Options::default()
        })?;
        namespace(&cluster, "probe", "prod")?;
        allow_watching(&cluster, WATCHER)?;
        let arguments = vec!["--max-staleness".to_owned(), "10s".to_owned()];
        let webhook = watching(&cluster, Settings { arguments, ..Settings::default() })?;
        register(&cluster, &webhook, &[])?;
        Ok(Annex { webhook, cluster, access, policies })
    }
}

/// A Service whose endpoints are somebody's own business.
fn without_selector() -> Value {
    service("probe", "legacy", json!({ "selector": null }))
}

/// What the webhook says of EndpointSlices of that Service, or nothing if one is there.
fn told(response: &Response) -> Option<&String> {
    response.warnings.iter().find(|warning| warning.starts_with("SVC028 "))
}

fn custom_resource_definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "endpointslices.discovery.k8s.io",
            "annotations": { "api-approved.kubernetes.io": "unapproved, a test" },
        },
        "spec": {
            "group": "discovery.k8s.io", "scope": "Namespaced",
            "names": { "kind": "EndpointSlice", "plural": "endpointslices", "singular": "endpointslice" },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            } } }],
        },
    })
}

fn slice() -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": { "name": "legacy-1", "labels": { "kubernetes.io/service-name": "legacy" } },
        "endpoints": [{ "addresses": ["192.0.2.7"] }], "ports": [{ "name": "http", "port": 80, "protocol": "TCP" }],
    })
}

pub(crate) fn kind_appears_later(scene: &mut Scene) -> Result<()> {
    let Annex { webhook, cluster, .. } = scene.annex()?;
    let client = cluster.client(ADMIN)?;
    let path = rehearsed(&services("probe"));
    ensure!(client.get("/apis/discovery.k8s.io/v1")?.status == 404, "the API server has the kind from the start");
    let ready = webhook.client()?.get("/readyz?verbose")?;
    let line = "[+]watch EndpointSlice.discovery.k8s.io: not served, looked for again";
    ensure!(ready.status == 200 && ready.body.as_str().unwrap_or_default().contains(line), "{ready:?}");
    let response = client.post(&path, &without_selector())?;
    let known = told(&response).is_some_and(|warning| warning.contains("no EndpointSlice names it"));
    ensure!(response.status == 201 && known, "a kind that is not served is known to be empty: {response:?}");

    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let made = client.post(definitions, &custom_resource_definition())?;
    ensure!(made.status == 201, "{made:?}");
    let start = Instant::now();
    let slices = "/apis/discovery.k8s.io/v1/namespaces/probe/endpointslices";
    wait_until("an EndpointSlice being stored", LIMIT, || {
        Ok((client.post(slices, &slice())?.status == 201).then_some(()))
    })?;
    wait_until("its being found", FOUND, || {
        let response = client.post(&path, &without_selector())?;
        ensure!(response.status == 201, "{response:?}");
        let silent = told(&response).is_none();
        ensure!(silent || told(&response).is_some_and(|warning| warning.contains("names it")), "{response:?}");
        Ok(silent.then_some(()))
    })?;
    ensure!(start.elapsed() < FOUND, "it was found after {} s", start.elapsed().as_secs());
    let deleted = client.delete(&format!("{slices}/legacy-1"))?;
    ensure!(deleted.status == 200, "{deleted:?}");
    wait_until("its being missed", LIMIT, || Ok(told(&client.post(&path, &without_selector())?).map(|_| ())))
}

/// Asks the webhook itself, since the API server may not answer.
fn asked(client: &Client) -> Result<Value> {
    let response = client.post("/validate", &review(&without_selector()))?;
    ensure!(response.status == 200, "{response:?}");
    Ok(response.body["response"].clone())
}

pub(crate) fn older_facts_are_unknown(scene: &mut Scene) -> Result<()> {
    let Annex { webhook, cluster, .. } = scene.annex()?;
    let client = webhook.client()?;
    let says = |response: &Value, what: &str| response["warnings"].to_string().contains(what);
    let fresh = asked(&client)?;
    ensure!(says(&fresh, "no EndpointSlice names it") && !says(&fresh, "cannot be decided"), "{fresh:#}");
    let paused = cluster.pause()?;
    let start = Instant::now();
    let stale = wait_until("unknown facts", LIMIT, || {
        let response = asked(&client)?;
        Ok(says(&response, "older than --max-staleness (10 s)").then_some(response))
    })?;
    let after = start.elapsed().as_secs();
    ensure!((3..=25).contains(&after), "they became unknown after {after} s");
    ensure!(says(&stale, "cannot be decided: `EndpointSlice` objects are not known"), "the finding says so: {stale:#}");
    let freshness = stale["auditAnnotations"]["freshness"].as_str().unwrap_or_default();
    ensure!(freshness.contains("EndpointSlice.discovery.k8s.io") && freshness.contains("Service@"), "{freshness}");
    ensure!(webhook.metric("hedgerow_watch_state", "state=\"stale\"")? > 0.5, "no metric names it");
    let ready = client.get("/readyz?verbose")?;
    ensure!(ready.body.as_str().unwrap_or_default().contains("older than --max-staleness"), "{ready:?}");
    drop(paused);
    wait_until("known facts", FOUND, || {
        let response = asked(&client)?;
        Ok((says(&response, "no EndpointSlice names it") && !says(&response, "cannot be decided")).then_some(()))
    })
}

pub(crate) fn api_server_asks_for_authorization(scene: &mut Scene) -> Result<()> {
    let Annex { cluster, access, .. } = scene.annex()?;
    for (name, group) in [("view-developers", "developers"), ("view-testers", "testers")] {
        let role = ["create", "role", name, "--verb=get,list", "--resource=configmaps,secrets", "-n", "probe"];
        let made = cluster.kubectl(ADMIN, &role)?;
        ensure!(made.success, "{}", made.stderr);
        let (role, group) = (format!("--role={name}"), format!("--group={group}"));
        let bound = cluster.kubectl(ADMIN, &["create", "rolebinding", name, &role, &group, "-n", "probe"])?;
        ensure!(bound.success, "{}", bound.stderr);
    }
    let get = |user: &str, what: &str| cluster.kubectl(user, &["get", what, "-n", "probe"]);
    // RBAC alone decides over bob, whom no policy names.
    wait_until("what RBAC grants", LIMIT, || Ok(get("bob", "secrets")?.success.then_some(())))?;
    let refused = get("bob", "services")?;
    ensure!(!refused.success && refused.stderr.contains("cannot list resource \"services\""), "{refused:?}");

    let permitted = get("alice", "services")?;
    ensure!(permitted.success, "a permit allows what RBAC does not grant: {permitted:?}");
    let forbidden = get("alice", "secrets")?;
    ensure!(
        !forbidden.success && forbidden.stderr.contains("Forbidden"),
        "a forbid denies what RBAC grants: {forbidden:?}"
    );
    let left = get("alice", "configmaps")?;
    ensure!(left.success, "without an opinion RBAC grants: {left:?}");
    let left = get("alice", "pods")?;
    ensure!(!left.success && left.stderr.contains("cannot list resource \"pods\""), "and refuses: {left:?}");

    let alice = cluster.client("alice")?;
    ensure!(alice.get(&services("probe"))?.status == 200, "a plain request");
    let written = alice.post(&services("probe"), &service("probe", "web", json!({})))?;
    ensure!(written.status == 403, "the permit is for reading: {written:?}");
    let denied = alice.get("/api/v1/namespaces/probe/secrets/none")?;
    ensure!(denied.status == 403 && denied.message().contains("access/no-secrets"), "the policy is named: {denied:?}");
    for decision in ["allow", "deny", "no_opinion"] {
        let label = format!("endpoint=\"authorize\",decision=\"{decision}\"");
        ensure!(access.metric("hedgerow_requests_total", &label)? > 0.5, "no answer `{decision}` was counted");
    }
    Ok(())
}
