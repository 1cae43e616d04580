//! What could not be decided, as text: one block for each object and cause, not one for each policy.

use engine::fact::Cause;
use engine::finding::ObjectRef;
use engine::review::Unknown;

use super::finding::Printer;
use crate::command::check::failed;

/// Where lists of policies are wrapped, in characters.
const WIDTH: usize = 100;

/// Policies that hang on the same.
struct Block<'a> {
    object: Option<&'a ObjectRef>,
    causes: Vec<&'a Cause>,
    unknowns: Vec<&'a Unknown>,
}

/// The blocks, in the order of their first policies.
pub(super) fn blocks<'a>(printer: &Printer<'_>, unknowns: impl Iterator<Item = &'a Unknown>) -> Vec<String> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for unknown in unknowns {
        let (object, causes) = (unknown.object.as_ref(), causes(unknown));
        match blocks.iter_mut().find(|block| block.object == object && block.causes == causes) {
            Some(block) => block.unknowns.push(unknown),
            None => blocks.push(Block { object, causes, unknowns: vec![unknown] }),
        }
    }
    blocks.iter().map(|block| block.print(printer)).collect()
}

/// Where something failed, only that: what the input does not hold besides would not decide the policy.
fn causes(unknown: &Unknown) -> Vec<&Cause> {
    let failed = failed(unknown);
    unknown.causes.iter().filter(|cause| !failed || cause.kind == engine::fact::CauseKind::Failed).collect()
}

impl Block<'_> {
    fn print(&self, printer: &Printer<'_>) -> String {
        let about = self.object.map(|object| format!(" for {}", object.display())).unwrap_or_default();
        let mut notes: Vec<(&str, String)> = self.causes.iter().map(|cause| ("cause", cause.message.clone())).collect();
        let place = self.unknowns.iter().find_map(|unknown| unknown.place.as_ref());
        if let [unknown] = self.unknowns.as_slice() {
            let part = if unknown.field.is_empty() { String::new() } else { format!(" at {}", unknown.field) };
            let message = format!("policy `{}` is not decided{about}{part}", unknown.policy.id);
            return printer.undecided((Some(&unknown.code), &message), place, &notes);
        }
        notes.push(("policies", wrapped(self.unknowns.iter().map(|unknown| named(unknown)))));
        let message = format!("{} policies are not decided{about}", self.unknowns.len());
        printer.undecided((None, &message), place, &notes)
    }
}

fn named(unknown: &Unknown) -> String {
    let part = if unknown.field.is_empty() { String::new() } else { format!(" at {}", unknown.field) };
    format!("{} {}{part}", unknown.code, unknown.policy.id)
}

/// The items behind each other, separated by commas, in lines.
fn wrapped(items: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if line.chars().count() + item.chars().count() + 2 <= WIDTH => {
                line.push_str(&format!(", {item}"))
            }
            Some(line) => {
                line.push(',');
                lines.push(item);
            }
            None => lines.push(item),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use engine::fact::CauseKind;
    use engine::finding::{Outcome, PolicyRef};

    use super::*;
    use crate::sources::Sources;

    fn unknown(id: &str, kind: CauseKind, cause: &str) -> Unknown {
        Unknown {
            policy: PolicyRef { id: id.into(), pack: "p".into(), place: None },
            code: id.to_uppercase(),
            object: None,
            field: String::new(),
            causes: vec![
                Cause { kind, message: cause.into(), field: String::new() },
                Cause { kind: CauseKind::NotAsked, message: "add it".into(), field: String::new() },
            ],
            place: None,
            outcome: Outcome::Deny,
        }
    }

    #[test]
    fn policies_with_the_same_cause_share_a_block() {
        let unknowns = [
            unknown("a", CauseKind::Failed, "no"),
            unknown("b", CauseKind::Failed, "other"),
            unknown("c", CauseKind::Failed, "no"),
        ];
        let sources = Sources::default();
        let blocks = blocks(&Printer::new(&sources, false), unknowns.iter());
        assert_eq!(
            blocks,
            [
                "unknown: 2 policies are not decided\n = cause: no\n = policies: A a, C c\n",
                "unknown[B]: policy `b` is not decided\n = cause: other\n",
            ]
        );
    }

    #[test]
    fn long_lists_are_wrapped() {
        let items: Vec<String> = (0..30).map(|at| format!("SVC{at:03} pack/policy-{at}")).collect();
        let text = wrapped(items.iter().cloned());
        assert!(text.lines().count() > 1 && text.lines().all(|line| line.chars().count() <= WIDTH + 1), "{text}");
        assert_eq!(text.replace('\n', " "), items.join(", "));
    }
}
