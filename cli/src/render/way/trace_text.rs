//! A way as text: the verdict in one line, then one step a line, and what to change where it breaks.

use std::collections::BTreeSet;

use engine::reach::Verdict;
use engine::way::{Citation, Step};

use super::{Walked, words};
use crate::render::Style;
use crate::render::reach::turn;

/// The way as text.
pub(crate) fn render(walked: &Walked<'_>, style: Style) -> String {
    let Walked { heard, pod, workload: _, url, found, known, turn, exit: _ } = walked;
    let mut text = format!("{}: {pod} → {url}\n\n", words::painted(found.verdict.as_str(), found.verdict, style));
    for (at, step) in found.steps.iter().enumerate() {
        text.push_str(&of_step(walked, at + 1, step, style));
    }
    if found.steps.is_empty() {
        text.push_str("  the pod is not known well enough to follow the connection\n");
    }
    if style.quiet {
        return text;
    }
    if let Some(found) = turn {
        text.push_str(&turn::text(known, found));
    }
    if !found.assumptions.is_empty() {
        text.push('\n');
    }
    for assumption in &found.assumptions {
        text.push_str(&format!("assumed: {assumption}\n"));
    }
    text.push('\n');
    text.push_str(&words::closing_lines(heard, style));
    text
}

fn of_step(walked: &Walked<'_>, number: usize, step: &Step, style: Style) -> String {
    let Step { stage, verdict, message, cites, because, help } = step;
    let mark = match verdict {
        Verdict::Allow => "ok",
        Verdict::Deny => "breaks",
        Verdict::ImplementationDefined => "open",
        Verdict::Unknown => "unknown",
    };
    let mark = words::painted(&format!("{mark:7}"), *verdict, style);
    let mut text = format!("  {number} {:9}  {mark}  {message}{}\n", stage.as_str(), cited(walked, cites));
    let indent = " ".repeat(24);
    for why in because {
        text.push_str(&format!("{indent}because {why}\n"));
    }
    if let Some(help) = help {
        text.push_str(&format!("{indent}help: {help}\n"));
    }
    text
}

/// ` (FILE:LINE, FILE:LINE)`, or the names of the objects whose text is not at hand.
fn cited(walked: &Walked<'_>, cites: &[Citation]) -> String {
    let mut seen = BTreeSet::new();
    let place = |Citation { object, field }: &Citation| {
        let at = words::at(&walked.heard, object, field);
        at.strip_prefix(" (").and_then(|at| at.strip_suffix(')')).map_or_else(|| object.display(), str::to_owned)
    };
    let places: Vec<String> = cites.iter().map(place).filter(|place| seen.insert(place.clone())).collect();
    if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) }
}
