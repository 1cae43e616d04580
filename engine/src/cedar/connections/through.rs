//! Connections through Services: what policies tell apart of what is gone through.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::{Asked, service_text};
use super::{EndClass, Intent, Intents, OutcomeId, Policies, Role};
use crate::way::Through;

/// A class of Services and ports that no policy can tell apart; the default is that nothing is gone through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ThroughClass(u32);

/// What is gone through, class by class.
#[derive(Default)]
pub(super) struct Services {
    /// What policies read of it.
    read: BTreeSet<String>,
    /// Classes by what is read.
    classes: BTreeMap<Vec<String>, ThroughClass>,
    /// By joint class of source and destination, and what is gone through.
    known: BTreeMap<(usize, usize, ThroughClass), OutcomeId>,
}

impl Services {
    pub(super) fn of(asked: &[Asked<'_>]) -> Services {
        let read = asked.iter().flat_map(|asked| &asked.policy.cuts.of_service).cloned().collect();
        Services { read, ..Services::default() }
    }

    fn class_of(&mut self, through: &Through) -> ThroughClass {
        let marks = self.read.iter().map(|attribute| service_text(through, attribute)).collect();
        let next = ThroughClass(u32::try_from(self.classes.len() + 1).unwrap_or(u32::MAX));
        *self.classes.entry(marks).or_insert(next)
    }
}

impl Policies {
    /// Whether some policy on connections in this way tells those through Services from others.
    pub fn minds_services(&self, intent: Intent) -> bool {
        let minds = |at: usize| self.policies.get(at).is_some_and(|(_, policy)| policy.cuts.service);
        self.about(intent).any(minds)
    }
}

impl Intents<'_> {
    /// As [`Intents::outcome`], of connections that go through a Service.
    pub fn outcome_through(&mut self, source: EndClass, destination: EndClass, through: &Through) -> OutcomeId {
        let joint = |class: EndClass, role| self.groups.get(class.0).map(|group| *group.joint.of(role));
        let (Some(from), Some(to)) = (joint(source, Role::Source), joint(destination, Role::Destination)) else {
            return OutcomeId::NOTHING;
        };
        let class = self.services.class_of(through);
        if let Some(known) = self.services.known.get(&(from, to, class)) {
            return *known;
        }
        let outcome = self.work_out(source, destination, Some((class, through)));
        let id = self.enter(outcome);
        self.services.known.insert((from, to, class), id);
        id
    }

    /// Whether policies cannot tell these apart.
    pub fn same_service(&self, one: &Through, other: &Through) -> bool {
        self.services.read.iter().all(|read| service_text(one, read) == service_text(other, read))
    }

    /// Whether a policy, by its place in [`Policies::infos`], tells a connection through a Service from one to the pods. Of a
    /// pack that denies by default, whether one of its permits does.
    pub fn minds_services(&self, policy: usize) -> bool {
        let Some(own) = self.asked.iter().find(|asked| asked.at == policy) else { return false };
        let permits = self.asked.iter().filter(|asked| asked.pack == own.pack && asked.policy.permit);
        let minds = |asked: &Asked<'_>| asked.policy.cuts.service;
        minds(own) || own.policy.default_deny && permits.into_iter().any(minds)
    }
}
