//! `hedgerow check -o`: machine output.

use serde_json::Value;

use crate::folder::{NODE_PORT, with_pack};
use crate::run::{golden, hedgerow};

#[test]
fn machine_output_is_alone_on_standard_output() {
    for format in ["json", "sarif", "junit", "github"] {
        let folder = with_pack(format, &[("web.yaml", NODE_PORT)]);
        let ran = hedgerow(folder.path(), &["check", "--policies", "pack", "web.yaml", "-o", format]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let shown = ran.out.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        golden(&format!("node-port.{format}"), &without_digests(&shown));
        assert_eq!(ran.err, "result: findings (1 error)\n");
    }
}

/// Digests change with what is hashed, which is not what these tests are about.
fn without_digests(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("sha256:") {
        shown.push_str(before);
        shown.push_str("sha256:…");
        rest = after.trim_start_matches(|letter: char| letter.is_ascii_hexdigit());
    }
    shown + rest
}

#[test]
fn one_run_writes_many_reports() {
    let folder = with_pack("many", &[("web.yaml", NODE_PORT)]);
    let outputs = ["-o", "text", "-o", "json=out.json", "-o", "sarif=out.sarif", "-o", "junit=out.xml"];
    let ran = hedgerow(folder.path(), &[&["check", "--policies", "pack", "web.yaml"][..], &outputs].concat());
    assert!(ran.out.contains("result: findings (1 error)"), "{ran:?}");
    let report: Value = serde_json::from_str(&folder.read("out.json")).unwrap();
    assert_eq!(report["summary"]["errors"], 1);
    let sarif: Value = serde_json::from_str(&folder.read("out.sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(folder.read("out.xml").contains("<failure"));
}

#[test]
fn two_reports_do_not_share_standard_output() {
    let folder = with_pack("two", &[("web.yaml", NODE_PORT)]);
    let ran = hedgerow(folder.path(), &["check", "--policies", "pack", "web.yaml", "-o", "json", "-o", "sarif"]);
    assert!(ran.code == 2 && ran.err.contains("cannot share standard output"), "{ran:?}");
}

#[test]
fn reports_are_valid_by_their_schemas() {
    let text = format!("# a comment\n{NODE_PORT}");
    let folder = with_pack("schemas", &[("web.yaml", text.as_str()), ("bad.yaml", "a: [\n")]);
    let read = |name: &str| -> Value {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let mut sarif = read("tests/vendor/sarif/sarif-schema-2.1.0.json");
    for of in ["run", "toolComponent"] {
        sarif["definitions"][of]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
    }
    for (format, schema) in [("json", read("../docs/schema/report.v1.json")), ("sarif", sarif)] {
        let validator = jsonschema::validator_for(&schema).unwrap();
        for policies in [&["--policies", "pack"][..], &[]] {
            let arguments = [&["check", ".", "-o", format][..], policies].concat();
            let report: Value = serde_json::from_str(&hedgerow(folder.path(), &arguments).out).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{format}: {}", errors.join("\n"));
        }
    }
}
