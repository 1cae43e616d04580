//! YAML → values with spans, read as `kubectl` reads it.
//!
//! The events of `granit-parser` become values on a stack of open collections; nothing here recurses on the input.

mod alias;
mod binary;
mod node;
mod scalar;

use granit_parser::{ErrorKind, Event, Parser, ScanError, Span as YamlSpan, StrInput};

use super::value::Duplicate;
use super::{Entry, Limits, Value};
use crate::finding::Span;
use alias::Anchors;
use node::Open;

/// One document of a stream, or why it cannot be read.
pub(super) enum Outcome {
    /// A document that holds something, and its keys that stand twice.
    Document(Value, Vec<Duplicate>),
    /// A document that is broken; the next ones are read all the same.
    Broken(Problem),
}

/// Why a document cannot be read.
#[derive(Debug)]
pub(super) struct Problem {
    /// Beyond the limits, rather than wrong.
    pub(super) too_large: bool,
    /// What is wrong, in one line.
    pub(super) message: String,
    /// Where.
    pub(super) span: Span,
}

impl Problem {
    fn syntax(span: Span, message: impl Into<String>) -> Problem {
        Problem { too_large: false, message: message.into(), span }
    }

    fn too_large(span: Span, message: impl Into<String>) -> Problem {
        Problem { too_large: true, message: message.into(), span }
    }
}

/// Reads the documents of `text` one after the other.
pub(super) struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    builder: Builder<'a>,
    ended: bool,
}

/// The document that is being read.
struct Builder<'a> {
    text: &'a str,
    limits: Limits,
    open: Vec<Open>,
    entries: Vec<Entry>,
    elements: Vec<Value>,
    root: Option<Value>,
    anchors: Anchors,
    duplicates: Vec<Duplicate>,
}

impl<'a> Reader<'a> {
    /// Starts at the first document.
    pub(super) fn new(text: &'a str, limits: &Limits) -> Reader<'a> {
        let options = granit_parser::options! {
            emit_comments: false,
            block_scalar_eof_without_line_feed: true,
            flow_nesting_limit: limits.depth.saturating_add(1),
            block_nesting_limit: limits.depth.saturating_add(1),
        };
        Reader {
            parser: Parser::new_from_str_with_options(text, options),
            builder: Builder::new(text, limits),
            ended: false,
        }
    }

    /// The next document that is not empty.
    pub(super) fn next(&mut self) -> Option<Outcome> {
        while !self.ended {
            let step = match self.parser.next_event() {
                None => {
                    self.ended = true;
                    return None;
                }
                Some(Ok((Event::DocumentEnd, _))) => {
                    let (value, duplicates) = self.builder.finish();
                    if let Some(value) = value.filter(|value| !value.is_null()) {
                        return Some(Outcome::Document(value, duplicates));
                    }
                    continue;
                }
                Some(Ok((event, span))) => self.builder.take(event, bytes_of(&span)),
                Some(Err(error)) => Err(problem_of(&error)),
            };
            if let Err(problem) = step {
                self.builder.finish();
                // A budget that is used up stays so: later documents would only fail the same way.
                self.ended =
                    self.builder.anchors.is_exhausted() || !self.parser.proceed_next_document().unwrap_or(false);
                return Some(Outcome::Broken(problem));
            }
        }
        None
    }
}

fn bytes_of(span: &YamlSpan) -> Span {
    span.byte_range().map_or_else(Span::default, |range| Span::new(range.start, range.end))
}

fn problem_of(error: &ScanError) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(0);
    let span = Span::new(at, at + 1);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => Problem::too_large(span, "collections are nested deeper than the limit"),
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            Problem::syntax(span, "a tab stands where YAML wants spaces")
        }
        _ => Problem::syntax(span, first_line(&error.info())),
    }
}

fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default().trim_end_matches('.');
    let mut letters = line.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
