//! A value of YAML or JSON with the byte range of every key and value.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::finding::Span;

/// One value and where it stood.
#[derive(Clone, Debug)]
pub struct Value {
    /// The bytes of the value in its source. A value that came from an alias has the alias' range; what is inside of it
    /// stands where the anchor is.
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
    /// Any other finite number.
    Float(f64),
    /// Text.
    Text(SmolStr),
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
    pub key: SmolStr,
    /// Where the key stood.
    pub key_span: Span,
    /// The value.
    pub value: Value,
}

/// A key that stood twice in one mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// Where it stood first.
    pub first: Span,
    /// Where it stood again.
    pub second: Span,
}

/// Up to this many keys are compared each with each; more are sorted.
const FEW: usize = 16;

impl Map {
    /// A mapping of these entries; of entries with the same key the last stays, as `kubectl` has it, and each repetition
    /// is added to `duplicates`. Cost: n log n.
    pub fn from_entries(mut entries: Vec<Entry>, duplicates: &mut Vec<Duplicate>) -> Map {
        let repeated = repeated_keys(&entries);
        if !repeated.is_empty() {
            drop_overridden(&mut entries, &repeated, duplicates);
        }
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

    /// Takes the value at `key` out of the mapping, leaving null.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        let entry = self.0.iter_mut().find(|entry| &*entry.key == key)?;
        Some(std::mem::replace(&mut entry.value, Value::NULL))
    }

    /// The entries themselves, in the order written.
    pub fn into_entries(self) -> Vec<Entry> {
        self.0
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

/// Pairs of entries that have the same key and nothing of that key between them, in the order written.
fn repeated_keys(entries: &[Entry]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    if entries.len() <= FEW {
        for (second, entry) in entries.iter().enumerate() {
            let before = entries
                .iter()
                .take(second)
                .rposition(|earlier| earlier.key.len() == entry.key.len() && earlier.key == entry.key);
            pairs.extend(before.map(|first| (first, second)));
        }
        return pairs;
    }
    let mut order: Vec<(&str, usize)> = entries.iter().enumerate().map(|(index, entry)| (&*entry.key, index)).collect();
    order.sort_unstable();
    for (first, second) in order.iter().zip(order.iter().skip(1)) {
        if first.0 == second.0 {
            pairs.push((first.1, second.1));
        }
    }
    pairs.sort_unstable_by_key(|pair| pair.1);
    pairs
}

fn drop_overridden(entries: &mut Vec<Entry>, repeated: &[(usize, usize)], duplicates: &mut Vec<Duplicate>) {
    for (first, second) in repeated {
        if let (Some(first), Some(second)) = (entries.get(*first), entries.get(*second)) {
            let key = second.key.to_string();
            duplicates.push(Duplicate { key, first: first.key_span, second: second.key_span });
        }
    }
    let overridden: BTreeSet<usize> = repeated.iter().map(|pair| pair.0).collect();
    let mut index = 0;
    entries.retain(|_| {
        index += 1;
        !overridden.contains(&(index - 1))
    });
}

impl Node {
    /// A number that was written with a fraction or an exponent. One that is whole is an integer: JSON as Kubernetes writes
    /// it has no other form for it.
    pub(super) fn of_float(float: f64) -> Node {
        // 2^63 is exact as f64; below it the conversion is too.
        const END: f64 = 9_223_372_036_854_775_808.0;
        if float.fract() == 0.0 && (-END..END).contains(&float) { Node::Int(float as i64) } else { Node::Float(float) }
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

    /// Takes the value at `key` out, if it is a mapping that has it and it is not null. Null stays in its place.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        match &mut self.node {
            Node::Map(map) => map.take(key).filter(|value| !value.is_null()),
            _ => None,
        }
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
