//! `@message`: text with paths in braces, checked when the pack loads.

use cedar_policy_core::ast::{EntityUID, Literal, PartialValue, Value, ValueKind};
use cedar_policy_core::entities::{Dereference, Entities};

use super::parameter::Parameter;
use super::path::{Path, Subjects, Wrong};
use super::reads::{Root, Step};

/// Characters of a whole message.
const LENGTH: usize = 400;
/// Elements of a set that are printed.
const ELEMENTS: usize = 5;

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Path(Path),
}

impl Message {
    /// Reads a message. `{{` and `}}` stand for braces.
    ///
    /// # Errors
    /// The first brace or path that is wrong, with its range in `text`.
    pub(super) fn parse(
        text: &str,
        subjects: &Subjects<'_>,
        parameters: &[Parameter],
    ) -> Result<Message, (std::ops::Range<usize>, Wrong)> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut chars = text.char_indices().peekable();
        while let Some((at, char)) = chars.next() {
            if matches!(char, '{' | '}') && chars.next_if(|(_, next)| *next == char).is_some() {
                plain.push(char);
                continue;
            }
            if char != '{' {
                plain.push(char);
                continue;
            }
            let inside: String =
                std::iter::from_fn(|| chars.next_if(|(_, next)| *next != '}')).map(|(_, c)| c).collect();
            let range = at..at + 2 + inside.len();
            if chars.next().is_none() {
                let message = "a `{` is not closed".to_owned();
                return Err((at..text.len(), Wrong { message, help: Some("write `{{` for a brace".to_owned()) }));
            }
            let path = Path::check(inside.trim(), subjects, parameters).map_err(|wrong| (range, wrong))?;
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Path(path));
        }
        pieces.push(Piece::Text(plain));
        Ok(Message { pieces })
    }

    /// The paths that are printed.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Path(path) => Some(path),
            Piece::Text(_) => None,
        })
    }

    /// The message about one resource.
    pub(super) fn print(&self, resource: &EntityUID, context: &Value, entities: &Entities) -> String {
        self.print_of([resource, resource], context, entities)
    }

    /// The message about a principal and a resource.
    pub(super) fn print_of(
        &self,
        [principal, resource]: [&EntityUID; 2],
        context: &Value,
        entities: &Entities,
    ) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Path(path) => {
                    let start = match path.root {
                        Root::Context => context.clone(),
                        Root::Principal => Value::from(principal.clone()),
                        _ => Value::from(resource.clone()),
                    };
                    let value = follow(start.clone(), &path.steps, entities).map(|value| show(&value));
                    let value = value.or_else(|| not_named(start, &path.steps, entities));
                    text.push_str(&value.unwrap_or_else(|| "none".to_owned()));
                }
            }
        }
        shorten(&escape(&text))
    }
}

fn follow(start: Value, steps: &[Step], entities: &Entities) -> Option<Value> {
    steps.iter().try_fold(start, |value, step| match (&value.value, step) {
        (ValueKind::Record(record), Step::Attribute(name)) => record.get(name.as_str()).cloned(),
        (ValueKind::Lit(Literal::EntityUID(uid)), step) => {
            let Dereference::Data(entity) = entities.entity(uid) else { return None };
            let found = match step {
                Step::Attribute(name) => entity.get(name),
                Step::Tag(tag) => entity.get_tag(tag.as_deref()?),
            };
            match found {
                Some(PartialValue::Value(value)) => Some(value.clone()),
                _ => None,
            }
        }
        _ => None,
    })
}

/// What an object without a name is called, where a message asks for the name.
fn not_named(start: Value, steps: &[Step], entities: &Entities) -> Option<String> {
    let [before @ .., Step::Attribute(metadata), Step::Attribute(name)] = steps else { return None };
    if (metadata.as_str(), name.as_str()) != ("metadata", "name") {
        return None;
    }
    let id = show(&follow(start, before, entities)?);
    let name = id.rsplit('/').next().unwrap_or(&id);
    Some(if name.is_empty() { "(unnamed)".to_owned() } else { name.to_owned() })
}

fn show(value: &Value) -> String {
    match &value.value {
        ValueKind::Lit(Literal::Bool(bool)) => bool.to_string(),
        ValueKind::Lit(Literal::Long(long)) => long.to_string(),
        ValueKind::Lit(Literal::String(text)) => text.to_string(),
        ValueKind::Lit(Literal::EntityUID(uid)) => {
            let id: &str = uid.eid().as_ref();
            id.to_owned()
        }
        ValueKind::Set(set) => {
            let mut shown: Vec<String> = set.iter().map(show).collect();
            shown.sort();
            let more = shown.len().saturating_sub(ELEMENTS);
            shown.truncate(ELEMENTS);
            match (shown.is_empty(), more) {
                (true, _) => "none".to_owned(),
                (_, 0) => shown.join(", "),
                (_, more) => format!("{} and {more} more", shown.join(", ")),
            }
        }
        ValueKind::Record(record) => {
            let fields = record.iter().map(|(name, value)| format!("{name}: {}", show(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        // `ip("10.0.0.0/8")` → `10.0.0.0/8`
        ValueKind::ExtensionValue(value) => {
            let text = Value::new(ValueKind::ExtensionValue(value.clone()), None).to_string();
            text.split('"').nth(1).map_or(text.clone(), str::to_owned)
        }
    }
}

/// Control characters, which could forge lines in a terminal or log, as escapes.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, char| {
        if char.is_control()
            || matches!(char, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            out.extend(char.escape_default());
        } else {
            out.push(char);
        }
        out
    })
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= LENGTH {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LENGTH - 1).collect();
    short.push('…');
    short
}
