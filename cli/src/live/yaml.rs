//! JSON values → YAML that people can read: blocks, sorted keys, text in quotes wherever YAML could take it for something else.

use std::collections::BTreeMap;

use serde_json::Value;

/// One document, with a line break at its end.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

/// A value that begins at the beginning of a line.
fn block(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields.iter().collect::<BTreeMap<_, _>>() {
                text.push_str(&"  ".repeat(depth));
                text.push_str(&format!("{}:", scalar(&Value::from(key.as_str()))));
                after(value, depth, text);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            for element in elements {
                let mut inner = String::new();
                block(element, depth + 1, &mut inner);
                // The dash takes the place of the first line's indentation.
                text.push_str(&format!("{}- {}", "  ".repeat(depth), inner.get(2 * (depth + 1)..).unwrap_or_default()));
            }
        }
        other => text.push_str(&format!("{}{}\n", "  ".repeat(depth), scalar(other))),
    }
}

/// A value that follows a key.
fn after(value: &Value, depth: usize, text: &mut String) {
    let nested = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        _ => false,
    };
    if nested {
        text.push('\n');
        block(value, depth + 1, text);
    } else {
        text.push_str(&format!(" {}\n", scalar(value)));
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::String(text) => quoted(text),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        other => other.to_string(),
    }
}

/// Letters, digits and what names are made of, and nothing that YAML 1.1 or 1.2 reads as another type.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/');
    let only = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._/".contains(letter));
    let word = text.to_ascii_lowercase();
    begins && only && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&word.as_str())
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            ' '..='~' => quoted.push(letter),
            other if u32::from(other) <= 0xffff => quoted.push_str(&format!("\\u{:04X}", u32::from(other))),
            other => quoted.push_str(&format!("\\U{:08X}", u32::from(other))),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use engine::text::{Format, Limits, Source, read, to_json};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_reads_as_it_was() {
        let value = json!({
            "b": [[1, [2, -3]], [], {}, { "x": { "y": [] }, "w": [{ "z": null }] }, "a: b", "- c", "", " d ", "#e"],
            "a": { "yes": "yes", "no": true, "1": "1", "1e3": "1e3", "0x1": "~", "null": null, "k\"ey\n": "a\u{1f980}\u{7}\u{85}é\\" },
            "numbers": [0, 1.5, -7, 9007199254740993u64], "times": ["2001-01-01", "12:30:45", "0b1", "0o7", ".inf", "<<", "="],
        });
        let text = document(&value);
        let source = Source { name: "a".into(), format: Format::Yaml, bytes: text.clone().into_bytes() };
        let mut problems = Vec::new();
        let documents = read(&source, &Limits::default(), &mut problems);
        assert!(problems.is_empty() && documents.len() == 1, "{problems:#?}\n{text}");
        let found: Value = serde_json::from_str(&to_json(&documents[0].value)).unwrap();
        assert_eq!(found, value, "{text}");
    }

    #[test]
    fn blocks_are_as_people_write_them() {
        let value =
            json!({ "kind": "Pod", "metadata": { "name": "a" }, "spec": { "ports": [{ "port": 80, "name": "b" }] } });
        assert_eq!(
            document(&value),
            "kind: Pod\nmetadata:\n  name: a\nspec:\n  ports:\n    - name: b\n      port: 80\n"
        );
    }
}
