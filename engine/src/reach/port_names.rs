//! Ports by name, looked up at the destination.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::names::Name;
use super::spans::{Spans, Truth};
use crate::net::{Ports, Protocol};

/// What the pods of a class call their ports.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PortTable {
    /// Sorted.
    pub(super) ports: Vec<NamedPort>,
    /// There may be others.
    pub(super) doubtful: bool,
}

/// A port that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NamedPort {
    pub(super) name: Name,
    pub(super) protocol: Protocol,
    /// Of a sidecar, that is, an init container that goes on running.
    pub(super) sidecar: bool,
    pub(super) number: u16,
}

/// How a name is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// One number.
    Once,
    /// Several numbers for one protocol.
    Several,
    /// Only in a sidecar.
    InSidecar,
    /// Not, and it cannot be there.
    Nowhere,
    /// Not, and the ports are not sure.
    NotKnown,
}

impl PortTable {
    fn numbers(&self, name: Name, protocol: Protocol, sidecar: bool) -> BTreeSet<u16> {
        let wanted = |port: &&NamedPort| (port.name, port.protocol, port.sidecar) == (name, protocol, sidecar);
        self.ports.iter().filter(wanted).map(|port| port.number).collect()
    }

    pub(super) fn find(&self, name: Name, protocol: Protocol) -> Found {
        let [own, sidecars] = [false, true].map(|sidecar| self.numbers(name, protocol, sidecar));
        match (own.union(&sidecars).count(), own.is_empty()) {
            _ if self.doubtful => Found::NotKnown,
            (0, _) => Found::Nowhere,
            (1, false) => Found::Once,
            (1, true) => Found::InSidecar,
            _ => Found::Several,
        }
    }

    /// The ports of that name and protocol: none if there is none.
    ///
    /// The API says of a name only that it is looked up at the pod. One number is sure, if a container declares it. Which of
    /// several counts, and whether a sidecar's does, differs between plugins.
    pub(super) fn ports_named(&self, name: Name, protocol: Protocol) -> Spans {
        let [own, sidecars] = [false, true].map(|sidecar| self.numbers(name, protocol, sidecar));
        let all: BTreeSet<u16> = own.union(&sidecars).copied().collect();
        let ports = all.iter().fold(Ports::NONE, |all, number| all.union(&Ports::range(protocol, *number, *number)));
        let truth = if all.len() == 1 && !own.is_empty() { Truth::Yes } else { Truth::Plugin };
        let found = Spans::when(truth, &ports);
        if self.doubtful { found.or(&Spans::when(Truth::Unknown, &Ports::every(protocol))) } else { found }
    }
}

/// Every table in use, and who has it.
#[derive(Debug, Default)]
pub(super) struct PortTables {
    tables: BTreeMap<PortTable, usize>,
    by_number: Vec<PortTable>,
    classes: Vec<Vec<usize>>,
    by_name: BTreeMap<Name, BTreeSet<usize>>,
    doubtful: BTreeSet<usize>,
}

impl PortTables {
    /// The number of a table that a class has; classes come in their order.
    pub(super) fn enter(&mut self, table: PortTable, class: usize) -> usize {
        let number = *self.tables.entry(table).or_insert_with_key(|table| {
            let number = self.by_number.len();
            table.ports.iter().for_each(|port| {
                self.by_name.entry(port.name).or_default().insert(number);
            });
            if table.doubtful {
                self.doubtful.insert(number);
            }
            self.by_number.push(table.clone());
            self.classes.push(Vec::new());
            number
        });
        if let Some(classes) = self.classes.get_mut(number) {
            classes.push(class);
        }
        number
    }

    pub(super) fn get(&self, number: usize) -> Option<&PortTable> {
        self.by_number.get(number)
    }

    /// The classes that have ports of that name and protocol, or may; their tables; and which ports.
    pub(super) fn everywhere(&self, name: Name, protocol: Protocol) -> Vec<(Bits, Vec<usize>, Spans)> {
        let mut by_spans: BTreeMap<Spans, Vec<usize>> = BTreeMap::new();
        let named = self.by_name.get(&name).into_iter().flatten();
        for number in named.chain(&self.doubtful).collect::<BTreeSet<_>>() {
            let Some(table) = self.by_number.get(*number) else { continue };
            by_spans.entry(table.ports_named(name, protocol)).or_default().push(*number);
        }
        let classes_with = |tables: &[usize]| {
            let classes = tables.iter().filter_map(|table| self.classes.get(*table)).flatten();
            let mut classes: Vec<usize> = classes.copied().collect();
            classes.sort_unstable();
            Bits::of_sorted(&classes)
        };
        by_spans.into_iter().map(|(spans, tables)| (classes_with(&tables), tables, spans)).collect()
    }
}
