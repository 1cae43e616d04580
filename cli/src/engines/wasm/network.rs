//! A network in the component.

use std::cell::RefCell;
use std::rc::Rc;

use engine::cluster::Direction;
use engine::dns::{DnsSettings, RecordType, Resolution};
use engine::finding::{ObjectRef, Place};
use engine::reach::{
    Answer, Change, ChangeReason, Connection, Diff, End, Explanation, Exposed, NoSuchEnd, PortAsk, Verdict,
    WorkloadEnd, WorkloadId,
};
use engine::synth::Turn;
use engine::text::Source;
use engine::way::{Entrance, NoSuchService, Offered, ServiceAnswer, Trace};
use wasm_host::{Component, Failure, Networks, api};

use super::evidence::{self, Ids, Named};
use super::records::{self, Record};
use super::{DEADLINE, MEMORY, changes, names};
use crate::engines::net::{Given, Taken};

/// The memory that networks share, so that they can be compared.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Rc<RefCell<Memory>>);

#[derive(Debug)]
struct Memory {
    networks: Networks,
    /// The first call that had no answer.
    failure: Option<Failure>,
}

/// A network in the component.
#[derive(Debug)]
pub(crate) struct Network {
    shared: Shared,
    network: wasm_host::Network,
    workloads: Vec<WorkloadEnd>,
    unmodelled: Vec<ObjectRef>,
    ids: Ids,
}

impl Shared {
    /// An empty one.
    ///
    /// # Errors
    /// The component cannot be started.
    pub(in crate::engines) fn start() -> anyhow::Result<Shared> {
        let networks = Networks::new(&Component::embedded()?, MEMORY)?;
        Ok(Shared(Rc::new(RefCell::new(Memory { networks, failure: None }))))
    }
}

impl Network {
    /// Reads an input.
    ///
    /// # Errors
    /// The component stopped before there was an answer.
    pub(in crate::engines) fn read(
        shared: &Shared,
        sources: &[Source],
        taken: &Taken,
    ) -> anyhow::Result<(Network, Given)> {
        let mut memory = shared.0.borrow_mut();
        let networks = &mut memory.networks;
        let sources: Vec<api::Source> = sources.iter().map(records::source).collect();
        let Taken { world, namespace, pod_cidrs } = taken;
        let settings = api::NetworkSettings {
            world: records::world(*world),
            namespace: namespace.clone(),
            pod_addresses: pod_cidrs.iter().map(ToString::to_string).collect(),
        };
        let network = networks.read(&sources, &settings)?;
        let api::Given { findings, objects, skipped, unusable, closed, open, digest } = networks.given(network)?;
        let given = Given {
            findings: findings.own(),
            objects: objects.into_iter().map(|api::Count { kind, number }| (kind, number)).collect(),
            skipped: skipped.own(),
            unusable,
            closed,
            open,
            digest,
        };
        let workloads: Vec<WorkloadEnd> = networks.workloads(network)?.own();
        let unmodelled = networks.unmodelled(network)?.own();
        let ids = Ids::of(workloads.iter().map(|workload| &workload.name));
        Ok((Network { shared: shared.clone(), network, workloads, unmodelled, ids }, given))
    }

    pub(in crate::engines) fn sound(&self) -> anyhow::Result<()> {
        self.shared.0.borrow().failure.clone().map_or(Ok(()), |failure| Err(failure.into()))
    }

    pub(in crate::engines) fn workloads(&self) -> &[WorkloadEnd] {
        &self.workloads
    }

    pub(in crate::engines) fn unmodelled(&self) -> &[ObjectRef] {
        &self.unmodelled
    }

    /// The answer to a call; `None`, and remembered, if there is none.
    fn call<T>(&self, call: impl FnOnce(&mut Networks) -> Result<T, Failure>) -> Option<T> {
        let mut memory = self.shared.0.borrow_mut();
        match call(&mut memory.networks) {
            Ok(answer) => Some(answer),
            Err(failure) => {
                memory.failure.get_or_insert(failure);
                None
            }
        }
    }

