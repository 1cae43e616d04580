//! YAML: what is broken is told where it is, and the rest is read.

use crate::marks::{check, documents_of};
use engine::text::to_json;

fn json(text: &str) -> Vec<String> {
    let (documents, findings) = documents_of(text.as_bytes());
    assert!(findings.is_empty(), "{findings:?}");
    documents.iter().map(|document| to_json(&document.value)).collect()
}

#[test]
fn documents_around_a_broken_one_are_read() {
    let text = "a: 1\n---\nb: [\n---\nc: 3\n";
    let (documents, findings) = documents_of(text.as_bytes());
    let indices: Vec<usize> = documents.iter().map(|document| document.index).collect();
    assert_eq!(indices, [0, 2]);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].code.as_str(), findings[0].place.as_ref().unwrap().line), ("HR002", 3));
}

#[test]
fn empty_documents_are_left_out() {
    assert_eq!(json("---\n---\n# nothing\n---\na: 1\n---\n~\n...\n"), [r#"{"a":1}"#]);
    assert!(json("").is_empty());
}

#[test]
fn a_key_that_stands_twice_names_both_lines() {
    let text = "a: 1\nb: 2\na: 3\n";
    let (documents, findings) = documents_of(text.as_bytes());
    assert_eq!(to_json(&documents[0].value), r#"{"b":2,"a":3}"#);
    assert!(findings[0].message.contains("on line 1 and on line 3"), "{}", findings[0].message);
    assert_eq!(findings[0].related[0].place.as_ref().unwrap().line, 1);
}

#[test]
fn every_repetition_is_told() {
    check(
        "
a: {b: 1, b: 2, b: 3}
#         ^ HR003 `b` stands twice
#               ^ HR003 `b` stands twice
",
    );
}

#[test]
fn keys_of_another_type_are_the_text_that_json_has() {
    assert_eq!(json("y: 1\nn: 2\n0x10: 3\n1.5: 4\n"), [r#"{"true":1,"false":2,"16":3,"1.5":4}"#]);
    let (_, findings) = documents_of(b"1: a\n'1': b\n");
    assert_eq!(findings[0].code, "HR003");
}

#[test]
fn what_cannot_be_a_key_is_told() {
    for text in ["[a]: b\n", "{a: b}: c\n", "~: a\n", "x: &x [1]\n*x : b\n"] {
        let (documents, findings) = documents_of(text.as_bytes());
        assert!(documents.is_empty() && findings[0].code == "HR002", "{text}");
    }
}

#[test]
fn a_merge_is_no_repetition() {
    assert_eq!(json("x: &x {a: 1, b: 1}\nz: {<<: *x, b: 2}\n"), [r#"{"x":{"a":1,"b":1},"z":{"a":1,"b":2}}"#]);
    let (_, findings) = documents_of(b"x: &x {a: 1}\ny: {<<: *x, b: 2, b: 3}\n");
    assert_eq!(findings.len(), 1);
}

#[test]
fn spans_are_those_of_keys_and_values() {
    let text = "a:  'b'\nc:\n  - {d: 1}\ne: |\n  x\n  y\n\nf:\n  g: h\n# end\n";
    let (documents, _) = documents_of(text.as_bytes());
    let map = documents[0].value.as_map().unwrap();
    let slice = |span: engine::finding::Span| &text[span.start as usize..span.end as usize];
    let spans: Vec<_> = map.iter().map(|entry| (slice(entry.key_span), slice(entry.value.span))).collect();
    assert_eq!(spans, [("a", "'b'"), ("c", "- {d: 1}"), ("e", "x\n  y"), ("f", "g: h")]);
}

#[test]
fn an_alias_has_its_own_span() {
    let text = "a: &x {b: 1}\nc: *x\n";
    let (documents, _) = documents_of(text.as_bytes());
    let span = documents[0].value.get("c").unwrap().span;
    assert_eq!(&text[span.start as usize..span.end as usize], "*x");
}

#[test]
fn a_template_is_named() {
    let (_, findings) = documents_of(b"a: {{ .Values.x }}\n");
    assert_eq!(findings[0].help.as_deref(), Some("this looks like a template: render it first"));
}

#[test]
fn numbers_that_json_lacks_are_refused() {
    check(
        "
a: .inf
#  ^^^^ HR002 a number that JSON does not have
---
b: !!int x
#        ^ HR002 `!!int`
",
    );
}

#[test]
fn columns_count_characters_and_no_byte_order_mark() {
    let (_, findings) = documents_of("\u{FEFF}ü: 1\nü: 2\n".as_bytes());
    let related = findings[0].related[0].place.as_ref().unwrap();
    assert_eq!((related.line, related.column, related.end_column), (1, 1, 2));
}

#[test]
fn json_that_is_none_may_still_be_yaml() {
    assert_eq!(json("{a: 1}\n---\n{b: 2}\n"), [r#"{"a":1}"#, r#"{"b":2}"#]);
    assert_eq!(json("{\"a\": 1} {\"b\": 2}\n"), [r#"{"a":1}"#, r#"{"b":2}"#]);
}
