//! What the network of an input does, asked of the engine that was chosen. Both give the same answers.
//!
//! The component can stop before there is an answer (its memory has an end). Then every answer after it is empty, and
//! [`Net::sound`] says so: nothing is written without having asked it.

use engine::cluster::{Direction, World};
use engine::dns::{DnsSettings, RecordType, Resolution};
use engine::finding::{Finding, ObjectRef, Place};
use engine::net::{AddressSet, Cidr};
use engine::reach::{
    Answer, Change, ChangeReason, Connection, Diff, DiffEnd, End, Explanation, Exposed, NoSuchEnd, PortAsk,
    ReachSettings, WorkloadEnd, WorkloadId,
};
use engine::review::{self, Skipped};
use engine::synth::Turn;
use engine::text::Source;
use engine::way::{Entrance, NoSuchService, Offered, ServiceAnswer, Trace, Url};

use super::{native, wasm};
use crate::args::EngineChoice;

/// What is taken for granted of an input.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// How far it may be trusted to be all there is.
    pub(crate) world: World,
    /// The namespace of objects that name none.
    pub(crate) namespace: String,
    /// Addresses that pods have; none if they are not known.
    pub(crate) pod_cidrs: Vec<Cidr>,
}

impl Taken {
    /// The settings of the analysis.
    pub(super) fn reach(&self) -> ReachSettings {
        let each = self.pod_cidrs.iter().map(|cidr| AddressSet::of(*cidr));
        let all = each.reduce(|all, more| all.union(&more));
        all.map_or_else(ReachSettings::default, |pod_addresses| ReachSettings { pod_addresses })
    }
}

/// What an input holds beside its network.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) findings: Vec<Finding>,
    pub(crate) objects: Vec<(String, u32)>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) unusable: Vec<String>,
    pub(crate) closed: Vec<String>,
    pub(crate) open: Vec<String>,
    pub(crate) digest: String,
}

/// Makes networks of inputs, which can be compared with one another.
pub(crate) enum Reader {
    /// In this program.
    Native,
    /// In one memory of the component.
    Wasm(wasm::Shared),
}

/// The network of an input.
#[derive(Debug)]
pub(crate) enum Net {
    /// In this program.
    Native(Box<native::Network>),
    /// In the component.
    Wasm(Box<wasm::Network>),
}

