//! What a fact is about, in typed form, and the places of other objects.

use super::answer::{applicable, complete, exists, texts};
use super::{About, Absent, Answer, Cause, Evidence};
use crate::cluster::{Cluster, Direction, Item, Knowledge};
use crate::object::{Body, Ingress, IngressPath, KINDS, NetworkPolicy, Peer, Rule, Service, ServicePort, Workload};

impl<'a> About<'a> {
    /// The namespace that the object is in.
    pub(super) fn namespace(&self) -> &'a str {
        &self.object.id.namespace
    }

    /// Unknown if the field of the object could not be read.
    pub(super) fn readable(&self, pointer: &str) -> Result<(), Absent> {
        match self.object.unreadable_at(pointer) {
            None => Ok(()),
            Some(field) => Err(Absent::Unknown(Cause::unreadable(field, self.object))),
        }
    }

    /// Unknown while the API server has not made the object's name yet (`generateName`).
    pub(super) fn named(&self) -> Result<(), Absent> {
        if self.object.id.is_named() {
            return Ok(());
        }
        Err(Absent::not_asked(format!("{} gets its name when it is created", self.object.id.display())))
    }

    pub(super) fn knowledge(&self, kinds: &[(&str, &str)]) -> Knowledge {
        self.cluster.knowledge_of_all(kinds, self.namespace())
    }

    /// Goes on only if all objects of these kinds in the object's namespace are known.
    pub(super) fn complete(&self, kinds: &[(&str, &str)]) -> Result<(), Absent> {
        complete(self.knowledge(kinds))
    }

    pub(super) fn service(&self) -> Result<&'a Service, Absent> {
        match &self.object.body {
            Body::Service(body) => Ok(body),
            _ => Err(Absent::NotApplicable),
        }
    }

    /// The Service's port that the fact is about.
    pub(super) fn service_port(&self) -> Result<&'a ServicePort, Absent> {
        let index = applicable(self.index.first())?;
        if !self.object.unreadable.is_empty() {
            self.readable(&format!("/spec/ports/{index}"))?;
        }
        applicable(self.service()?.ports.get(*index))
    }

    pub(super) fn network_policy(&self) -> Result<&'a NetworkPolicy, Absent> {
        match &self.object.body {
            Body::NetworkPolicy(body) => Ok(body),
            _ => Err(Absent::NotApplicable),
        }
    }

    /// The direction of the rule or peer that the fact is about.
    pub(super) fn direction(&self) -> Direction {
        if self.entity.contains("Egress") { Direction::Egress } else { Direction::Ingress }
    }

    /// The rule that the fact is about, or that its peer is in.
    pub(super) fn rule(&self) -> Result<&'a Rule, Absent> {
        let policy = self.network_policy()?;
        let rules = match self.direction() {
            Direction::Ingress => &policy.ingress,
            Direction::Egress => &policy.egress,
        };
        applicable(self.index.first().and_then(|index| rules.get(*index)))
    }

    /// The peer that the fact is about.
    pub(super) fn peer(&self) -> Result<&'a Peer, Absent> {
        let rule = self.rule()?;
        applicable(self.index.get(1).and_then(|index| rule.peers.get(*index)))
    }

    pub(super) fn workload(&self) -> Result<&'a Workload, Absent> {
        match &self.object.body {
            Body::Workload(body) => Ok(body),
            _ => Err(Absent::NotApplicable),
        }
    }

    pub(super) fn ingress(&self) -> Result<&'a Ingress, Absent> {
        match &self.object.body {
            Body::Ingress(body) => Ok(body),
            _ => Err(Absent::NotApplicable),
        }
    }

    /// The host (empty: every host) and path that the fact is about.
    pub(super) fn ingress_path(&self) -> Result<(&'a str, &'a IngressPath), Absent> {
        let (host, paths) = applicable(self.index.first().and_then(|rule| self.ingress().ok()?.rules.get(*rule)))?;
        Ok((host, applicable(self.index.get(1).and_then(|path| paths.get(*path)))?))
    }

    /// Whether the item is the object itself.
    pub(super) fn is_self(&self, item: &Item) -> bool {
        self.cluster.is_named(item, &self.object.id)
    }
}

/// `NAMESPACE/NAME`.
pub(super) fn name_of(cluster: &Cluster, item: &Item) -> String {
    format!("{}/{}", cluster.namespace_of(item), item.name())
}

/// The names of objects that claim the same. Those that the input holds are there; that there is none is known only if
/// everything is.
pub(super) fn rivals(about: About<'_>, items: &[&Item], knowledge: Knowledge) -> Answer {
    exists(!items.is_empty(), knowledge)?;
    texts(items.iter().map(|item| name_of(about.cluster, item)))
}

/// A field of another object.
pub(super) fn place(cluster: &Cluster, item: &Item, field: &str, message: &str) -> Evidence {
    Evidence { message: message.to_owned(), object: cluster.reference(item), field: field.to_owned() }
}

/// A field of a workload's pod template, such as `/metadata/labels`.
pub(super) fn template_place(cluster: &Cluster, item: &Item, field: &str, message: &str) -> Evidence {
    let object = cluster.reference(item);
    let kind = KINDS.iter().find(|kind| kind.group == object.group && kind.kind == object.kind);
    let steps = kind.and_then(|kind| kind.template).unwrap_or_default();
    let template: String = steps.iter().flat_map(|step| ["/", step]).collect();
    Evidence { message: message.to_owned(), object, field: format!("{template}{field}") }
}
