//! The example system can be applied object by object to an empty cluster: nothing is refused, and what is warned about is
//! cured by what comes later.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test stops where something is missing")]

use std::path::Path;

use engine::cluster::World;
use engine::text::{Document, Format, Limits, Value, read, to_json};
use engine::{Cluster, LoadOptions, Policies, Review, ReviewOptions, Source, review};

/// The kinds of the example in the order in which Helm installs them.
const HELM: [&str; 5] = ["Namespace", "NetworkPolicy", "Service", "Deployment", "StatefulSet"];

fn library() -> Policies {
    let source = |(name, bytes): &(&str, &[u8])| Source {
        name: (*name).to_owned(),
        format: Format::Auto,
        bytes: bytes.to_vec(),
    };
    let sources: Vec<Source> = policies::sources().iter().map(source).collect();
    Policies::load(&sources, &LoadOptions::default()).expect("the library loads").0
}

/// The objects of the example in the order of files.
fn objects() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/log-system");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let documents = files.iter().flat_map(|file| {
        let name = file.display().to_string();
        let source = Source { name, format: Format::Yaml, bytes: std::fs::read(file).unwrap() };
        read(&source, &Limits::default(), &mut Vec::new())
    });
    documents.map(|Document { value, .. }| value).collect()
}

fn text<'a>(object: &'a Value, path: &[&str]) -> &'a str {
    object.at(path).and_then(Value::as_str).unwrap_or_default()
}

fn create(policies: &Policies, cluster: &mut Cluster, object: &Value) -> Review {
    let api_version = text(object, &["apiVersion"]);
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let (kind, name) = (text(object, &["kind"]), text(object, &["metadata", "name"]));
    let namespace = if kind == "Namespace" { name } else { text(object, &["metadata", "namespace"]) };
    let body = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"1","operation":"CREATE",
        "kind":{{"group":"{group}","version":"{version}","kind":"{kind}"}},
        "resource":{{"group":"{group}","version":"{version}","resource":"any"}},
        "namespace":"{namespace}","name":"{name}","userInfo":{{"username":"alice","groups":["dev"]}},
        "object":{object}}}}}"#,
        object = to_json(object)
    );
    let review = review(policies, cluster, body.as_bytes(), &ReviewOptions::default()).expect("the review is answered");
    let source = Source { name: name.to_owned(), format: Format::Json, bytes: to_json(object).into_bytes() };
    assert!(cluster.apply(&source).is_empty());
    review
}

/// Creates the objects one after the other, and gives what was warned about.
fn warnings(objects: &[Value]) -> Vec<String> {
    let policies = library();
    let mut cluster = Cluster::of_files(World::Closed);
    let mut warned = Vec::new();
    for object in objects {
        let review = create(&policies, &mut cluster, object);
        let findings: Vec<&str> = review.findings.iter().map(|finding| &*finding.message).collect();
        assert!(review.admitted, "{findings:?}");
        assert!(review.unknowns.is_empty(), "{:?}", review.unknowns);
        for finding in review.findings {
            assert!(finding.settles, "nothing later cures: {} {}", finding.code, finding.message);
            warned.push(finding.code);
        }
    }
    warned
}

#[test]
fn in_the_order_of_files_it_is_admitted_with_warnings_that_settle() {
    let warned = warnings(&objects());
    assert!(warned.iter().any(|code| code == "SVC018"), "{warned:?}");
}

#[test]
fn in_the_order_of_helm_it_is_admitted_with_warnings_that_settle() {
    let mut objects = objects();
    objects.sort_by_key(|object| HELM.iter().position(|kind| *kind == text(object, &["kind"])));
    let warned = warnings(&objects);
    assert!(warned.iter().any(|code| code == "SVC018"), "{warned:?}");
}

#[test]
fn with_workloads_before_services_hardly_anything_is_warned_about() {
    let mut objects = objects();
    let order = ["Namespace", "NetworkPolicy", "Deployment", "StatefulSet", "Service"];
    objects.sort_by_key(|object| order.iter().position(|kind| *kind == text(object, &["kind"])));
    assert!(!warnings(&objects).iter().any(|code| code == "SVC018"));
}
