//! Ports by name, looked up at the destination.

use std::collections::{BTreeMap, BTreeSet};

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

/// Every table in use.
#[derive(Clone, Debug, Default)]
pub(super) struct PortTables {
    tables: BTreeMap<PortTable, usize>,
    by_number: Vec<PortTable>,
    by_name: BTreeMap<Name, BTreeSet<usize>>,
    doubtful: BTreeSet<usize>,
}

impl PortTables {
    pub(super) fn number(&self, table: &PortTable) -> Option<usize> {
        self.tables.get(table).copied()
    }

    /// The number of a table, which it keeps.
    pub(super) fn enter(&mut self, table: &PortTable) -> usize {
        if let Some(known) = self.number(table) {
            return known;
        }
        let number = self.by_number.len();
        table.ports.iter().for_each(|port| {
            self.by_name.entry(port.name).or_default().insert(number);
        });
        if table.doubtful {
            self.doubtful.insert(number);
        }
        self.by_number.push(table.clone());
        self.tables.insert(table.clone(), number);
        number
    }

    pub(super) fn get(&self, number: usize) -> Option<&PortTable> {
        self.by_number.get(number)
    }

    /// The tables that have ports of that name and protocol, or may, and which ports.
    pub(super) fn everywhere(&self, name: Name, protocol: Protocol) -> Vec<(usize, Spans)> {
        let named = self.by_name.get(&name).into_iter().flatten();
        let numbers: BTreeSet<usize> = named.chain(&self.doubtful).copied().collect();
        let tables = numbers.into_iter().filter_map(|number| Some((number, self.by_number.get(number)?)));
        tables.map(|(number, table)| (number, table.ports_named(name, protocol))).collect()
    }
}
