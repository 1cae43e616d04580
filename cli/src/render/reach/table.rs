//! Rows in columns.

/// Cells wider than this do not widen the others.
const WIDEST: usize = 48;

/// Each row as a line, `columns` between the cells. The last column is not filled up.
pub(super) fn aligned(rows: &[[String; 3]], columns: [&str; 2]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let [first, second] = [width(0), width(1)];
    let line =
        |[one, two, three]: &[String; 3]| format!("{one:first$}{}{two:second$}{}{three}\n", columns[0], columns[1]);
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::aligned;

    #[test]
    fn a_wide_cell_widens_no_other() {
        let row = |one: &str| [one.to_owned(), "b".to_owned(), "c".to_owned()];
        let wide = "x".repeat(60);
        assert_eq!(aligned(&[row("a"), row("aaa"), row(&wide)], [">", " "]), format!("a  >b c\naaa>b c\n{wide}>b c\n"));
    }
}
