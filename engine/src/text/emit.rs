//! Values → YAML.

use super::write::quote;
use super::{Entry, Map, Node, Value, to_json};
use crate::finding::Span;

/// Where a value stands that was not read.
const NOWHERE: Span = Span { start: 0, end: 0 };

impl Value {
    /// Text that was not read.
    pub fn of_text(text: &str) -> Value {
        Value { span: NOWHERE, node: Node::Text(text.into()) }
    }

    /// An integer that was not read.
    pub fn of_int(int: i64) -> Value {
        Value { span: NOWHERE, node: Node::Int(int) }
    }

    /// A sequence that was not read.
    pub fn of_list(elements: Vec<Value>) -> Value {
        Value { span: NOWHERE, node: Node::List(elements) }
    }

    /// A mapping that was not read; of entries with the same key the last stays.
    pub fn of_entries<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        let entry = |(key, value): (&str, Value)| Entry { key: key.into(), key_span: NOWHERE, value };
        let map = Map::from_entries(entries.into_iter().map(entry).collect(), &mut Vec::new());
        Value { span: NOWHERE, node: Node::Map(map) }
    }
}

/// The value in flow style on one line: `{podSelector: {matchLabels: {app: web}}}`.
pub fn to_flow(value: &Value) -> String {
    match &value.node {
        Node::List(list) => format!("[{}]", list.iter().map(to_flow).collect::<Vec<_>>().join(", ")),
        Node::Map(map) => {
            let entry = |entry: &Entry| format!("{}: {}", scalar(&entry.key), to_flow(&entry.value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Node::Text(text) => scalar(text),
        _ => to_json(value),
    }
}

/// The value in block style: lines without a line break at the end of the last, each after the first indented by `indent`
/// spaces. An empty sequence or mapping is `[]` or `{}`.
pub fn to_block(value: &Value, indent: usize) -> String {
    let pad = format!("\n{}", " ".repeat(indent));
    match &value.node {
        Node::List(list) if !list.is_empty() => {
            let element = |element: &Value| format!("- {}", to_block(element, indent + 2));
            list.iter().map(element).collect::<Vec<_>>().join(&pad)
        }
        Node::Map(map) if !map.is_empty() => {
            let entry = |entry: &Entry| format!("{}:{}", scalar(&entry.key), below(&entry.value, indent + 2));
            map.iter().map(entry).collect::<Vec<_>>().join(&pad)
        }
        _ => to_flow(value),
    }
}

/// What stands behind the colon of a key whose value's lines are indented by `indent` spaces: on lines of its own if it is
/// a sequence or mapping that is not empty, else behind a space.
pub fn below(value: &Value, indent: usize) -> String {
    let empty = match &value.node {
        Node::List(list) => list.is_empty(),
        Node::Map(map) => map.is_empty(),
        _ => true,
    };
    if empty { format!(" {}", to_flow(value)) } else { format!("\n{}{}", " ".repeat(indent), to_block(value, indent)) }
}

/// Plain where every reader of YAML takes it for text, else in quotes.
fn scalar(text: &str) -> String {
    // What YAML 1.1 reads as a boolean or as null.
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "true", "false", "on", "off", "null"];
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|each| each.is_ascii_alphanumeric() || matches!(each, '-' | '_' | '.' | '/'))
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if plain {
        return text.to_owned();
    }
    let mut out = String::new();
    quote(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::{Value, below, to_block, to_flow};

    fn peer() -> Value {
        let labels =
            Value::of_entries([("app.kubernetes.io/name", Value::of_text("web")), ("on", Value::of_text("1"))]);
        Value::of_entries([
            ("podSelector", Value::of_entries([("matchLabels", labels)])),
            ("ports", Value::of_list(vec![Value::of_int(80), Value::of_list(Vec::new())])),
        ])
    }

    #[test]
    fn flow_style_is_one_line_and_quotes_what_would_be_read_as_something_else() {
        assert_eq!(
            to_flow(&peer()),
            r#"{podSelector: {matchLabels: {app.kubernetes.io/name: web, "on": "1"}}, ports: [80, []]}"#
        );
    }

    #[test]
    fn block_style_indents() {
        let text = "podSelector:\n    matchLabels:\n      app.kubernetes.io/name: web\n      \"on\": \"1\"\n  ports:\n    - 80\n    - []";
        assert_eq!(to_block(&peer(), 2), text);
        assert_eq!(below(&Value::of_list(Vec::new()), 2), " []");
        assert_eq!(below(&Value::of_list(vec![Value::of_int(1)]), 2), "\n  - 1");
    }
}
