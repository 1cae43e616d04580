//! Events → values.

use granit_parser::{Event, ScalarStyle, StructureStyle, Tag};
use smol_str::SmolStr;

use super::alias::Anchors;
use super::scalar::{Scalar, float_key, resolve};
use super::{Builder, Duplicate, Entry, Limits, Problem, Span, Value, binary};
use crate::text::{Map, Node};

/// A collection whose end is not read yet.
pub(super) struct Open {
    /// Offset of its first byte.
    start: Span,
    /// Written with brackets, so that its end is that of the closing one.
    flow: bool,
    /// Its anchor, or 0.
    anchor: usize,
    /// What it is.
    kind: Kind,
}

enum Kind {
    /// Its elements are those from here on.
    List { first: usize },
    /// Its entries are those from here on.
    Map { first: usize, key: Key, merged: Vec<(usize, usize)> },
}

/// What is known of the entry that is being read.
enum Key {
    /// A key comes next.
    Wanted,
    /// The value of this key comes next.
    Given(SmolStr, Span),
    /// What `<<` merges comes next.
    Merge(Span),
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, limits: &Limits) -> Builder<'a> {
        Builder {
            text,
            limits: *limits,
            open: Vec::new(),
            entries: Vec::new(),
            elements: Vec::new(),
            root: None,
            anchors: Anchors::new(limits.nodes),
            duplicates: Vec::new(),
        }
    }

    /// Ends the document, whole or not.
    pub(super) fn finish(&mut self) -> (Option<Value>, Vec<Duplicate>) {
        self.open.clear();
        self.entries.clear();
        self.elements.clear();
        self.anchors.clear();
        (self.root.take(), std::mem::take(&mut self.duplicates))
    }

    pub(super) fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.anchors.count(1, span)?;
                // The parser writes `~` for a value that is not there.
                let absent = style == ScalarStyle::Plain && span.start == span.end;
                let text = if absent { "" } else { &*text };
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let span = if is_block { self.trim(span) } else { span };
                if tag.as_deref().is_none_or(is_merge_tag)
                    && style == ScalarStyle::Plain
                    && text == "<<"
                    && self.wants_key()
                {
                    self.set_key(Key::Merge(span));
                    return Ok(());
                }
                let scalar = meaning(text, style, tag.as_deref(), span)?;
                self.scalar(text, scalar, anchor, span)
            }
            Event::SequenceStart(style, anchor, _) => {
                let kind = Kind::List { first: self.elements.len() };
                self.open(kind, style, anchor, span)
            }
            Event::MappingStart(style, anchor, _) => {
                let kind = Kind::Map { first: self.entries.len(), key: Key::Wanted, merged: Vec::new() };
                self.open(kind, style, anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => {
                self.anchors.count(1, span)?;
                let value = self.anchors.unfold(id, span, self.open.len(), self.limits.depth)?;
                if self.wants_key() {
                    let key = key_of_value(&value)?;
                    self.set_key(Key::Given(key, span));
                    return Ok(());
                }
                // `kubectl` merges a list of aliases, and no alias of a list.
                if let (Some(span), Node::List(_)) = (self.merging(), &value.node) {
                    return Err(no_merge(span));
                }
                self.complete(value, 0)
            }
            _ => Ok(()),
        }
    }

    fn scalar(&mut self, text: &str, scalar: Meaning, anchor: usize, span: Span) -> Result<(), Problem> {
        if self.wants_key() {
            let key = key_of(text, &scalar, span)?;
            if anchor != 0 {
                self.anchors.keep(anchor, &Value { span, node: Node::Text(key.clone()) })?;
            }
            self.set_key(Key::Given(key, span));
            return Ok(());
        }
        let node = node_of(text, scalar, span)?;
        self.complete(Value { span, node }, anchor)
    }

    /// The span of a block scalar without the line breaks after it.
    fn trim(&self, span: Span) -> Span {
        let written = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let length = written.trim_end_matches(['\n', '\r', ' ']).len();
        Span::new(span.start as usize, span.start as usize + length)
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: Kind::Map { key: Key::Wanted, .. }, .. }))
    }

    /// Where `<<` stands, if what it merges comes next.
    fn merging(&self) -> Option<Span> {
        match self.open.last() {
            Some(Open { kind: Kind::Map { key: Key::Merge(span), .. }, .. }) => Some(*span),
            _ => None,
        }
    }

    fn set_key(&mut self, given: Key) {
        if let Some(Open { kind: Kind::Map { key, .. }, .. }) = self.open.last_mut() {
            *key = given;
        }
    }

    fn open(&mut self, kind: Kind, style: StructureStyle, anchor: usize, span: Span) -> Result<(), Problem> {
        self.anchors.count(1, span)?;
        if self.wants_key() {
            return Err(Problem::syntax(span, "a list or a mapping cannot be a key"));
        }
        if self.open.len() >= self.limits.depth {
            let message = format!("collections are nested deeper than {}", self.limits.depth);
            return Err(Problem::too_large(span, message));
        }
        self.open.push(Open { start: span, flow: style == StructureStyle::Flow, anchor, kind });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Problem> {
        let Some(Open { start, flow, anchor, kind }) = self.open.pop() else { return Ok(()) };
        let (node, last) = match kind {
            Kind::List { first } => {
                let list = self.elements.split_off(first);
                let last = list.last().map(|value| value.span);
                (Node::List(list), last)
            }
            Kind::Map { first, merged, .. } => {
                let entries = self.entries.split_off(first);
                let last = entries.last().map(|entry| entry.key_span.to(entry.value.span));
                (Node::Map(self.mapping(entries, first, &merged)), last)
            }
        };
        // The end of a block is where the next token starts; its last value says where it really ends.
        let end = if flow { span } else { last.unwrap_or(start) };
        self.complete(Value { span: Span { start: start.start, end: end.end.max(start.start) }, node }, anchor)
    }

    /// Of a key that a merge and the text both give, the later stays, as in `kubectl`; only what the text gives twice is a
    /// mistake.
    fn mapping(&mut self, entries: Vec<Entry>, first: usize, merged: &[(usize, usize)]) -> Map {
        if merged.is_empty() {
            return Map::from_entries(entries, &mut self.duplicates);
        }
        let is_merged = |index: usize| merged.iter().any(|(from, to)| (*from..*to).contains(&(first + index)));
        let keys = entries.iter().enumerate().filter(|(index, _)| !is_merged(*index));
        let keys =
            keys.map(|(_, entry)| Entry { key: entry.key.clone(), key_span: entry.key_span, value: Value::NULL });
        Map::from_entries(keys.collect(), &mut self.duplicates);
        Map::from_entries(entries, &mut Vec::new())
    }

    /// Puts a value where it belongs.
    fn complete(&mut self, value: Value, anchor: usize) -> Result<(), Problem> {
        if anchor != 0 {
            self.anchors.keep(anchor, &value)?;
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(value),
            Some(Kind::List { .. }) => self.elements.push(value),
            Some(Kind::Map { key, merged, .. }) => match std::mem::replace(key, Key::Wanted) {
                Key::Given(key, key_span) => self.entries.push(Entry { key, key_span, value }),
                Key::Merge(span) => {
                    let from = self.entries.len();
                    merge(value, span, &mut self.entries)?;
                    merged.push((from, self.entries.len()));
                }
                Key::Wanted => {}
            },
        }
        Ok(())
    }
}