    /// That the component refuses what the other engine cannot be asked.
    fn refused(&self, why: String) {
        self.shared.0.borrow_mut().failure.get_or_insert(Failure::Malformed(why));
    }

    fn end(&self, end: &End) -> api::End {
        let name = |end: &End| match end {
            End::Workload(id) => self.name(*id),
            End::Addresses(_) => String::new(),
        };
        evidence::end(end, name)
    }

    fn name(&self, id: WorkloadId) -> String {
        self.workloads.get(id.index()).map(|workload| workload.name.clone()).unwrap_or_default()
    }

    pub(in crate::engines) fn connections(&self) -> Vec<Connection> {
        self.call(|networks| networks.connections(self.network)).unwrap_or_default().known(&self.ids)
    }

    pub(in crate::engines) fn resolve_name(&self, name: &str) -> Result<End, NoSuchEnd> {
        match self.call(|networks| networks.find(self.network, name)) {
            Some(Ok(end)) => Ok(end.known(&self.ids)),
            Some(Err(no_such)) => Err(no_such.own()),
            None => Err(NoSuchEnd { asked: name.to_owned(), ambiguous: false, candidates: Vec::new() }),
        }
    }

    pub(in crate::engines) fn explain(&self, [source, destination]: [&End; 2], port: Option<PortAsk>) -> Explanation {
        let (source, destination) = (self.end(source), self.end(destination));
        let port = port.map(evidence::port);
        match self.call(|networks| networks.explain(self.network, [&source, &destination], port, DEADLINE)) {
            Some(Ok(found)) => found.known(&self.ids),
            Some(Err(no_such)) => {
                self.refused(format!("there is no end `{}`", no_such.asked));
                nothing()
            }
            None => nothing(),
        }
    }

