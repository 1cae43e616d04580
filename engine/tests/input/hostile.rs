//! Input that means harm, or is only very large: an answer in bounded work, and never a panic.

use crate::marks::{documents_of, objects_of};
use engine::text::{JsonErrorKind, Limits, read, read_json};
use engine::{Format, Source};

/// The code of the only finding, and its message.
fn told(bytes: &[u8]) -> (String, String) {
    let (documents, findings) = documents_of(bytes);
    assert!(documents.is_empty());
    assert_eq!(findings.len(), 1, "{findings:?}");
    (findings[0].code.clone(), findings[0].message.clone())
}

#[test]
fn nesting_ten_thousand_deep_is_too_large() {
    let deep = 10_000;
    for text in ["[".repeat(deep), "[".repeat(deep) + &"]".repeat(deep), "{a: ".repeat(deep), "{\"a\":".repeat(deep)] {
        assert_eq!(told(text.as_bytes()).0, "HR004");
    }
    let block: String = (0..deep).map(|level| format!("{}a:\n", " ".repeat(level % 2_000))).collect();
    assert_eq!(documents_of(block.as_bytes()).1[0].code, "HR004");
    assert_eq!(told("- ".repeat(deep).as_bytes()).0, "HR004");
}

#[test]
fn documents_after_one_that_is_too_deep_are_read() {
    let text = format!("a: {}\n---\nb: 1\n", "[".repeat(1_000));
    let (documents, findings) = documents_of(text.as_bytes());
    assert_eq!((documents.len(), findings.len()), (1, 1));
}

#[test]
fn the_limit_of_depth_is_exact() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let limits = Limits::default();
    assert!(read_json(nested(limits.depth).as_bytes(), &limits).is_ok());
    assert_eq!(read_json(nested(limits.depth + 1).as_bytes(), &limits).unwrap_err().kind, JsonErrorKind::TooLarge);
    let yaml = |depth: usize| documents_of(("x: ".to_owned() + &nested(depth)).as_bytes()).1.len();
    assert_eq!((yaml(limits.depth - 1), yaml(limits.depth)), (0, 1));
}

#[test]
fn aliases_that_explode_are_refused() {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..=9 {
        let before = format!("*a{},", level - 1).repeat(9);
        text += &format!("a{level}: &a{level} [{}]\n", before.trim_end_matches(','));
    }
    let (code, message) = told(text.as_bytes());
    assert!(code == "HR004" && message.contains("aliases"), "{message}");
}

#[test]
fn aliases_that_deepen_are_refused() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..=200 {
        text += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert_eq!(told(text.as_bytes()).0, "HR004");
}

#[test]
fn anchors_inside_anchors_cost_no_more_than_the_budget() {
    let many = "x,".repeat(100_000);
    let text = (0..90).map(|level| format!("&a{level} [")).collect::<String>() + &many + &"]".repeat(90);
    assert_eq!(told(format!("a: {text}\n").as_bytes()).0, "HR004");
}

#[test]
fn an_alias_inside_of_its_own_value_is_refused() {
    let (code, message) = told(b"a: &x [*x]\n");
    assert!(code == "HR002" && message.contains("inside the value"), "{message}");
}

#[test]
fn a_few_aliases_are_fine() {
    let (documents, findings) = documents_of(b"a: &x [1, 2]\nb: [*x, *x, {c: *x}]\n");
    assert_eq!((documents.len(), findings.len()), (1, 0));
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let (code, message) = told(b"kind: \xE4\n");
    assert!(code == "HR001" && message.contains("offset 6"), "{message}");
    let utf16: Vec<u8> = "\u{FEFF}kind: Service\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(told(&utf16).1.contains("UTF-16"));
    let (documents, findings) = documents_of("\u{FEFF}kind: Service\n".as_bytes());
    assert_eq!((documents.len(), findings.len()), (1, 0));
    let (documents, findings) = documents_of("\u{FEFF}{\"kind\": \"Service\"}\n".as_bytes());
    assert_eq!((documents.len(), findings.len()), (1, 0));
}

#[test]
fn a_source_over_the_limit_is_not_begun() {
    let limits = Limits { bytes: 10, ..Limits::default() };
    let source = Source { name: "a.yaml".to_owned(), format: Format::Auto, bytes: b"kind: Service".to_vec() };
    let mut findings = Vec::new();
    assert!(read(&source, &limits, &mut findings).is_empty());
    assert_eq!(findings[0].message, "13 bytes are more than the limit of 10");
    assert_eq!(read_json(b"{\"a\":      1}", &limits).unwrap_err().kind, JsonErrorKind::TooLarge);
}

#[test]
fn more_values_than_the_limit_end_the_source() {
    let limits = Limits { nodes: 10, ..Limits::default() };
    let bytes = b"[1,2,3,4,5,6,7,8,9,10]".to_vec();
    let mut findings = Vec::new();
    let source = Source { name: "a.json".to_owned(), format: Format::Auto, bytes };
    assert!(read(&source, &limits, &mut findings).is_empty());
    let source = Source { format: Format::Yaml, bytes: b"a: [1,2,3,4,5,6,7,8,9]\n---\nb: 1\n".to_vec(), ..source };
    assert!(read(&source, &limits, &mut findings).is_empty());
    assert_eq!(findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["HR004", "HR004"]);
}

#[test]
fn an_object_of_three_megabytes_is_read() {
    let data: String = (0..32_000).map(|line| format!("    key-{line}: {}\n", "x".repeat(80))).collect();
    let text = format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n{data}");
    assert!(text.len() > 2_900_000);
    let (objects, findings) = objects_of(&text);
    assert_eq!((objects.len(), findings.len()), (1, 0));
    assert_eq!(objects[0].meta.annotations.len(), 32_000);
}

#[test]
fn ten_thousand_labels_are_read_and_ten_thousand_mistakes_are_counted() {
    let labels = |value: &str| -> String { (0..10_000).map(|label| format!("    l{label}: {value}\n")).collect() };
    let text = |value| format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels:\n{}", labels(value));
    let (objects, findings) = objects_of(&text("x"));
    assert_eq!((objects[0].meta.labels.len(), findings.len()), (10_000, 0));
    let (objects, findings) = objects_of(&text("1"));
    assert_eq!(findings.len(), 101);
    assert!(findings[100].message.contains("9900 more"), "{}", findings[100].message);
    assert!(!objects[0].is_readable("/spec"), "what is only counted leaves the whole object unreadable");
}

#[test]
fn pieces_of_syntax_in_any_order_never_panic() {
    let pieces = [
        "a", ":", " ", "\n", "-", "[", "]", "{", "}", ",", "&x", "*x", "!!int", "|", "\"", "'", "#", "---", "\t", "<<",
        "?", "%",
    ];
    // A generator of its own, so that the test is the same each time.
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        let (objects, findings) = objects_of(&text);
        assert!(objects.is_empty());
        assert!(findings.iter().all(|finding| finding.place.is_some()), "{text:?}");
    }
}
