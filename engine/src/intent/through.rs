//! Connections through Services, asked.
//!
//! A connection through a Service is a request of its own, with the Service in its context. To a policy that does not read it,
//! all ways between two ends are one: `connect` is asked of a Service's only where it passes more than the pods' addresses do,
//! which clients outside whose address is replaced may; `depend` wants every way that there was to stay. See
//! `docs/adr/0015-connections-through-services.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::hits::{Hits, Via, missing, opened};
use super::scan::{Classes, declared};
use crate::cedar::{EndClass, Held, Intent, Intents, Policies};
use crate::cluster::Cluster;
use crate::finding::ObjectRef;
use crate::net::Ports;
use crate::reach::{DiffEnd, End, Part, Passage, Reach, WorkloadId};
use crate::way::{ByObject, Through, Way, of_every};

/// Ways in one network.
pub(super) struct Ways<'a> {
    pub(super) reach: &'a Reach,
    pub(super) list: &'a [Way],
    by_object: ByObject<'a>,
    by_port: BTreeMap<Port<'a>, Vec<&'a Way>>,
}

/// A Service and its port.
type Port<'a> = (&'a ObjectRef, Option<crate::reach::PortAsk>);

fn port(through: &Through) -> Port<'_> {
    (&through.service, through.port)
}

impl<'a> Ways<'a> {
    pub(super) fn of(reach: &'a Reach, list: &'a [Way]) -> Ways<'a> {
        let mut by_port: BTreeMap<Port<'a>, Vec<&'a Way>> = BTreeMap::new();
        for way in list {
            by_port.entry(port(&way.through)).or_default().push(way);
        }
        Ways { reach, list, by_object: ByObject::of(reach), by_port }
    }

    /// All ways by the port of this one.
    fn beside<'s>(&'s self, way: &'s Way) -> &'s [&'a Way] {
        let by_port: &BTreeMap<Port<'_>, Vec<&'a Way>> = &self.by_port;
        by_port.get(&port(&way.through)).map_or(&[], Vec::as_slice)
    }

    /// For how many workloads a way lets something pass, and whether it does for outside and the like way of the other network
    /// does not.
    pub(super) fn users(&self, way: &Way, others: &Ways<'_>, like: Option<&Way>) -> (usize, bool) {
        let passes = |parts: Vec<Part>| parts.iter().any(|part| !part.passage.is_denied());
        let workloads = self.reach.workloads().iter().filter(|end| passes(self.parts(way, Some(&end.object))));
        let before = like.is_some_and(|like| like.ports == way.ports && passes(others.parts(like, None)));
        (workloads.count(), passes(self.parts(way, None)) && !before)
    }

    /// The way that leads to the same end by the same port.
    pub(super) fn like(&self, way: &Way) -> Option<&'a Way> {
        self.beside(way).iter().find(|other| other.to == way.to).copied()
    }

    /// What passes through a way of this network, from a workload or from outside.
    fn parts(&self, way: &Way, source: Option<&ObjectRef>) -> Vec<Part> {
        let source = match source {
            Some(object) => match self.by_object.get(object) {
                Some(id) => Some(id),
                None => return Vec::new(),
            },
            None => None,
        };
        let to = self.by_object.end(&way.to);
        to.map(|to| way.parts(self.reach, source, &to)).unwrap_or_default()
    }
}

/// Policies on one action and what they are asked about.
pub(super) struct Asking<'i, 'p, 'c> {
    pub(super) policies: &'i Policies,
    pub(super) intents: &'i mut Intents<'p>,
    pub(super) intent: Intent,
    pub(super) classes: &'i mut Classes<'c>,
    pub(super) cluster: &'i Cluster,
}

/// A way in hand.
struct InHand<'a> {
    way: &'a Way,
    /// Where it leads, and the class of that.
    to: (&'a End, EndClass),
    /// It is no longer there.
    gone: bool,
    /// JSON pointers for pods, and for clients outside.
    fields: [String; 2],
}

/// A policy that has something to say, what, and whether it reads the Service.
type Speaker = (usize, Arc<Held>, bool);

