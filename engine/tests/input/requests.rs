//! Requests of an API server.

use crate::marks::objects_of;
use engine::object::{AccessAttributes, Operation, decode_access_review, decode_admission_review};
use engine::text::{Limits, Value, read_json};

const REVIEW: &str = r#"{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
    "uid": "u1", "kind": {"group": "", "version": "v1", "kind": "Service"},
    "resource": {"group": "", "version": "v1", "resource": "services"}, "subResource": "status",
    "name": "web", "namespace": "shop", "operation": "UPDATE",
    "userInfo": {"username": "kim", "groups": ["dev", "system:authenticated"]},
    "object": {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"}},
    "oldObject": null, "dryRun": true}}"#;

fn value(text: &str) -> Value {
    read_json(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn an_admission_review_is_decoded() {
    let request = decode_admission_review(value(REVIEW)).unwrap();
    assert_eq!((request.uid.as_str(), request.operation), ("u1", Operation::Update));
    assert_eq!((request.api_version().as_str(), request.kind.as_str()), ("v1", "Service"));
    assert_eq!((request.resource.as_str(), request.subresource.as_str()), ("services", "status"));
    assert_eq!((request.namespace.as_str(), request.name.as_str()), ("shop", "web"));
    assert_eq!((request.user.as_str(), request.groups.len(), request.dry_run), ("kim", 2, true));
    assert!(request.object.is_some() && request.old_object.is_none());
}

#[test]
fn what_is_missing_or_wrong_in_a_review_is_named() {
    let cases = [
        (r#""uid": "u1", "#, "", "`request.uid` is missing"),
        ("UPDATE", "PATCH", "`request.operation` is `PATCH`"),
        (
            r#"{"username": "kim", "groups": ["dev", "system:authenticated"]}"#,
            "[]",
            "`request.userInfo` is of type list",
        ),
        (
            r#"["dev", "system:authenticated"]"#,
            "[1]",
            "`userInfo.groups` is of type list, and should be a list of strings",
        ),
        (r#""dryRun": true"#, r#""dryRun": "yes""#, "`request.dryRun` is of type string"),
        (r#""oldObject": null"#, r#""oldObject": 3"#, "`request.oldObject` is no map"),
        ("admission.k8s.io/v1", "admission.k8s.io/v1beta1", "the body is no AdmissionReview"),
        (r#""request": {"#, r#""response": {"#, "`request` is missing"),
    ];
    for (from, to, message) in cases {
        assert!(REVIEW.contains(from), "{from}");
        let error = decode_admission_review(value(&REVIEW.replace(from, to))).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
    assert!(decode_admission_review(Value::NULL).is_err());
}

#[test]
fn a_file_with_a_review_is_its_object() {
    let (objects, findings) = objects_of(REVIEW);
    assert!(findings.is_empty());
    assert_eq!(objects[0].id.display(), "Service shop/web");
    let (objects, findings) = objects_of(&REVIEW.replace("UPDATE", "x"));
    assert!(objects.is_empty() && findings[0].message.starts_with("the AdmissionReview cannot be read"));
}

#[test]
fn an_access_review_is_decoded() {
    let review = |spec: &str| {
        let text =
            format!(r#"{{"kind": "SubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": {spec}}}"#);
        decode_access_review(&value(&text))
    };
    let request =
        review(r#"{"user": "kim", "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "a"}}"#);
    let request = request.unwrap();
    let AccessAttributes::Resource { verb, resource, namespace, group, .. } = request.attributes else { panic!() };
    assert_eq!([verb, resource, namespace, group], ["get", "pods", "a", ""]);
    let request =
        review(r#"{"groups": ["dev"], "nonResourceAttributes": {"verb": "get", "path": "/healthz"}}"#).unwrap();
    assert_eq!(
        request.attributes,
        AccessAttributes::NonResource { verb: "get".to_owned(), path: "/healthz".to_owned() }
    );
    for spec in
        ["{}", r#"{"user": "kim"}"#, r#"{"resourceAttributes": {}}"#, r#"{"user": 1, "resourceAttributes": {}}"#]
    {
        assert!(review(spec).is_err(), "{spec}");
    }
}
