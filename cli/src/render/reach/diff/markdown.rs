//! Markdown for a comment of a pull request: the result first, the connections in a table, the rules folded away.

use super::rows::{Row, Workloads, rows};
use super::text::{closing, title};
use super::{Compared, headline};
use crate::command::diff::Kind;
use crate::render::Style;
use crate::render::reach::markdown::{capital, escaped};

/// Forges take comments of 65,536 characters.
const LONGEST: usize = 60_000;

/// What changes, as Markdown.
pub(crate) fn render(compared: &Compared<'_>) -> String {
    let rows = rows(compared);
    let all: Vec<(Kind, &Row)> = rows.iter().flat_map(|(kind, rows)| rows.iter().map(|row| (*kind, row))).collect();
    let mut page = Page { text: format!("### Network: {}\n", escaped(&headline(compared))), left_out: 0 };
    let about = about(compared);
    let most = LONGEST - about.len().min(LONGEST / 4);
    if !all.is_empty() {
        page.text.push_str("\n| | from | to | ports |\n| --- | --- | --- | --- |\n");
        all.iter().for_each(|(kind, row)| page.add(&line(*kind, row), most / 2));
        page.note("rows");
        page.text.push_str("\n<details>\n<summary>The rules that do it</summary>\n");
        for (kind, rows) in &rows {
            rows.chunk_by(|one, two| one.because == two.because).for_each(|same| page.add(&rules(*kind, same), most));
        }
        page.note("groups");
        page.text.push_str("\n</details>\n");
    }
    page.text + &about
}

struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    /// Adds a part while there is room.
    fn add(&mut self, part: &str, most: usize) {
        if self.left_out > 0 || self.text.len() + part.len() > most {
            self.left_out += 1;
        } else {
            self.text.push_str(part);
        }
    }

    fn note(&mut self, what: &str) {
        if self.left_out > 0 {
            self.text.push_str(&format!("\n*{} more {what}: `hedgerow diff -o text` has them all.*\n", self.left_out));
        }
        self.left_out = 0;
    }
}

fn line(kind: Kind, row: &Row) -> String {
    let word = match kind {
        Kind::Unsettled => "in doubt",
        other => other.as_str(),
    };
    let cells = [row.source.text(), row.destination.text(), row.ports(kind)].map(|cell| escaped(&cell));
    format!("| {word} | {} |\n", cells.join(" | "))
}

fn rules(kind: Kind, rows: &[Row]) -> String {
    let mut text = format!("\n{}:\n", capital(title(kind)));
    for row in rows {
        let cells = [row.source.text(), row.destination.text(), row.ports(kind)].map(|cell| escaped(&cell));
        text.push_str(&format!("- {} → {}, {}\n", cells[0], cells[1], cells[2]));
    }
    let because = rows.first().map(|row| row.because.as_slice()).unwrap_or_default();
    because.iter().for_each(|reason| text.push_str(&format!("  - {}\n", escaped(&reason.text()))));
    text
}

/// Workloads that came and went, and what was compared.
fn about(compared: &Compared<'_>) -> String {
    let workloads = Workloads::of(compared);
    let mut text = String::from("\n<details>\n<summary>What was compared</summary>\n\n");
    let strange: Vec<String> = compared.strange.iter().map(|object| escaped(&object.display())).collect();
    let named = |objects: &[engine::finding::ObjectRef]| -> Vec<String> {
        objects.iter().map(|object| escaped(&workloads.name_of(object))).collect()
    };
    for (title, names) in [
        ("appeared", named(&compared.diff.appeared)),
        ("gone", named(&compared.diff.gone)),
        ("changed and not modelled, so that what else changes is unknown", strange),
    ] {
        if !names.is_empty() {
            let more = names.len().saturating_sub(MOST_NAMES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let shown: Vec<String> = names.into_iter().take(MOST_NAMES).collect();
            text.push_str(&format!("- {title}: {}{more}\n", shown.join(", ")));
        }
    }
    for line in closing(compared, Style::PLAIN).lines().filter(|line| !line.is_empty()) {
        let inner = line.strip_prefix("  ");
        let indent = if inner.is_some() { "  - " } else { "- " };
        text.push_str(&format!("{indent}{}\n", escaped(inner.unwrap_or(line))));
    }
    text + "\n</details>\n"
}

/// How many workloads are named before they are only counted.
const MOST_NAMES: usize = 50;
