//! Sources from top to bottom, destinations from left to right: legible where arrows are too many to draw.

use std::collections::BTreeMap;

use super::{Arrow, LETTER, Look, Picture, class, cut, escaped, width_of};

const CELL: f64 = 22.0;

/// The table, and how wide and high it is.
pub(super) fn table(picture: &Picture) -> (String, f64, f64) {
    let mut order: Vec<usize> = (0..picture.nodes.len()).collect();
    let name = |number: usize| picture.nodes[number].full_name();
    order.sort_by_key(|number| (picture.nodes[*number].far, name(*number)));
    let [mut rows, mut columns] = [Vec::new(), Vec::new()];
    for number in order {
        rows.extend(picture.arrows.iter().any(|arrow| arrow.from == number).then_some(number));
        columns.extend(picture.arrows.iter().any(|arrow| arrow.to == number).then_some(number));
    }
    let longest = |of: &[usize]| of.iter().map(|number| width_of(&name(*number), LETTER)).fold(60.0, f64::max);
    let (left, top) = (longest(&rows).max(90.0) + 28.0, longest(&columns) * 0.8 + 40.0);
    let mut svg = format!("<text class=\"title\" x=\"12\" y=\"{:.1}\">from ↓  to →</text>\n", top - 10.0);
    for (at, number) in rows.iter().enumerate() {
        let y = top + at as f64 * CELL;
        let ground = if at % 2 == 1 { "stripe" } else { "ground" };
        svg.push_str(&format!(
            "<rect class=\"{ground}\" x=\"8\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{CELL}\"/>\
             <text class=\"name\" style=\"text-anchor:end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            left + columns.len() as f64 * CELL - 8.0,
            left - 8.0,
            y + CELL / 2.0,
            cut(&name(*number))
        ));
    }
    for (at, number) in columns.iter().enumerate() {
        let (x, y) = (left + (at as f64 + 0.5) * CELL, top - 8.0);
        svg.push_str(&format!(
            "<text class=\"name\" style=\"text-anchor:start\" x=\"{x:.1}\" y=\"{y:.1}\" transform=\"rotate(-55 {x:.1} {y:.1})\">{}</text>\n",
            cut(&name(*number))
        ));
    }
    let places = |of: &[usize]| of.iter().enumerate().map(|(at, number)| (*number, at)).collect::<BTreeMap<_, _>>();
    let (row_of, column_of) = (places(&rows), places(&columns));
    for arrow in &picture.arrows {
        let (row, column) = (row_of[&arrow.from], column_of[&arrow.to]);
        let title = format!("{} → {}: {}", name(arrow.from), name(arrow.to), arrow.label);
        svg.push_str(&cell(arrow, (left + column as f64 * CELL, top + row as f64 * CELL), &title));
    }
    (svg, left + columns.len() as f64 * CELL + top * 0.7, top + rows.len() as f64 * CELL)
}

fn cell(arrow: &Arrow, (x, y): (f64, f64), title: &str) -> String {
    let inset = if arrow.look == Look::Doubtful { 6.0 } else { 3.0 };
    let size = CELL - 2.0 * inset;
    format!(
        "<rect class=\"cell {}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{size}\" height=\"{size}\" rx=\"3\"><title>{}</title></rect>\n",
        class(arrow.look),
        x + inset,
        y + inset,
        escaped(title)
    )
}
