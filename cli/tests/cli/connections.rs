//! Policies on connections, as users run them.

use std::path::Path;

use crate::folder::Folder;
use crate::run::{golden, hedgerow};

const CLUSTER: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: dev, labels: {environment: dev}}
---
apiVersion: v1
kind: Namespace
metadata: {name: prod, labels: {environment: prod}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: dev, name: tool}
spec:
  selector: {matchLabels: {app: tool}}
  template:
    metadata: {labels: {app: tool}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {namespace: prod, name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: prod, name: db}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector: {matchLabels: {app: api}}
        - namespaceSelector: {}
      ports:
        - {protocol: TCP, port: 5432}
";

fn folder(test: &str) -> Folder {
    let folder = Folder::new(test, &[("cluster.yaml", CLUSTER)]);
    let ran = hedgerow(folder.path(), &["policy", "new", "team", "--about", "connections", "-q"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    folder
}

#[test]
fn a_connection_that_may_not_be_is_a_finding_at_the_rule_that_opens_it() {
    let folder = folder("connections");
    for engine in ["native", "wasm"] {
        let ran = hedgerow(folder.path(), &["check", "cluster.yaml", "--policies", "team", "--engine", engine]);
        assert_eq!(ran.code, 1, "{ran:?}");
        golden("connections.txt", &ran.out);
        let ran =
            hedgerow(folder.path(), &["check", "cluster.yaml", "--policies", "team", "--engine", engine, "-o", "json"]);
        golden("connections.json", &ran.out);
    }
}

#[test]
fn a_pack_about_connections_begins_whole() {
    let folder = folder("connections-new");
    for arguments in [
        &["policy", "validate", "team"][..],
        &["policy", "fmt", "--check", "team"],
        &["test", "team", "--engine", "native", "--coverage-fail-under", "100"],
        &["test", "team", "--engine", "wasm", "--coverage-fail-under", "100"],
        &["policy", "show", "team/dev-apart", "--policies", "team"],
    ] {
        let ran = hedgerow(folder.path(), arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    }
    let ran = hedgerow(folder.path(), &["policy", "list", "--policies", "team", "-o", "json"]);
    assert!(ran.out.contains("\"connections\": [\n        \"connect\"\n      ]"), "{}", ran.out);
    let ran = hedgerow(folder.path(), &["policy", "schema"]);
    assert!(ran.out.contains("namespace net") && ran.out.contains("entity Addresses"), "{}", ran.out);
}

#[test]
fn the_library_has_connections_switched_off_and_on_by_name() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    for engine in ["native", "wasm"] {
        let check =
            |more: &[&str]| hedgerow(root, &[&["check", "examples/log-system", "--engine", engine], more].concat());
        let (off, on) = (check(&[]), check(&["--param", "enable=connections"]));
        assert!(off.code == 0 && on.code == 0, "{off:?} {on:?}");
        assert!(off.out != on.out, "{}", on.out);
        let wrong = check(&["--param", "enable=conections"]);
        assert!(wrong.code == 2 && wrong.out.contains("did you mean `connections`?"), "{wrong:?}");
    }
}
