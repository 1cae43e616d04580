//! A set of files → the cluster that they make, for questions that ask no policy.

use super::Skipped;
use super::reader::{Reader, counts};
use super::texts::Texts;
use crate::cluster::{Cluster, World};
use crate::finding::{Finding, ObjectRef, Place};
use crate::object::Object;
use crate::text::{Lines, Source, resolve, to_json};

/// What a set of files holds.
#[derive(Debug)]
pub struct Given {
    /// The objects, with their text.
    pub cluster: Cluster,
    /// What is wrong with the files, by source, then by position.
    pub findings: Vec<Finding>,
    /// Objects by kind, sorted by kind.
    pub objects: Vec<(String, u32)>,
    /// Documents left out.
    pub skipped: Vec<Skipped>,
    /// Sources of which part could not be read.
    pub unusable: Vec<String>,
}

/// Reads a set of files; objects that name no namespace are in `namespace`. What cannot be read is a finding and hides
/// nothing else. Cost: linear in the input.
///
/// ```
/// use engine::cluster::World;
/// use engine::review::given;
/// use engine::{Format, Source};
///
/// let text = "{apiVersion: v1, kind: Pod, metadata: {name: web}}";
/// let source = Source { name: "web.yaml".into(), format: Format::Yaml, bytes: text.into() };
/// let given = given(&[source], World::Auto, "shop");
/// assert_eq!(given.objects, [("Pod".to_owned(), 1)]);
/// assert_eq!(given.cluster.namespaces().0, ["shop"]);
/// ```
pub fn given(sources: &[Source], world: World, namespace: &str) -> Given {
    let mut reader = Reader::default();
    let (origins, objects) = reader.read_all(sources, namespace);
    let texts = Texts::of(sources, origins, &objects);
    let examined = reader.examined(&objects, &texts);
    let mut cluster = reader.cluster(world);
    for object in &examined {
        cluster.insert((*object).clone());
    }
    let objects = counts(&examined);
    let Reader { mut findings, skipped, unusable, unnamed: _, states: _ } = reader;
    findings
        .sort_by(|left, right| (&left.place, &left.field, &left.code).cmp(&(&right.place, &right.field, &right.code)));
    Given { cluster, findings, objects, skipped, unusable }
}

/// Lines of sources, each counted once, when it is asked about.
#[derive(Debug)]
pub struct LineTable(Vec<std::cell::OnceCell<Lines>>);

impl LineTable {
    /// For as many sources as these, in their order.
    pub fn of(sources: &[Source]) -> LineTable {
        LineTable(vec![std::cell::OnceCell::new(); sources.len()])
    }

    /// Where the value at a JSON pointer of an object stands, the whole of it; `None` if there is no such value. The cluster
    /// is one that was made of the sources.
    pub fn value(&self, cluster: &Cluster, sources: &[Source], object: &ObjectRef, pointer: &str) -> Option<Place> {
        let object: &Object = cluster.get(object)?;
        let found = resolve(object.raw.as_deref()?, pointer);
        let source = sources.get(object.source as usize)?;
        let lines = self.0.get(object.source as usize)?.get_or_init(|| Lines::of(source));
        found.exact.then(|| lines.place(source, found.value.span))
    }
}

/// Places of fields in the sources that a cluster was made of.
#[derive(Debug)]
pub struct Places<'a> {
    cluster: &'a Cluster,
    sources: &'a [Source],
    lines: LineTable,
}

impl<'a> Places<'a> {
    /// `sources` are those that the cluster was made of.
    pub fn of(cluster: &'a Cluster, sources: &'a [Source]) -> Places<'a> {
        Places { cluster, sources, lines: LineTable::of(sources) }
    }

    /// Where the value at a JSON pointer of an object stands, the whole of it; `None` if there is no such value.
    pub fn value(&self, object: &ObjectRef, pointer: &str) -> Option<Place> {
        self.lines.value(self.cluster, self.sources, object, pointer)
    }

    /// An object as compact JSON, whatever stands around it; `None` if it is not in the sources.
    pub fn json(&self, object: &ObjectRef) -> Option<String> {
        object_text(self.cluster, object)
    }
}

/// An object as compact JSON, whatever stands around it; `None` if the cluster does not keep its text.
pub fn object_text(cluster: &Cluster, object: &ObjectRef) -> Option<String> {
    Some(to_json(cluster.get(object)?.raw.as_deref()?))
}
