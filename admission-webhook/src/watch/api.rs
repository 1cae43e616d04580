//! The three questions to the API server: which version of a kind is served, what there is, what changes.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::Request;
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde::Deserialize;
use serde_json::value::RawValue;
use wasm_host::api::KindInfo;

use super::prune::{Keep, Pruned};

/// Objects on one page of a list.
const PAGE: usize = 500;
/// Bytes of an answer that says what is wrong.
const MAX_ERROR: usize = 64 << 10;
/// Bytes of one watch event; the largest object that an API server stores is far below.
const MAX_EVENT: usize = 16 << 20;

/// Why the API server does not answer as wanted.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    #[error("not served")]
    NotServed,
    #[error("{0}")]
    Forbidden(String),
    /// The resourceVersion is too old: list again.
    #[error("the resourceVersion is too old")]
    Expired,
    #[error("{0}")]
    Other(String),
}

/// One kind at one version.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) api_version: String,
    pub(super) kind: String,
    path: String,
}

/// All objects of a kind.
pub(super) struct Listed {
    pub(super) resource_version: String,
    pub(super) objects: Vec<Pruned>,
}

/// One line of a watch.
pub(super) enum Event {
    Put(Pruned),
    Gone(Pruned),
    /// Nothing changed up to here.
    Bookmark(String),
}

/// The first version of the kind that the API server has.
pub(super) async fn served(client: &kube::Client, info: &KindInfo) -> Result<Resource, ApiError> {
    #[derive(Deserialize)]
    struct Resources {
        #[serde(default)]
        resources: Vec<Named>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    for version in &info.versions {
        let root = match info.group.as_str() {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        let body = match get(client, &root).await {
            Err(ApiError::NotServed) => continue,
            answer => answer?.collect().await.map_err(other)?.to_bytes(),
        };
        let Resources { resources } = serde_json::from_slice(&body).map_err(other)?;
        if resources.iter().any(|resource| resource.name == info.plural) {
            let api_version = if info.group.is_empty() { version.clone() } else { format!("{}/{version}", info.group) };
            return Ok(Resource { api_version, kind: info.kind.clone(), path: format!("{root}/{}", info.plural) });
        }
    }
    Err(ApiError::NotServed)
}

/// All objects, page by page.
pub(super) async fn list(client: &kube::Client, resource: &Resource, keep: &Keep) -> Result<Listed, ApiError> {
    #[derive(Deserialize)]
    struct Page<'a> {
        #[serde(default)]
        metadata: ListMeta,
        #[serde(borrow)]
        items: Option<Vec<&'a RawValue>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ListMeta {
        #[serde(default)]
        resource_version: String,
        #[serde(rename = "continue", default)]
        next: String,
    }
    let mut objects = Vec::new();
    let mut next = String::new();
    loop {
        let path = format!("{}?limit={PAGE}&continue={}", resource.path, escaped(&next));
        let body = get(client, &path).await?.collect().await.map_err(other)?.to_bytes();
        let page: Page<'_> = serde_json::from_slice(&body).map_err(other)?;
        for item in page.items.unwrap_or_default() {
            objects.push(keep.prune(&resource.api_version, &resource.kind, item).map_err(other)?);
        }
        if page.metadata.next.is_empty() {
            return Ok(Listed { resource_version: page.metadata.resource_version, objects });
        }
        next = page.metadata.next;
    }
}

/// A watch that is open.
pub(super) struct Stream {
    body: Body,
    /// The beginning of a line.
    rest: Vec<u8>,
}

/// Watches from a resourceVersion on; the API server ends it after `timeout`.
pub(super) async fn watch(
    client: &kube::Client,
    resource: &Resource,
    from: &str,
    timeout: Duration,
) -> Result<Stream, ApiError> {
    let seconds = timeout.as_secs().max(1);
    let path = format!(
        "{}?watch=1&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={}",
        resource.path,
        escaped(from)
    );
    Ok(Stream { body: get(client, &path).await?, rest: Vec::new() })
}

impl Stream {
    /// The events that came together; none when the watch is at its end.
    pub(super) async fn next(&mut self, resource: &Resource, keep: &Keep) -> Result<Option<Vec<Event>>, ApiError> {
        loop {
            let Some(frame) = self.body.frame().await else { return Ok(None) };
            let Ok(data) = frame.map_err(other)?.into_data() else { continue };
            self.rest.extend_from_slice(&data);
            let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
                if self.rest.len() > MAX_EVENT {
                    return Err(ApiError::Other("one watch event is larger than 16 MiB".into()));
                }
                continue;
            };
            let rest = self.rest.split_off(end + 1);
            let lines = std::mem::replace(&mut self.rest, rest);
            let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            return lines.map(|line| event(line, resource, keep)).collect::<Result<_, _>>().map(Some);
        }
    }
}

fn event(line: &[u8], resource: &Resource, keep: &Keep) -> Result<Event, ApiError> {
    #[derive(Deserialize)]
    struct Line<'a> {
        #[serde(rename = "type")]
        kind: &'a str,
        #[serde(borrow)]
        object: &'a RawValue,
    }
    let line: Line<'_> = serde_json::from_slice(line).map_err(other)?;
    let pruned = || keep.prune(&resource.api_version, &resource.kind, line.object).map_err(other);
    match line.kind {
        "ADDED" | "MODIFIED" => Ok(Event::Put(pruned()?)),
        "DELETED" => Ok(Event::Gone(pruned()?)),
        "BOOKMARK" => bookmark(line.object),
        "ERROR" => Err(refusal(0, line.object.get().as_bytes())),
        kind => Err(ApiError::Other(format!("watch events of type `{kind}` are not known"))),
    }
}

fn bookmark(object: &RawValue) -> Result<Event, ApiError> {
    #[derive(Deserialize)]
    struct Bookmark {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata {
        resource_version: String,
    }
    let Bookmark { metadata } = serde_json::from_str(object.get()).map_err(other)?;
    Ok(Event::Bookmark(metadata.resource_version))
}

async fn get(client: &kube::Client, path: &str) -> Result<Body, ApiError> {
    let request = Request::get(path).header("accept", "application/json").body(Body::empty()).map_err(other)?;
    let response = client.send(request).await.map_err(other)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response.into_body());
    }
    let body = http_body_util::Limited::new(response.into_body(), MAX_ERROR).collect().await;
    let body = body.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
    Err(refusal(status.as_u16(), &body))
}

/// What a `metav1.Status`, or the status code alone, means.
fn refusal(http: u16, body: &[u8]) -> ApiError {
    #[derive(Default, Deserialize)]
    struct Status {
        #[serde(default)]
        code: u16,
        #[serde(default)]
        message: String,
    }
    let Status { code, message } = serde_json::from_slice(body).unwrap_or_default();
    let code = if code == 0 { http } else { code };
    match code {
        403 => ApiError::Forbidden(if message.is_empty() { "forbidden".into() } else { message }),
        404 => ApiError::NotServed,
        410 => ApiError::Expired,
        code => ApiError::Other(format!("the API server answers {code} {message}")),
    }
}

fn other(error: impl std::fmt::Display) -> ApiError {
    ApiError::Other(error.to_string())
}

/// Percent-encoding of what the API server gave: continue tokens and resourceVersions.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
