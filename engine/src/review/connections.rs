//! What policies say of connections → findings and unknowns.

use super::admit::judged;
use super::judge::{policy_ref, value_at};
use super::texts::Texts;
use super::{Digests, Review, Unknown};
use crate::cedar::{Coverage, Intent, Policies, PolicyInfo};
use crate::cluster::Cluster;
use crate::fact::{Cause, CauseKind};
use crate::finding::{Code, Finding, ObjectRef, Outcome};
use crate::intent::{Certainty, One, Rule, Said, Told, of_cluster, one};
use crate::object::Object;
use crate::reach::{End, PortAsk, Reach};
use crate::way::{ByObject, Services, Way, ways};

/// Evaluations that the connections of a whole cluster may take.
const BUDGET: u64 = 20_000_000;

/// Everything that policies say of the connections of a cluster.
pub(super) fn connections_of(
    policies: &Policies,
    cluster: &Cluster,
    texts: &Texts<'_>,
) -> (Vec<Finding>, Vec<Unknown>) {
    if !policies.asks(Intent::Connect) && !policies.asks(Intent::Depend) {
        return (Vec::new(), Vec::new());
    }
    let reach = Reach::of(cluster);
    let said = of_cluster(policies, cluster, &reach, BUDGET);
    into_findings(policies, said, &Where { cluster, texts, reviewed: None })
}

/// Judges one connection: may it be, and if it has to work, does it? What policy tests run. To `svc/NAMESPACE/NAME` the port is the
/// Service's, and the connection one to each of the workloads that it leads to.
///
/// # Errors
/// Which end is none, and the nearest names.
pub(crate) fn judge_connection(
    policies: &Policies,
    cluster: &Cluster,
    (from, to, port): (&str, &str, PortAsk),
    uid: &str,
    mut coverage: Option<&mut Coverage>,
) -> Result<Review, String> {
    let reach = Reach::of(cluster);
    let end = |name: &str| {
        reach.resolve_name(name).map_err(|wrong| {
            let what = if wrong.ambiguous { "several workloads" } else { "no workload of `given`" };
            let near =
                if wrong.candidates.is_empty() { String::new() } else { format!(": {}", wrong.candidates.join(", ")) };
            format!("`{name}` is {what}{near}")
        })
    };
    let source = end(from)?;
    let asked = match to.strip_prefix("svc/") {
        Some(service) => through(cluster, &reach, service, port)?,
        None => vec![(end(to)?, port, None)],
    };
    let mut said = Said::default();
    for (destination, port, way) in &asked {
        let asked = One { source: &source, destination, port: *port, way: way.as_ref() };
        said.told.extend(one(policies, (cluster, &reach), &asked, BUDGET, coverage.as_deref_mut()).told);
    }
    let asked = u32::try_from(policies.infos().iter().filter(|info| !info.connections.is_empty()).count());
    let (findings, unknowns) =
        into_findings(policies, said, &Where { cluster, texts: &Texts::default(), reviewed: None });
    let subject = format!("connect {from} → {to} on {port}");
    let digests = Digests { policies: policies.digest().to_owned(), cluster: cluster.digest() };
    Ok(judged(uid.to_owned(), subject, digests, asked.unwrap_or(u32::MAX), findings, unknowns))
}

/// Where a Service's port leads: ends, each with its port and the way there.
fn through(
    cluster: &Cluster,
    reach: &Reach,
    service: &str,
    port: PortAsk,
) -> Result<Vec<(End, PortAsk, Option<Way>)>, String> {
    let list = ways(cluster, Services::All);
    let of_service: Vec<Way> = list
        .into_iter()
        .filter(|way| format!("{}/{}", way.through.service.namespace, way.through.service.name) == service)
        .collect();
    if of_service.is_empty() {
        return Err(format!("`svc/{service}` is no Service of `given` that leads to a workload of it"));
    }
    let by_object = ByObject::of(reach);
    let asked = of_service.into_iter().filter(|way| way.through.port.is_none_or(|own| own == port));
    let ends = asked.flat_map(|way| {
        let ranges = way.ports.of_protocol(port.protocol).as_slice().iter();
        let numbers: Vec<u16> = match way.through.port {
            Some(_) => ranges.flat_map(|(first, last)| *first..=*last).collect(),
            // An alias translates nothing.
            None => vec![port.port],
        };
        numbers.into_iter().map(move |number| (way.clone(), PortAsk { port: number, ..port }))
    });
    let found: Vec<_> = ends.filter_map(|(way, port)| Some((by_object.end(&way.to)?, port, Some(way)))).collect();
    match found.is_empty() {
        true => Err(format!("`svc/{service}` leads to no workload of `given` on {port}")),
        false => Ok(found),
    }
}

/// Where findings are placed.
pub(super) struct Where<'a> {
    /// Holds the objects with their text.
    pub(super) cluster: &'a Cluster,
    /// The texts.
    pub(super) texts: &'a Texts<'a>,
    /// The object under review, of which every finding is, and the field of it that a finding is about which a rule of
    /// another object explains.
    pub(super) reviewed: Option<(&'a Object, &'a str)>,
}

