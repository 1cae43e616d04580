//! JSON → values with spans.
//!
//! The hot path of admission: one pass over the bytes, one allocation for each key, text and collection that is kept.

mod number;
mod skip;
mod string;

use super::value::Duplicate;
use super::{Entry, Limits, Map, Node, Value};
use crate::finding::Span;

/// Why a text cannot be read as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Which way it failed.
    pub kind: JsonErrorKind,
    /// What is wrong, in one line.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// The ways in which reading JSON fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// Not UTF-8.
    Encoding,
    /// Not JSON.
    Syntax,
    /// A key stands twice in one object.
    DuplicateKey,
    /// Beyond the limits.
    TooLarge,
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.message, self.span.start)
    }
}

/// Reads one JSON value. The lists and mappings under the key `managedFields` are checked for syntax and read as null: no
/// policy reads them, and they are half of a typical body. Cost: linear in the bytes.
///
/// # Errors
/// See [`JsonErrorKind`]; a duplicate key anywhere is one.
pub fn read_json(bytes: &[u8], limits: &Limits) -> Result<Value, JsonError> {
    if bytes.len() > limits.bytes {
        let message = format!("{} bytes are more than the limit of {}", bytes.len(), limits.bytes);
        return Err(JsonError { kind: JsonErrorKind::TooLarge, message, span: Span::default() });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError {
        kind: JsonErrorKind::Encoding,
        message: "the bytes are not UTF-8".to_owned(),
        span: Span::new(error.valid_up_to(), error.valid_up_to() + 1),
    })?;
    let mut reader = Reader::new(text, limits);
    let value = reader.document().and_then(|value| reader.end().map(|()| value)).map_err(|error| *error)?;
    match reader.duplicates.first() {
        None => Ok(value),
        Some(Duplicate { key, second, .. }) => Err(JsonError {
            kind: JsonErrorKind::DuplicateKey,
            message: format!("the key `{key}` stands twice in one object"),
            span: *second,
        }),
    }
}

/// Collections inside one another are read by recursion, which therefore has a bound of its own.
const MAX_DEPTH: usize = 1_000;

/// Reads values off a text.
pub(super) struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    nodes: usize,
    entries: Vec<Entry>,
    elements: Vec<Value>,
    /// Keys that stood twice so far.
    pub(super) duplicates: Vec<Duplicate>,
}

/// The error is boxed, so that values are not moved through places made for it.
type Read<T> = Result<T, Box<JsonError>>;

impl<'a> Reader<'a> {
    /// Starts at the first byte of `text`, after a byte order mark.
    pub(super) fn new(text: &'a str, limits: &Limits) -> Reader<'a> {
        Reader {
            text,
            bytes: text.as_bytes(),
            at: if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 },
            depth: limits.depth.min(MAX_DEPTH),
            nodes: limits.nodes,
            entries: Vec::new(),
            elements: Vec::new(),
            duplicates: Vec::new(),
        }
    }

    /// The next value of the stream.
    pub(super) fn document(&mut self) -> Read<Value> {
        self.entries.clear();
        self.elements.clear();
        self.value(0)
    }

    /// True if only white space is left.
    pub(super) fn at_end(&mut self) -> bool {
        self.skip_white_space().is_none()
    }

    fn end(&mut self) -> Read<()> {
        if self.at_end() { Ok(()) } else { Err(self.unexpected("the end of the text")) }
    }

    fn value(&mut self, depth: usize) -> Read<Value> {
        self.count_node()?;
        let next = self.skip_white_space();
        let start = self.at;
        let node = match next {
            Some(b'"') => Node::Text(self.string()?),
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Node::Bool(true))?,
            Some(b'f') => self.word("false", Node::Bool(false))?,
            Some(b'n') => self.word("null", Node::Null)?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Value { span: Span::new(start, self.at), node })
    }

    fn object(&mut self, depth: usize) -> Read<Node> {
        self.enter(depth)?;
        let first = self.entries.len();
        if self.skip_white_space() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Map(Map::default()));
        }
        loop {
            if self.skip_white_space() != Some(b'"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let start = self.at;
            let key = self.string()?;
            let key_span = Span::new(start, self.at);
            if self.skip_white_space() != Some(b':') {
                return Err(self.unexpected("`:` after the key"));
            }
            self.at += 1;
            let value = if &*key == "managedFields" { self.unread(depth + 1)? } else { self.value(depth + 1)? };
            self.entries.push(Entry { key, key_span, value });
            match self.skip_white_space() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("`,` or `}`")),
            }
        }
        self.at += 1;
        let entries = self.entries.split_off(first);
        Ok(Node::Map(Map::from_entries(entries, &mut self.duplicates)))
    }

    fn array(&mut self, depth: usize) -> Read<Node> {
        self.enter(depth)?;
        let first = self.elements.len();
        if self.skip_white_space() == Some(b']') {
            self.at += 1;
            return Ok(Node::List(Vec::new()));
        }
        loop {
            let element = self.value(depth + 1)?;
            self.elements.push(element);
            match self.skip_white_space() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("`,` or `]`")),
            }
        }
        self.at += 1;
        Ok(Node::List(self.elements.split_off(first)))
    }

    /// Steps over the bracket that opens a collection.
    fn enter(&mut self, depth: usize) -> Read<()> {
        if depth >= self.depth {
            let message = format!("collections are nested deeper than {}", self.depth);
            return Err(self.error(JsonErrorKind::TooLarge, message));
        }
        self.at += 1;
        Ok(())
    }

    fn count_node(&mut self) -> Read<()> {
        match self.nodes.checked_sub(1) {
            Some(left) => self.nodes = left,
            None => {
                return Err(self.error(JsonErrorKind::TooLarge, "the text holds more values than the limit".to_owned()));
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &str, node: Node) -> Read<Node> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.unexpected("`true`, `false`, `null` or another value"));
        }
        self.at += word.len();
        Ok(node)
    }

    fn skip_white_space(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                next => return next.copied(),
            }
        }
    }

    #[cold]
    fn unexpected(&self, wanted: &str) -> Box<JsonError> {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        let message = match found {
            Some(found) if !found.is_control() => format!("expected {wanted}, found `{found}`"),
            Some(found) => format!("expected {wanted}, found the character U+{:04X}", u32::from(found)),
            None => format!("expected {wanted}, found the end of the text"),
        };
        self.error(JsonErrorKind::Syntax, message)
    }

    #[cold]
    fn error(&self, kind: JsonErrorKind, message: String) -> Box<JsonError> {
        let width = self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Box::new(JsonError { kind, message, span: Span::new(self.at, self.at + width) })
    }
}
