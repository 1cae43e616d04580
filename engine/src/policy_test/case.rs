//! One case → the request and the cluster it is judged in.

use super::spec::{CaseSpec, Problems, Spec};
use crate::cluster::Cluster;
use crate::finding::Severity;
use crate::object::{AdmissionRequest, Lowered, Object, Operation, Origin, Scope, kind_of, lower};
use crate::text::{Document, Limits, Source, Value, read};

/// The user of cases that name none.
const USER: &str = "hedgerow:test";
/// The namespace of objects that name none, as kubectl has it.
const NAMESPACE: &str = "default";

/// The sources that tests may name as files, relative to the test's folder.
pub(super) struct Files<'a> {
    pub sources: &'a [Source],
    pub folder: &'a str,
}

/// The cluster of the file's and the case's `given`.
pub(super) fn cluster(spec: &Spec<'_>, case: &CaseSpec<'_>, files: &Files<'_>, problems: &mut Problems<'_>) -> Cluster {
    let mut cluster = Cluster::of_files(spec.world);
    for given in spec.given.iter().chain(&case.given) {
        for object in objects(given, files, problems) {
            cluster.insert(object);
        }
    }
    cluster
}

/// The request that the case describes.
pub(super) fn request(case: &CaseSpec<'_>, files: &Files<'_>, problems: &mut Problems<'_>) -> Option<AdmissionRequest> {
    let object = case.object.and_then(|value| content(value, files, problems));
    let old_object = case.old_object.and_then(|value| content(value, files, problems));
    let operation = match (&case.operation, &object, &old_object) {
        (Some(named), _, _) => match Operation::parse(named) {
            Some(operation) => operation,
            None => {
                problems.add(case.value, format!("`{named}` is no operation; it is `create`, `update` or `delete`"));
                return None;
            }
        },
        (None, None, _) => Operation::Delete,
        (None, Some(_), Some(_)) => Operation::Update,
        (None, Some(_), None) => Operation::Create,
    };
    let subject = object.as_ref().or(old_object.as_ref())?;
    let text = |path: &[&str]| subject.at(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (api_version, kind, name) = (text(&["apiVersion"]), text(&["kind"]), text(&["metadata", "name"]));
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version.as_str()));
    let cluster_scoped = kind_of(&api_version, &kind).is_some_and(|kind| kind.scope == Scope::Cluster);
    let namespace = match text(&["metadata", "namespace"]) {
        namespace if !namespace.is_empty() => namespace,
        _ if kind == "Namespace" => name.clone(),
        _ if cluster_scoped => String::new(),
        _ => NAMESPACE.to_owned(),
    };
    Some(AdmissionRequest {
        uid: case.name.clone(),
        operation,
        group: group.to_owned(),
        version: version.to_owned(),
        kind,
        resource: String::new(),
        subresource: String::new(),
        namespace,
        name,
        user: case.user.clone().unwrap_or_else(|| USER.to_owned()),
        groups: case.groups.clone(),
        dry_run: case.dry_run,
        object,
        old_object,
    })
}

/// The objects that one element of `given` stands for.
fn objects(given: &Value, files: &Files<'_>, problems: &mut Problems<'_>) -> Vec<Object> {
    let documents = match file(given) {
        Some(path) => documents(given, path, files, problems),
        None => vec![Document { index: 0, value: given.clone() }],
    };
    let mut all = Vec::new();
    for document in documents {
        let mut findings = Vec::new();
        match lower(document, &Origin::without_text(NAMESPACE), &mut findings) {
            Lowered::Objects(objects) => all.extend(objects),
            Lowered::NotAnObject | Lowered::PolicyTest => {
                problems.add(given, "this is no Kubernetes object (`apiVersion` and `kind` are missing)".to_owned());
            }
        }
        for finding in findings.into_iter().filter(|finding| finding.severity == Severity::Error) {
            problems.add(given, finding.message);
        }
    }
    all
}

/// The value of `object` or `oldObject`, from the file it names if it names one.
fn content(value: &Value, files: &Files<'_>, problems: &mut Problems<'_>) -> Option<Value> {
    match file(value) {
        Some(path) => documents(value, path, files, problems).into_iter().next().map(|document| document.value),
        None => Some(value.clone()),
    }
}

/// The path of a `file: PATH` reference.
fn file(value: &Value) -> Option<&str> {
    let path = value.get("file").and_then(Value::as_str)?;
    value.get("kind").is_none().then_some(path)
}

fn documents(at: &Value, path: &str, files: &Files<'_>, problems: &mut Problems<'_>) -> Vec<Document> {
    let name = join(files.folder, path);
    let Some(source) = files.sources.iter().find(|source| join("", &source.name) == name) else {
        problems.add(at, format!("the file `{path}` is not among the files given (looked for `{name}`)"));
        return Vec::new();
    };
    let mut findings = Vec::new();
    let documents = read(source, &Limits::default(), &mut findings);
    for finding in findings {
        problems.add(at, format!("`{path}`: {}", finding.message));
    }
    documents
}

/// `folder` and `path` as one path without `.` and `..`.
fn join(folder: &str, path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(path.split('/')) {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    let absolute = if folder.starts_with('/') || (folder.is_empty() && path.starts_with('/')) { "/" } else { "" };
    format!("{absolute}{}", steps.join("/"))
}
