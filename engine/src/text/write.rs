//! Values → compact JSON.

use std::fmt::Write;

use super::{Node, Value};

/// The value as compact JSON, keys in the order written.
pub fn to_json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match &value.node {
        Node::Null => out.push_str("null"),
        Node::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Node::Int(int) => number(int, out),
        Node::Float(float) => number(float, out),
        Node::Text(text) => quote(text, out),
        Node::List(list) => {
            out.push('[');
            for (index, element) in list.iter().enumerate() {
                comma(index, out);
                write(element, out);
            }
            out.push(']');
        }
        Node::Map(map) => {
            out.push('{');
            for (index, entry) in map.iter().enumerate() {
                comma(index, out);
                quote(&entry.key, out);
                out.push(':');
                write(&entry.value, out);
            }
            out.push('}');
        }
    }
}

fn comma(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

fn number(number: &dyn std::fmt::Display, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{number}");
}

pub(super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => number(&format_args!("\\u{:04x}", u32::from(control)), out),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_json_asks() {
        let value = Value { node: Node::Text("a\"b\\\n\u{1}ü".into()), ..Value::NULL };
        assert_eq!(to_json(&value), "\"a\\\"b\\\\\\n\\u0001ü\"");
    }
}