/// Where the fields of objects stand.
#[derive(Debug)]
pub(crate) enum Places<'a> {
    /// In this program.
    Native(review::Places<'a>),
    /// In the component.
    Wasm(&'a wasm::Network),
}

impl Reader {
    /// One of the engine.
    ///
    /// # Errors
    /// The component cannot be started.
    pub(crate) fn of(choice: EngineChoice) -> anyhow::Result<Reader> {
        Ok(match choice {
            EngineChoice::Native => Reader::Native,
            EngineChoice::Wasm => Reader::Wasm(wasm::Shared::start()?),
        })
    }

    /// Reads an input.
    ///
    /// # Errors
    /// The component stopped before there was an answer.
    pub(crate) fn read(&self, sources: &[Source], taken: &Taken) -> anyhow::Result<(Net, Given)> {
        Ok(match self {
            Reader::Native => {
                let (network, given) = native::Network::read(sources, taken);
                (Net::Native(Box::new(network)), given)
            }
            Reader::Wasm(shared) => {
                let (network, given) = wasm::Network::read(shared, sources, taken)?;
                (Net::Wasm(Box::new(network)), given)
            }
        })
    }
}

impl Net {
    /// That every answer so far was one.
    ///
    /// # Errors
    /// The component stopped before there was an answer.
    pub(crate) fn sound(&self) -> anyhow::Result<()> {
        match self {
            Net::Native(_) => Ok(()),
            Net::Wasm(network) => network.sound(),
        }
    }

    /// See [`engine::reach::Reach::workloads`].
    pub(crate) fn workloads(&self) -> &[WorkloadEnd] {
        match self {
            Net::Native(network) => network.reach.workloads(),
            Net::Wasm(network) => network.workloads(),
        }
    }

    /// The workload of that number.
    pub(crate) fn workload(&self, id: WorkloadId) -> Option<&WorkloadEnd> {
        self.workloads().get(id.index())
    }

    /// See [`engine::reach::Reach::unmodelled`].
    pub(crate) fn unmodelled(&self) -> &[ObjectRef] {
        match self {
            Net::Native(network) => network.reach.unmodelled(),
            Net::Wasm(network) => network.unmodelled(),
        }
    }

    /// How an end is printed: see [`engine::reach::Reach::name`].
    pub(crate) fn name(&self, end: &End) -> String {
        match end {
            End::Workload(id) => self.workload(*id).map_or_else(String::new, |workload| workload.name.clone()),
            End::Addresses(set) if set.is_all() => "outside".to_owned(),
            End::Addresses(set) => set.to_string(),
        }
    }

    /// Everything that may pass: see [`engine::reach::Reach::connections`].
    pub(crate) fn connections(&self) -> Box<dyn Iterator<Item = Connection> + '_> {
        match self {
            Net::Native(network) => Box::new(network.reach.connections()),
            Net::Wasm(network) => Box::new(network.connections().into_iter()),
        }
    }

    /// The end that has a name.
    pub(crate) fn resolve_name(&self, name: &str) -> Result<End, NoSuchEnd> {
        match self {
            Net::Native(network) => network.reach.resolve_name(name),
            Net::Wasm(network) => network.resolve_name(name),
        }
    }

    /// See [`engine::reach::Reach::ask`].
    pub(crate) fn ask(&self, source: &End, destination: &End, port: Option<PortAsk>) -> Answer {
        match self {
            Net::Native(network) => network.reach.ask(source, destination, port),
            Net::Wasm(network) => network.explain([source, destination], port).answer,
        }
    }

    /// See [`engine::reach::Reach::explain`].
    pub(crate) fn explain(&self, source: &End, destination: &End, port: Option<PortAsk>) -> Explanation {
        match self {
            Net::Native(network) => network.reach.explain(&network.cluster, source, destination, port),
            Net::Wasm(network) => network.explain([source, destination], port),
        }
    }

    /// See [`engine::reach::Reach::exposure`].
    pub(crate) fn exposure(&self, workload: WorkloadId, direction: Direction) -> Vec<Exposed> {
        match self {
            Net::Native(network) => network.reach.exposure(workload, direction),
            Net::Wasm(network) => network.exposure(workload, direction),
        }
    }

    /// The smallest change of the input that turns an answer: see [`engine::synth::turn`].
    pub(crate) fn turn(&self, sources: &[Source], taken: &Taken, asked: (&End, &End, Option<PortAsk>)) -> Option<Turn> {
        match self {
            Net::Native(network) => network.turn(sources, taken, asked),
            Net::Wasm(network) => network.turn(asked),
        }
    }

    /// What becomes of a connection to a Service: see [`engine::way::to_service`].
    pub(crate) fn to_service(
        &self,
        source: &End,
        service: (&str, &str),
        port: Option<PortAsk>,
    ) -> Result<ServiceAnswer, NoSuchService> {
        match self {
            Net::Native(network) => engine::way::to_service(&network.cluster, &network.reach, source, service, port),
            Net::Wasm(network) => network.to_service(source, service, port),
        }
    }

    /// What DNS answers inside a pod of a workload; `None` if nothing is known of its pods.
    pub(crate) fn resolve(
        &self,
        pod: &WorkloadEnd,
        name: &str,
        kind: RecordType,
        settings: &DnsSettings,
    ) -> Option<Resolution> {
        match self {
            Net::Native(network) => network.resolve(pod, name, kind, settings),
            Net::Wasm(network) => network.resolve(pod, name, kind, settings),
        }
    }

    /// Names of Services that are like a name: see [`engine::way::nearest_services`].
    pub(crate) fn nearest_services(&self, namespace: &str, name: &str) -> Vec<String> {
        match self {
            Net::Native(network) => engine::way::nearest_services(&network.cluster, namespace, name),
            Net::Wasm(network) => network.nearest_services(namespace, name),
        }
    }

    /// The way from a pod of a workload to a URL, given as text and as what it reads as: see [`engine::way::trace`].
    pub(crate) fn trace(
        &mut self,
        pod: &WorkloadEnd,
        (text, url): (&str, &Url),
        settings: &DnsSettings,
        taken: &Taken,
    ) -> Option<Trace> {
        match self {
            Net::Native(network) => Some(network.trace(pod, url, settings, taken)),
            Net::Wasm(network) => network.trace(pod, text, settings),
        }
    }

    /// The way of a request from outside: see [`engine::way::trace_in`].
    pub(crate) fn trace_in(
        &self,
        (text, url): (&str, &Url),
        controllers: &[WorkloadEnd],
        settings: &DnsSettings,
        taken: &Taken,
    ) -> Option<Trace> {
        match self {
            Net::Native(network) => Some(network.trace_in(url, controllers, settings, taken)),
            Net::Wasm(network) => network.trace_in(text, controllers, settings),
        }
    }

    /// Every Service with where it leads: see [`engine::way::services`].
    pub(crate) fn services(&self) -> Vec<Offered> {
        match self {
            Net::Native(network) => engine::way::services(&network.cluster),
            Net::Wasm(network) => network.services(),
        }
    }

    /// Every way in from outside with where it leads: see [`engine::way::entrances`].
    pub(crate) fn entrances(&self, controllers: &[WorkloadEnd]) -> Vec<Entrance> {
        match self {
            Net::Native(network) => network.entrances(controllers),
            Net::Wasm(network) => network.entrances(controllers),
        }
    }

    /// What changes from this network to a newer one of the same [`Reader`].
    pub(crate) fn diff(&self, newer: &Net) -> Diff {
        match (self, newer) {
            (Net::Native(old), Net::Native(new)) => Diff::between(&old.reach, &new.reach),
            (Net::Wasm(old), Net::Wasm(new)) => old.diff(new),
            (Net::Native(_), Net::Wasm(_)) | (Net::Wasm(_), Net::Native(_)) => Diff::default(),
        }
    }

    /// What opens and cuts the ports of a change from this network to a newer one.
    pub(crate) fn reasons(&self, newer: &Net, change: &Change) -> Vec<ChangeReason> {
        match (self, newer) {
            (Net::Native(old), Net::Native(new)) => change.reasons(&old.reach, &new.reach),
            (Net::Wasm(old), Net::Wasm(new)) => old.reasons(new, change),
            (Net::Native(_), Net::Wasm(_)) | (Net::Wasm(_), Net::Native(_)) => Vec::new(),
        }
    }

    /// Both ends of a change in this network, if both are in it.
    pub(crate) fn ends(&self, change: &Change) -> Option<(End, End)> {
        let end = |end: &DiffEnd| match end {
            DiffEnd::Addresses(set) => Some(End::Addresses(set.clone().into())),
            DiffEnd::Workload(object) => {
                let index = self.workloads().iter().position(|workload| workload.object == *object)?;
                Some(End::Workload(WorkloadId::of_index(u32::try_from(index).ok()?)))
            }
        };
        Some((end(&change.source)?, end(&change.destination)?))
    }

    /// Where fields stand in the sources that this was made of.
    pub(crate) fn places<'a>(&'a self, sources: &'a [Source]) -> Places<'a> {
        match self {
            Net::Native(network) => Places::Native(review::Places::of(&network.cluster, sources)),
            Net::Wasm(network) => Places::Wasm(network),
        }
    }
}

impl Places<'_> {
    /// Where the value at a JSON pointer of an object stands, the whole of it; `None` if there is no such value.
    pub(crate) fn value(&self, object: &ObjectRef, pointer: &str) -> Option<Place> {
        match self {
            Places::Native(places) => places.value(object, pointer),
            Places::Wasm(network) => network.place(object, pointer),
        }
    }

    /// An object as compact JSON, whatever stands around it; `None` if it is not in the sources.
    pub(crate) fn json(&self, object: &ObjectRef) -> Option<String> {
        match self {
            Places::Native(places) => places.json(object),
            Places::Wasm(network) => network.text(object),
        }
    }
}