impl Asking<'_, '_, '_> {
    /// Asks about everything through these ways; `only`: to or from these workloads. With the ways before a change, about
    /// what it opens and cuts.
    pub(super) fn ask<'a>(
        &mut self,
        now: &Ways<'a>,
        before: Option<&Ways<'a>>,
        only: Option<&BTreeSet<WorkloadId>>,
        hits: &mut Hits,
    ) {
        let list = match (self.intent, before) {
            (Intent::Depend, Some(before)) => before.list,
            _ => now.list,
        };
        let sources = self.sources(now.reach, list);
        for way in list {
            let Some(to) = now.by_object.end(&way.to) else { continue };
            let is_in = |end: &End| only.is_none_or(|only| matches!(end, End::Workload(id) if only.contains(id)));
            let gone = now.like(way).is_none();
            let fields = fields(way, now, before);
            let parts = self.classes.parts(&to, self.intents);
            let hands: Vec<InHand<'_>> = parts
                .iter()
                .map(|(part, class)| InHand { way, to: (part, *class), gone, fields: fields.clone() })
                .collect();
            for (source, ids) in &sources {
                let speaking = hands.iter().map(|hand| (hand, self.speakers(*source, hand, true)));
                let speaking: Vec<_> = speaking.filter(|(_, speakers)| !speakers.is_empty()).collect();
                let ids = ids.iter().filter(|_| !speaking.is_empty());
                for id in ids.filter(|id| is_in(&to) || is_in(&End::Workload(**id))) {
                    let object = now.reach.workload(*id).map(|end| &end.object);
                    let mut found = Hits::default();
                    for (hand, speakers) in &speaking {
                        let parts = self.first(now, before).parts(way, object);
                        self.of_parts(now, before, (hand, object), (speakers, &parts), &mut found);
                    }
                    add(way, found, hits);
                }
            }
            if is_in(&to) {
                let mut found = Hits::default();
                hands.iter().for_each(|hand| self.clients(now, before, hand, &mut found));
                add(way, found, hits);
            }
        }
    }

    /// The network whose connections are gone through: what passes now is asked of `connect`, what passed before of `depend`.
    fn first<'w, 'a>(&self, now: &'w Ways<'a>, before: Option<&'w Ways<'a>>) -> &'w Ways<'a> {
        if self.intent == Intent::Depend { before.unwrap_or(now) } else { now }
    }

    /// The workloads by their classes. Of `connect` none, if no policy reads Services: what it says of pods is said.
    fn sources(&mut self, reach: &Reach, ways: &[Way]) -> BTreeMap<EndClass, Vec<WorkloadId>> {
        let mut by_class: BTreeMap<EndClass, Vec<WorkloadId>> = BTreeMap::new();
        let asked = self.intent == Intent::Depend || self.policies.minds_services(self.intent);
        for id in reach.workload_ids().filter(|_| asked && !ways.is_empty()) {
            if let Some(class) = self.classes.workload(id, self.intents) {
                by_class.entry(class).or_default().push(id);
            }
        }
        by_class
    }

    fn speakers(&mut self, source: EndClass, hand: &InHand<'_>, pods: bool) -> Vec<Speaker> {
        let outcome = self.intents.outcome_through(source, hand.to.1, &hand.way.through);
        let told = self.intents.told(outcome).iter();
        let all = told.map(|(policy, held)| (*policy, Arc::clone(held), self.intents.minds_services(*policy)));
        all.filter(|(.., minds)| *minds || !pods || self.intent == Intent::Depend).collect()
    }

    /// What comes in from outside.
    fn clients<'a>(&mut self, now: &Ways<'a>, before: Option<&Ways<'a>>, hand: &InHand<'_>, found: &mut Hits) {
        for part in self.first(now, before).parts(hand.way, None) {
            for (source, class) in self.classes.parts(&part.source, self.intents) {
                let speakers = self.speakers(class, hand, false);
                let parts = [Part { source, ..part.clone() }];
                self.of_parts(now, before, (hand, None), (&speakers, &parts), found);
            }
        }
    }

    /// `connect`: of what passes now, what did not before. `depend`: of what passed before, or of all, what does not now.
    fn of_parts(
        &self,
        now: &Ways<'_>,
        before: Option<&Ways<'_>>,
        (hand, source): (&InHand<'_>, Option<&ObjectRef>),
        (speakers, parts): (&[Speaker], &[Part]),
        found: &mut Hits,
    ) {
        match (self.intent, before) {
            (Intent::Connect, before) => {
                let old = before.and_then(|before| {
                    let way = before.like(hand.way)?;
                    let same = self.intents.same_service(&way.through, &hand.way.through);
                    same.then(|| before.parts(way, source))
                });
                for (part, old) in against(parts, &old.unwrap_or_default()) {
                    self.opened(now, hand, &newly(&part, &old), speakers, found);
                }
            }
            (Intent::Depend, None) => {
                for part in parts {
                    self.missing(now, (hand, hand.way), part, speakers, found);
                }
            }
            (Intent::Depend, Some(_)) => {
                let way = now.like(hand.way);
                let after = way.map(|way| now.parts(way, source)).unwrap_or_default();
                for (part, after) in against(parts, &after) {
                    let needed = |(_, held, _): &&Speaker| {
                        part.passage.allow.overlaps(&held.sure.holds.union(&held.sure.unknown))
                    };
                    let speakers: Vec<Speaker> = speakers.iter().filter(needed).cloned().collect();
                    let part = Part { passage: after, ..part };
                    self.missing(now, (hand, way.unwrap_or(hand.way)), &part, &speakers, found);
                }
            }
        }
    }

    fn opened(&self, now: &Ways<'_>, hand: &InHand<'_>, part: &Part, speakers: &[Speaker], found: &mut Hits) {
        for (policy, held, minds) in speakers {
            let passage = if *minds { part.passage.clone() } else { beyond(now.reach, part, hand) };
            let by_certainty = opened(&passage, &held.sure, &held.unsure);
            found.note_via(*policy, (&part.source, hand.to.0), by_certainty, Some(&hand.via(&part.source)));
        }
    }

    fn missing(
        &self,
        now: &Ways<'_>,
        (hand, way): (&InHand<'_>, &Way),
        part: &Part,
        speakers: &[Speaker],
        found: &mut Hits,
    ) {
        let direct = match hand.to.0 {
            End::Workload(id) => declared(self.cluster, now.reach, *id).union(&self.policies.ports_named(self.intent)),
            End::Addresses(_) => Ports::NONE,
        };
        for (policy, held, minds) in speakers {
            // What is asked of the pods' own addresses is said there.
            let asked = if *minds || hand.gone { way.ports.clone() } else { way.ports.difference(&direct) };
            let by_certainty = missing(&asked, &part.passage, &held.sure);
            found.note_via(*policy, (&part.source, hand.to.0), by_certainty, Some(&hand.via(&part.source)));
        }
    }
}

impl InHand<'_> {
    fn via(&self, source: &End) -> Arc<Via> {
        let [of_pods, of_clients] = &self.fields;
        let field = if matches!(source, End::Workload(_)) { of_pods } else { of_clients };
        Via { through: Arc::clone(&self.way.through), field: field.clone(), leads: !self.gone }.into()
    }
}

