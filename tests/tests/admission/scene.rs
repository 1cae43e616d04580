//! What the checks share: the control plane, the webhook, and short ways to say a request.

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use hedgerow_tests::control_plane::{ADMIN, AuditLevel, Client, ControlPlane, Controllers, Options, Response, User};
use hedgerow_tests::wait::wait_until;
use hedgerow_tests::webhook::{Settings, Webhook};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::annex::Annex;

pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// The user as which webhooks watch; it may read everything that is watched.
pub(crate) const WATCHER: &str = "system:serviceaccount:hedgerow-system:hedgerow-webhook";

pub(crate) struct Scene {
    pub cluster: ControlPlane,
    pub webhook: Webhook,
    /// A second control plane, made when a check first asks for it.
    annex: Option<Annex>,
}

impl Scene {
    /// The control plane, a violation that is older than the webhook, and then the webhook with the default library.
    pub(crate) fn open() -> Result<Scene> {
        let cluster = ControlPlane::start(Options {
            users: vec![
                User::new("alice", &["developers"]),
                User::new("grace", &["network-guards"]),
                User::new(WATCHER, &["system:serviceaccounts"]),
                User::new("system:serviceaccount:hedgerow-system:half-blind", &["system:serviceaccounts"]),
            ],
            controllers: Controllers::Core,
            audit: Some(AuditLevel::Metadata),
            ..Options::default()
        })?;
        let edit = ["create", "clusterrolebinding", "edit-all", "--clusterrole=cluster-admin"];
        let groups = ["--group=developers", "--group=network-guards"];
        let bound = cluster.kubectl(ADMIN, &[edit.as_slice(), groups.as_slice()].concat())?;
        ensure!(bound.success, "{}", bound.stderr);
        namespace(&cluster, "elder", "prod")?;
        let elder = service("elder", "old", json!({ "type": "NodePort" }));
        ensure!(cluster.client(ADMIN)?.post(&services("elder"), &elder)?.status == 201);
        namespace(&cluster, "probe", "prod")?;
        allow_watching(&cluster, WATCHER)?;
        let webhook = watching(&cluster, Settings::default())?;
        register(&cluster, &webhook, &[])?;
        Ok(Scene { cluster, webhook, annex: None })
    }

    /// The second control plane, whose API server lacks a group and asks an authorization webhook.
    pub(crate) fn annex(&mut self) -> Result<&Annex> {
        let annex = match self.annex.take() {
            Some(annex) => annex,
            None => Annex::open()?,
        };
        Ok(self.annex.insert(annex))
    }

    /// Lets the API server ask another webhook for as long as `check` takes, and then the shared one again.
    pub(crate) fn instead<T>(
        &self,
        webhook: &Webhook,
        arguments: &[&str],
        check: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        register(&self.cluster, webhook, arguments)?;
        let checked = check();
        register(&self.cluster, &self.webhook, &[])?;
        checked
    }

    pub(crate) fn client(&self, user: &str) -> Result<Client> {
        self.cluster.client(user)
    }

    /// A namespace with default denies, which is there for the webhook too when this returns.
    pub(crate) fn namespace(&self, name: &str, environment: &str) -> Result<()> {
        namespace(&self.cluster, name, environment)?;
        self.settle(name)
    }

    /// Waits until the webhook has seen what happened in `namespace` so far: a marker that it warns about tells.
    pub(crate) fn settle(&self, namespace: &str) -> Result<()> {
        settle(&self.cluster, namespace)
    }
}

/// Tells the API server of the webhook and waits until it refuses a NodePort in production.
pub(crate) fn register(cluster: &ControlPlane, webhook: &Webhook, arguments: &[&str]) -> Result<()> {
    let probe = service("probe", "probe", json!({ "type": "NodePort" }));
    let client = cluster.client(ADMIN)?;
    let path = format!("{}?dryRun=All", services("probe"));
    let before = webhook.metric("hedgerow_requests_total", "validate")?;
    webhook.register(cluster, arguments, || {
        let refused = client.post(&path, &probe)?.status == 403;
        // It may have been refused by the webhook that the API server asked before.
        Ok((refused && webhook.metric("hedgerow_requests_total", "validate")? > before).then_some(()))
    })
}

/// A webhook that watches the cluster.
pub(crate) fn watching(cluster: &ControlPlane, settings: Settings) -> Result<Webhook> {
    let settings = Settings { watch_as: Some(WATCHER.to_owned()), ..settings };
    Webhook::start(Some(cluster), cluster.authority(), settings)
}

/// Grants a user what `hedgerow-webhook config` says that the webhook needs; here simply reading everything watched.
pub(crate) fn allow_watching(cluster: &ControlPlane, user: &str) -> Result<()> {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": { "name": "watcher" },
        "rules": [{ "apiGroups": ["", "apps", "batch", "networking.k8s.io", "discovery.k8s.io"], "resources": ["*"],
                    "verbs": ["get", "list", "watch"] }],
    });
    bind(cluster, &role, "watcher", user)
}

/// Creates a ClusterRole and binds it to a user.
pub(crate) fn bind(cluster: &ControlPlane, role: &Value, name: &str, user: &str) -> Result<()> {
    let client = cluster.client(ADMIN)?;
    let made = client.post("/apis/rbac.authorization.k8s.io/v1/clusterroles", role)?;
    ensure!(made.status == 201, "{made:?}");
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": { "name": name },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name },
        "subjects": [{ "kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io" }],
    });
    let made = client.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", &binding)?;
    ensure!(made.status == 201, "{made:?}");
    Ok(())
}

