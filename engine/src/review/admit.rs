//! One AdmissionReview → review.

use super::judge::{decision, judge};
use super::network::{self, Changing, Done};
use super::texts::Texts;
use super::unchanged::unchanged;
use super::{Decision, Digests, Review, ReviewOptions, Unknown};
use crate::cedar::{Coverage, Operation, Policies, Principal, Question};
use crate::cluster::{Cluster, Knowledge, NamespaceState};
use crate::finding::{Code, Finding, Outcome};
use crate::object::{AdmissionRequest, Object, Origin, Scope, decode_admission_review, kind_of, lower_one};
use crate::text::{Limits, Value, read_json};

/// Steps of a review when the host names no budget: far above any honest object, far below any deadline.
pub(super) const BUDGET: u64 = 50_000;

/// Judges one AdmissionReview (`admission.k8s.io/v1`, JSON). The object is laid over the cluster for this call only.
/// Cost: linear in the bytes of the body and in the parts of the object; look-ups only in the cluster.
///
/// # Errors
/// Why the body is no AdmissionReview that can be answered, in one line.
pub fn review(
    policies: &Policies,
    cluster: &mut Cluster,
    body: &[u8],
    options: &ReviewOptions,
) -> Result<Review, String> {
    let value = read_json(body, &Limits::default())
        .map_err(|error| format!("{} at byte {}", error.message, error.span.start))?;
    let request = decode_admission_review(value)?;
    judge_request(policies, cluster, request, options, None)
}

/// Judges one decoded request: what [`review`] does after reading, and what policy tests run.
pub(crate) fn judge_request(
    policies: &Policies,
    cluster: &mut Cluster,
    mut request: AdmissionRequest,
    options: &ReviewOptions,
    coverage: Option<&mut Coverage>,
) -> Result<Review, String> {
    let operation = request.operation;
    let mut notes = Vec::new();
    let new = request.object.take().map(|value| object_of(value, &request, &mut notes)).transpose()?;
    let old = request.old_object.take().map(|value| object_of(value, &request, &mut notes)).transpose()?;
    let subject = subject(&request, new.as_ref().or(old.as_ref()));
    let digests = Digests { policies: policies.digest().to_owned(), cluster: cluster.digest() };
    let (object, old) = match (operation, new, old) {
        (Operation::Delete, _, Some(old)) => (old, None),
        (Operation::Delete, _, None) => return Err("`request.oldObject` is missing".to_owned()),
        (_, Some(new), old) => (new, old),
        // A CONNECT may carry nothing.
        (Operation::Connect, None, _) => return Ok(empty(request.uid, subject, digests)),
        (Operation::Create | Operation::Update, None, _) => return Err("`request.object` is missing".to_owned()),
    };
    let unknown_kind = object.kind.is_none();
    if passes_unasked(cluster, operation, &object, old.as_ref()) {
        return Ok(Review { unknown_kind, ..empty(request.uid, subject, digests) });
    }
    let principal = Principal { name: request.user.clone(), groups: request.groups.clone() };
    let asked = Asked { operation, principal: &principal, dry_run: request.dry_run };
    let mut found = ask(policies, cluster, &asked, object, old, options, coverage);
    cap(&mut notes, Outcome::Warn);
    found.findings.append(&mut notes);
    sort(&mut found.findings);
    Ok(finish(request.uid, subject, digests, unknown_kind, found))
}

struct Asked<'a> {
    operation: Operation,
    principal: &'a Principal,
    dry_run: bool,
}

#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    unknowns: Vec<Unknown>,
    asked: u32,
    exhausted: bool,
    announced: Vec<String>,
}

fn ask(
    policies: &Policies,
    cluster: &mut Cluster,
    asked: &Asked<'_>,
    object: Object,
    old: Option<Object>,
    options: &ReviewOptions,
    coverage: Option<&mut Coverage>,
) -> Found {
    let mut budget = if options.budget == 0 { BUDGET } else { options.budget };
    let ends = (&object, old.as_ref());
    if network::is_beyond(policies, cluster, asked.operation, ends, options.budget) {
        return Found { findings: vec![too_large(&object)], exhausted: true, ..Found::default() };
    }
    let changing = Changing::of(policies, cluster, asked.operation, ends);
    let undo = cluster.overlay(&object);
    let mut found = ask_one(policies, cluster, asked, &object, old.as_ref(), &mut budget, coverage);
    cluster.revert(undo);
    if let Some(old) = &old {
        let ratchets = |finding: &Finding| finding.outcome == Outcome::Deny && ratchet(policies, finding);
        if found.findings.iter().any(ratchets) {
            let undo = cluster.overlay(old);
            let before = ask_one(policies, cluster, asked, old, None, &mut budget, None);
            cluster.revert(undo);
            for finding in found.findings.iter_mut().filter(|finding| ratchets(finding)) {
                if before.findings.iter().any(|old| same_finding(old, finding)) {
                    finding.ratcheted = true;
                    finding.outcome = Outcome::Warn;
                }
            }
        }
    }
    if let Some(changing) = changing {
        let Done { findings, unknowns, announced } = changing.done(policies, cluster);
        found.findings.extend(findings);
        found.unknowns.extend(unknowns);
        found.announced = announced;
    }
    found
}