/// Adds what was found of one connection through a way. Which address has a name outside, nobody knows.
fn add(way: &Way, found: Hits, hits: &mut Hits) {
    match way.through.port {
        Some(_) => hits.add_parts(found),
        None => hits.add_unless_all(found),
    }
}

/// What of a Service leads there, and if the Service was changed, what of it was.
fn fields(way: &Way, now: &Ways<'_>, before: Option<&Ways<'_>>) -> [String; 2] {
    let Some(before) = before else { return way.fields.clone() };
    let others = |ways: &Ways<'_>| !ways.beside(way).is_empty();
    let [of_pods, _] = &way.fields;
    match (before.like(way), now.like(way)) {
        (Some(old), Some(new)) if old.ports != new.ports => {
            let [of_pods, _] = &new.fields;
            let target = format!("{of_pods}/targetPort");
            [target.clone(), target]
        }
        (None, Some(_)) if others(before) && !of_pods.ends_with("externalName") => {
            ["/spec/selector".to_owned(), "/spec/selector".to_owned()]
        }
        (Some(_), None) if others(now) => ["/spec/selector".to_owned(), "/spec/selector".to_owned()],
        (Some(_), None) => [String::new(), String::new()],
        _ => way.fields.clone(),
    }
}

/// These parts, cut where the others change, each with what the others let pass there.
fn against(parts: &[Part], others: &[Part]) -> Vec<(Part, Passage)> {
    let mut found = Vec::new();
    for part in parts {
        let mut rest = Some(part.source.clone());
        for other in others {
            let Some(both) = rest.as_ref().and_then(|rest| common(rest, &other.source)) else { continue };
            found.push((Part { source: both, ..part.clone() }, other.passage.clone()));
            rest = rest.and_then(|rest| without(&rest, &other.source));
        }
        found.extend(rest.map(|source| (Part { source, ..part.clone() }, Passage::default())));
    }
    found
}

fn common(one: &End, other: &End) -> Option<End> {
    match (one, other) {
        (End::Addresses(one), End::Addresses(other)) => {
            let both = one.intersection(other);
            (!both.is_empty()).then(|| End::Addresses(both.into()))
        }
        // Numbers of one workload in two networks.
        _ => Some(one.clone()),
    }
}

fn without(one: &End, other: &End) -> Option<End> {
    match (one, other) {
        (End::Addresses(one), End::Addresses(other)) => {
            let left = one.difference(other);
            (!left.is_empty()).then(|| End::Addresses(left.into()))
        }
        _ => None,
    }
}

/// What passes for sure now and did not before, and what may and could not.
fn newly(part: &Part, old: &Passage) -> Part {
    let some = old.some();
    let Passage { allow, implementation_defined, unknown } = &part.passage;
    let passage = Passage {
        allow: allow.difference(&old.allow),
        implementation_defined: implementation_defined.difference(&some),
        unknown: unknown.difference(&some),
    };
    Part { passage, ..part.clone() }
}

/// What passes beyond what these addresses may send to the pods' own.
fn beyond(reach: &Reach, part: &Part, hand: &InHand<'_>) -> Passage {
    let [allow, some] = of_every(&reach.parts(&part.source, hand.to.0, None));
    Passage {
        allow: part.passage.allow.difference(&allow),
        implementation_defined: part.passage.implementation_defined.difference(&some),
        unknown: part.passage.unknown.difference(&some),
    }
}

/// The namespaces of the workloads that these changes lead to.
pub(super) fn namespaces_of<'a>(ends: impl Iterator<Item = &'a DiffEnd>) -> BTreeSet<String> {
    let named = ends.filter_map(|end| match end {
        DiffEnd::Workload(object) => Some(object.namespace.clone()),
        DiffEnd::Addresses(_) => None,
    });
    named.collect()
}
