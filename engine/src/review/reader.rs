//! A set of files → objects, and what was wrong with the files.

use std::collections::{BTreeMap, BTreeSet};

use super::texts::Texts;
use super::{Skipped, snapshot};
use crate::cluster::{Cluster, KindState, World};
use crate::finding::{Code, Finding, ObjectRef, Place, Related, Span};
use crate::object::{KINDS, Kind, Lowered, Object, Origin, lower};
use crate::text::{Limits, Source, Value, read};

/// What is told while sources are read.
#[derive(Default)]
pub(super) struct Reader {
    /// Objects without a name so far, by what they are called.
    pub(super) unnamed: BTreeMap<ObjectRef, usize>,
    pub(super) findings: Vec<Finding>,
    pub(super) skipped: Vec<Skipped>,
    /// Sources of which part could not be examined.
    pub(super) unusable: Vec<String>,
    /// What snapshots say of kinds.
    pub(super) states: Vec<(String, String, KindState)>,
}

impl Reader {
    /// The origins of the sources, and every object in the order written.
    pub(super) fn read_all<'a>(&mut self, sources: &'a [Source], namespace: &'a str) -> (Vec<Origin<'a>>, Vec<Object>) {
        let numbered = sources.iter().zip(0..);
        let origins: Vec<_> = numbered.map(|(source, index)| Origin::of_source(source, index, namespace)).collect();
        let mut objects = Vec::new();
        for (source, origin) in sources.iter().zip(&origins) {
            objects.extend(self.read(source, origin));
        }
        (origins, objects)
    }

    fn read(&mut self, source: &Source, origin: &Origin<'_>) -> Vec<Object> {
        let before = self.findings.len();
        let mut objects = Vec::new();
        let documents = read(source, &Limits::default(), &mut self.findings);
        if documents.is_empty() && self.findings.len() == before {
            self.skip(source, "there is nothing in it".to_owned(), None);
        }
        for document in documents {
            let at = document.index + 1;
            let (start, missing) = (start_of(&document.value), missing(&document.value));
            let told = self.findings.len();
            match lower(document, origin, &mut self.findings) {
                Lowered::Objects(found) => {
                    let found = self.without_snapshots(found, origin);
                    objects.extend(self.told_apart(found, told));
                }
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

    /// Takes out what says how far a snapshot goes; what it does not hold is told.
    fn without_snapshots(&mut self, objects: Vec<Object>, origin: &Origin<'_>) -> Vec<Object> {
        let mut rest = Vec::new();
        for object in objects {
            let Some(states) = snapshot::states(&object) else {
                rest.push(object);
                continue;
            };
            let place = object.raw.as_deref().map(start_of).and_then(|start| origin.place(start));
            self.findings.extend(states.iter().filter_map(|state| not_listed(state, place.clone())));
            self.states.extend(states);
        }
        rest
    }

    /// An empty cluster that is trusted as `world` says; as snapshots say, if there are some and the world is left to them.
    pub(super) fn cluster(&self, world: World) -> Cluster {
        if self.states.is_empty() || world != World::Auto {
            return Cluster::of_files(world);
        }
        let mut cluster = Cluster::watched();
        for (group, kind, state) in &self.states {
            cluster.set_kind(group, kind, state.clone());
        }
        cluster
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
    pub(super) fn examined<'a>(&mut self, objects: &'a [Object], texts: &Texts<'_>) -> Vec<&'a Object> {
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
}

/// A kind that could not be listed.
fn not_listed((_, kind, state): &(String, String, KindState), place: Option<Place>) -> Option<Finding> {
    let KindState::Unknown { reason } = state else { return None };
    let message = format!("`{kind}` objects could not be listed: {reason}");
    let help = Some("let the user list them; until then, what hangs on them is unknown".to_owned());
    Some(Finding { place, help, ..Code::NotListed.finding(message) })
}

/// How many objects of each kind, sorted by kind.
pub(super) fn counts(examined: &[&Object]) -> Vec<(String, u32)> {
    let mut objects = BTreeMap::<String, u32>::new();
    for object in examined {
        *objects.entry(object.id.kind.clone()).or_default() += 1;
    }
    objects.into_iter().collect()
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
