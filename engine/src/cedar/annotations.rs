//! The annotations of a policy.

use cedar_policy_core::ast::Policy;

use super::problem::{Problems, did_you_mean};
use crate::finding::{Code, Severity, Span};

const KNOWN: [&str; 11] =
    ["code", "field", "fix", "help", "id", "message", "ratchet", "references", "settles", "severity", "title"];
/// What every policy that makes findings has to have.
const REQUIRED: [&str; 4] = ["code", "title", "severity", "message"];

/// One annotation's text and place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// Its text.
    pub(super) text: String,
    /// Where the annotation stands.
    pub(super) span: Span,
}

/// What the annotations of a policy say.
#[derive(Clone, Debug)]
pub(super) struct Annotations {
    /// `@id`
    pub(super) id: Text,
    /// `@code`
    pub(super) code: Option<Text>,
    /// `@title`
    pub(super) title: String,
    /// `@severity`
    pub(super) severity: Severity,
    /// `@message`
    pub(super) message: Option<Text>,
    /// `@field`
    pub(super) field: Option<Text>,
    /// `@help`
    pub(super) help: Option<String>,
    /// `@fix`
    pub(super) fix: Option<String>,
    /// `@references`, split.
    pub(super) references: Vec<String>,
    /// `@settles`
    pub(super) settles: bool,
    /// `@ratchet`
    pub(super) ratchet: bool,
}

impl Annotations {
    /// Reads the annotations. What is wrong goes to `problems`; without an `@id` there are none.
    pub(super) fn of(policy: &Policy, tells: bool, whole: Span, problems: &mut Problems<'_>) -> Option<Annotations> {
        let mut found: Vec<(String, Text)> = Vec::new();
        for (key, annotation) in policy.annotations() {
            let span = annotation.loc.as_ref().map_or(whole, |loc| Span::new(loc.start(), loc.end()));
            let key = key.to_string();
            if !KNOWN.contains(&key.as_str()) {
                let help = did_you_mean(&key, KNOWN);
                let help = help
                    .or_else(|| Some(format!("known annotations: {}", KNOWN.map(|key| format!("@{key}")).join(", "))));
                problems.add(Code::BadAnnotation, span, format!("`@{key}` is no annotation of a policy"), help);
                continue;
            }
            found.push((key, Text { text: annotation.val.to_string(), span }));
        }
        let start = Span::new(whole.start as usize, whole.start as usize + 1);
        let get = |key: &str| found.iter().find(|(found, _)| found == key).map(|(_, text)| text.clone());
        let Some(id) = get("id") else {
            let help = Some("write `@id(\"pack/name\")` before it".to_owned());
            problems.add(Code::BadAnnotation, start, "the policy has no `@id`".to_owned(), help);
            return None;
        };
        for key in REQUIRED.into_iter().filter(|key| tells && get(key).is_none()) {
            let message = format!("policy `{}` has no `@{key}`", id.text);
            problems.add(Code::BadAnnotation, id.span, message, None);
        }
        for (key, text) in found.iter().filter(|(key, text)| key != "settles" && text.text.trim().is_empty()) {
            problems.add(Code::BadAnnotation, text.span, format!("`@{key}` is empty"), None);
        }
        let optional = |key: &str| get(key).map(|text| text.text);
        Some(Annotations {
            severity: severity(get("severity"), problems),
            settles: word(get("settles"), "settles", ["", "true"], problems),
            ratchet: !word(get("ratchet"), "ratchet", ["off", "off"], problems),
            code: code(get("code"), problems),
            title: optional("title").unwrap_or_default(),
            message: get("message"),
            field: get("field"),
            help: optional("help"),
            fix: optional("fix"),
            references: optional("references").map(|text| references(&text)).unwrap_or_default(),
            id,
        })
    }
}

fn severity(text: Option<Text>, problems: &mut Problems<'_>) -> Severity {
    let Some(Text { text, span }) = text else { return Severity::Error };
    Severity::parse(&text).unwrap_or_else(|| {
        let help = Some("give error, warning or info".to_owned());
        problems.add(Code::BadAnnotation, span, format!("`{text}` is no severity"), help);
        Severity::Error
    })
}

/// Whether an annotation is there; it must have one of `words`.
fn word(text: Option<Text>, key: &str, words: [&str; 2], problems: &mut Problems<'_>) -> bool {
    let Some(Text { text, span }) = text else { return false };
    if !words.contains(&text.as_str()) {
        let help = Some(format!("write `@{key}(\"{}\")` or leave it out", words[1]));
        problems.add(Code::BadAnnotation, span, format!("`@{key}` cannot be `{text}`"), help);
    }
    true
}

fn code(text: Option<Text>, problems: &mut Problems<'_>) -> Option<Text> {
    let code = text?;
    let plain = code.text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.'));
    let ours = code.text.strip_prefix("HR").is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()));
    if !plain || ours {
        let message = format!("`{}` cannot be a code", code.text);
        let help = "use letters, digits, `-`, `_` and `.`; codes that start with HR and a digit are the engine's own";
        problems.add(Code::BadAnnotation, code.span, message, Some(help.to_owned()));
    }
    Some(code)
}

fn references(text: &str) -> Vec<String> {
    text.split(|char: char| char.is_whitespace() || char == ',')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
