//! `hedgerow test`.

use crate::folder::{Folder, with_pack};
use crate::run::{golden, hedgerow};

const TESTS: &str = "\
apiVersion: hedgerow.dev/v1alpha1
kind: PolicyTest
given:
  - file: namespace.yaml
cases:
  - name: a node port is refused
    object:
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec: {type: NodePort}
    expect:
      review: deny
      findings: [{id: own/node-port, field: /spec/type}]
  - name: a ClusterIP passes
    object:
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec: {type: ClusterIP}
    expect: {review: allow}
";

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {environment: prod}}\n";

fn folder(test: &str) -> Folder {
    with_pack(test, &[("pack/node-port.test.yaml", TESTS), ("pack/namespace.yaml", NAMESPACE)])
}

#[test]
fn tests_that_pass_are_printed_like_cargos() {
    let folder = folder("pass");
    for engine in ["native", "wasm"] {
        let ran = hedgerow(folder.path(), &["test", "pack", "--engine", engine]);
        assert_eq!(ran.code, 0, "{ran:?}");
        golden("test-pass.txt", &ran.out);
    }
}

#[test]
fn a_failure_shows_expected_and_actual() {
    let folder = folder("fail");
    folder.write("pack/node-port.test.yaml", TESTS.replace("review: allow", "review: deny").as_bytes());
    let ran = hedgerow(folder.path(), &["test", "--engine", "native"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    golden("test-fail.txt", &ran.out);
}

#[test]
fn no_test_found_is_two() {
    let folder = with_pack("none", &[]);
    let ran = hedgerow(folder.path(), &["test", "pack", "--engine", "native"]);
    assert!(ran.code == 2 && ran.err.contains("no test was found in `pack`"), "{ran:?}");
    assert!(ran.out.contains("test result: FAILED. 0 passed"), "{ran:?}");
    let ran = hedgerow(folder.path(), &["test", "nowhere", "--engine", "native"]);
    assert!(ran.code == 2 && ran.err == "error: `nowhere` cannot be read: there is no such file\n", "{ran:?}");
}

#[test]
fn a_filter_leaves_the_rest_out_and_must_match_something() {
    let folder = folder("filter");
    let ran = hedgerow(folder.path(), &["test", "--engine", "native", "--filter", "ClusterIP"]);
    assert!(ran.code == 0 && ran.out.contains("1 passed; 0 failed; 1 filtered out"), "{ran:?}");
    let ran = hedgerow(folder.path(), &["test", "--engine", "native", "--filter", "no such"]);
    assert!(ran.code == 2 && ran.err.contains("`no such` is in the FILE::NAME of none of 2 tests"), "{ran:?}");
}

#[test]
fn coverage_names_what_no_test_has_seen() {
    let folder = folder("coverage");
    let arguments =
        ["test", "--engine", "native", "--coverage", "--coverage-lcov", "out.lcov", "--coverage-json", "c.json"];
    let ran = hedgerow(folder.path(), &arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    golden("coverage.txt", &ran.out);
    golden("coverage.lcov", &folder.read("out.lcov"));
    golden("coverage.json", &folder.read("c.json"));
    let ran = hedgerow(folder.path(), &["test", "--engine", "native", "--coverage-fail-under", "100"]);
    assert!(ran.code == 1 && ran.err.contains("below --coverage-fail-under 100"), "{ran:?}");
    let ran = hedgerow(folder.path(), &["test", "--engine", "native", "--coverage-fail-under", "10"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn reports_for_other_programs() {
    let folder = folder("formats");
    let ran =
        hedgerow(folder.path(), &["test", "--engine", "native", "-o", "tap", "-o", "junit=o.xml", "-o", "json=o.json"]);
    golden("test.tap", &ran.out);
    golden("test.xml", &folder.read("o.xml"));
    golden("test.json", &folder.read("o.json"));
}
