//! A set of files → report: each object is judged as if it were created in the cluster of all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::admit::BUDGET;
use super::judge::{decision, is_error, judge};
use super::texts::Texts;
use super::{CheckOptions, Decision, Digests, Report, Skipped, Unknown};
use crate::cedar::{Operation, Policies, Principal, Question};
use crate::cluster::Cluster;
use crate::finding::{Code, Finding, ObjectRef, Place, Related, Span};
use crate::object::{KINDS, Kind, Lowered, Object, Origin, lower, parts_of};
use crate::text::{Limits, Source, Value, read};

/// Judges a set of files as if each object were created in the cluster of all of them. What cannot be read is a finding,
/// names its source in [`Report::unusable`], and hides nothing else. Cost: linear in the input.
pub fn check(policies: &Policies, sources: &[Source], options: &CheckOptions) -> Report {
    let namespace = options.namespace.as_deref().unwrap_or("default");
    let numbered = sources.iter().zip(0..);
    let origins: Vec<_> = numbered.map(|(source, index)| Origin::of_source(source, index, namespace)).collect();
    let mut input = Input::default();
    let mut objects = Vec::new();
    for (source, origin) in sources.iter().zip(&origins) {
        objects.extend(input.read(source, origin));
    }
    let texts = Texts::of(sources, origins, &objects);
    let examined = input.examined(&objects, &texts);
    let mut cluster = Cluster::of_files(options.world);
    for object in &examined {
        cluster.insert((*object).clone());
    }
    let judged = judge_all(policies, &cluster, &examined, options, &texts);
    input.report(policies, &cluster, (&examined, &texts), judged, options)
}

/// What the sources hold.
#[derive(Default)]
struct Input {
    /// Objects without a name so far, by what they are called.
    unnamed: BTreeMap<ObjectRef, usize>,
    findings: Vec<Finding>,
    skipped: Vec<Skipped>,
    unusable: Vec<String>,
}

#[derive(Default)]
struct Judged {
    findings: Vec<Finding>,
    unknowns: Vec<Unknown>,
}

impl Input {
    fn read(&mut self, source: &Source, origin: &Origin<'_>) -> Vec<Object> {
        let before = self.findings.len();
        let mut objects = Vec::new();
        for document in read(source, &Limits::default(), &mut self.findings) {
            let at = document.index + 1;
            let (start, missing) = (start_of(&document.value), missing(&document.value));
            let told = self.findings.len();
            match lower(document, origin, &mut self.findings) {
                Lowered::Objects(found) => objects.extend(self.told_apart(found, told)),
                Lowered::NotAnObject => {
                    let reason = format!("document {at} has no {missing}");
                    self.skip(source, reason, origin.place(start));
                }
                Lowered::PolicyTest => {
                    self.skip(source, format!("document {at} is a PolicyTest"), origin.place(start));
                }
            }
        }
        let broken = |finding: &Finding| BROKEN.iter().any(|code| code.info().id == finding.code);
        if self.findings.iter().skip(before).any(broken) {
            self.unusable.push(source.name.clone());
        }
        objects
    }

    fn skip(&mut self, source: &Source, reason: String, place: Option<Place>) {
        self.skipped.push(Skipped { source: source.name.clone(), reason, place });
    }

    /// The objects of a document, those without a name (`generateName`) told apart from all before. What was told of a
    /// single one from the finding `told` on names it the same way.
    fn told_apart(&mut self, mut objects: Vec<Object>, told: usize) -> Vec<Object> {
        let single = objects.len() == 1;
        for object in objects.iter_mut().filter(|object| !object.id.is_named()) {
            let seen = self.unnamed.entry(object.id.clone()).or_default();
            *seen += 1;
            if *seen == 1 {
                continue;
            }
            let numbered = object.id.clone().numbered(*seen);
            let known = std::mem::replace(&mut object.id, numbered);
            let about = self.findings.iter_mut().skip(told).filter(|finding| finding.object.as_ref() == Some(&known));
            about.filter(|_| single).for_each(|finding| finding.object = Some(object.id.clone()));
        }
        objects
    }

