//! JSON values as YAML, readable, for `kubectl apply -f -`.

use serde_json::Value;

/// One document of a stream, with its `---`.
pub(super) fn document(value: &Value) -> String {
    let mut text = "---\n".to_owned();
    block(value, 0, &mut text);
    text
}

/// Writes a value at the start of a line, indented.
fn block(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                out.push_str(&format!("{pad}{}:", scalar(&Value::String(key.clone()))));
                below(value, indent, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut text = String::new();
                block(item, indent + 2, &mut text);
                out.push_str(&format!("{pad}- {}", text.trim_start()));
            }
        }
        value => out.push_str(&format!("{pad}{}\n", scalar(value))),
    }
}

/// Writes a value after its key.
fn below(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('\n');
            block(value, indent + 2, out);
        }
        Value::Array(items) if !items.is_empty() => {
            if items.iter().all(|item| !item.is_object() && !item.is_array()) {
                let items: Vec<String> = items.iter().map(scalar).collect();
                let line = format!(" [{}]\n", items.join(", "));
                if indent + line.len() <= 110 {
                    out.push_str(&line);
                    return;
                }
            }
            out.push('\n');
            block(value, indent + 2, out);
        }
        value => out.push_str(&format!(" {}\n", scalar(value))),
    }
}

/// A JSON scalar is a YAML scalar; words that YAML reads as strings stand without quotes.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        value => value.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "-./_".contains(character))
        && !words.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_what_is_read() {
        let value = json!({
            "a": "plain", "b": "no", "c": "", "d": [], "e": {}, "f": null, "g": 3, "h": "a: b", "kubernetes.io/x": "1",
            "list": [{ "x": [1, 2], "y": { "z": "w" } }, "s"],
        });
        assert_eq!(
            document(&value),
            "---\na: plain\nb: \"no\"\nc: \"\"\nd: []\ne: {}\nf: null\ng: 3\nh: \"a: b\"\nkubernetes.io/x: \"1\"\n\
             list:\n  - x: [1, 2]\n    \"y\":\n      z: w\n  - s\n"
        );
    }
}
