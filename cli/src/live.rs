//! A live cluster → the text of a snapshot. Only lists, page by page, of the kinds that are needed; never Secrets nor ConfigMaps.

mod api;
mod prune;
mod yaml;

use engine::review::{SNAPSHOT_GROUP, SNAPSHOT_KIND, SnapshotKind, SnapshotOf, snapshot_kinds};
use serde_json::{Map, Value, json};

use api::{Api, Refusal};

/// What of a kind there is.
enum Listed {
    /// All of it.
    Complete,
    /// The API server does not have the kind.
    NotServed,
    /// Not known, and why.
    Unknown(String),
}

/// The snapshot of the cluster of a context; of the current one if the name is empty. The same cluster gives the same bytes.
///
/// # Errors
/// There is no such context, or the cluster does not answer. That single kinds may not be listed is no error: it stands in
/// the snapshot.
pub(crate) fn snapshot(context: &str, of: SnapshotOf) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let api = Api::connect(context).await?;
        let mut objects: Vec<(String, String)> = Vec::new();
        let mut kinds = Vec::new();
        for kind in snapshot_kinds(of) {
            let listed = list(&api, &kind, &mut objects).await?;
            kinds.push(row(&kind, listed));
        }
        objects.sort();
        let head = json!({
            "apiVersion": format!("{SNAPSHOT_GROUP}/v1alpha1"),
            "kind": SNAPSHOT_KIND,
            "metadata": { "name": "cluster" },
            "kinds": kinds,
        });
        let texts = objects.into_iter().map(|(_, text)| format!("---\n{text}"));
        Ok(yaml::document(&head) + &texts.collect::<String>())
    })
}

/// Adds the objects of a kind, each with what it is sorted by.
async fn list(api: &Api, kind: &SnapshotKind, objects: &mut Vec<(String, String)>) -> anyhow::Result<Listed> {
    let resource = match api.served(kind).await {
        Ok(Some(resource)) => resource,
        Ok(None) => return Ok(Listed::NotServed),
        Err(refusal) => return unknown(refusal),
    };
    match api.list(&resource).await {
        Ok(items) => {
            for item in items {
                let mut object = prune::kept(&item, &kind.fields);
                if let Value::Object(fields) = &mut object {
                    identify(fields, kind, &resource.api_version);
                }
                let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                let at = [kind.group, kind.kind, text("/metadata/namespace"), text("/metadata/name")].join("\0");
                objects.push((at, yaml::document(&object)));
            }
            Ok(Listed::Complete)
        }
        Err(refusal) => unknown(refusal),
    }
}

fn unknown(refusal: Refusal) -> anyhow::Result<Listed> {
    match refusal {
        Refusal::NotServed => Ok(Listed::NotServed),
        Refusal::Forbidden(reason) => Ok(Listed::Unknown(reason)),
        Refusal::Broken(error) => Err(error),
    }
}

/// Lists leave out what their elements are, and `kubectl` keeps a copy of the whole object in an annotation.
fn identify(object: &mut Map<String, Value>, kind: &SnapshotKind, api_version: &str) {
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.kind.into());
    if let Some(Value::Object(annotations)) = object.get_mut("metadata").and_then(|it| it.get_mut("annotations")) {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

fn row(kind: &SnapshotKind, listed: Listed) -> Value {
    let (state, reason) = match listed {
        Listed::Complete => ("complete", None),
        Listed::NotServed => ("not-served", None),
        Listed::Unknown(reason) => ("unknown", Some(reason)),
    };
    let mut row = json!({ "group": kind.group, "kind": kind.kind, "state": state });
    if let (Value::Object(fields), Some(reason)) = (&mut row, reason) {
        fields.insert("reason".to_owned(), reason.into());
    }
    row
}
