//! `@fix` → edits of the user's text.
//!
//! A fix is written `PATH = VALUE` (set a field that is there) or `remove PATH`. Paths are below the object or part.

use super::texts::Texts;
use crate::finding::{Edit, Fix, Span};
use crate::object::Object;
use crate::text::{Format, resolve};

/// The fix that an annotation asks for, with edits where the text is at hand. `base` is the pointer of the object or part.
pub(super) fn fix(annotation: &str, object: &Object, base: &str, texts: &Texts<'_>) -> Fix {
    match annotation.trim().strip_prefix("remove ") {
        Some(path) => Fix {
            title: format!("remove `{}`", path.trim()),
            edits: removal(object, &pointer(base, path), texts).into_iter().collect(),
        },
        None => {
            let (path, value) = annotation.split_once('=').unwrap_or((annotation, ""));
            let (path, value) = (path.trim(), value.trim());
            let edits = replacement(object, &pointer(base, path), value, texts).into_iter().collect();
            Fix { title: format!("set `{path}` to `{value}`"), edits }
        }
    }
}

fn pointer(base: &str, path: &str) -> String {
    format!("{base}/{}", path.trim().replace('.', "/"))
}

fn replacement(object: &Object, pointer: &str, value: &str, texts: &Texts<'_>) -> Option<Edit> {
    let found = resolve(object.raw.as_deref()?, pointer);
    let scalar = found.value.as_map().is_none() && found.value.as_list().is_none();
    if !found.exact || !scalar {
        return None;
    }
    let source = texts.source(object)?;
    let quoted = source.bytes.get(found.value.span.start as usize) == Some(&b'"');
    let text = if quoted { format!("\"{value}\"") } else { value.to_owned() };
    Some(Edit { place: texts.place(object, found.value.span)?, text })
}

/// Takes out the whole lines of a block-style YAML entry; nothing where other text shares those lines.
fn removal(object: &Object, pointer: &str, texts: &Texts<'_>) -> Option<Edit> {
    let found = resolve(object.raw.as_deref()?, pointer);
    let source = texts.source(object)?;
    if !found.exact || source.format == Format::Json {
        return None;
    }
    let key = found.key?;
    let bytes = source.bytes.as_slice();
    let start = bytes.get(..key.start as usize)?.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let after = found.value.span.end as usize;
    let rest = bytes.get(after..)?;
    let end = after + rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
    let alone = |range: &[u8]| range.iter().all(u8::is_ascii_whitespace);
    let clear = alone(bytes.get(start..key.start as usize)?) && alone(bytes.get(after..end)?);
    clear.then_some(())?;
    Some(Edit { place: texts.place(object, Span::new(start, end))?, text: String::new() })
}
