//! A flowchart that forges draw in Markdown. Dotted arrows are not settled.

use super::Listed;
use super::picture::{Look, Picture, picture};

/// The list as a Mermaid flowchart.
pub(crate) fn render(listed: &Listed<'_>) -> String {
    chart(&picture(listed))
}

/// A picture as a flowchart.
pub(super) fn chart(picture: &Picture) -> String {
    let mut text = String::from("flowchart LR\n");
    for (number, (namespace, nodes)) in picture.by_namespace().into_iter().enumerate() {
        let indent = if let Some(namespace) = namespace {
            text.push_str(&format!("  subgraph s{number}[{}]\n", quoted(namespace)));
            "    "
        } else {
            "  "
        };
        for (number, node) in nodes {
            let [open, close] = if namespace.is_some() { ["[", "]"] } else { ["([", "])"] };
            text.push_str(&format!("{indent}n{number}{open}{}{close}\n", quoted(&node.label)));
        }
        text.push_str(if namespace.is_some() { "  end\n" } else { "" });
    }
    let mut styles = String::new();
    for (number, arrow) in picture.arrows.iter().enumerate() {
        let (line, style) = match arrow.look {
            Look::Passes => ("-->", ""),
            Look::Doubtful => ("-.->", ""),
            Look::Opened => ("==>", "stroke:#1a7f37"),
            Look::Cut => ("-.->", "stroke:#cf222e"),
            Look::Changed => ("-->", "stroke:#8250df"),
        };
        if !style.is_empty() {
            styles.push_str(&format!("  linkStyle {number} {style}\n"));
        }
        text.push_str(&format!("  n{} {line}|{}| n{}\n", arrow.from, quoted(&arrow.label), arrow.to));
    }
    text + &styles
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '#' | '<' | '>' | '&' | '\\' | '`' => quoted.push_str(&format!("#{};", u32::from(letter))),
            '\n' => quoted.push(' '),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_markup_is_made_of_is_escaped() {
        assert_eq!(super::quoted("a\"<b>#"), "\"a#34;#60;b#62;#35;\"");
    }
}
