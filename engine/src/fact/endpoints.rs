//! EndpointSlices and Endpoints, and the Services that they belong to.

use std::net::IpAddr;

use super::about::place;
use super::answer::{applicable, exists, only_if, texts};
use super::{About, Absent, Answer, Evidence};
use crate::cluster::{Item, selects_by_labels};
use crate::net::is_dangerous;
use crate::object::Body;

/// In a cluster, the control plane mirrors Endpoints into EndpointSlices, so these say it all.
pub(super) const SLICES: &[(&str, &str)] = &[("discovery.k8s.io", "EndpointSlice")];

/// Only for Services whose endpoints are somebody's own business.
fn manual_items(about: About<'_>) -> Result<Vec<(&Item, &[IpAddr])>, Absent> {
    let service = about.service()?;
    about.readable("/spec/selector")?;
    about.readable("/spec/type")?;
    only_if(!selects_by_labels(service) && service.kind != "ExternalName")?;
    let items = about.cluster.endpoints_of(about.namespace(), &about.object.id.name);
    Ok(items.into_iter().map(|(item, body)| (item, &*body.dangerous)).collect())
}

pub(super) fn manual(about: About<'_>) -> Answer {
    let found = !manual_items(about)?.is_empty();
    exists(found, about.knowledge(SLICES)).map(Into::into)
}

pub(super) fn manual_places(about: About<'_>) -> Vec<Evidence> {
    let items = manual_items(about).unwrap_or_default().into_iter();
    items.map(|(item, _)| place(about.cluster, item, "", "addresses of this Service")).collect()
}

pub(super) fn dangerous_of_service(about: About<'_>) -> Answer {
    let items = manual_items(about)?;
    about.complete(SLICES)?;
    texts(items.into_iter().flat_map(|(_, dangerous)| dangerous).map(IpAddr::to_string))
}

pub(super) fn dangerous_places(about: About<'_>) -> Vec<Evidence> {
    let items = manual_items(about).unwrap_or_default().into_iter().filter(|(_, dangerous)| !dangerous.is_empty());
    items.map(|(item, _)| place(about.cluster, item, "", "holds the address")).collect()
}

pub(super) fn dangerous_addresses(about: About<'_>) -> Answer {
    let (addresses, field) = match &about.object.body {
        Body::EndpointSlice(body) => (&body.addresses, "/endpoints"),
        Body::Endpoints(body) => (&body.addresses, "/subsets"),
        _ => return Err(Absent::NotApplicable),
    };
    about.readable(field)?;
    texts(addresses.iter().filter(|address| is_dangerous(**address)).map(IpAddr::to_string))
}

/// The Service that the object belongs to.
fn service(about: About<'_>) -> Result<Option<&Item>, Absent> {
    let name = match &about.object.body {
        Body::EndpointSlice(body) => applicable(body.service.as_deref())?,
        Body::Endpoints(_) => about.object.id.name.as_str(),
        _ => return Err(Absent::NotApplicable),
    };
    Ok(about.cluster.service(about.namespace(), name))
}

pub(super) fn service_selects(about: About<'_>) -> Answer {
    let item = service(about)?;
    exists(item.is_some(), about.knowledge(&[("", "Service")]))?;
    let service = applicable(item.and_then(Item::service))?;
    Ok(service.selects().into())
}

pub(super) fn service_places(about: About<'_>) -> Vec<Evidence> {
    let item = service(about).ok().flatten();
    item.map(|item| place(about.cluster, item, "/spec/selector", "the Service's selector")).into_iter().collect()
}
