//! Changes of an object → changes of its text.
//!
//! Keeps the style that is there: lines in block style, elements in flow style and JSON. Where the text is written in a way that no
//! change of lines fits (an element behind `- -`, a value from an alias), there is no edit.

use crate::finding::{ObjectRef, Span};
use crate::text::{Format, Node, Resolved, Source, Value, below, resolve, to_block, to_flow};

/// One change of an object.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Puts an element at the end of a sequence, which may be empty or absent.
    Push { object: ObjectRef, list: String, element: Value },
    /// Puts an entry at the end of a mapping, which may be empty or absent, and has no such key.
    Set { object: ObjectRef, map: String, key: String, value: Value },
    /// Takes an element out of a sequence that has others.
    Drop { object: ObjectRef, list: String, index: usize },
    /// Takes all elements out of a sequence.
    Empty { object: ObjectRef, list: String },
    /// Puts an object at the end of a source.
    Append { source: usize, object: Value },
}

/// New text for a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) source: usize,
    pub(super) span: Span,
    pub(super) text: String,
}

/// The text of a source, and how it is written.
pub(super) struct Text<'a> {
    source: usize,
    text: &'a str,
    json: bool,
}

impl<'a> Text<'a> {
    /// `None` if it is not UTF-8.
    pub(super) fn of(sources: &'a [Source], source: usize) -> Option<Text<'a>> {
        let Source { format, bytes, .. } = sources.get(source)?;
        let text = std::str::from_utf8(bytes).ok()?;
        let json = match format {
            Format::Json => true,
            Format::Auto => text.trim_start().starts_with(['{', '[']),
            _ => false,
        };
        Some(Text { source, text, json })
    }

    fn splice(&self, start: usize, end: usize, text: String) -> Option<Splice> {
        Some(Splice { source: self.source, span: Span::new(start, end), text })
    }

    /// One line, as flow style or JSON.
    fn inline(&self, value: &Value) -> String {
        if self.json { crate::text::to_json(value) } else { to_flow(value) }
    }

    /// An entry of a mapping that stands on one line.
    fn entry(&self, key: &str, value: &Value) -> String {
        let alone = self.inline(&Value::of_entries([(key, value.clone())]));
        alone.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).map_or_else(String::new, str::to_owned)
    }

    /// The start of the line that holds `at`.
    fn line_start(&self, at: usize) -> Option<usize> {
        Some(self.text.get(..at)?.rfind('\n').map_or(0, |before| before + 1))
    }

    /// The end of the line that holds `at`, before its line break.
    fn line_end(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        Some(at + rest.find('\n').unwrap_or(rest.len()))
    }

    /// Characters before `at` in its line.
    fn column(&self, at: usize) -> Option<usize> {
        Some(self.text.get(self.line_start(at)?..at)?.chars().count())
    }

    /// The byte of the dash of a block element, and the column of that dash, if nothing but white space stands before it.
    fn dash(&self, element: &Value) -> Option<(usize, usize)> {
        let start = element.span.start as usize;
        let line = self.line_start(start)?;
        let before = self.text.get(line..start)?;
        let dash = before.find('-')?;
        let alone = before.trim() == "-";
        alone.then_some((line, dash))
    }

    fn is_flow(&self, value: &Value) -> bool {
        self.json || self.text.get(value.span.start as usize..).is_some_and(|text| text.starts_with(['[', '{']))
    }

    /// Ends a line behind `at` and starts another that is indented.
    fn new_line(&self, at: usize, indent: usize, text: &str) -> Option<Splice> {
        let end = self.line_end(at)?;
        self.splice(end, end, format!("\n{}{text}", " ".repeat(indent)))
    }
}

/// The edit of one change; `None` where the text does not take it. `raw` is the object as read, `text` its source.
pub(super) fn splice(change: &Change, raw: Option<&Value>, text: &Text<'_>) -> Option<Splice> {
    match change {
        Change::Push { list, element, .. } => push(raw?, list, element, text),
        Change::Set { map, key, value, .. } => set(raw?, map, key, value, text),
        Change::Drop { list, index, .. } => take(raw?, list, *index, text),
        Change::Empty { list, .. } => empty(raw?, list, text),
        Change::Append { object, .. } => append(object, text),
    }
}

