//! Sources → documents.

use std::cell::OnceCell;

use super::encoding::{self, BadEncoding};
use super::json::{self, JsonError, JsonErrorKind};
use super::value::Duplicate;
use super::{Format, Lines, Source, Value, yaml};
use crate::finding::{Code, Finding, Place, Related, Span};

/// One document of a source.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its index among the documents of the source that are not empty, from 0; broken ones count.
    pub index: usize,
    /// What it holds.
    pub value: Value,
}

/// What is bounded before work is done.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one source.
    pub bytes: usize,
    /// Collections inside one another.
    pub depth: usize,
    /// Values of one source, after aliases are unfolded.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 64 << 20, depth: 100, nodes: 8_000_000 }
    }
}

/// Reads every document it can. What cannot be read becomes a finding with its place, and the documents before and after it
/// are still read. A key that stands twice is a finding too, and the document is read with the last of the two, as `kubectl`
/// does. Sources that are neither YAML nor JSON by their format hold no document. Cost: linear in the bytes of the source.
///
/// ```
/// use engine::text::{Format, Limits, Source, read};
/// let bytes = b"kind: Service\n---\nkind: [\n---\nkind: Pod\n".to_vec();
/// let source = Source { name: "shop.yaml".to_owned(), format: Format::Auto, bytes };
/// let mut findings = Vec::new();
/// assert_eq!(read(&source, &Limits::default(), &mut findings).len(), 2);
/// assert_eq!(findings[0].code, "HR002");
/// ```
pub fn read(source: &Source, limits: &Limits, out: &mut Vec<Finding>) -> Vec<Document> {
    if matches!(source.format, Format::Cedar | Format::Toml | Format::Markdown) {
        return Vec::new();
    }
    let mut told = Told { source, lines: OnceCell::new(), out };
    if source.bytes.len() > limits.bytes {
        let message = format!("{} bytes are more than the limit of {}", source.bytes.len(), limits.bytes);
        told.tell(Code::UnreadableText, Span::default(), message, None);
        return Vec::new();
    }
    let text = match encoding::decode(&source.bytes) {
        Ok(text) => text,
        Err(BadEncoding { message, at }) => {
            told.tell(Code::UnreadableText, Span::new(at, at), message, Some("save the file as UTF-8"));
            return Vec::new();
        }
    };
    match source.format {
        Format::Json => read_json(text, limits, Strict::Yes, &mut told).unwrap_or_default(),
        Format::Auto if looks_like_json(text) => {
            let strict = if source.name.ends_with(".json") { Strict::Yes } else { Strict::No };
            read_json(text, limits, strict, &mut told).unwrap_or_else(|| read_yaml(text, limits, &mut told))
        }
        _ => read_yaml(text, limits, &mut told),
    }
}

/// Whether what is no JSON may still be YAML.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strict {
    Yes,
    No,
}

fn looks_like_json(text: &str) -> bool {
    let start = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    start.starts_with('{') || start.starts_with('[')
}

/// One value after the other, as `kubectl` reads a stream of JSON. `None` if it is no JSON and need not be.
fn read_json(text: &str, limits: &Limits, strict: Strict, told: &mut Told<'_>) -> Option<Vec<Document>> {
    let mut reader = json::Reader::new(text, limits);
    let mut documents = Vec::new();
    while !reader.at_end() {
        match reader.document() {
            Ok(value) if value.is_null() => {}
            Ok(value) => documents.push(Document { index: documents.len(), value }),
            Err(error) if error.kind == JsonErrorKind::Syntax && strict == Strict::No => return None,
            Err(error) => {
                let JsonError { kind, message, span } = *error;
                let code = if kind == JsonErrorKind::TooLarge { Code::TooLarge } else { Code::Syntax };
                told.tell(code, span, message, None);
                break;
            }
        }
    }
    for duplicate in &reader.duplicates {
        told.duplicate(duplicate);
    }
    Some(documents)
}

fn read_yaml(text: &str, limits: &Limits, told: &mut Told<'_>) -> Vec<Document> {
    let mut reader = yaml::Reader::new(text, limits);
    let mut documents = Vec::new();
    let mut index = 0;
    while let Some(outcome) = reader.next() {
        match outcome {
            yaml::Outcome::Document(value, duplicates) => {
                duplicates.iter().for_each(|duplicate| told.duplicate(duplicate));
                documents.push(Document { index, value });
            }
            yaml::Outcome::Broken(yaml::Problem { too_large, message, span }) => {
                let code = if too_large { Code::TooLarge } else { Code::Syntax };
                let template = text.contains("{{").then_some("this looks like a template: render it first");
                told.tell(code, span, message, template.filter(|_| !too_large));
            }
        }
        index += 1;
    }
    documents
}

/// Where findings go; the lines are counted once, when the first is told.
struct Told<'a> {
    source: &'a Source,
    lines: OnceCell<Lines>,
    out: &'a mut Vec<Finding>,
}

impl Told<'_> {
    fn tell(&mut self, code: Code, span: Span, message: String, help: Option<&str>) {
        let place = Some(self.place(span));
        self.out.push(Finding { place, help: help.map(str::to_owned), ..code.finding(message) });
    }

    fn duplicate(&mut self, Duplicate { key, first, second }: &Duplicate) {
        let [before, place] = [self.place(*first), self.place(*second)];
        let lines = match (before.line, place.line) {
            (first, second) if first == second => format!("on line {first}"),
            (first, second) => format!("on line {first} and on line {second}"),
        };
        let message = format!("the key `{key}` stands twice in one mapping: {lines}");
        let related = Related {
            message: format!("`{key}` stands here first"),
            object: None,
            field: String::new(),
            place: Some(before),
        };
        self.out.push(Finding {
            place: Some(place),
            related: vec![related],
            help: Some("remove one of the two: which of them counts depends on the reader".to_owned()),
            ..Code::DuplicateKey.finding(message)
        });
    }

    fn place(&self, span: Span) -> Place {
        // What is missing at the end of the text is told after its last byte.
        let end = Span::new(0, self.source.bytes.len()).end;
        let span = Span { start: span.start.min(end), end: span.end.min(end) };
        self.lines.get_or_init(|| Lines::of(self.source)).place(self.source, span)
    }
}
