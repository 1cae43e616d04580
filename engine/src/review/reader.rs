//! A set of files → objects, and what was wrong with the files.

use std::collections::{BTreeMap, BTreeSet};

use super::Skipped;
use super::texts::Texts;
use crate::finding::{Code, Finding, ObjectRef, Place, Related};
use crate::object::{Lowered, Object, Origin, lower};
use crate::text::{Limits, Source, read};

/// What is told while sources are read.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) findings: Vec<Finding>,
    pub(super) skipped: Vec<Skipped>,
    /// Sources of which part could not be examined.
    pub(super) unusable: Vec<String>,
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
        for document in read(source, &Limits::default(), &mut self.findings) {
            let at = document.index + 1;
            match lower(document, origin, &mut self.findings) {
                Lowered::Objects(found) => objects.extend(found),
                Lowered::NotAnObject => self.skip(source, format!("document {at} has no `apiVersion` and `kind`")),
                Lowered::PolicyTest => self.skip(source, format!("document {at} is a PolicyTest")),
            }
        }
        let broken = |finding: &Finding| BROKEN.iter().any(|code| code.info().id == finding.code);
        if self.findings.iter().skip(before).any(broken) {
            self.unusable.push(source.name.clone());
        }
        objects
    }

    fn skip(&mut self, source: &Source, reason: String) {
        self.skipped.push(Skipped { source: source.name.clone(), reason });
    }

    /// The objects in the order written. Of one that is given twice the later one is examined.
    pub(super) fn examined<'a>(&mut self, objects: &'a [Object], texts: &Texts<'_>) -> Vec<&'a Object> {
        let mut latest = BTreeMap::<Identity<'a>, &'a Object>::new();
        let mut dropped = BTreeSet::new();
        for object in objects.iter().filter(|object| !object.id.name.is_empty()) {
            if let Some(earlier) = latest.insert(identity(object), object) {
                dropped.insert(std::ptr::from_ref(earlier));
                let places = [object, earlier].map(|object| texts.field(object, "/metadata/name"));
                self.findings.push(twice(&object.id, places));
            }
        }
        objects.iter().filter(|object| !dropped.contains(&std::ptr::from_ref(*object))).collect()
    }
}

/// How many objects of each kind, sorted by kind.
pub(super) fn counts(examined: &[&Object]) -> Vec<(String, u32)> {
    let mut objects = BTreeMap::<String, u32>::new();
    for object in examined {
        *objects.entry(object.id.kind.clone()).or_default() += 1;
    }
    objects.into_iter().collect()
}

/// Findings that make a source unusable: part of it was not examined.
const BROKEN: &[Code] = &[Code::UnreadableText, Code::Syntax, Code::DuplicateKey, Code::TooLarge];

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