fn push(raw: &Value, pointer: &str, element: &Value, text: &Text<'_>) -> Option<Splice> {
    let found = resolve(raw, pointer);
    let list = match (&found.value.node, found.exact) {
        (Node::List(list), true) => list,
        (Node::Null, true) => return replace(&found, &Value::of_list(vec![element.clone()]), text),
        (_, true) => return None,
        (_, false) => {
            let (map, key) = pointer.rsplit_once('/')?;
            return set(raw, map, key, &Value::of_list(vec![element.clone()]), text);
        }
    };
    let Some(last) = list.last() else { return replace(&found, &Value::of_list(vec![element.clone()]), text) };
    if text.is_flow(found.value) {
        let end = found.value.span.end as usize - 1;
        let at = last.span.end as usize;
        text.text.get(end..=end).filter(|close| *close == "]")?;
        return text.splice(at, at, format!(", {}", text.inline(element)));
    }
    let (_, column) = text.dash(last)?;
    text.new_line(last.span.end as usize, column, &format!("- {}", to_block(element, column + 2)))
}

fn set(raw: &Value, pointer: &str, key: &str, value: &Value, text: &Text<'_>) -> Option<Splice> {
    let found = resolve(raw, pointer);
    let map = match (&found.value.node, found.exact) {
        (Node::Map(map), true) => map,
        (Node::Null, true) => return replace(&found, &Value::of_entries([(key, value.clone())]), text),
        (_, true) => return None,
        (_, false) => {
            let (above, name) = pointer.rsplit_once('/')?;
            return set(raw, above, name, &Value::of_entries([(key, value.clone())]), text);
        }
    };
    let Some(last) = map.iter().last() else {
        return replace(&found, &Value::of_entries([(key, value.clone())]), text);
    };
    if text.is_flow(found.value) {
        let at = (last.value.span.end.max(last.key_span.end)) as usize;
        return text.splice(at, at, format!(", {}", text.entry(key, value)));
    }
    let column = text.column(last.key_span.start as usize)?;
    let at = last.value.span.end.max(last.key_span.end) as usize;
    let entry = Value::of_entries([(key, value.clone())]);
    text.new_line(at, column, &to_block(&entry, column))
}

/// New text for a whole value that is null, or an empty sequence or mapping.
fn replace(found: &Resolved<'_>, value: &Value, text: &Text<'_>) -> Option<Splice> {
    let key = found.key?;
    let span = found.value.span;
    if text.is_flow(found.value) && span.start < span.end && (text.json || text.column(key.start as usize)? == 0) {
        return text.splice(span.start as usize, span.end as usize, text.inline(value));
    }
    let after = key.end as usize;
    let colon = after + text.text.get(after..)?.find(':')? + 1;
    let end = if span.end as usize > colon { span.end as usize } else { colon };
    let block = text.text.get(text.line_start(after)?..key.start as usize)?;
    // In a mapping of one line, what is new stays on that line.
    if !block.trim_start_matches([' ', '-']).is_empty() {
        return text.splice(colon, end, format!(" {}", text.inline(value)));
    }
    let column = text.column(key.start as usize)?;
    text.splice(colon, end, below(value, column + 2))
}

fn take(raw: &Value, pointer: &str, index: usize, text: &Text<'_>) -> Option<Splice> {
    let found = resolve(raw, pointer);
    let list = found.value.as_list().filter(|_| found.exact)?;
    let element = list.get(index)?;
    if text.is_flow(found.value) {
        let span = element.span;
        return match (list.get(index + 1), index.checked_sub(1).and_then(|before| list.get(before))) {
            (Some(next), _) => text.splice(span.start as usize, next.span.start as usize, String::new()),
            (None, Some(before)) => text.splice(before.span.end as usize, span.end as usize, String::new()),
            (None, None) => None,
        };
    }
    let (start, _) = text.dash(element)?;
    let end = text.line_end(element.span.end as usize)?;
    let end = if end < text.text.len() { end + 1 } else { end };
    text.splice(start, end, String::new())
}

fn empty(raw: &Value, pointer: &str, text: &Text<'_>) -> Option<Splice> {
    let found = resolve(raw, pointer);
    let list = found.value.as_list().filter(|list| found.exact && !list.is_empty())?;
    let span = found.value.span;
    if text.is_flow(found.value) {
        return text.splice(span.start as usize, span.end as usize, "[]".to_owned());
    }
    let key = found.key?.end as usize;
    let colon = key + text.text.get(key..)?.find(':')? + 1;
    text.splice(colon, text.line_end(list.last()?.span.end as usize)?, " []".to_owned())
}

fn append(object: &Value, text: &Text<'_>) -> Option<Splice> {
    if text.json {
        return None;
    }
    let end = text.text.len();
    let line = if text.text.is_empty() || text.text.ends_with('\n') { "" } else { "\n" };
    text.splice(end, end, format!("{line}---\n{}\n", to_block(object, 0)))
}