pub(crate) fn namespace(cluster: &ControlPlane, name: &str, environment: &str) -> Result<()> {
    let client = cluster.client(ADMIN)?;
    let object = json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": { "name": name, "labels": { "environment": environment } },
    });
    let made = client.post("/api/v1/namespaces", &object)?;
    ensure!(made.status == 201, "{made:?}");
    let deny = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": { "name": "default-deny" },
        "spec": { "podSelector": {}, "policyTypes": ["Ingress", "Egress"] },
    });
    let path = format!("/apis/networking.k8s.io/v1/namespaces/{name}/networkpolicies");
    let made = client.post(&path, &deny)?;
    ensure!(made.status == 201, "{made:?}");
    Ok(())
}

fn settle(cluster: &ControlPlane, namespace: &str) -> Result<()> {
    let client = cluster.client(ADMIN)?;
    // A NodePort in a production namespace is refused only when the webhook knows the namespace's label.
    let probe = service(namespace, "settle-probe", json!({ "type": "NodePort", "externalIPs": ["192.0.2.9"] }));
    let path = format!("{}?dryRun=All", services(namespace));
    wait_until("the webhook knowing the namespace", LIMIT, || {
        Ok((client.post(&path, &probe)?.status == 403).then_some(()))
    })
}

pub(crate) fn services(namespace: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/services")
}

/// A Service on port 80 with a selector, and `spec` laid over it.
pub(crate) fn service(namespace: &str, name: &str, spec: Value) -> Value {
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": name, "namespace": namespace },
        "spec": { "selector": { "app": name }, "ports": [{ "name": "http", "port": 80, "targetPort": "http", "appProtocol": "http" }] },
    });
    if let (Some(into), Value::Object(from)) = (service["spec"].as_object_mut(), spec) {
        into.extend(from);
    }
    service
}

/// A Deployment whose pods listen on `http`, 8080.
pub(crate) fn deployment(namespace: &str, name: &str, replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name, "namespace": namespace },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "containers": [{ "name": "main", "image": "registry.example/main:1",
                    "ports": [{ "name": "http", "containerPort": 8080 }],
                    "readinessProbe": { "httpGet": { "path": "/ready", "port": "http" } } }] },
            },
        },
    })
}

/// True if the answer is a refusal by a policy with this code.
pub(crate) fn refused_by(response: &Response, code: &str) -> bool {
    response.status == 403 && response.message().contains(code)
}

/// A NetworkPolicy of this many ingress rules from `app: web` to port 8080.
pub(crate) fn narrow(namespace: &str, name: &str, rules: usize) -> Value {
    let rule = json!({
        "from": [{ "podSelector": { "matchLabels": { "app": "web" } } }], "ports": [{ "port": 8080, "protocol": "TCP" }],
    });
    network_policy(namespace, name, vec![rule; rules])
}

/// A NetworkPolicy of this many ingress rules that admit everyone.
pub(crate) fn open(namespace: &str, name: &str, rules: usize) -> Value {
    network_policy(namespace, name, vec![json!({}); rules])
}

fn network_policy(namespace: &str, name: &str, rules: Vec<Value>) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": { "name": name, "namespace": namespace },
        "spec": { "podSelector": { "matchLabels": { "app": name } }, "policyTypes": ["Ingress"], "ingress": rules },
    })
}

/// A request as the API server sends it, for an object that alice creates in `probe`.
pub(crate) fn review(object: &Value) -> Value {
    let kind = object["kind"].as_str().unwrap_or_default();
    let (group, resource) = match kind {
        "NetworkPolicy" => ("networking.k8s.io", "networkpolicies"),
        _ => ("", "services"),
    };
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "0b4a1f0e-3f0e-4b7e-8e0b-000000000001", "operation": "CREATE",
            "kind": { "group": group, "version": "v1", "kind": kind },
            "resource": { "group": group, "version": "v1", "resource": resource },
            "namespace": "probe", "name": object["metadata"]["name"],
            "userInfo": { "username": "alice", "groups": ["developers"] },
            "object": object, "oldObject": null, "dryRun": false,
        },
    })
}

/// The path of a dry run.
pub(crate) fn rehearsed(path: &str) -> String {
    format!("{path}?dryRun=All")
}

pub(crate) fn network_policies(namespace: &str) -> String {
    format!("/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies")
}

/// Policies for authorization: developers read Services, and no Secrets.
const ACCESS: &str = r#"
@id("access/readers")
@title("developers read Services")
permit (principal in k8s::Group::"developers", action in k8s::Action::"readOnly", resource is k8s::Resource)
when { resource.resource == "services" };

@id("access/no-secrets")
@title("developers read no Secrets")
forbid (principal in k8s::Group::"developers", action, resource is k8s::Resource)
when { resource.resource == "secrets" };
"#;

/// A folder with a pack of [`ACCESS`].
pub(crate) fn access_policies() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let pack = folder.path().join("access");
    fs::create_dir_all(&pack)?;
    fs::write(pack.join("pack.toml"), "name = \"access\"\nversion = \"0.1.0\"\ndescription = \"for a test\"\n")?;
    fs::write(pack.join("access.cedar"), ACCESS)?;
    Ok(folder)
}
