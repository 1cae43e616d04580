//! One question.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::meet::to_itself;
use super::row::Row;
use super::sides::Sides;
use super::value::Value;
use super::{Answer, End, Part, Passage, PortAsk, Reach, Verdict, WorkloadId};
use crate::cluster::Direction;
use crate::net::{AddressSet, Ports};

impl Reach {
    /// The row of a class.
    pub(super) fn row<'a>(&self, sides: &'a Sides, class: usize) -> Option<&'a Row> {
        sides.rows.get(class).map(|row| &**row)
    }

    /// What one class lets pass to or from another.
    pub(super) fn value_of(&self, sides: &Sides, class: usize, other: usize) -> Value {
        self.row(sides, class).map_or(Value::NONE, |row| row.classes.of_class(other))
    }

    /// The answer without reasons.
    pub(crate) fn parts(&self, source: &End, destination: &End, port: Option<PortAsk>) -> Vec<Part> {
        let asked = port.map(PortAsk::ports);
        let of_asked = |passage: Passage| asked.as_ref().map_or(passage.clone(), |ports| passage.of(ports));
        let part = |source: &End, destination: &End, passage| Part {
            source: source.clone(),
            destination: destination.clone(),
            passage,
        };
        match (source, destination) {
            (End::Workload(from), End::Workload(to)) => {
                vec![part(source, destination, of_asked(self.between(*from, *to)))]
            }
            (End::Workload(from), End::Addresses(set)) => {
                let cut = self.cut(&self.egress, *from, set, of_asked);
                cut.into_iter().map(|(set, passage)| part(source, &set, passage)).collect()
            }
            (End::Addresses(set), End::Workload(to)) => {
                let cut = self.cut(&self.ingress, *to, set, of_asked);
                cut.into_iter().map(|(set, passage)| part(&set, destination, passage)).collect()
            }
            (End::Addresses(_), End::Addresses(_)) => vec![part(source, destination, of_asked(Passage::all()))],
        }
    }

    /// What one workload lets pass to (egress) or from (ingress) another, whatever that one lets pass.
    pub(crate) fn lets(&self, direction: Direction, one: &End, other: &End) -> Passage {
        let (End::Workload(one), End::Workload(other)) = (one, other) else { return Passage::default() };
        let class = |id: &WorkloadId| self.model.class_of(*id);
        let (Some(one), Some(other)) = (class(one), class(other)) else { return Passage::default() };
        let sides = match direction {
            Direction::Egress => &self.egress,
            Direction::Ingress => &self.ingress,
        };
        self.book.spans(self.value_of(sides, one, other)).passage()
    }

    fn between(&self, from: WorkloadId, to: WorkloadId) -> Passage {
        let (Some(source), Some(destination)) = (self.model.class_of(from), self.model.class_of(to)) else {
            return Passage::default();
        };
        let out = self.value_of(&self.egress, source, destination);
        let into = self.value_of(&self.ingress, destination, source);
        let itself = from == to && self.workload(from).is_some_and(|workload| workload.bare_pod);
        if itself {
            to_itself(&self.book.spans(out).and(&self.book.spans(into))).passage()
        } else {
            self.book.passage(out, into)
        }
    }

    /// The asked addresses, cut where the answer changes, sorted.
    fn cut(
        &self,
        sides: &Sides,
        workload: WorkloadId,
        asked: &AddressSet,
        of_asked: impl Fn(Passage) -> Passage,
    ) -> Vec<(End, Passage)> {
        let class = self.model.class_of(workload);
        let row = class.and_then(|class| self.row(sides, class));
        let mut rest = asked.clone();
        let mut by_passage: BTreeMap<Passage, AddressSet> = BTreeMap::new();
        let mut add = |passage: Passage, set: &AddressSet| {
            if !set.is_empty() {
                let known = by_passage.entry(passage).or_default();
                *known = known.union(set);
            }
        };
        for (value, set) in row.map(|row| row.addresses.listed()).unwrap_or_default() {
            add(of_asked(self.book.spans(*value).passage()), &set.intersection(asked));
            rest = rest.difference(set);
        }
        add(Passage::default(), &rest);
        let mut cut: Vec<_> = by_passage.into_iter().map(|(passage, set)| (set, passage)).collect();
        cut.sort();
        cut.into_iter().map(|(set, passage)| (End::Addresses(Arc::new(set)), passage)).collect()
    }
}

impl Answer {
    /// The answer of parts, without reasons.
    pub(super) fn of_parts(parts: Vec<Part>, port: Option<PortAsk>) -> Answer {
        let best = parts.iter().map(|part| part.passage.verdict(port));
        let verdict = best.min_by_key(|verdict| match verdict {
            Verdict::Allow => 0,
            Verdict::ImplementationDefined => 1,
            Verdict::Unknown => 2,
            Verdict::Deny => 3,
        });
        Answer { verdict: verdict.unwrap_or(Verdict::Deny), parts, reasons: Vec::new(), causes: Vec::new() }
    }

    /// Whether nothing of what was asked is left to the plugin or unknown.
    pub fn is_settled(&self) -> bool {
        let open = |ports: &Ports| !ports.is_empty();
        !self.parts.iter().any(|part| open(&part.passage.implementation_defined) || open(&part.passage.unknown))
    }
}
