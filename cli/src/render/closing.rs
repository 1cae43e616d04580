//! The closing lines: what was examined, what was assumed, what was left out, and the result.

use std::collections::{BTreeMap, BTreeSet};

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Ansi};
use engine::finding::Severity;
use engine::review::Report;

use super::{Style, View};
use crate::command::check::{examined, failed};
use crate::exit::Exit;

/// All closing lines.
pub(crate) fn lines(view: &View<'_>, style: Style) -> String {
    let report = view.report;
    let mut lines = vec![format!("{} with {}", objects(report), policies(report.policies_asked as usize))];
    lines.extend(world(report));
    lines.extend(not_asked(report, style));
    lines.extend(skipped(report, style));
    lines.push(result(view, style));
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// The last line: `result: 2 errors, 1 warning`.
pub(crate) fn result(view: &View<'_>, style: Style) -> String {
    let (word, colour) = match view.exit {
        Exit::Clean => ("clean", AnsiColor::BrightGreen),
        Exit::Findings => ("findings", AnsiColor::BrightRed),
        Exit::Unusable => ("incomplete", AnsiColor::BrightRed),
        Exit::Unknown => ("unknown", AnsiColor::BrightYellow),
    };
    let counts = counts(view.report);
    let rest = if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) };
    let paint = if style.colours { colour.on_default().effects(Effects::BOLD) } else { Ansi::new() };
    format!("result: {paint}{word}{paint:#}{rest}")
}

/// `examined 3 objects (1 Deployment, 2 Service)`.
pub(super) fn objects(report: &Report) -> String {
    let number = examined(report);
    let kinds: Vec<String> = report.objects.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    format!("examined {}{kinds}", plural(number as usize, "object"))
}

/// Which namespaces were taken as closed and as open.
pub(super) fn world(report: &Report) -> Option<String> {
    let closed = (!report.closed.is_empty()).then(|| format!("closed: {}", report.closed.join(", ")));
    let open = (!report.open.is_empty()).then(|| format!("open: {}", report.open.join(", ")));
    let namespaces: Vec<String> = closed.into_iter().chain(open).collect();
    (!namespaces.is_empty()).then(|| format!("namespaces taken as {}", namespaces.join("; as ")))
}

/// How many reasons the line of what was not asked gives before it only counts.
const REASONS: usize = 3;

/// Policies that hang on what the input does not hold, and what to add, in one line.
fn not_asked(report: &Report, style: Style) -> Option<String> {
    let mut codes = BTreeSet::new();
    let mut reasons = BTreeMap::<&str, BTreeSet<&str>>::new();
    for unknown in report.unknowns.iter().filter(|unknown| !failed(unknown)) {
        codes.insert(unknown.code.as_str());
        for cause in &unknown.causes {
            reasons.entry(&cause.message).or_default().insert(&unknown.code);
        }
    }
    if codes.is_empty() {
        return None;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(message, codes)| (std::cmp::Reverse(codes.len()), *message));
    let more = reasons.len().saturating_sub(REASONS);
    let shown: Vec<String> = reasons
        .iter()
        .take(REASONS)
        .map(|(message, codes)| format!("{message} ({})", codes.iter().copied().collect::<Vec<_>>().join(", ")))
        .collect();
    let more = match more {
        0 => String::new(),
        more => format!("; and {}{}", plural_of(more, "other reason", "other reasons"), hint(style)),
    };
    let number = policies(codes.len());
    Some(format!("not asked: {number}: {}{more}", shown.join("; ")))
}

/// What was left out.
pub(super) fn skipped(report: &Report, style: Style) -> Option<String> {
    if report.skipped.is_empty() {
        return None;
    }
    let head = format!("skipped {}", plural(report.skipped.len(), "document"));
    if !style.verbose {
        return Some(format!("{head} (`-v` names them)"));
    }
    let named = report.skipped.iter().map(|skipped| format!("\n  {}: {}", skipped.source, skipped.reason));
    Some(format!("{head}:{}", named.collect::<String>()))
}

fn counts(report: &Report) -> Vec<String> {
    let of = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let failures = report.unknowns.iter().filter(|unknown| failed(unknown)).count();
    let all = [
        (of(Severity::Error), "error", "errors"),
        (of(Severity::Warning), "warning", "warnings"),
        (of(Severity::Info), "info", "infos"),
        (failures, "unknown", "unknowns"),
    ];
    all.into_iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| plural_of(number, one, many)).collect()
}

fn hint(style: Style) -> &'static str {
    if style.verbose { "" } else { " (`-v` lists them)" }
}

/// `1 object`, `2 objects`.
pub(crate) fn plural(number: usize, noun: &str) -> String {
    plural_of(number, noun, &format!("{noun}s"))
}

/// `1 policy`, `2 policies`.
pub(crate) fn policies(number: usize) -> String {
    plural_of(number, "policy", "policies")
}

fn plural_of(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
