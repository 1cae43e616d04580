//! What whoever made the request may learn of other namespaces.
//!
//! Evidence such as "the node port is taken by `payments/api`" names an object that the user may not be allowed to see.
//! It is cut to namespace and kind in all that goes back to the user; the audit annotations have it whole.

use std::borrow::Cow;

use wasm_host::api::{Finding, ObjectRef, Review};

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Disclose {
    /// Names of objects in the request's own namespace only.
    Namespace,
    /// All names.
    All,
}

/// The review as it may be shown.
pub(super) fn shown(review: &Review, disclose: Disclose) -> Cow<'_, Review> {
    let foreign = |finding: &Finding| !foreign_to(finding).is_empty();
    let discloses = review.findings.iter().any(foreign) || !review.announced.is_empty();
    if disclose == Disclose::All || !discloses {
        return Cow::Borrowed(review);
    }
    let mut review = review.clone();
    let own = of_subject(&review.subject).to_owned();
    review.announced.iter_mut().for_each(|line| *line = without_names(line, &own, &[]));
    for finding in &mut review.findings {
        cut(finding);
    }
    Cow::Owned(review)
}

/// The namespace of `update NetworkPolicy shop/web by kim`; of a Namespace its name.
fn of_subject(subject: &str) -> &str {
    let object = subject.split(' ').nth(2).unwrap_or_default();
    object.split_once('/').map_or(object, |(namespace, _)| namespace)
}

fn cut(finding: &mut Finding) {
    let foreign = foreign_to(finding);
    if foreign.is_empty() {
        return;
    }
    let own = own_namespace(finding).to_owned();
    finding.message = without_names(&finding.message, &own, &foreign);
    finding.help = finding.help.as_ref().map(|help| without_names(help, &own, &foreign));
    finding.related.clear();
}

/// The objects of the evidence that are in another namespace.
fn foreign_to(finding: &Finding) -> Vec<ObjectRef> {
    let own = own_namespace(finding);
    let objects = finding.related.iter().filter_map(|related| related.object.as_ref());
    objects.filter(|object| !object.namespace.is_empty() && object.namespace != own).cloned().collect()
}

/// A Namespace is its own namespace.
fn own_namespace(finding: &Finding) -> &str {
    match &finding.object {
        Some(object) if object.namespace.is_empty() && object.kind == "Namespace" => &object.name,
        Some(object) => &object.namespace,
        None => "",
    }
}

/// Every `NAMESPACE/NAME` of another namespace becomes `NAMESPACE/<Kind>`. Facts write objects that way, and may list more
/// of them than there is evidence for, so all that looks like one is cut, not only what is known.
fn without_names(text: &str, own: &str, foreign: &[ObjectRef]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_name) {
        let (before, from) = rest.split_at(start);
        let (token, after) = from.split_at(from.find(|character| !is_name(character)).unwrap_or(from.len()));
        shown.push_str(before);
        match token.split_once('/') {
            Some((namespace, name)) if namespace != own && is_label(namespace) && !name.is_empty() => {
                let known = foreign.iter().find(|object| object.namespace == namespace && object.name == name);
                let kind = known.map_or("…", |object| &object.kind);
                shown.push_str(&format!("{namespace}/<{kind}>"));
            }
            _ if foreign.iter().any(|object| object.name == token) => shown.push('…'),
            _ => shown.push_str(token),
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

fn is_name(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit() || "-./".contains(character)
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && !text.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let object = |kind: &str, namespace: &str, name: &str| ObjectRef {
            group: String::new(),
            version: "v1".into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        };
        let foreign = [object("Service", "payments", "api"), object("Service", "payments", "ledger-db")];
        assert_eq!(without_names(text, "shop", &foreign), expected);
    }

    #[test]
    fn names_of_other_namespaces_are_cut_to_namespace_and_kind() {
        check("node port 30080 is taken by `payments/api`", "node port 30080 is taken by `payments/<Service>`");
    }

    #[test]
    fn what_is_announced_names_the_own_namespace_alone() {
        let own = of_subject("update NetworkPolicy shop/web by kim");
        assert_eq!(
            without_names("opens dev/tool → shop/web on TCP 80", own, &[]),
            "opens dev/<…> → shop/web on TCP 80"
        );
        assert_eq!(of_subject("update Namespace shop by kim"), "shop");
    }

    #[test]
    fn names_beyond_the_evidence_are_cut_too() {
        check("taken by `hr/salaries`", "taken by `hr/<…>`");
    }

    #[test]
    fn a_bare_name_is_cut() {
        check("Service `ledger-db` of `payments`", "Service `…` of `payments`");
    }

    #[test]
    fn the_own_namespace_label_keys_and_ranges_stay() {
        let text = "`shop/web` has `kubernetes.io/metadata.name` and 10.0.0.0/8, see Service shop/web";
        check(text, text);
    }
}
