//! Text for people: the result, then each kind of change with the rules that make it.

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Ansi};
use engine::finding::ObjectRef;

use super::rows::{Row, Workloads, rows};
use super::{Compared, headline};
use crate::command::diff::Kind;
use crate::exit::Exit;
use crate::render::Style;
use crate::render::reach::{closing, table};

/// What changes, as text.
pub(crate) fn render(compared: &Compared<'_>, style: Style) -> String {
    let mut text = format!("{}\n", painted(&headline(compared), compared.exit, style));
    for (kind, rows) in rows(compared) {
        text.push_str(&format!("\n{}\n", title(kind)));
        for same in rows.chunk_by(|one, two| one.because == two.because) {
            text.push_str(&group(kind, same));
        }
    }
    let workloads = Workloads::of(compared);
    for (title, objects) in [("appeared", &compared.diff.appeared), ("gone", &compared.diff.gone)] {
        if !objects.is_empty() {
            text.push_str(&format!("\n{title}\n"));
            objects.iter().for_each(|object| text.push_str(&format!("  {}\n", workloads.name_of(object))));
        }
    }
    text.push_str(&strange(&compared.strange));
    if !style.quiet {
        text.push_str(&closing(compared, style));
    }
    text
}

/// The heading of a kind.
pub(super) fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Opened => "opened",
        Kind::Cut => "cut",
        Kind::Changed => "changed",
        Kind::Unsettled => "in doubt: unknown, or left to the network plugin",
    }
}

/// What was compared and assumed, line by line.
pub(super) fn closing(compared: &Compared<'_>, style: Style) -> String {
    let mut text = String::new();
    for (which, known) in [("old", &compared.old), ("new", &compared.new)] {
        text.push_str(&format!("\n{which}: {}", closing::lines(known, style).trim_end().replace('\n', "\n  ")));
    }
    format!("{text}\n")
}

fn group(kind: Kind, rows: &[Row]) -> String {
    let cells: Vec<[String; 3]> =
        rows.iter().map(|row| [row.source.text(), row.destination.text(), row.ports(kind)]).collect();
    let lines = table::aligned(&cells, [" → ", "  "]);
    let mut text: String = lines.lines().map(|line| format!("  {line}\n")).collect();
    let because = rows.first().map(|row| row.because.as_slice()).unwrap_or_default();
    because.iter().for_each(|reason| text.push_str(&format!("    {}\n", reason.text())));
    text
}

fn strange(objects: &[ObjectRef]) -> String {
    let lines = objects.iter().map(|object| format!("  {}\n", object.display()));
    let lines: String = lines.collect();
    let title = "\nchanged, and not modelled, so that what else changes is unknown\n";
    if lines.is_empty() { lines } else { format!("{title}{lines}") }
}

fn painted(headline: &str, exit: Exit, style: Style) -> String {
    let colour = match exit {
        Exit::Clean => AnsiColor::BrightGreen,
        Exit::Findings | Exit::Unusable => AnsiColor::BrightRed,
        Exit::Unknown => AnsiColor::BrightYellow,
    };
    let paint = if style.colours { colour.on_default().effects(Effects::BOLD) } else { Ansi::new() };
    match headline.split_once(':') {
        Some((word, rest)) => format!("{paint}{word}{paint:#}:{rest}"),
        None => headline.to_owned(),
    }
}