fn no_merge(span: Span) -> Problem {
    Problem::syntax(span, "`<<` merges a mapping or a list of mappings, and this is neither")
}

/// Adds what `<<` merges: a mapping, or a list of mappings of which the earlier win.
fn merge(value: Value, span: Span, entries: &mut Vec<Entry>) -> Result<(), Problem> {
    let refused = || no_merge(span);
    match value.node {
        Node::Map(map) => entries.extend(map.into_entries()),
        Node::List(list) => {
            for element in list.into_iter().rev() {
                let Node::Map(map) = element.node else { return Err(refused()) };
                entries.extend(map.into_entries());
            }
        }
        _ => return Err(refused()),
    }
    Ok(())
}

/// A scalar after its tag and style had their say.
enum Meaning {
    /// By the rules of plain scalars.
    Resolved(Scalar),
    /// What `!!binary` decodes to.
    Bytes(String),
}

fn meaning(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Meaning, Problem> {
    let Some(tag) = tag else {
        let scalar = if style == ScalarStyle::Plain { resolve(text) } else { Scalar::Text };
        return Ok(Meaning::Resolved(scalar));
    };
    let name = core_name(tag);
    let scalar = match (name, resolve(text)) {
        ("bool", scalar @ Scalar::Bool(_)) => scalar,
        ("int", scalar @ (Scalar::Int(_) | Scalar::Unsigned(_))) => scalar,
        ("float", scalar @ (Scalar::Int(_) | Scalar::Float(_))) => scalar,
        ("null", scalar @ Scalar::Null) => scalar,
        ("bool" | "int" | "float" | "null", _) => {
            return Err(Problem::syntax(span, format!("`{text}` is not of the type that its tag `!!{name}` names")));
        }
        ("binary", _) => match binary::decode(text) {
            Some(bytes) => return Ok(Meaning::Bytes(String::from_utf8_lossy(&bytes).into_owned())),
            None => return Err(Problem::syntax(span, "the text after `!!binary` is not base64")),
        },
        _ => Scalar::Text,
    };
    Ok(Meaning::Resolved(scalar))
}

fn is_merge_tag(tag: &Tag) -> bool {
    core_name(tag) == "merge"
}

/// The name of a tag of YAML itself (`!!int` is `int`); empty for any other, which means nothing to Kubernetes.
fn core_name(tag: &Tag) -> &str {
    const CORE: &str = "tag:yaml.org,2002:";
    match tag.handle() {
        CORE => tag.suffix(),
        // Written out: `!<tag:yaml.org,2002:int>`.
        "" => tag.suffix().strip_prefix(CORE).unwrap_or_default(),
        _ => "",
    }
}

fn node_of(text: &str, meaning: Meaning, span: Span) -> Result<Node, Problem> {
    Ok(match meaning {
        Meaning::Bytes(text) => Node::Text(text.into()),
        Meaning::Resolved(Scalar::Null) => Node::Null,
        Meaning::Resolved(Scalar::Bool(bool)) => Node::Bool(bool),
        Meaning::Resolved(Scalar::Int(int)) => Node::Int(int),
        Meaning::Resolved(Scalar::Unsigned(int)) => Node::Float(int as f64),
        Meaning::Resolved(Scalar::Float(float)) if !float.is_finite() => {
            return Err(Problem::syntax(
                span,
                format!("`{text}` is a number that JSON does not have, so kubectl refuses it"),
            ));
        }
        Meaning::Resolved(Scalar::Float(float)) => Node::of_float(float),
        Meaning::Resolved(Scalar::Text) => Node::Text(text.into()),
    })
}

/// A key as JSON would have it.
fn key_of(text: &str, meaning: &Meaning, span: Span) -> Result<SmolStr, Problem> {
    Ok(match meaning {
        Meaning::Bytes(text) => text.into(),
        Meaning::Resolved(Scalar::Text) => text.into(),
        Meaning::Resolved(Scalar::Bool(bool)) => bool.to_string().into(),
        Meaning::Resolved(Scalar::Int(int)) => int.to_string().into(),
        Meaning::Resolved(Scalar::Float(float)) => float_key(*float).into(),
        Meaning::Resolved(Scalar::Null) => return Err(Problem::syntax(span, "nothing (null) cannot be a key")),
        Meaning::Resolved(Scalar::Unsigned(int)) => {
            return Err(Problem::syntax(span, format!("the number {int} is too large for a key")));
        }
    })
}

fn key_of_value(value: &Value) -> Result<SmolStr, Problem> {
    Ok(match &value.node {
        Node::Text(text) => text.clone(),
        Node::Bool(bool) => bool.to_string().into(),
        Node::Int(int) => int.to_string().into(),
        Node::Float(float) => float_key(*float).into(),
        Node::Null | Node::List(_) | Node::Map(_) => {
            return Err(Problem::syntax(
                value.span,
                format!("a key is a text, and this alias stands for a {}", value.type_name()),
            ));
        }
    })
}
