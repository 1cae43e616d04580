//! CSV (RFC 4180): a line for each pair.

use engine::reach::{End, Verdict};

use super::{Listed, parts};

/// The list as CSV.
pub(crate) fn render(listed: &Listed<'_>) -> String {
    let reach = listed.known.reach;
    let mut text = line(["source", "destination", "allow", "implementation-defined", "unknown", "because"]);
    for connection in listed.connections() {
        let passage = &connection.passage;
        let because = if parts::is_settled(passage) {
            String::new()
        } else {
            let why = listed.why(&connection.source, &connection.destination);
            let both = [Verdict::ImplementationDefined, Verdict::Unknown].map(|state| parts::because(&why, state));
            let mut both = both.concat();
            both.sort();
            both.dedup();
            both.join("; ")
        };
        let end = |end: &End| reach.name(end);
        let ports = |ports: &engine::net::Ports| if ports.is_empty() { String::new() } else { ports.to_string() };
        text.push_str(&line([
            &end(&connection.source),
            &end(&connection.destination),
            &ports(&passage.allow),
            &ports(&passage.implementation_defined),
            &ports(&passage.unknown),
            &because,
        ]));
    }
    text
}

/// One line.
pub(super) fn line<const N: usize>(cells: [&str; N]) -> String {
    cells.map(cell).join(",") + "\n"
}

fn cell(text: &str) -> String {
    let quoted = text.contains([',', '"', '\n', '\r']);
    // A spreadsheet would take these for formulas.
    let formula = text.starts_with(['=', '+', '-', '@', '\t']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells_with_commas_and_quotes_are_quoted() {
        assert_eq!(super::line(["a", "b,c", "d\"e", "=f"]), "a,\"b,c\",d\"e,'=f\n".replace("d\"e", "\"d\"\"e\""));
    }
}
