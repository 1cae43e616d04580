//! Marked fixtures: YAML in which comments under a line say what is found there, and everything that is found is marked.
//!
//! ```yaml
//! spec: { type: nodeport }
//!             # ^^^^^^^^ HR008 and the API knows
//! ```

use engine::finding::Finding;
use engine::object::{Lowered, Object, Origin, lower};
use engine::text::{Limits, read};
use engine::{Format, Source};

/// Reads a marked fixture, compares what is found with the marks, and hands back the objects.
pub(crate) fn check(text: &str) -> Vec<Object> {
    let (objects, findings) = objects_of(text);
    let mut found: Vec<Mark> = findings.iter().map(Mark::of_finding).collect();
    let mut expected = marks(text);
    found.sort();
    expected.sort();
    let agrees = found.len() == expected.len() && found.iter().zip(&expected).all(|(found, mark)| found.fits(mark));
    assert!(agrees, "found:\n{}\nmarked:\n{}", show(&found), show(&expected));
    objects
}

/// The objects of a text, and what is wrong with it.
pub(crate) fn objects_of(text: &str) -> (Vec<Object>, Vec<Finding>) {
    let (documents, mut findings) = documents_of(text.as_bytes());
    let source = source(text.as_bytes());
    let origin = Origin::of_source(&source, 0, "default");
    let mut objects = Vec::new();
    for document in documents {
        if let Lowered::Objects(found) = lower(document, &origin, &mut findings) {
            objects.extend(found);
        }
    }
    (objects, findings)
}

/// The documents of a text, and what is wrong with it.
pub(crate) fn documents_of(bytes: &[u8]) -> (Vec<engine::text::Document>, Vec<Finding>) {
    let mut findings = Vec::new();
    let documents = read(&source(bytes), &Limits::default(), &mut findings);
    (documents, findings)
}

fn source(bytes: &[u8]) -> Source {
    Source { name: "test.yaml".to_owned(), format: Format::Auto, bytes: bytes.to_vec() }
}

/// Line, column, width in characters, code, and message or a piece of it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark(usize, usize, usize, String, String);

impl Mark {
    fn of_finding(finding: &Finding) -> Mark {
        let place = finding.place.as_ref().unwrap();
        let width = if place.line == place.end_line { place.end_column - place.column } else { 1 };
        let [line, column, width] = [place.line, place.column, width.max(1)].map(|number| number as usize);
        Mark(line, column, width, finding.code.clone(), finding.message.clone())
    }

    fn fits(&self, mark: &Mark) -> bool {
        (self.0, self.1, self.2, &self.3) == (mark.0, mark.1, mark.2, &mark.3) && self.4.contains(&mark.4)
    }
}

fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut marked = 0;
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix('#').map(str::trim_start).filter(|rest| rest.starts_with('^'))
        else {
            marked = index + 1;
            continue;
        };
        let column = line.chars().count() - rest.chars().count() + 1;
        let width = rest.chars().take_while(|character| *character == '^').count();
        let (code, message) = rest[width..].trim().split_once(' ').unwrap_or((rest[width..].trim(), ""));
        marks.push(Mark(marked, column, width, code.to_owned(), message.to_owned()));
    }
    marks
}

fn show(marks: &[Mark]) -> String {
    let line =
        |Mark(line, column, width, code, message): &Mark| format!("  {line}:{column}+{width} {code} {message}\n");
    marks.iter().map(line).collect()
}
