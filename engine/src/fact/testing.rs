//! How tests of facts are written.

use super::{About, CauseKind, FACTS, Fact, FactSpec, FactValue, Memo, Settings, compute};
use crate::cluster::{Cluster, World};
use crate::object::{Lowered, Object, Origin, lower};
use crate::text::{Format, Limits, Source, read};

/// An object of namespace `shop` (or of none), with what follows its metadata; a line that is indented belongs to it.
pub(super) fn object(kind: &str, name: &str, rest: &str) -> String {
    let api = match kind {
        "Namespace" | "Pod" | "Service" | "Endpoints" => "v1",
        "NetworkPolicy" | "Ingress" => "networking.k8s.io/v1",
        "EndpointSlice" => "discovery.k8s.io/v1",
        "Job" => "batch/v1",
        _ => "apps/v1",
    };
    let namespace = if kind == "Namespace" { "" } else { "\n  namespace: shop" };
    format!("apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}{namespace}\n{rest}\n")
}

/// A Deployment whose pods have the label `app: NAME` and this specification.
pub(super) fn deployment(name: &str, spec: &str) -> String {
    workload("Deployment", name, spec)
}

/// A workload whose pods have the label `app: NAME` and this specification.
pub(super) fn workload(kind: &str, name: &str, spec: &str) -> String {
    let template = format!("template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{{spec}}}}}");
    object(kind, name, &format!("spec: {{selector: {{matchLabels: {{app: {name}}}}}, {template}}}"))
}

/// One container with these ports.
pub(super) fn ports(ports: &str) -> String {
    format!("containers: [{{name: c, ports: [{ports}]}}]")
}

/// What is asked about: the first document, or a part of it.
pub(super) struct Ask {
    pub(super) entity: &'static str,
    pub(super) index: &'static [usize],
    pub(super) world: World,
}

/// Asks about the first document as a whole.
pub(super) const fn of(entity: &'static str) -> Ask {
    part(entity, &[])
}

/// Asks about a part of the first document.
pub(super) const fn part(entity: &'static str, index: &'static [usize]) -> Ask {
    Ask { entity, index, world: World::Auto }
}

/// Reads every object of a text.
pub(super) fn objects(documents: &[&str]) -> Vec<Object> {
    let source = Source { name: "given".into(), format: Format::Yaml, bytes: documents.join("---\n").into_bytes() };
    let mut findings = Vec::new();
    let origin = Origin::of_source(&source, 0, "default");
    let documents = read(&source, &Limits::default(), &mut findings);
    let objects = documents.into_iter().flat_map(|document| match lower(document, &origin, &mut findings) {
        Lowered::Objects(objects) => objects,
        other => panic!("{other:?}"),
    });
    objects.collect()
}

pub(super) fn spec(entity: &str, fact: &str) -> &'static FactSpec {
    FACTS.iter().find(|spec| spec.name == fact && spec.on.contains(&entity)).unwrap_or_else(|| panic!("no fact {fact}"))
}

/// The fact in words: its value, `not applicable`, `unknown`, or `failed`.
pub(super) fn words(fact: Fact) -> String {
    match fact {
        Fact::Known(FactValue::Bool(value)) => value.to_string(),
        Fact::Known(FactValue::Long(value)) => value.to_string(),
        Fact::Known(FactValue::Text(value)) => value,
        Fact::Known(FactValue::Texts(values)) => values.into_iter().collect::<Vec<_>>().join(" "),
        Fact::NotApplicable => "not applicable".into(),
        Fact::Unknown(cause) if cause.kind == CauseKind::NotAsked => "unknown".into(),
        Fact::Unknown(_) => "failed".into(),
    }
}

impl Ask {
    pub(super) const fn open(self) -> Ask {
        Ask { world: World::Open, ..self }
    }

    pub(super) const fn closed(self) -> Ask {
        Ask { world: World::Closed, ..self }
    }

    pub(super) fn fact(&self, fact: &str, documents: &[&str]) -> Fact {
        let objects = objects(documents);
        let mut cluster = Cluster::of_files(self.world);
        for object in &objects {
            cluster.insert(object.clone());
        }
        let (settings, memo) = (Settings::default(), Memo::default());
        let (entity, index) = (self.entity, self.index);
        let about = About { cluster: &cluster, object: &objects[0], entity, index, settings: &settings, memo: &memo };
        compute(spec(self.entity, fact), about)
    }

    /// The fact about the first document, in a cluster of all of them.
    pub(super) fn check(&self, fact: &str, documents: &[&str], expected: &str) {
        assert_eq!(words(self.fact(fact, documents)), expected, "{fact} of\n{}", documents.join("---\n"));
    }
}
