//! The engine, asked the same questions. The only file of this crate that names it.

use std::net::IpAddr;
use std::sync::Arc;

use engine::cluster::World;
use engine::finding::ObjectRef;
use engine::net::AddressSet;
use engine::reach::{Connection, Diff, End, Passage, PortAsk, Reach};
use engine::{Cluster, Format, Source};

use serde_json::Value;

use crate::answer::Verdict;
use crate::case::{Case, EndName};
use crate::manifest::Protocol;

/// The ways in which the engine can be asked for the same thing. All have to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// One question about one port.
    AskPort,
    /// One question about all ports.
    AskAll,
    /// One question about every address outside at once.
    AskOutside,
    /// The list of all connections.
    List,
}

/// All of them.
pub const WAYS: [Way; 4] = [Way::AskPort, Way::AskAll, Way::AskOutside, Way::List];

/// The engine's view of a cluster.
pub struct EngineSide {
    reach: Reach,
    connections: Vec<Connection>,
}

fn source(text: &str) -> Source {
    Source { name: "cluster.yaml".into(), format: Format::Yaml, bytes: text.as_bytes().into() }
}

fn verdict(verdict: engine::reach::Verdict) -> Verdict {
    match verdict {
        engine::reach::Verdict::Allow => Verdict::Allow,
        engine::reach::Verdict::Deny => Verdict::Deny,
        engine::reach::Verdict::ImplementationDefined => Verdict::ImplementationDefined,
        engine::reach::Verdict::Unknown => Verdict::Unknown,
    }
}

fn holds(end: &End, wanted: &End, address: Option<IpAddr>) -> bool {
    match (end, address) {
        (End::Addresses(set), Some(address)) => set.has(address),
        _ => end == wanted,
    }
}

impl EngineSide {
    /// Hands manifests in as the text of one file.
    pub fn of(text: &str) -> EngineSide {
        let mut cluster = Cluster::of_files(World::Auto);
        cluster.apply(&source(text));
        let reach = Reach::of(&cluster);
        let connections = reach.connections().collect();
        EngineSide { reach, connections }
    }

    fn end(&self, name: &EndName) -> Option<End> {
        match name {
            EndName::Address(address) => Some(End::Addresses(Arc::new(AddressSet::of_address(*address)))),
            EndName::Workload(name) => self.reach.resolve_name(name).ok(),
        }
    }

    /// The engine's answer; nothing if it knows no such end.
    pub fn answer(&self, case: &Case, way: Way) -> Option<Verdict> {
        let protocol = match case.protocol {
            Protocol::Tcp => engine::net::Protocol::Tcp,
            Protocol::Udp => engine::net::Protocol::Udp,
            Protocol::Sctp => engine::net::Protocol::Sctp,
        };
        let port = Some(PortAsk { protocol, port: case.port });
        let (source, destination) = (self.end(&case.source)?, self.end(&case.destination)?);
        if way == Way::AskPort {
            return Some(verdict(self.reach.ask(&source, &destination, port).verdict));
        }
        let passage = self.passage(case, &source, &destination, way);
        Some(passage.map_or(Verdict::Deny, |passage| verdict(passage.verdict(port))))
    }

    /// What passes from end to end on all ports; nothing if no part of the answer speaks of them.
    fn passage(&self, case: &Case, source: &End, destination: &End, way: Way) -> Option<Passage> {
        let (from, to) = (address(&case.source), address(&case.destination));
        if way == Way::List {
            let is_asked =
                |one: &&Connection| holds(&one.source, source, from) && holds(&one.destination, destination, to);
            return self.connections.iter().find(is_asked).map(|one| one.passage.as_ref().clone());
        }
        let widened = |end: &End, address: Option<IpAddr>| {
            if way == Way::AskOutside && address.is_some() { End::outside() } else { end.clone() }
        };
        let answer = self.reach.ask(&widened(source, from), &widened(destination, to), None);
        let mut parts = answer.parts.into_iter();
        let is_asked =
            |one: &engine::reach::Part| holds(&one.source, source, from) && holds(&one.destination, destination, to);
        parts.find(is_asked).map(|one| one.passage)
    }
}

fn address(name: &EndName) -> Option<IpAddr> {
    match name {
        EndName::Address(address) => Some(*address),
        EndName::Workload(_) => None,
    }
}

/// The engine's cluster, edited object by object.
pub struct Live {
    cluster: Cluster,
}

impl Live {
    /// Nothing in it yet.
    pub fn empty() -> Live {
        Live { cluster: Cluster::of_files(World::Auto) }
    }

    /// Adds or replaces an object.
    pub fn put(&mut self, document: &Value) {
        self.cluster.apply(&source(&document.to_string()));
    }

    /// Removes an object; true if it was there.
    pub fn take(&mut self, document: &Value) -> bool {
        let text = |pointer| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let api = text("/apiVersion");
        let (group, version) = api.split_once('/').unwrap_or(("", &api));
        self.cluster.remove(&ObjectRef {
            namespace: text("/metadata/namespace"),
            kind: text("/kind"),
            name: text("/metadata/name"),
            group: group.to_owned(),
            version: version.to_owned(),
        })
    }

    /// The network that the engine keeps of this cluster, and follows from change to change.
    pub fn kept_up(&self) -> Network {
        Network(Reach::current(&self.cluster))
    }

    /// The network from nothing.
    pub fn afresh(&self) -> Network {
        Network(Arc::new(Reach::of(&self.cluster)))
    }
}

/// What a cluster's network does.
pub struct Network(Arc<Reach>);

impl Network {
    fn connections(&self) -> Vec<(String, String, Passage)> {
        let Network(reach) = self;
        let listed = reach
            .connections()
            .map(|one| (reach.name(&one.source), reach.name(&one.destination), one.passage.as_ref().clone()));
        listed.collect()
    }

    /// What is not the same in two networks that were to be equal, each with the one before it.
    pub fn differs_from(&self, other: &Network, before: (&Network, &Network)) -> Option<&'static str> {
        if self.connections() != other.connections() {
            return Some("the list of connections is");
        }
        for id in self.0.workload_ids() {
            if self.0.connections_of(&[id].into()) != other.0.connections_of(&[id].into()) {
                return Some("the list of one workload's connections is");
            }
        }
        let [changed, changed_afresh] =
            [(before.0, self), (before.1, other)].map(|(old, new)| Diff::between(&old.0, &new.0));
        (changed != changed_afresh).then_some("what changed is")
    }
}
