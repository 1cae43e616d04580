//! `.cedar` files → Cedar's policies, each beside what tells its place.

use cedar_policy_core::ast::{Policy, PolicySet};
use cedar_policy_core::parser::parse_policyset;

use super::problem::Problems;
use super::validate::{Wrong, wrong};
use crate::finding::{Code, Span};
use crate::text::Source;

/// Most bytes, brackets inside one another and operators of one policy: what is deeper could exhaust the stack.
const BYTES: usize = 16 << 10;
const DEPTH: usize = 32;
const OPERATORS: usize = 400;

/// What one file holds.
pub(super) struct Parsed<'s> {
    /// In the order written. INVARIANT: their spans are those that `problems` places.
    pub(super) policies: Vec<Policy>,
    /// What is wrong with the file so far.
    pub(super) problems: Problems<'s>,
}

/// Parses the files of a pack. What is wrong with one stands in its `problems` and leaves the others.
///
/// Cedar's lexer makes its automaton anew for each text, which costs more than most files take to parse; so all are parsed
/// as one text. If that is no whole number of policies for each file, each is parsed by itself, and says what is wrong.
pub(super) fn parse<'s>(files: &[&'s Source]) -> Vec<Parsed<'s>> {
    let files: Vec<(Problems<'s>, Option<&str>)> = files
        .iter()
        .map(|file| {
            let mut problems = Problems::of(file);
            let text = bounded(file, &mut problems);
            (problems, text)
        })
        .collect();
    let policies = together(&files);
    let mut base = 0;
    let parsed = files.into_iter().enumerate().map(|(at, (problems, text))| match (&policies, text) {
        (_, None) => Parsed { policies: Vec::new(), problems },
        (None, Some(text)) => alone(text, problems),
        (Some(policies), Some(text)) => {
            let problems = problems.moved_by(base);
            base += text.len() + SEPARATOR.len();
            Parsed { policies: policies.get(at).cloned().unwrap_or_default(), problems }
        }
    });
    parsed.collect()
}

/// Stands between two files.
const SEPARATOR: &str = "\n";

/// The policies of each file, with the spans of the joined text; `None` if one is not good by itself.
fn together(files: &[(Problems<'_>, Option<&str>)]) -> Option<Vec<Vec<Policy>>> {
    let mut joined = String::new();
    let mut ends = Vec::new();
    for (_, text) in files {
        if let Some(text) = text {
            joined.push_str(text);
            joined.push_str(SEPARATOR);
        }
        ends.push(joined.len());
    }
    let mut policies = vec![Vec::new(); files.len()];
    for policy in in_order(&parse_policyset(&joined).ok()?)? {
        let loc = policy.loc()?;
        let at = ends.partition_point(|end| *end <= loc.start());
        if loc.end() > *ends.get(at)? {
            return None;
        }
        policies.get_mut(at)?.push(policy);
    }
    Some(policies)
}

/// The policies in the order written; `None` if there is a template.
fn in_order(set: &PolicySet) -> Option<Vec<Policy>> {
    if set.templates().next().is_some() {
        return None;
    }
    let mut policies: Vec<Policy> = set.static_policies().cloned().collect();
    policies.sort_by_key(|policy| policy.loc().map(|loc| loc.start()));
    Some(policies)
}

fn alone<'s>(text: &str, mut problems: Problems<'s>) -> Parsed<'s> {
    let policies = match parse_policyset(text) {
        Ok(set) => {
            if let Some(template) = set.templates().next() {
                let span = template.loc().map_or(Span::default(), |loc| Span::new(loc.start(), loc.end()));
                let message = "a template, with `?principal` or `?resource`, cannot be asked".to_owned();
                problems.add(Code::BadPolicy, span, message, Some("write the entity out".to_owned()));
            }
            in_order(&set).unwrap_or_default()
        }
        Err(errors) => {
            for error in errors.iter() {
                let Wrong { span, message, help } = wrong(error, "");
                problems.add(Code::BadPolicy, span.unwrap_or_default(), message, help);
            }
            Vec::new()
        }
    };
    Parsed { policies, problems }
}

/// The text of a file, if no policy in it is so large or so deep that reading it could exhaust the stack.
fn bounded<'s>(source: &'s Source, problems: &mut Problems<'_>) -> Option<&'s str> {
    let text = match std::str::from_utf8(&source.bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = Span::new(error.valid_up_to(), error.valid_up_to() + 1);
            problems.add(Code::BadPolicy, at, "the file is not UTF-8".to_owned(), None);
            return None;
        }
    };
    let (mut start, mut depth, mut operators) = (0, 0_usize, 0);
    let (mut string, mut comment, mut escaped) = (false, false, false);
    let mut before = ' ';
    for (at, char) in text.char_indices() {
        match char {
            '\n' => comment = false,
            _ if comment => {}
            '"' if !escaped => string = !string,
            _ if string => {}
            '/' if before == '/' => comment = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ';' => (start, depth, operators) = (at, 0, 0),
            '!' | '-' | '+' | '*' | '.' | '&' | '|' | '=' | '<' | '>' | ':' => operators += 1,
            // `if`, `then`, `else`, `has`, `like`, `is`, `in` stand between words.
            _ if char.is_whitespace() && !before.is_whitespace() => operators += 1,
            _ => {}
        }
        escaped = string && char == '\\' && !escaped;
        before = char;
        if depth > DEPTH || operators > OPERATORS * 4 || at - start > BYTES {
            let message = format!(
                "the policy is too large: at most {BYTES} bytes, {DEPTH} brackets inside one another and about {OPERATORS} operators"
            );
            problems.add(
                Code::BadPolicy,
                Span::new(at, at + 1),
                message,
                Some("split it into several policies".to_owned()),
            );
            return None;
        }
    }
    Some(text)
}
