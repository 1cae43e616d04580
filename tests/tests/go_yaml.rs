//! `text::read` makes of YAML what `kubectl` makes of it: the golden file is written by `sigs.k8s.io/yaml` (see
//! `tests/go-yaml/main.go`), and every document of it is read here and compared.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use engine::text::{Document, Limits, read, to_json};
use engine::{Format, Source};
use serde_json::Value;

/// Documents that are read otherwise, by reason: all are syntax that YAML 1.1 and 1.2 see differently, nobody writes on
/// purpose, and no object comes of. One that no longer differs has to go.
const KNOWN: &[(&str, &[&str])] = &[
    ("what starts with `:` or `?` inside of brackets", &["element ::1", "element ::", "element :a", "element ?a"]),
    ("a lone `?` or `-` inside of brackets", &["structure.yaml 128", "structure.yaml 130"]),
    ("`:` before a comma or bracket ends a key here", &["structure.yaml 124", "structure.yaml 126"]),
    (
        "`\\/` and surrogate pairs are escapes of JSON and YAML 1.2; kubectl refuses them in YAML",
        &[
            r#"value "\x41\u00e9\U0001F600\n\t\"\\\/""#,
            r#"element "\x41\u00e9\U0001F600\n\t\"\\\/""#,
            r#"key "\x41\u00e9\U0001F600\n\t\"\\\/""#,
            r#"value "\ud83d\ude00""#,
            r#"element "\ud83d\ude00""#,
            r#"key "\ud83d\ude00""#,
        ],
    ),
    ("the name of an anchor may hold a colon here", &["key &", "key &a"]),
    (
        "kubectl stops after brackets, and drops the rest without a word",
        &["key {}", "key []", "element ]", "key {? a : b}"],
    ),
    ("a tab before the first key is white space here", &["key \ta", "structure.yaml 3"]),
    ("a comment needs a space before it here", &["structure.yaml 93"]),
];

#[test]
fn yaml_is_read_as_kubectl_reads_it() {
    let path = std::env::var("HEDGEROW_GO_YAML").unwrap_or_else(|_| "go-yaml/golden.jsonl".to_owned());
    let golden = std::fs::read_to_string(&path).unwrap();
    let mut differ = Vec::new();
    for line in golden.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        let (go, ours) = (go(&case), ours(text("input")));
        let known = KNOWN.iter().any(|(_, names)| names.contains(&text("name")));
        if same(&go, &ours) == known {
            differ.push(format!("{}\n{}  kubectl {go:?}\n  here    {ours:?}\n", text("name"), text("input")));
        }
    }
    assert!(differ.is_empty(), "{} documents differ:\n{}", differ.len(), differ.join("\n"));
}

type Answer = Result<Value, String>;

fn go(case: &Value) -> Answer {
    match case["error"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok(case["json"].clone()),
    }
}

/// The first document, for that is what `sigs.k8s.io/yaml` reads.
fn ours(input: &str) -> Answer {
    let source = Source { name: "case.yaml".to_owned(), format: Format::Yaml, bytes: input.as_bytes().to_vec() };
    let mut findings = Vec::new();
    let documents = read(&source, &Limits::default(), &mut findings);
    let broken = findings.iter().find(|finding| finding.code != "HR003");
    match (broken, documents.first()) {
        (Some(finding), _) => Err(finding.message.clone()),
        (None, None) => Ok(Value::Null),
        (None, Some(Document { value, .. })) => Ok(serde_json::from_str(&to_json(value)).unwrap()),
    }
}

fn same(go: &Answer, ours: &Answer) -> bool {
    match (go, ours) {
        (Ok(go), Ok(ours)) => equal(go, ours),
        (Err(_), Err(_)) => true,
        _ => false,
    }
}

/// Numbers are equal as the 64-bit integers or floats that Kubernetes makes of them.
fn equal(go: &Value, ours: &Value) -> bool {
    match (go, ours) {
        (Value::Number(go), Value::Number(ours)) => match (go.as_i64(), ours.as_i64()) {
            (Some(go), Some(ours)) => go == ours,
            _ => go.as_f64() == ours.as_f64(),
        },
        (Value::Array(go), Value::Array(ours)) => {
            go.len() == ours.len() && go.iter().zip(ours).all(|(go, ours)| equal(go, ours))
        }
        (Value::Object(go), Value::Object(ours)) => {
            go.len() == ours.len() && go.iter().all(|(key, go)| ours.get(key).is_some_and(|ours| equal(go, ours)))
        }
        _ => go == ours,
    }
}
