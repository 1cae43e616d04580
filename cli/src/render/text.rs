//! Text for people: findings, what failed, and the closing lines.

use engine::review::Unknown;

use super::finding::Printer;
use super::{Style, View, closing};
use crate::command::check::failed;

/// The report as text.
pub(crate) fn render(view: &View<'_>, style: Style) -> String {
    let printer = Printer::new(view.sources, style.colours);
    let mut text = String::new();
    for finding in &view.report.findings {
        text.push_str(&printer.finding(finding));
        text.push('\n');
    }
    for unknown in view.report.unknowns.iter().filter(|unknown| style.verbose || failed(unknown)) {
        text.push_str(&undecided(&printer, unknown));
        text.push('\n');
    }
    if !style.quiet {
        text.push_str(&closing::lines(view, style));
    }
    text
}

fn undecided(printer: &Printer<'_>, unknown: &Unknown) -> String {
    let Unknown { policy, code, object, field, causes, outcome: _ } = unknown;
    let about = object.as_ref().map(|object| format!(" for {}", object.display())).unwrap_or_default();
    let part = if field.is_empty() { String::new() } else { format!(" at {field}") };
    let message = format!("policy `{}` is not decided{about}{part}", policy.id);
    let causes: Vec<String> = causes.iter().map(|cause| cause.message.clone()).collect();
    printer.line("unknown", code, &message, &causes)
}
