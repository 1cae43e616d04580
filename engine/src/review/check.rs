//! A set of files → report: each object is judged as if it were created in the cluster of all of them.

use std::collections::BTreeSet;

use super::admit::BUDGET;
use super::connections::connections_of;
use super::judge::{decision, is_error, judge};
use super::reader::{Reader, counts};
use super::texts::Texts;
use super::{CheckOptions, Decision, Digests, Report, Unknown};
use crate::cedar::{Operation, Policies, Principal, Question};
use crate::cluster::Cluster;
use crate::finding::{Code, Finding};
use crate::object::{Object, parts_of};
use crate::text::Source;

/// Judges a set of files as if each object were created in the cluster of all of them. What cannot be read is a finding,
/// names its source in [`Report::unusable`], and hides nothing else. Cost: linear in the input.
pub fn check(policies: &Policies, sources: &[Source], options: &CheckOptions) -> Report {
    let namespace = options.namespace.as_deref().unwrap_or("default");
    let mut input = Reader::default();
    let (origins, objects) = input.read_all(sources, namespace);
    let texts = Texts::of(sources, origins, &objects);
    let examined = input.examined(&objects, &texts);
    let mut cluster = input.cluster(options.world);
    for object in &examined {
        cluster.insert((*object).clone());
    }
    let mut judged = judge_all(policies, &cluster, &examined, options, &texts);
    let (findings, unknowns) = connections_of(policies, &cluster, &texts);
    judged.findings.extend(findings);
    judged.unknowns.extend(unknowns);
    input.report(policies, &cluster, (&examined, &texts), judged, options)
}

#[derive(Default)]
struct Judged {
    findings: Vec<Finding>,
    unknowns: Vec<Unknown>,
}

impl Reader {
    fn report(
        self,
        policies: &Policies,
        cluster: &Cluster,
        (examined, texts): (&[&Object], &Texts<'_>),
        judged: Judged,
        options: &CheckOptions,
    ) -> Report {
        let Reader { mut findings, skipped, unusable, unnamed: _, states: _ } = self;
        let Judged { findings: found, unknowns } = judged;
        findings.extend(found);
        findings.sort_by(|left, right| {
            (&left.place, &left.field, &left.code).cmp(&(&right.place, &right.field, &right.code))
        });
        let (closed, open) = cluster.namespaces();
        let exhausted = findings.iter().any(|finding| finding.code == Code::BudgetExceeded.info().id);
        let decision = match decision(&findings, &unknowns, is_error) {
            Decision::Allow if exhausted => Decision::Unknown,
            decision => decision,
        };
        Report {
            decision,
            findings,
            unknowns,
            objects: counts(examined),
            examined: examined.iter().filter_map(|object| texts.examined(object)).collect(),
            skipped,
            policies_asked: policies_asked(policies, examined, &options.operation),
            closed,
            open,
            unusable,
            digests: Digests { policies: policies.digest().to_owned(), cluster: cluster.digest() },
        }
    }
}

fn judge_all(
    policies: &Policies,
    cluster: &Cluster,
    examined: &[&Object],
    options: &CheckOptions,
    texts: &Texts<'_>,
) -> Judged {
    let principal = options.user.as_ref().map(|name| Principal { name: name.clone(), groups: options.groups.clone() });
    let operation = Operation::parse(&options.operation).unwrap_or(Operation::Create);
    let mut judged = Judged::default();
    for object in examined.iter().copied() {
        let mut budget = BUDGET;
        let question =
            Question { operation, principal: principal.as_ref(), object, old: None, dry_run: false, cluster };
        let answers = policies.ask(&question, &mut budget, None);
        let exhausted = answers.exhausted;
        let (findings, unknowns) = judge(policies, &question, answers, texts);
        judged.findings.extend(findings);
        judged.unknowns.extend(unknowns);
        if exhausted {
            let message = format!("{} takes more steps to judge than the budget allows", object.id.display());
            let place = texts.field(object, "/metadata/name");
            judged.findings.push(Finding {
                object: Some(object.id.clone()),
                place,
                ..Code::BudgetExceeded.finding(message)
            });
        }
    }
    judged
}

/// Policies of the operation that some object's type, or the type of one of its parts, matches; those on connections where
/// something runs pods.
fn policies_asked(policies: &Policies, examined: &[&Object], operation: &str) -> u32 {
    let mut types = BTreeSet::new();
    for object in examined {
        match object.kind {
            Some(kind) => {
                types.insert(kind.entity);
                types.extend(parts_of(kind).iter().map(|part| part.entity));
            }
            None => {
                types.insert("k8s::Object");
            }
        }
    }
    let runs_pods = examined.iter().any(|object| object.kind.is_some_and(|kind| kind.template.is_some()));
    let asked = policies.infos().iter().filter(|info| {
        (info.operations.contains(&operation) && info.types.iter().any(|name| types.contains(name.as_str())))
            || (runs_pods && !info.connections.is_empty())
    });
    u32::try_from(asked.count()).unwrap_or(u32::MAX)
}
