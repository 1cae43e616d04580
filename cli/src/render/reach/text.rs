//! Text for people: who reaches whom, each thing said once.

use engine::reach::Verdict;

use super::collapse::{Row, rows};
use super::{Listed, closing, exposure, offered, parts, table};
use crate::render::Style;

/// The list as text.
pub(crate) fn render(listed: &Listed<'_>, style: Style) -> String {
    let mut text = String::new();
    for ((state, rows), (_, title)) in rows(listed).into_iter().zip(parts::STATES) {
        if rows.is_empty() {
            continue;
        }
        if state == Verdict::Allow {
            text.push_str(&lines(&rows));
        } else {
            text.push_str(&unsettled(&rows, title, !text.is_empty()));
        }
    }
    if text.is_empty() {
        text.push_str("nothing reaches anything\n");
    }
    if listed.exposure {
        text.push_str(&exposure::text(listed));
    }
    if !style.quiet {
        text.push_str(&offered::text(&listed.known, &listed.offers));
        text.push('\n');
        text.push_str(&closing::lines(&listed.known, style));
    }
    text
}

fn lines(rows: &[Row]) -> String {
    let cells = |row: &Row| [row.source.text(), row.destination.text(), row.ports.to_string()];
    table::aligned(&rows.iter().map(cells).collect::<Vec<_>>(), [" → ", "  "])
}

/// Rows by their reasons.
fn unsettled(rows: &[Row], title: &str, follows: bool) -> String {
    let mut groups: Vec<(&[String], Vec<Row>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(because, _)| *because == row.because) {
            Some((_, group)) => group.push(row.clone()),
            None => groups.push((&row.because, vec![row.clone()])),
        }
    }
    let mut text = if follows { "\n".to_owned() } else { String::new() };
    for (because, group) in groups {
        text.push_str(&format!("{title}\n"));
        because.iter().for_each(|reason| text.push_str(&format!("  because {reason}\n")));
        lines(&group).lines().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text
}
