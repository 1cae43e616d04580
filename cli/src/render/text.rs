//! Text for people: findings, what failed, and the closing lines.

use super::finding::Printer;
use super::{Style, View, closing, undecided};
use crate::command::check::failed;

/// The report as text.
pub(crate) fn render(view: &View<'_>, style: Style) -> String {
    let printer = Printer::new(view.sources, style.colours);
    let mut text = String::new();
    for finding in &view.report.findings {
        text.push_str(&printer.finding(finding));
        text.push('\n');
    }
    let told = view.report.unknowns.iter().filter(|unknown| style.verbose || failed(unknown));
    for block in undecided::blocks(&printer, told) {
        text.push_str(&block);
        text.push('\n');
    }
    if !style.quiet {
        text.push_str(&closing::lines(view, style));
    }
    text
}
