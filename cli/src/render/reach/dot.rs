//! A graph for Graphviz. Dashed arrows are not settled.

use super::Listed;
use super::picture::{Look, Picture, picture};

/// The list as a DOT graph.
pub(crate) fn render(listed: &Listed<'_>) -> String {
    graph(&picture(listed))
}

/// A picture as a DOT graph.
pub(super) fn graph(picture: &Picture) -> String {
    let mut text = String::from(
        "digraph reach {\n  rankdir=LR\n  node [shape=box, style=rounded, fontname=\"sans-serif\"]\n  \
         edge [fontname=\"sans-serif\", fontsize=10]\n",
    );
    for (number, (namespace, nodes)) in picture.by_namespace().into_iter().enumerate() {
        let indent = if let Some(namespace) = namespace {
            text.push_str(&format!("  subgraph cluster_{number} {{\n    label={}\n", quoted(namespace)));
            "    "
        } else {
            "  "
        };
        for (number, node) in nodes {
            let shape = if namespace.is_none() { ", shape=ellipse" } else { "" };
            text.push_str(&format!("{indent}n{number} [label={}{shape}]\n", quoted(&node.label)));
        }
        text.push_str(if namespace.is_some() { "  }\n" } else { "" });
    }
    for arrow in &picture.arrows {
        let style = match arrow.look {
            Look::Passes => "",
            Look::Doubtful => ", style=dashed",
            Look::Opened => ", color=\"#1a7f37\", fontcolor=\"#1a7f37\", penwidth=2",
            Look::Cut => ", color=\"#cf222e\", fontcolor=\"#cf222e\", style=dashed, penwidth=2",
            Look::Changed => ", color=\"#8250df\", fontcolor=\"#8250df\"",
        };
        text.push_str(&format!("  n{} -> n{} [label={}{style}]\n", arrow.from, arrow.to, quoted(&arrow.label)));
    }
    text + "}\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " "))
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(super::quoted("a\"b\\\n"), "\"a\\\"b\\\\ \"");
    }
}
