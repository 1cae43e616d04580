//! What is told about one object while it is lowered.

use super::{Origin, Path};
use crate::finding::{Code, Finding, ObjectRef, Span};
use crate::text::{Entry, Node, Value, to_json};

/// After so many findings on one object the rest is only counted, and the whole object is unreadable.
const MOST: usize = 100;

/// Longest text of a value in a finding, in characters.
const VALUE: usize = 120;

/// Collects findings and the fields that could not be read.
pub(super) struct Notes<'a> {
    origin: &'a Origin<'a>,
    id: &'a ObjectRef,
    out: &'a mut Vec<Finding>,
    unreadable: Vec<String>,
    refused: Vec<String>,
    told: usize,
}

impl<'a> Notes<'a> {
    /// Notes on the object `id`.
    pub(super) fn new(origin: &'a Origin<'a>, id: &'a ObjectRef, out: &'a mut Vec<Finding>) -> Notes<'a> {
        Notes { origin, id, out, unreadable: Vec::new(), refused: Vec::new(), told: 0 }
    }

    /// The pointers of what could not be read, and of what could and would be refused, sorted.
    pub(super) fn into_unreadable_and_refused(mut self) -> (Vec<String>, Vec<String>) {
        self.refused.sort_unstable();
        self.refused.dedup();
        if self.told > MOST {
            let message = format!("{} has {} more such problems", self.id.display(), self.told - MOST);
            self.out.push(Finding { object: Some(self.id.clone()), ..Code::WrongType.finding(message) });
            return (vec![String::new()], self.refused);
        }
        self.unreadable.sort_unstable();
        self.unreadable.dedup();
        (self.unreadable, self.refused)
    }

    /// The value at `path` has another type than the API has there.
    #[cold]
    pub(super) fn wrong_type(&mut self, path: &Path<'_>, value: &Value, wanted: &str) {
        if self.mark(path) {
            let help = help_for(value, wanted);
            let message = format!("{} is {}, and the API wants {wanted}", self.name(path), article(value));
            self.tell(Code::WrongType, path, value.span, Some(value), message, help);
        }
    }

    /// The field at `path`, inside of `parent`, is missing.
    #[cold]
    pub(super) fn missing(&mut self, path: &Path<'_>, parent: &Value, wanted: &str) {
        if self.mark(path) {
            let message = format!("{} is missing, and the API wants {wanted}", self.name(path));
            self.tell(Code::BadValue, path, start_of(parent), None, message, None);
        }
    }

    /// The key of `entry` is spelled in another case than the API's `known`.
    #[cold]
    pub(super) fn wrong_case(&mut self, path: &Path<'_>, entry: &Entry, known: &str) {
        let path = path.key(&entry.key);
        let message =
            format!("{} is spelled `{known}` in the API, which ignores or refuses it as it is", self.name(&path));
        self.tell(
            Code::WrongCase,
            &path,
            entry.key_span,
            Some(&entry.value),
            message,
            Some(format!("write `{known}`")),
        );
    }

    /// The API would refuse the value at `path`, although it can be read.
    #[cold]
    pub(super) fn refused(&mut self, path: &Path<'_>, value: &Value, why: &str, help: Option<String>) {
        if self.told <= MOST {
            self.refused.push(path.pointer());
        }
        let message = format!("{} is `{}`, {why}", self.name(path), shown(value));
        self.tell(Code::BadValue, path, start_of(value), Some(value), message, help);
    }

    /// The API would refuse the value at `path`, and nothing can be made of it here.
    #[cold]
    pub(super) fn refused_unreadable(&mut self, path: &Path<'_>, value: &Value, why: &str, help: Option<String>) {
        if self.mark(path) {
            self.refused(path, value, why, help);
        }
    }

    /// The text at `path` is none of `words`.
    pub(super) fn expect_word(&mut self, path: &Path<'_>, value: &Value, words: &[&str]) {
        let Some(text) = value.as_str().filter(|text| !words.contains(text) && !text.is_empty()) else { return };
        let meant = words.iter().find(|word| word.eq_ignore_ascii_case(text)).map(|word| format!("write `{word}`"));
        let all = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        self.refused(path, value, &format!("and the API knows {all}"), meant);
    }

    /// Marks the field as unreadable; false if it was already.
    fn mark(&mut self, path: &Path<'_>) -> bool {
        let pointer = path.pointer();
        let new = self.told <= MOST && !self.unreadable.contains(&pointer);
        if new {
            self.unreadable.push(pointer);
        }
        new || self.told > MOST
    }

    fn name(&self, path: &Path<'_>) -> String {
        format!("`{}` of {}", path.dotted(), self.id.display())
    }

    fn tell(
        &mut self,
        code: Code,
        path: &Path<'_>,
        span: Span,
        value: Option<&Value>,
        message: String,
        help: Option<String>,
    ) {
        self.told += 1;
        if self.told <= MOST {
            self.out.push(Finding {
                object: Some(self.id.clone()),
                field: path.pointer(),
                value: value.map(shown),
                place: self.origin.place(span),
                help,
                ..code.finding(message)
            });
        }
    }
}

/// The span of a scalar; of a collection only its first entry, so that a snippet never shows all of it.
fn start_of(value: &Value) -> Span {
    match &value.node {
        Node::Map(map) => map.iter().next().map_or(value.span, |entry| entry.key_span),
        Node::List(list) => list.first().map_or(value.span, start_of),
        _ => value.span,
    }
}

/// A text as it is, anything else as JSON; cut to a length that fits a line.
fn shown(value: &Value) -> String {
    let text = match &value.node {
        Node::Text(text) if !text.contains(['\n', '\r', '`']) => text.to_string(),
        Node::List(list) if list.len() > VALUE => "[…]".to_owned(),
        Node::Map(map) if map.len() > VALUE => "{…}".to_owned(),
        _ => to_json(value),
    };
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

fn article(value: &Value) -> String {
    let kind = value.type_name();
    match &value.node {
        Node::Null => "null".to_owned(),
        Node::Int(_) => format!("the {kind} `{}`", shown(value)),
        Node::Bool(_) | Node::Float(_) | Node::Text(_) => format!("the {kind} `{}`", shown(value)),
        Node::List(_) | Node::Map(_) => format!("a {kind}"),
    }
}

fn help_for(value: &Value, wanted: &str) -> Option<String> {
    match &value.node {
        Node::Bool(_) | Node::Int(_) | Node::Float(_) if wanted.contains("string") => {
            Some("put it in quotes to make it a string".to_owned())
        }
        Node::Text(text) if wanted.contains("integer") && text.parse::<i64>().is_ok() => {
            Some("write it without quotes".to_owned())
        }
        Node::Text(text) if wanted.contains("boolean") && matches!(&**text, "true" | "false") => {
            Some("write it without quotes".to_owned())
        }
        _ => None,
    }
}
