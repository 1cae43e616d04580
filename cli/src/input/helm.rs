//! Tells a Helm template from a manifest that only mentions `{{`.

use engine::finding::{Code, Place, Span};
use engine::text::{Limits, Lines, Node, Source, Value};

/// The first template action of a source that is a Helm template.
///
/// `{{` also stands in the texts of proper manifests (alert annotations, dashboards). A file is a template if it has `{{` and
/// cannot be read as YAML, or reads only because `{{ .Values.name }}` happens to be a mapping whose key is a mapping.
pub(super) fn first_action(source: &Source) -> Option<Place> {
    let at = source.bytes.windows(2).position(|pair| pair == b"{{")?;
    let mut problems = Vec::new();
    let documents = engine::text::read(source, &Limits::default(), &mut problems);
    let broken = problems.iter().any(|problem| problem.code == Code::Syntax.info().id);
    let template = broken || documents.iter().any(|document| has_action(&document.value, &source.bytes));
    template.then(|| Lines::of(source).place(source, Span::new(at, at + 2)))
}

fn has_action(value: &Value, bytes: &[u8]) -> bool {
    match &value.node {
        Node::Map(map) => map.iter().any(|entry| {
            let written = bytes.get(entry.key_span.start as usize);
            (written == Some(&b'{') && entry.key.starts_with('{')) || has_action(&entry.value, bytes)
        }),
        Node::List(list) => list.iter().any(|element| has_action(element, bytes)),
        Node::Null | Node::Bool(_) | Node::Int(_) | Node::Float(_) | Node::Text(_) => false,
    }
}
