//! One finding, or one unknown, in one line: code, field, value, what is wrong, what passes.

use wasm_host::api::{Finding, Unknown};

use super::field_path;

/// `SVC001 spec.type is "NodePort": opens a port on every node; use ClusterIP behind an Ingress`
pub(super) fn of_finding(finding: &Finding) -> String {
    let mut line = finding.code.clone();
    let field = field_path::of(&finding.field);
    if !field.is_empty() {
        line.push(' ');
        line.push_str(&field);
        if let Some(value) = &finding.value {
            line.push_str(" is ");
            line.push_str(value);
        }
    }
    line.push_str(": ");
    line.push_str(&finding.message);
    if let Some(help) = &finding.help {
        line.push_str("; ");
        line.push_str(help);
    }
    if finding.ratcheted {
        line.push_str(" (it was so before this change)");
    }
    single(&line)
}

/// `SVC003 spec.selector: cannot be decided: Pods are not known (forbidden: …)`
pub(super) fn of_unknown(unknown: &Unknown) -> String {
    let mut line = unknown.code.clone();
    let field = field_path::of(&unknown.field);
    if !field.is_empty() {
        line.push(' ');
        line.push_str(&field);
    }
    line.push_str(": ");
    line.push_str(&cannot_be_decided(unknown));
    single(&line)
}

/// Why an unknown is one.
pub(super) fn cannot_be_decided(unknown: &Unknown) -> String {
    let causes: Vec<&str> = unknown.causes.iter().map(|cause| cause.message.as_str()).collect();
    format!("policy `{}` cannot be decided: {}", unknown.policy.id, causes.join("; "))
}

/// The text without line breaks and other control characters, which would break a header or a terminal.
pub(super) fn single(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// At most `limit` characters; what was cut off is marked.
pub(super) fn cut(text: String, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text,
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_line_has_the_limit_and_says_so() {
        assert_eq!(cut("abcdef".into(), 6), "abcdef");
        assert_eq!(cut("äbcdefg".into(), 6), "äbcde…");
    }

    #[test]
    fn control_characters_become_spaces() {
        assert_eq!(single("a\r\nb\u{1b}[1mc"), "a  b [1mc");
    }
}