/// Findings and unknowns of what was said.
pub(super) fn into_findings(policies: &Policies, said: Said, at: &Where<'_>) -> (Vec<Finding>, Vec<Unknown>) {
    let (mut findings, mut unknowns) = (Vec::new(), Vec::new());
    for told in said.told {
        let Some(info) = policies.infos().get(told.policy) else { continue };
        if told.certainty == Certainty::Unknown {
            unknowns.push(unknown(info, told, at));
        } else {
            findings.push(finding(info, &told, at));
        }
    }
    for (policy, more) in said.left_out {
        let Some(info) = policies.infos().get(policy) else { continue };
        findings.push(Finding {
            message: format!("{more} more connections of which policy `{}` holds or may hold", info.id),
            ..bare(info)
        });
    }
    if said.exhausted {
        let object = at.reviewed.map(|(object, _)| object.id.clone());
        let message = "the connections take more steps to judge than the budget allows".to_owned();
        let help = Some("let policies read fewer attributes that tell every workload from the others".to_owned());
        findings.push(Finding { object, help, ..Code::BudgetExceeded.finding(message) });
    }
    (findings, unknowns)
}

/// That no policy on connections can be decided, and why.
pub(super) fn undecidable(policies: &Policies, cause: &Cause, at: &Where<'_>) -> Vec<Unknown> {
    let about = policies.infos().iter().filter(|info| !info.connections.is_empty());
    let (object, field) = at.reviewed.map(|(object, field)| (object.id.clone(), field.to_owned())).unzip();
    let unknown = |info: &PolicyInfo| Unknown {
        policy: policy_ref(info),
        code: info.code.clone(),
        object: object.clone(),
        field: field.clone().unwrap_or_default(),
        outcome: outcome(info, std::slice::from_ref(cause)),
        causes: vec![cause.clone()],
        place: None,
    };
    about.map(unknown).collect()
}

/// What was not asked for never refuses; see [`super::judge`].
fn outcome(info: &PolicyInfo, causes: &[Cause]) -> Outcome {
    let not_asked = causes.iter().all(|cause| cause.kind == CauseKind::NotAsked);
    if not_asked { info.on_unknown.min(Outcome::Warn) } else { info.on_unknown }
}

fn bare(info: &PolicyInfo) -> Finding {
    Finding {
        code: info.code.clone(),
        severity: info.severity,
        outcome: info.outcome,
        title: info.title.clone(),
        message: String::new(),
        object: None,
        field: String::new(),
        value: None,
        place: None,
        related: Vec::new(),
        policy: Some(policy_ref(info)),
        help: info.help.clone(),
        references: info.references.clone(),
        fix: None,
        settles: info.settles,
        ratcheted: false,
    }
}

/// The object and field that a finding is about: the rule, else the workload; of a review always its object.
fn subject(told: &Told, at: &Where<'_>) -> (Option<ObjectRef>, String) {
    let rule = told.rules.first();
    match (at.reviewed, rule) {
        (Some((object, _)), Some(rule)) if rule.object == object.id && !rule.field.is_empty() => {
            (Some(object.id.clone()), rule.field.clone())
        }
        (Some((object, field)), _) => (Some(object.id.clone()), field.to_owned()),
        (None, Some(rule)) => (Some(rule.object.clone()), rule.field.clone()),
        (None, None) => (told.workloads.first().cloned(), String::new()),
    }
}

fn object<'a>(id: &ObjectRef, at: &'a Where<'_>) -> Option<&'a Object> {
    match at.reviewed {
        Some((object, _)) if object.id == *id => Some(object),
        _ => at.cluster.get(id),
    }
}

fn finding(info: &PolicyInfo, told: &Told, at: &Where<'_>) -> Finding {
    let (subject, field) = subject(told, at);
    let known = subject.as_ref().and_then(|id| object(id, at));
    let first_is_subject =
        told.rules.first().is_some_and(|rule| Some(&rule.object) == subject.as_ref() && rule.field == field);
    let others = told.rules.iter().skip(usize::from(first_is_subject));
    let related = others.map(|Rule { object, field, words }| {
        let place = if field.is_empty() { "/metadata/name" } else { field };
        at.texts.related(words.clone(), object.clone(), place.to_owned())
    });
    // Whoever shows a review to someone has to know whom it names.
    let named = told.workloads.iter().filter(|end| at.reviewed.is_some() && Some(*end) != subject.as_ref());
    let ends = named.map(|end| at.texts.related("an end of the connection".to_owned(), end.clone(), String::new()));
    let pointer = if field.is_empty() { "/metadata/name" } else { &field };
    Finding {
        message: told.text(),
        value: known.and_then(|object| value_at(object.raw.as_deref()?, &field)),
        place: known.and_then(|object| at.texts.field(object, pointer)),
        related: related.chain(ends).collect(),
        object: subject,
        field,
        ..bare(info)
    }
}

fn unknown(info: &PolicyInfo, told: Told, at: &Where<'_>) -> Unknown {
    let (subject, field) = subject(&told, at);
    let known = subject.as_ref().and_then(|id| object(id, at));
    let pointer = if field.is_empty() { "/metadata/name" } else { &field };
    let mut causes = told.causes;
    if causes.is_empty() {
        causes.push(Cause::failed("it is not known what passes".to_owned()));
    }
    // What a review shows of other namespaces is not for everyone.
    if at.reviewed.is_none() {
        causes.iter_mut().for_each(|cause| cause.message = format!("{}: {}", told.connection, cause.message));
    }
    Unknown {
        outcome: outcome(info, &causes),
        policy: policy_ref(info),
        code: info.code.clone(),
        place: known.and_then(|object| at.texts.field(object, pointer)),
        object: subject,
        field,
        causes,
    }
}
