//! What the policies answered → findings and unknowns.

use super::texts::Texts;
use super::{Decision, Unknown, fix};
use crate::cedar::{Answers, FactRead, Fired, Policies, PolicyInfo, Question, Undecided};
use crate::fact::{self, About, CauseKind, Memo};
use crate::finding::{Finding, Outcome, PolicyRef, Related, Severity};
use crate::text::{resolve, to_json};

/// Characters of a value that a finding shows.
const VALUE_CHARACTERS: usize = 120;

/// Turns answers about one object into findings and unknowns.
pub(super) fn judge(
    policies: &Policies,
    question: &Question<'_>,
    answers: Answers,
    texts: &Texts<'_>,
) -> (Vec<Finding>, Vec<Unknown>) {
    let infos = policies.infos();
    let findings = answers
        .fired
        .into_iter()
        .filter_map(|fired| infos.get(fired.policy).map(|info| (info, fired)))
        .map(|(info, fired)| finding(policies, info, fired, question, texts))
        .collect();
    let unknowns = answers
        .unknown
        .into_iter()
        .filter_map(|undecided| infos.get(undecided.policy).map(|info| (info, undecided)))
        .map(|(info, undecided)| unknown(info, undecided, question, texts))
        .collect();
    (findings, unknowns)
}

/// The judgement of findings and unknowns, where `refuses` says which findings refuse.
pub(super) fn decision(findings: &[Finding], unknowns: &[Unknown], refuses: impl Fn(&Finding) -> bool) -> Decision {
    let failed = |unknown: &Unknown| unknown.causes.iter().any(|cause| cause.kind == CauseKind::Failed);
    if findings.iter().any(refuses) {
        Decision::Deny
    } else if unknowns.iter().any(failed) {
        Decision::Unknown
    } else {
        Decision::Allow
    }
}

/// The reference by which findings name a policy.
pub(super) fn policy_ref(info: &PolicyInfo) -> PolicyRef {
    PolicyRef { id: info.id.clone(), pack: info.pack.clone(), place: Some(info.place.clone()) }
}

fn finding(
    policies: &Policies,
    info: &PolicyInfo,
    fired: Fired,
    question: &Question<'_>,
    texts: &Texts<'_>,
) -> Finding {
    let object = question.object;
    let Fired { policy: _, index: _, part, field, message, facts } = fired;
    let related = facts.iter().flat_map(|read| related(policies, read, question, texts)).take(10).collect();
    let severity = info.severity;
    Finding {
        code: info.code.clone(),
        severity,
        outcome: info.outcome,
        title: info.title.clone(),
        message,
        object: Some(object.id.clone()),
        value: object.raw.as_deref().and_then(|raw| value_at(raw, &field)),
        place: texts.field(object, &field),
        field,
        related,
        policy: Some(policy_ref(info)),
        help: info.help.clone(),
        references: info.references.clone(),
        fix: info.fix.as_deref().map(|annotation| fix::fix(annotation, object, &part, texts)),
        settles: info.settles,
        ratcheted: false,
    }
}

fn related(policies: &Policies, read: &FactRead, question: &Question<'_>, texts: &Texts<'_>) -> Vec<Related> {
    let FactRead { spec, entity, index } = read;
    let Question { cluster, object, .. } = *question;
    let about = About { cluster, object, entity, index, settings: policies.settings(), memo: &Memo::default() };
    fact::evidence(spec, about)
        .into_iter()
        .map(|evidence| texts.related(evidence.message, evidence.object, evidence.field))
        .collect()
}

/// What stands at a field, as compact JSON, cut if it is long.
pub(super) fn value_at(raw: &crate::text::Value, field: &str) -> Option<String> {
    let found = resolve(raw, field);
    if !found.exact || field.is_empty() {
        return None;
    }
    let text = to_json(found.value);
    match text.char_indices().nth(VALUE_CHARACTERS) {
        Some((end, _)) => Some(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Some(text),
    }
}

fn unknown(info: &PolicyInfo, undecided: Undecided, question: &Question<'_>, texts: &Texts<'_>) -> Unknown {
    let Undecided { policy: _, field, causes } = undecided;
    // What was not asked for (an open world) never refuses: the operator chose to judge without it, and is told.
    let not_asked = causes.iter().all(|cause| cause.kind == CauseKind::NotAsked);
    let outcome = if not_asked { info.on_unknown.min(Outcome::Warn) } else { info.on_unknown };
    let unreadable = causes.iter().map(|cause| &cause.field).find(|field| !field.is_empty());
    let at = unreadable.unwrap_or(&field);
    Unknown {
        place: texts.field(question.object, if at.is_empty() { "/metadata/name" } else { at }),
        policy: policy_ref(info),
        code: info.code.clone(),
        object: Some(question.object.id.clone()),
        field,
        causes,
        outcome,
    }
}

/// True for a finding that makes `check` and audit exit with 1.
pub(super) fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}
