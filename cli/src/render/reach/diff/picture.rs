//! What changes, drawn: opened, cut and changed connections, each in its own look.

use super::Compared;
use super::rows::{Row, rows};
use crate::command::diff::Kind;
use crate::render::reach::picture::{Drawing, Look, Picture};
use crate::render::reach::{dot as graphs, mermaid as charts, svg as drawings};

/// What changes, as a DOT graph.
pub(crate) fn dot(compared: &Compared<'_>) -> String {
    graphs::graph(&picture(compared))
}

/// What changes, as a Mermaid flowchart.
pub(crate) fn mermaid(compared: &Compared<'_>) -> String {
    charts::chart(&picture(compared))
}

/// What changes, as a drawing.
pub(crate) fn svg(compared: &Compared<'_>) -> String {
    drawings::drawing(&picture(compared), "What changes")
}

fn picture(compared: &Compared<'_>) -> Picture {
    let mut drawing = Drawing::default();
    for (kind, rows) in rows(compared) {
        for row in rows {
            let Row { source, destination, .. } = &row;
            let (sign, look) = match kind {
                Kind::Opened => ("+ ", Look::Opened),
                Kind::Cut => ("− ", Look::Cut),
                Kind::Changed => ("", Look::Changed),
                Kind::Unsettled => ("", Look::Doubtful),
            };
            drawing.arrow(source, destination, format!("{sign}{}", row.ports(kind)), look);
        }
    }
    drawing.picture
}
