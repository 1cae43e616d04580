//! Which connections are listed.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::cluster::Direction;
use engine::net::{AddressSet, Ports};
use engine::reach::{Connection, End, NoSuchEnd, Passage, PortAsk};

use super::Only;
use crate::engines::Net;

/// Which connections are listed.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    from: Option<Wanted>,
    to: Option<Wanted>,
    focus: Option<Wanted>,
    asked: Vec<PortAsk>,
    /// The ports of `asked`; `None` if that is empty.
    ports: Option<Ports>,
}

/// Ends that are wanted.
#[derive(Debug, Default)]
struct Wanted {
    workloads: BTreeSet<usize>,
    addresses: AddressSet,
}

impl Only {
    /// The filter.
    ///
    /// # Errors
    /// A name is not one end.
    pub(super) fn filter(&self, reach: &Net) -> anyhow::Result<Filter> {
        let Only { from, to, focus, port } = self;
        let ports = port.iter().map(|ask| ask.ports()).reduce(|all, more| all.union(&more));
        let wanted = |names: &[String]| Wanted::of(reach, names);
        Ok(Filter { from: wanted(from)?, to: wanted(to)?, focus: wanted(focus)?, asked: port.clone(), ports })
    }
}

impl Filter {
    /// What of a connection is wanted: ends cut to the addresses that are, and ports likewise.
    pub(crate) fn apply(&self, connection: Connection) -> Option<Connection> {
        let Connection { mut source, mut destination, mut passage } = connection;
        if let Some(wanted) = &self.from {
            source = wanted.keep(&source)?;
        }
        if let Some(wanted) = &self.to {
            destination = wanted.keep(&destination)?;
        }
        if let Some(wanted) = &self.focus {
            match wanted.keep(&source) {
                Some(kept) => source = kept,
                None => destination = wanted.keep(&destination)?,
            }
        }
        if let Some(ports) = &self.ports {
            passage = Arc::new(passage.of(ports));
        }
        (!passage.is_denied()).then_some(Connection { source, destination, passage })
    }

    /// What is wanted of what passes between an end and pods that are not in the input.
    pub(crate) fn of_unseen(&self, end: &End, direction: Direction, passage: &Passage) -> Option<Passage> {
        let (same, other) = match direction {
            Direction::Ingress => (&self.to, &self.from),
            Direction::Egress => (&self.from, &self.to),
        };
        let wants = |wanted: &Option<Wanted>| wanted.as_ref().is_none_or(|wanted| wanted.keep(end).is_some());
        let wanted = other.is_none() && wants(same) && wants(&self.focus);
        wanted.then(|| self.ports.as_ref().map_or_else(|| passage.clone(), |ports| passage.of(ports)))
    }

    /// Whether a Service or a way in that leads to an end is wanted. Where it comes from is no end of the list.
    pub(crate) fn wants_offer(&self, to: &End) -> bool {
        let wants = |wanted: &Option<Wanted>| wanted.as_ref().is_none_or(|wanted| wanted.keep(to).is_some());
        self.from.is_none() && wants(&self.to) && wants(&self.focus)
    }

    /// Whether something is left out.
    pub(crate) fn is_whole(&self) -> bool {
        self.from.is_none() && self.to.is_none() && self.focus.is_none() && self.ports.is_none()
    }

    /// The ports that are spoken of, one by one; `None` stands for all.
    pub(crate) fn asks(&self) -> Vec<Option<PortAsk>> {
        if self.asked.is_empty() { vec![None] } else { self.asked.iter().copied().map(Some).collect() }
    }
}

impl Wanted {
    fn of(reach: &Net, names: &[String]) -> anyhow::Result<Option<Wanted>> {
        let mut wanted = Wanted::default();
        for name in names {
            match name.strip_suffix("/*") {
                Some(namespace) => wanted.workloads.extend(workloads_of(reach, namespace)?),
                None => match end(reach, name)? {
                    End::Workload(id) => drop(wanted.workloads.insert(id.index())),
                    End::Addresses(set) => wanted.addresses = wanted.addresses.union(&set),
                },
            }
        }
        Ok((!names.is_empty()).then_some(wanted))
    }

    fn keep(&self, end: &End) -> Option<End> {
        match end {
            End::Workload(id) => self.workloads.contains(&id.index()).then(|| end.clone()),
            End::Addresses(set) if set.is_subset(&self.addresses) => Some(end.clone()),
            End::Addresses(set) => {
                let both = set.intersection(&self.addresses);
                (!both.is_empty()).then(|| End::Addresses(Arc::new(both)))
            }
        }
    }
}

fn workloads_of(reach: &Net, namespace: &str) -> anyhow::Result<Vec<usize>> {
    let all = reach.workloads().iter().enumerate();
    let found: Vec<usize> = all.filter(|(_, end)| end.object.namespace == namespace).map(|(index, _)| index).collect();
    anyhow::ensure!(!found.is_empty(), "the input holds no workload of namespace `{namespace}`");
    Ok(found)
}

/// The end of that name.
///
/// # Errors
/// There is none, or several; the candidates are named.
pub(crate) fn end(reach: &Net, name: &str) -> anyhow::Result<End> {
    reach.resolve_name(name).map_err(|no_such| {
        let NoSuchEnd { asked, ambiguous, candidates } = no_such;
        let named: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
        match (ambiguous, named.as_slice()) {
            (true, _) => anyhow::anyhow!("`{asked}` is the name of several: {}", named.join(", ")),
            (false, []) => anyhow::anyhow!(
                "there is no `{asked}` in the input\n  help: names are `NAMESPACE/NAME`, an address, a CIDR or `outside`; `hedgerow reach -f DIR` lists them"
            ),
            (false, _) => anyhow::anyhow!("there is no `{asked}` in the input; the nearest names are {}", named.join(", ")),
        }
    })
}
