//! A network in this program.

use engine::Cluster;
use engine::dns::{Client, DnsSettings, RecordType, Resolution, resolve};
use engine::finding::ObjectRef;
use engine::reach::{End, PortAsk, Reach, WorkloadEnd};
use engine::review::{self, given};
use engine::synth::{self, Turn};
use engine::text::Source;
use engine::way::{Entering, Entrance, Trace, Traced, Url, entrances, trace, trace_in};

use crate::engines::net::{Given, Taken};

/// What was read, and what the network that it describes does.
#[derive(Debug)]
pub(crate) struct Network {
    pub(in crate::engines) cluster: Cluster,
    pub(in crate::engines) reach: Reach,
}

impl Network {
    /// Reads an input.
    pub(in crate::engines) fn read(sources: &[Source], taken: &Taken) -> (Network, Given) {
        let review::Given { cluster, findings, objects, skipped, unusable } =
            given(sources, taken.world, &taken.namespace);
        let (closed, open) = cluster.namespaces();
        let digest = cluster.digest();
        let reach = Reach::with(&cluster, &taken.reach());
        (Network { cluster, reach }, Given { findings, objects, skipped, unusable, closed, open, digest })
    }

    pub(in crate::engines) fn turn(
        &self,
        sources: &[Source],
        taken: &Taken,
        asked: (&End, &End, Option<PortAsk>),
    ) -> Option<Turn> {
        let settings = taken.reach();
        let input = synth::Input { sources, world: taken.world, namespace: &taken.namespace, settings: &settings };
        synth::turn(&input, &self.cluster, &self.reach, asked)
    }

    pub(in crate::engines) fn resolve(
        &self,
        pod: &WorkloadEnd,
        name: &str,
        kind: RecordType,
        settings: &DnsSettings,
    ) -> Option<Resolution> {
        let client = Client::of(&self.cluster, &pod.object)?;
        Some(resolve(&self.cluster, &client, name, kind, settings))
    }

    pub(in crate::engines) fn trace(
        &mut self,
        pod: &WorkloadEnd,
        url: &Url,
        dns: &DnsSettings,
        taken: &Taken,
    ) -> Trace {
        let traced = Traced { source: &pod.object, url, dns, reach: &taken.reach() };
        trace(&mut self.cluster, &self.reach, traced)
    }

    pub(in crate::engines) fn trace_in(
        &self,
        url: &Url,
        controllers: &[WorkloadEnd],
        dns: &DnsSettings,
        taken: &Taken,
    ) -> Trace {
        let controllers = objects(controllers);
        let entering = Entering { url, controllers: &controllers, dns, reach: &taken.reach() };
        trace_in(&self.cluster, &self.reach, entering)
    }

    pub(in crate::engines) fn entrances(&self, controllers: &[WorkloadEnd]) -> Vec<Entrance> {
        entrances(&self.cluster, &self.reach, &objects(controllers))
    }
}

fn objects(workloads: &[WorkloadEnd]) -> Vec<ObjectRef> {
    workloads.iter().map(|workload| workload.object.clone()).collect()
}
