//! Which environment a namespace belongs to: what its labels say, never its name.

use super::about::place;
use super::answer::{applicable, complete};
use super::{About, Absent, Answer, Evidence, FactValue, Settings};
use crate::cluster::Cluster;
use crate::object::Body;

pub(super) fn environment(about: About<'_>) -> Answer {
    let keys = &about.settings.environment_labels;
    if matches!(about.object.body, Body::Namespace(_)) {
        about.readable("/metadata/labels")?;
        let labels = &about.object.meta.labels;
        return first(keys, |key| labels.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str()));
    }
    of_namespace(about.cluster, about.settings, about.namespace())
}

/// The environment of a namespace by its name.
pub(crate) fn of_namespace(cluster: &Cluster, settings: &Settings, namespace: &str) -> Answer {
    let Some(labels) = cluster.namespace_labels(namespace) else {
        complete(cluster.absent_namespace(namespace))?;
        return Err(Absent::NotApplicable);
    };
    complete(cluster.namespace_knowledge(namespace))?;
    let keys = &settings.environment_labels;
    first(keys, |key| labels.iter().find(|(known, _)| *known == key).map(|(_, value)| *value))
}

fn first<'a>(keys: &[String], label: impl Fn(&str) -> Option<&'a str>) -> Answer {
    applicable(keys.iter().find_map(|key| label(key))).map(FactValue::from)
}

/// The namespace's label, which another file holds.
pub(super) fn places(about: About<'_>) -> Vec<Evidence> {
    let Some(item) = about.cluster.namespace_object(about.namespace()) else { return Vec::new() };
    let labels = about.cluster.namespace_labels(about.namespace()).unwrap_or_default();
    let keys = about.settings.environment_labels.iter();
    let key = keys.clone().find(|key| labels.iter().any(|(known, _)| known == key));
    let message = "the namespace's environment";
    let field = |key: &String| crate::text::Pointer::root().key("metadata").key("labels").key(key);
    key.map(|key| place(about.cluster, item, field(key).as_str(), message)).into_iter().collect()
}
