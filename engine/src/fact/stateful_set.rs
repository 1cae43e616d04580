//! The Service that gives the pods of a StatefulSet their names.

use super::about::place;
use super::answer::{applicable, exists};
use super::{About, Absent, Answer, Evidence};
use crate::cluster::Item;

fn service_name(about: About<'_>) -> Result<&str, Absent> {
    about.readable("/spec/serviceName")?;
    let name = about.workload()?.service_name.as_deref();
    applicable(name.filter(|name| !name.is_empty()))
}

pub(super) fn governing_service(about: About<'_>) -> Answer {
    let item = about.cluster.service(about.namespace(), service_name(about)?);
    exists(item.is_some(), about.knowledge(&[("", "Service")]))?;
    Ok(match item.and_then(Item::service) {
        None => "missing".into(),
        Some(service) if service.headless => "headless".into(),
        Some(_) => "not-headless".into(),
    })
}

pub(super) fn places(about: About<'_>) -> Vec<Evidence> {
    let item = service_name(about).ok().and_then(|name| about.cluster.service(about.namespace(), name));
    let message = "the Service that `serviceName` names";
    item.map(|item| place(about.cluster, item, "/spec/clusterIP", message)).into_iter().collect()
}