fn ask_one(
    policies: &Policies,
    cluster: &Cluster,
    asked: &Asked<'_>,
    object: &Object,
    old: Option<&Object>,
    budget: &mut u64,
    coverage: Option<&mut Coverage>,
) -> Found {
    let question = Question {
        operation: asked.operation,
        principal: Some(asked.principal),
        object,
        old,
        dry_run: asked.dry_run,
        cluster,
    };
    let answers = policies.ask(&question, budget, coverage);
    let (evaluations, exhausted) = (answers.asked, answers.exhausted);
    let (mut findings, unknowns) = judge(policies, &question, answers, &Texts::default());
    if exhausted {
        findings.push(too_large(object));
    }
    Found { findings, unknowns, asked: evaluations, exhausted, announced: Vec::new() }
}

/// The finding of a review that ran out of steps: it refuses, for what was not asked might have.
fn too_large(object: &Object) -> Finding {
    Finding {
        help: Some("split the object, or raise the budget of the host".to_owned()),
        object: Some(object.id.clone()),
        ..Code::BudgetExceeded
            .finding(format!("{} takes more steps to judge than the budget allows", object.id.display()))
    }
}

fn ratchet(policies: &Policies, finding: &Finding) -> bool {
    let id = finding.policy.as_ref().map(|policy| policy.id.as_str());
    policies.infos().iter().any(|info| Some(info.id.as_str()) == id && info.ratchet)
}

fn same_finding(old: &Finding, new: &Finding) -> bool {
    old.code == new.code && old.field == new.field && old.value == new.value && old.message == new.message
}

fn object_of(value: Value, request: &AdmissionRequest, notes: &mut Vec<Finding>) -> Result<Object, String> {
    let known = kind_of(&request.api_version(), &request.kind);
    let cluster_scoped = known.is_some_and(|kind| kind.scope == Scope::Cluster);
    let namespace = if cluster_scoped { "" } else { request.namespace.as_str() };
    let mut object = lower_one(value, &Origin::without_text(namespace), notes)
        .ok_or("`request.object` is no Kubernetes object (`apiVersion` and `kind` are missing)")?;
    // The request's names are the API server's own; the object's may be absent (`generateName`).
    namespace.clone_into(&mut object.id.namespace);
    namespace.clone_into(&mut object.meta.namespace);
    if object.meta.name.is_empty() && !request.name.is_empty() {
        object.id.name.clone_from(&request.name);
        object.meta.name.clone_from(&request.name);
    }
    Ok(object)
}

/// Requests that must pass whatever policies say: clean-up of what is being deleted.
fn passes_unasked(cluster: &Cluster, operation: Operation, object: &Object, old: Option<&Object>) -> bool {
    match operation {
        Operation::Delete => namespace_is_going(cluster, &object.id.namespace),
        Operation::Update => {
            let raw = |object: &Object| object.raw.clone();
            object.meta.deleting && old.and_then(raw).zip(raw(object)).is_some_and(|(old, new)| unchanged(&old, &new))
        }
        Operation::Create | Operation::Connect => false,
    }
}

fn namespace_is_going(cluster: &Cluster, namespace: &str) -> bool {
    if namespace.is_empty() {
        return false;
    }
    match cluster.namespace_state(namespace) {
        NamespaceState::Terminating => true,
        NamespaceState::Active => false,
        NamespaceState::Absent => cluster.watches() && cluster.knowledge("", "Namespace", "") == Knowledge::Complete,
    }
}

fn cap(findings: &mut [Finding], most: Outcome) {
    for finding in findings {
        finding.outcome = finding.outcome.min(most);
    }
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|left, right| {
        let grave = (right.outcome, right.severity).cmp(&(left.outcome, left.severity));
        grave.then_with(|| (&left.field, &left.code, &left.message).cmp(&(&right.field, &right.code, &right.message)))
    });
}

fn subject(request: &AdmissionRequest, object: Option<&Object>) -> String {
    let object = object.map_or_else(|| request.kind.clone(), |object| object.id.display());
    format!("{} {object} by {}", request.operation.as_str(), request.user)
}

fn empty(uid: String, subject: String, digests: Digests) -> Review {
    finish(uid, subject, digests, false, Found::default())
}

/// The review of something that was judged whole.
pub(super) fn judged(
    uid: String,
    subject: String,
    digests: Digests,
    asked: u32,
    findings: Vec<Finding>,
    unknowns: Vec<Unknown>,
) -> Review {
    let mut found = Found { findings, unknowns, asked, ..Found::default() };
    sort(&mut found.findings);
    finish(uid, subject, digests, false, found)
}

fn finish(uid: String, subject: String, digests: Digests, unknown_kind: bool, found: Found) -> Review {
    let Found { findings, unknowns, asked, exhausted, announced } = found;
    let refuses =
        |finding: &Finding| finding.outcome == Outcome::Deny && finding.code != Code::BudgetExceeded.info().id;
    let decision = match decision(&findings, &unknowns, refuses) {
        Decision::Allow if exhausted => Decision::Unknown,
        decision => decision,
    };
    let refused = findings.iter().any(|finding| finding.outcome == Outcome::Deny);
    let admitted = !refused && unknowns.iter().all(|unknown| unknown.outcome != Outcome::Deny);
    Review { uid, decision, admitted, findings, unknowns, asked, unknown_kind, digests, subject, announced }
}
