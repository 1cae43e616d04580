//! An answer as text: the verdict in one line, what passes, and the rules that decide it.

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Ansi};
use engine::reach::{Answer, End, Explanation, Part, Passage, Verdict};

use super::{Asked, closing, evidence, exposure, offered, parts, table, turn, words};
use crate::render::Style;

/// The answer as text.
pub(crate) fn render(asked: &Asked<'_>, style: Style) -> String {
    let Explanation { answer, egress, ingress } = &asked.explanation;
    let mut text = headline(asked, answer, style);
    if answer.parts.len() > 1 {
        text.push_str(&each_part(asked, answer));
    } else if let Some(part) = answer.parts.first() {
        text.push_str(&besides(&part.passage, answer.verdict));
    }
    text.push_str(&because(answer));
    if let Some(ends) = &asked.exposure {
        text.push_str(&exposure::text(ends));
    }
    if !style.quiet {
        for (side, end) in [(egress, &asked.source), (ingress, &asked.destination)] {
            match (side, end) {
                (Some(side), _) => text.push_str(&evidence::text(&asked.known, side)),
                (None, End::Addresses(_)) => text.push_str(&format!(
                    "\n{}: no NetworkPolicy decides outside of the cluster\n",
                    asked.known.reach.name(end)
                )),
                (None, End::Workload(_)) => {}
            }
        }
        text.push_str(&offered::ways_text(&asked.known, &asked.entrances));
        if let Some(found) = &asked.turn {
            text.push_str(&turn::text(&asked.known, found));
        }
        text.push('\n');
        text.push_str(&closing::lines(&asked.known, style));
    }
    text
}

/// `allow: shop/web → shop/db on TCP 5432`.
fn headline(asked: &Asked<'_>, answer: &Answer, style: Style) -> String {
    let name = |end: &End| asked.known.reach.name(end);
    let colour = match answer.verdict {
        Verdict::Allow => AnsiColor::BrightGreen,
        Verdict::Deny => AnsiColor::BrightRed,
        Verdict::ImplementationDefined | Verdict::Unknown => AnsiColor::BrightYellow,
    };
    let paint = if style.colours { colour.on_default().effects(Effects::BOLD) } else { Ansi::new() };
    let on = match (asked.port, answer.parts.as_slice()) {
        (Some(port), _) => format!("{} {}", port.protocol.as_str(), port.port),
        (None, [part]) => words::of_ports(&ports_of(&part.passage, answer.verdict)),
        (None, _) => "some ports".to_owned(),
    };
    let part = if answer.parts.len() > 1 { ", for part of the addresses" } else { "" };
    let verdict = answer.verdict.as_str();
    format!("{paint}{verdict}{paint:#}: {} → {} on {on}{part}\n", name(&asked.source), name(&asked.destination))
}

fn ports_of(passage: &Passage, verdict: Verdict) -> engine::net::Ports {
    super::collapse::ports_of(passage, verdict).unwrap_or_default()
}

/// Of one part: what is not settled beside what the headline says.
fn besides(passage: &Passage, verdict: Verdict) -> String {
    let others = parts::STATES.into_iter().filter(|(state, _)| *state != verdict);
    let named = others.filter_map(|(state, _)| Some((state.as_str(), super::collapse::ports_of(passage, state)?)));
    named.map(|(word, ports)| format!("  {word} on {}\n", words::of_ports(&ports))).collect()
}

/// Of several parts: what becomes of each.
fn each_part(asked: &Asked<'_>, answer: &Answer) -> String {
    let mut rows = Vec::new();
    for Part { source, destination, passage } in &answer.parts {
        let addresses = if matches!(asked.source, End::Addresses(_)) { source } else { destination };
        let name = format!("  {}", asked.known.reach.name(addresses));
        let states = parts::STATES
            .into_iter()
            .filter_map(|(state, _)| Some((state, super::collapse::ports_of(passage, state)?)));
        let before = rows.len();
        rows.extend(states.map(|(state, ports)| [name.clone(), state.as_str().to_owned(), words::of_ports(&ports)]));
        if rows.len() == before {
            rows.push([name, Verdict::Deny.as_str().to_owned(), String::new()]);
        }
    }
    let table = table::aligned(&rows, ["  ", " "]);
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn because(answer: &Answer) -> String {
    let reasons = answer.reasons.iter().map(words::reason);
    let all = reasons.chain(answer.causes.iter().map(|cause| cause.message.clone()));
    all.map(|reason| format!("  because {reason}\n")).collect()
}
