//! JSON: the reader of admission requests.

use engine::text::{JsonErrorKind, Limits, read_json, to_json};

fn json(text: &str) -> String {
    to_json(&read_json(text.as_bytes(), &Limits::default()).unwrap())
}

fn error(text: &str) -> (JsonErrorKind, String) {
    let error = read_json(text.as_bytes(), &Limits::default()).unwrap_err();
    (error.kind, error.message)
}

#[test]
fn every_kind_of_value_is_read() {
    let text = r#"{"a":[1,-2,0.5,1e400,true,false,null,"x",{},[]]}"#;
    assert_eq!(error(text).0, JsonErrorKind::Syntax);
    let text = text.replace("1e400", "12345678901234567890");
    assert_eq!(json(&text), r#"{"a":[1,-2,0.5,12345678901234567000,true,false,null,"x",{},[]]}"#);
    assert_eq!(json(" \r\n\t7 "), "7");
}

#[test]
fn whole_numbers_are_integers_however_written() {
    assert_eq!(json("[80.0, 1e3, -0, 9223372036854775807]"), "[80,1000,0,9223372036854775807]");
}

#[test]
fn escapes_are_undone() {
    assert_eq!(json(r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#), "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\té😀\"");
    assert_eq!(json(r#""\ud83d\u0041\ude00""#), "\"\u{FFFD}A\u{FFFD}\"");
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    let cases = [
        ("", "found the end of the text"),
        ("{", "a key in double quotes"),
        ("{a:1}", "a key in double quotes"),
        ("{\"a\" 1}", "`:` after the key"),
        ("{\"a\":1,}", "a key in double quotes"),
        ("[1 2]", "`,` or `]`"),
        ("[1,]", "expected a value, found `]`"),
        ("01", "the end of the text, found `1`"),
        ("1.", "a digit"),
        ("-", "a digit"),
        ("+1", "a value"),
        ("tru", "`true`"),
        ("nullx", "the end of the text"),
        ("\"a", "`\"` at the end of the string"),
        ("\"\n\"", "U+000A"),
        ("\"\\x\"", "after the backslash"),
        ("\"\\u12g4\"", "four hexadecimal digits"),
        ("\"\\u12", "four hexadecimal digits"),
        ("{} {}", "the end of the text, found `{`"),
        ("// x\n1", "a value"),
    ];
    for (text, message) in cases {
        let (kind, found) = error(text);
        assert!(kind == JsonErrorKind::Syntax && found.contains(message), "{text:?}: {found}");
    }
    let error = read_json(b"{\"a\": tru}", &Limits::default()).unwrap_err();
    assert_eq!(error.span.start, 6);
}

#[test]
fn a_key_that_stands_twice_is_refused_anywhere() {
    assert_eq!(error(r#"{"a":{"b":1,"\u0062":2}}"#).0, JsonErrorKind::DuplicateKey);
    let many: String = (0..40).map(|key| format!("\"k{key}\":0,")).collect();
    assert_eq!(error(&format!("{{{many}\"k7\":1}}")).0, JsonErrorKind::DuplicateKey);
}

#[test]
fn managed_fields_are_checked_and_not_kept() {
    assert_eq!(
        json(r#"{"managedFields":[{"a":"\u0041","b":[1,{"c":null}]},[]],"x":1}"#),
        r#"{"managedFields":null,"x":1}"#
    );
    assert_eq!(json(r#"{"labels":{"managedFields":"a"}}"#), r#"{"labels":{"managedFields":"a"}}"#);
    for broken in [r#"{"managedFields":[1 2]}"#, r#"{"managedFields":{"a" 1}}"#, r#"{"managedFields":["\q"]}"#] {
        assert_eq!(error(broken).0, JsonErrorKind::Syntax, "{broken}");
    }
    let deep = format!("{{\"managedFields\":{}{}}}", "[".repeat(200), "]".repeat(200));
    assert_eq!(error(&deep).0, JsonErrorKind::TooLarge);
}

#[test]
fn spans_are_byte_ranges() {
    let text = "{ \"ü\" : [ \"é\" , 12 ] }";
    let value = read_json(text.as_bytes(), &Limits::default()).unwrap();
    let entry = value.as_map().unwrap().iter().next().unwrap();
    let slice = |span: engine::finding::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(slice(entry.key_span), "\"ü\"");
    let list: Vec<_> = entry.value.as_list().unwrap().iter().map(|value| slice(value.span)).collect();
    assert_eq!((slice(entry.value.span), list), ("[ \"é\" , 12 ]", vec!["\"é\"", "12"]));
}

#[test]
fn the_answer_is_that_of_serde_json() {
    // Every text of up to six of these pieces: what one accepts the other does, with the same value.
    let pieces = ["{", "}", "[", "]", ",", ":", "\"a\"", "1", "null", " "];
    for length in 1..=5u32 {
        for number in 0..10usize.pow(length) {
            let digit = |place: u32| pieces[number / 10usize.pow(place) % 10];
            let text: String = (0..length).map(digit).collect();
            let ours = read_json(text.as_bytes(), &Limits::default());
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(theirs) => {
                    let theirs = theirs.to_string();
                    let twice = matches!(&ours, Err(error) if error.kind == JsonErrorKind::DuplicateKey);
                    assert!(twice || to_json(&ours.unwrap()) == theirs, "{text}");
                }
                Err(_) => assert!(ours.is_err(), "{text}"),
            }
        }
    }
}
