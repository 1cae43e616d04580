//! The two questions to the API server: what it serves, and what there is of it.

use std::time::Duration;

use anyhow::Context;
use engine::review::SnapshotKind;
use kube::config::KubeConfigOptions;
use kube::{Client, Config};
use serde_json::Value;

/// Objects on one page of a list.
const PAGE: usize = 500;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// A cluster that answers.
pub(super) struct Api {
    client: Client,
    /// Group → the version that the API server prefers.
    groups: Vec<(String, String)>,
}

/// One kind at one version.
pub(super) struct Resource {
    pub(super) api_version: String,
    path: String,
}

/// Why there is no answer.
pub(super) enum Refusal {
    /// The API server does not have it.
    NotServed,
    /// This user may not, and what the API server says.
    Forbidden(String),
    /// Anything else: nothing can be said of the cluster.
    Broken(anyhow::Error),
}

impl Api {
    /// The cluster of a context of the kubeconfig; of the current one if the name is empty.
    pub(super) async fn connect(context: &str) -> anyhow::Result<Api> {
        // More than one TLS library may be compiled in; ours is ring. A second call finds it set.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let context = (!context.is_empty()).then(|| context.to_owned());
        let options = KubeConfigOptions { context, ..KubeConfigOptions::default() };
        let mut config = Config::from_kubeconfig(&options).await?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        config.read_timeout = Some(READ_TIMEOUT);
        let mut api = Api { client: Client::try_from(config)?, groups: Vec::new() };
        let answer = api.get("/apis").await;
        let found = answer.map_err(|refusal| match refusal {
            Refusal::NotServed => anyhow::anyhow!("the server does not speak as a Kubernetes API server"),
            Refusal::Forbidden(reason) => anyhow::anyhow!("{reason}"),
            Refusal::Broken(error) => error,
        })?;
        let group = |value: &Value| Some((text(value, "/name")?, text(value, "/preferredVersion/version")?));
        api.groups = elements(&found, "/groups").iter().filter_map(group).collect();
        Ok(api)
    }

    /// The first of its versions that the API server has; of a kind without versions, the one that the server prefers.
    pub(super) async fn served(&self, kind: &SnapshotKind) -> Result<Option<Resource>, Refusal> {
        let preferred = self.groups.iter().find(|(group, _)| group == kind.group);
        if !kind.group.is_empty() && preferred.is_none() {
            return Ok(None);
        }
        let versions: Vec<&str> = match (kind.versions, preferred) {
            ([], Some((_, version))) => vec![version.as_str()],
            (versions, _) => versions.to_vec(),
        };
        for version in versions {
            let (root, api_version) = match kind.group {
                "" => (format!("/api/{version}"), version.to_owned()),
                group => (format!("/apis/{group}/{version}"), format!("{group}/{version}")),
            };
            let found = match self.get(&root).await {
                Err(Refusal::NotServed) => continue,
                answer => answer?,
            };
            let is_kind = |value: &&Value| {
                text(value, "/kind").as_deref() == Some(kind.kind)
                    && text(value, "/name").is_some_and(|name| !name.contains('/'))
            };
            if let Some(plural) = elements(&found, "/resources").iter().find(is_kind).and_then(|it| text(it, "/name")) {
                return Ok(Some(Resource { api_version, path: format!("{root}/{plural}") }));
            }
        }
        Ok(None)
    }

    /// All objects, page by page.
    pub(super) async fn list(&self, resource: &Resource) -> Result<Vec<Value>, Refusal> {
        let mut objects = Vec::new();
        let mut next = String::new();
        loop {
            let mut page = self.get(&format!("{}?limit={PAGE}{next}", resource.path)).await?;
            let token = text(&page, "/metadata/continue").unwrap_or_default();
            if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
                objects.extend(items);
            }
            if token.is_empty() {
                return Ok(objects);
            }
            next = format!("&continue={}", escaped(&token));
        }
    }

    async fn get(&self, path: &str) -> Result<Value, Refusal> {
        let broken = |error: anyhow::Error| Refusal::Broken(error.context(format!("no answer to GET {path}")));
        let request = http::Request::get(path).body(Vec::new()).context("not a path").map_err(broken)?;
        self.client.request(request).await.map_err(|error| match error {
            kube::Error::Api(status) if status.code == 403 => Refusal::Forbidden(status.message),
            kube::Error::Api(status) if status.code == 404 => Refusal::NotServed,
            error => broken(error.into()),
        })
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

fn elements<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Percent-encoding of what the API server gave.
fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
