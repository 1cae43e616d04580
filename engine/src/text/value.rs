//! A value of YAML or JSON with the byte range of every key and value.

use crate::finding::Span;

/// One value and where it stood.
#[derive(Clone, Debug)]
pub struct Value {
    /// The bytes of the value in its source. A value that came from an alias has the alias' range.
    pub span: Span,
    /// What it is.
    pub node: Node,
}

/// The kinds of value that YAML and JSON share.
#[derive(Clone, Debug)]
pub enum Node {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean, also as YAML 1.1 spells it.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Box<str>),
    /// A sequence.
    List(Vec<Value>),
    /// A mapping, in the order written.
    Map(Map),
}

/// A mapping in the order written. INVARIANT: no key stands twice.
#[derive(Clone, Debug, Default)]
pub struct Map(Vec<Entry>);

/// One key of a mapping and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key; keys that are no text in YAML are written as JSON would.
    pub key: Box<str>,
    /// Where the key stood.
    pub key_span: Span,
    /// The value.
    pub value: Value,
}

impl Map {
    /// A mapping of these entries; of entries with the same key the last stays. Returns the dropped ones too.
    pub fn from_entries(entries: Vec<Entry>) -> Map {
        Map(entries)
    }

    /// The value at `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry at `key`.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| &*entry.key == key)
    }

    /// The entries in the order written.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.0.iter()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Value {
    /// A null that stands nowhere.
    pub const NULL: Value = Value { span: Span { start: 0, end: 0 }, node: Node::Null };

    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.node {
            Node::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The elements, if it is a sequence.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.node {
            Node::List(list) => Some(list),
            _ => None,
        }
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.node {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.node {
            Node::Int(int) => Some(int),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.node {
            Node::Bool(bool) => Some(bool),
            _ => None,
        }
    }

    /// True for null.
    pub fn is_null(&self) -> bool {
        matches!(self.node, Node::Null)
    }

    /// The value at `key`, if it is a mapping that has it. Null counts as absent, as in the Kubernetes API.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(key)).filter(|value| !value.is_null())
    }

    /// The value down a path of keys; see [`Value::get`].
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// What the value is, in Kubernetes' words: `null`, `boolean`, `integer`, `number`, `string`, `list`, `map`.
    pub fn type_name(&self) -> &'static str {
        match self.node {
            Node::Null => "null",
            Node::Bool(_) => "boolean",
            Node::Int(_) => "integer",
            Node::Float(_) => "number",
            Node::Text(_) => "string",
            Node::List(_) => "list",
            Node::Map(_) => "map",
        }
    }
}