    /// The objects in the order written. Of one that is given twice the later one is examined.
    fn examined<'a>(&mut self, objects: &'a [Object], texts: &Texts<'_>) -> Vec<&'a Object> {
        for object in objects {
            self.findings.extend(refused(object).map(|(field, message, help)| Finding {
                object: Some(object.id.clone()),
                field: field.to_owned(),
                place: texts.field(object, field),
                help: Some(help),
                ..Code::BadValue.finding(message)
            }));
        }
        let mut latest = BTreeMap::<Identity<'a>, &'a Object>::new();
        let mut dropped = BTreeSet::new();
        for object in objects.iter().filter(|object| object.id.is_named()) {
            if let Some(earlier) = latest.insert(identity(object), object) {
                dropped.insert(std::ptr::from_ref(earlier));
                let places = [object, earlier].map(|object| texts.field(object, "/metadata/name"));
                self.findings.push(twice(&object.id, places));
            }
        }
        objects.iter().filter(|object| !dropped.contains(&std::ptr::from_ref(*object))).collect()
    }

    fn report(
        self,
        policies: &Policies,
        cluster: &Cluster,
        (examined, texts): (&[&Object], &Texts<'_>),
        judged: Judged,
        options: &CheckOptions,
    ) -> Report {
        let Input { mut findings, skipped, unusable, unnamed: _ } = self;
        let Judged { findings: found, unknowns } = judged;
        findings.extend(found);
        findings.sort_by(|left, right| {
            (&left.place, &left.field, &left.code).cmp(&(&right.place, &right.field, &right.code))
        });
        let mut objects = BTreeMap::<String, u32>::new();
        for object in examined {
            *objects.entry(object.id.kind.clone()).or_default() += 1;
        }
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
            objects: objects.into_iter().collect(),
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

/// Which of the two keys that make an object are not there.
fn missing(value: &Value) -> &'static str {
    let has = |key| value.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    match (has("apiVersion"), has("kind")) {
        (true, false) => "`kind`",
        (false, true) => "`apiVersion`",
        _ => "`apiVersion` and `kind`",
    }
}

/// What `kubectl` would not send or the API server not take, whatever the policies.
fn refused(object: &Object) -> Option<(&'static str, String, String)> {
    let ObjectRef { kind, group, version, .. } = &object.id;
    let of = object.id.display();
    match object.kind {
        Some(_) if object.id.prefix() == Some("") && object.is_readable("/metadata") => {
            let message = format!("{of} has no name, and the API wants `metadata.name` or `metadata.generateName`");
            Some(("/metadata/name", message, "give it a name".to_owned()))
        }
        None => {
            // Before they had groups of their own, kinds were in `extensions`.
            let same = |known: &&&Kind| known.kind == kind && (known.group == group || group == "extensions");
            let known = KINDS.iter().find(same)?;
            let at = |group: &str, version: &str| match group {
                "" => version.to_owned(),
                group => format!("{group}/{version}"),
            };
            let wanted = at(known.group, known.versions.first()?);
            let message = format!("`apiVersion` of {of} is `{}`, and {kind} is read as `{wanted}`", at(group, version));
            Some(("/apiVersion", message, format!("write `apiVersion: {wanted}`, and the fields that it has")))
        }
        _ => None,
    }
}

/// The first key of a mapping; the first characters of anything else.
fn start_of(value: &Value) -> Span {
    match value.as_map().and_then(|map| map.iter().next()) {
        Some(entry) => entry.key_span,
        None => value.span,
    }
}

/// Findings that make a source unusable: part of it was not examined.
const BROKEN: &[Code] = &[Code::UnreadableText, Code::Syntax, Code::DuplicateKey, Code::TooLarge, Code::NotAnObject];

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

/// Policies of the operation that some object's type, or the type of one of its parts, matches.
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
    let asked = policies.infos().iter().filter(|info| {
        info.operations.contains(&operation) && info.types.iter().any(|name| types.contains(name.as_str()))
    });
    u32::try_from(asked.count()).unwrap_or(u32::MAX)
}

/// Group, kind, namespace and name: what makes two objects the same one, whatever their versions.
type Identity<'a> = (&'a str, &'a str, &'a str, &'a str);

fn identity(object: &Object) -> Identity<'_> {
    let ObjectRef { namespace, kind, name, group, version: _ } = &object.id;
    (group, kind, namespace, name)
}

fn twice(id: &ObjectRef, [place, earlier]: [Option<Place>; 2]) -> Finding {
    Finding {
        object: Some(id.clone()),
        field: "/metadata/name".to_owned(),
        place,
        related: vec![Related {
            message: "the earlier one, which is not examined".to_owned(),
            object: Some(id.clone()),
            field: "/metadata/name".to_owned(),
            place: earlier,
        }],
        help: Some("remove one of them, or give it another name".to_owned()),
        ..Code::DuplicateObject.finding(format!("{} is given twice", id.display()))
    }
}
