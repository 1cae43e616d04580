//! Markdown: a table for each state.

use super::collapse::rows;
use super::{Listed, closing, exposure, parts};
use crate::render::Style;

/// The list as Markdown.
pub(crate) fn render(listed: &Listed<'_>) -> String {
    let mut text = String::from("# Who reaches whom\n");
    for ((_, rows), (_, title)) in rows(listed).into_iter().zip(parts::STATES) {
        if rows.is_empty() {
            continue;
        }
        text.push_str(&format!("\n## {}\n\n", capital(title)));
        let why = rows.iter().any(|row| !row.because.is_empty());
        text.push_str(if why { "| from | to | ports | because |\n" } else { "| from | to | ports |\n" });
        text.push_str(if why { "| --- | --- | --- | --- |\n" } else { "| --- | --- | --- |\n" });
        for row in rows {
            let mut cells = vec![row.source.text(), row.destination.text(), row.ports.to_string()];
            cells.extend(why.then(|| row.because.join("; ")));
            let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    if listed.exposure {
        text.push_str(&exposure::markdown(listed));
    }
    let closing = closing::lines(&listed.known, Style::PLAIN);
    text.push('\n');
    closing.lines().for_each(|line| text.push_str(&format!("- {}\n", escaped(line))));
    text
}

/// With a capital first.
pub(super) fn capital(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// With nothing in it that Markdown would take for itself.
pub(super) fn escaped(cell: &str) -> String {
    cell.replace('|', "\\|").replace('*', "\\*").replace('[', "\\[").replace(']', "\\]")
}