    pub(in crate::engines) fn exposure(&self, workload: WorkloadId, direction: Direction) -> Vec<Exposed> {
        let (name, direction) = (self.name(workload), evidence::direction(direction));
        match self.call(|networks| networks.exposure(self.network, &name, direction)) {
            Some(Ok(found)) => found.own(),
            Some(Err(_)) => {
                self.refused(format!("there is no workload `{name}`"));
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    pub(in crate::engines) fn turn(&self, (source, destination, port): (&End, &End, Option<PortAsk>)) -> Option<Turn> {
        let name = |end: &End| match end {
            End::Workload(id) => self.name(*id),
            End::Addresses(set) if set.is_all() => "outside".to_owned(),
            End::Addresses(set) => set.to_string(),
        };
        let (source, destination, port) = (name(source), name(destination), port.map(evidence::port));
        match self.call(|networks| networks.turn(self.network, [&source, &destination], port, DEADLINE))? {
            Ok(turn) => turn.own(),
            Err(no_such) => {
                self.refused(format!("there is no end `{}`", no_such.asked));
                None
            }
        }
    }

    pub(in crate::engines) fn to_service(
        &self,
        source: &End,
        (namespace, name): (&str, &str),
        port: Option<PortAsk>,
    ) -> Result<ServiceAnswer, NoSuchService> {
        let (source, port) = (self.end(source), port.map(evidence::port));
        let nowhere = NoSuchService { candidates: Vec::new() };
        match self.call(|networks| networks.service(self.network, &source, [namespace, name], port, DEADLINE)) {
            Some(Ok(found)) => Ok(found.known(&self.ids)),
            Some(Err(api::NoAnswer::Service(candidates))) => Err(NoSuchService { candidates }),
            Some(Err(other)) => {
                self.no_answer::<ServiceAnswer>(other);
                Err(nowhere)
            }
            None => Err(nowhere),
        }
    }

    pub(in crate::engines) fn resolve(
        &self,
        pod: &WorkloadEnd,
        name: &str,
        kind: RecordType,
        settings: &DnsSettings,
    ) -> Option<Resolution> {
        let (kind, settings) = (names::record_type(kind), names::settings(settings));
        let asked = [pod.name.as_str(), name];
        match self.call(|networks| networks.resolve(self.network, asked, kind, &settings, DEADLINE))? {
            Ok(found) => Some(found.own()),
            Err(api::NoAnswer::End(_)) => None,
            Err(other) => self.no_answer(other),
        }
    }

    pub(in crate::engines) fn nearest_services(&self, namespace: &str, name: &str) -> Vec<String> {
        self.call(|networks| networks.nearest_services(self.network, [namespace, name])).unwrap_or_default()
    }

    pub(in crate::engines) fn trace(&self, pod: &WorkloadEnd, url: &str, settings: &DnsSettings) -> Option<Trace> {
        let settings = names::settings(settings);
        match self.call(|networks| networks.trace(self.network, [&pod.name, url], &settings, DEADLINE))? {
            Ok(found) => Some(found.known(&self.ids)),
            Err(other) => self.no_answer(other),
        }
    }

    pub(in crate::engines) fn trace_in(
        &self,
        url: &str,
        controllers: &[WorkloadEnd],
        settings: &DnsSettings,
    ) -> Option<Trace> {
        let (controllers, settings) = (named(controllers), names::settings(settings));
        match self.call(|networks| networks.trace_in(self.network, url, &controllers, &settings, DEADLINE))? {
            Ok(found) => Some(found.known(&self.ids)),
            Err(other) => self.no_answer(other),
        }
    }

    pub(in crate::engines) fn services(&self) -> Vec<Offered> {
        match self.call(|networks| networks.services(self.network)) {
            Some(Ok(found)) => found.own(),
            Some(Err(other)) => self.no_answer(other).unwrap_or_default(),
            None => Vec::new(),
        }
    }

    pub(in crate::engines) fn entrances(&self, controllers: &[WorkloadEnd]) -> Vec<Entrance> {
        let controllers = named(controllers);
        match self.call(|networks| networks.entrances(self.network, &controllers)) {
            Some(Ok(found)) => found.own(),
            Some(Err(other)) => self.no_answer(other).unwrap_or_default(),
            None => Vec::new(),
        }
    }

    fn no_answer<T>(&self, why: api::NoAnswer) -> Option<T> {
        self.refused(match why {
            api::NoAnswer::End(no_such) => format!("there is no end `{}`", no_such.asked),
            api::NoAnswer::Service(_) => "there is no such Service".to_owned(),
            api::NoAnswer::Refused(why) => why,
        });
        None
    }

    pub(in crate::engines) fn diff(&self, newer: &Network) -> Diff {
        self.call(|networks| networks.diff(self.network, newer.network)).map(Record::own).unwrap_or_default()
    }

    pub(in crate::engines) fn reasons(&self, newer: &Network, change: &Change) -> Vec<ChangeReason> {
        let change = changes::change(change);
        self.call(|networks| networks.reasons(self.network, newer.network, &change)).unwrap_or_default().own()
    }

    pub(in crate::engines) fn place(&self, object: &ObjectRef, pointer: &str) -> Option<Place> {
        let object = records::object(object);
        self.call(|networks| networks.place(self.network, &object, pointer)).flatten().own()
    }

    pub(in crate::engines) fn text(&self, object: &ObjectRef) -> Option<String> {
        let object = records::object(object);
        self.call(|networks| networks.text(self.network, &object)).flatten()
    }
}

fn named(workloads: &[WorkloadEnd]) -> Vec<String> {
    workloads.iter().map(|workload| workload.name.clone()).collect()
}

/// What is told where there is no answer; nobody gets to see it.
fn nothing() -> Explanation {
    let answer = Answer { verdict: Verdict::Unknown, parts: Vec::new(), reasons: Vec::new(), causes: Vec::new() };
    Explanation { answer, egress: None, ingress: None }
}
