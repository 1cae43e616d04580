//! The resource `network`.

use engine::net::{AddressSet, Cidr};
use engine::reach::{Diff, End, NoSuchEnd, PortAsk, Reach, ReachSettings};
use engine::review;

use crate::bindings::exports::hedgerow::policy::engine::ClusterBorrow;
use crate::bindings::exports::hedgerow::policy::network as wit;
use crate::bindings::exports::hedgerow::policy::types::{ObjectRef, Source};
use crate::convert::{self, list};
use crate::{Cluster, Component};

/// The resource `network`: a reachability analysis, and the files that it is of.
#[derive(Debug)]
pub struct Network {
    reach: Reach,
    given: wit::Given,
    files: Option<Files>,
}

#[derive(Debug)]
struct Files {
    sources: Vec<engine::Source>,
    cluster: engine::Cluster,
    world: engine::cluster::World,
    namespace: String,
    settings: ReachSettings,
}

impl wit::Guest for Component {
    type Network = Network;
}

impl wit::GuestNetwork for Network {
    fn read(sources: Vec<Source>, settings: wit::Settings) -> Result<wit::Network, String> {
        let wit::Settings { world, namespace, pod_addresses } = settings;
        let settings = reach_settings(&pod_addresses)?;
        let (sources, world) = (list::<_, engine::Source>(sources), world.into());
        let review::Given { cluster, findings, objects, skipped, unusable } =
            review::given(&sources, world, &namespace);
        let given = convert::given(&cluster, findings, objects, skipped, unusable);
        let reach = Reach::with(&cluster, &settings);
        let files = Some(Files { sources, cluster, world, namespace, settings });
        Ok(wit::Network::new(Network { reach, given, files }))
    }

    fn of_cluster(cluster: ClusterBorrow<'_>, pod_addresses: Vec<String>) -> Result<wit::Network, String> {
        let settings = reach_settings(&pod_addresses)?;
        let cluster = cluster.get::<Cluster>().0.borrow();
        let given = convert::given(&cluster, Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(wit::Network::new(Network { reach: Reach::with(&cluster, &settings), given, files: None }))
    }

    fn given(&self) -> wit::Given {
        self.given.clone()
    }

    fn workloads(&self) -> Vec<wit::Workload> {
        list(self.reach.workloads().to_vec())
    }

    fn unmodelled(&self) -> Vec<ObjectRef> {
        list(self.reach.unmodelled().to_vec())
    }

    fn connections(&self) -> Vec<wit::Connection> {
        self.reach.connections().map(|found| convert::named(&self.reach, found)).collect()
    }

    fn ask(&self, source: String, destination: String, port: Option<wit::Port>) -> Result<wit::Answer, wit::NoSuchEnd> {
        let (source, destination) = self.ends(&source, &destination)?;
        Ok(convert::named(&self.reach, self.reach.ask(&source, &destination, port.map(PortAsk::from))))
    }

    fn turn(
        &self,
        source: String,
        destination: String,
        port: Option<wit::Port>,
    ) -> Result<Option<wit::Turn>, wit::NoSuchEnd> {
        let (source, destination) = self.ends(&source, &destination)?;
        let Some(Files { sources, cluster, world, namespace, settings }) = &self.files else { return Ok(None) };
        let input = engine::synth::Input { sources, world: *world, namespace, settings };
        let asked = (&source, &destination, port.map(PortAsk::from));
        Ok(engine::synth::turn(&input, cluster, &self.reach, asked).map(Into::into))
    }

    fn diff(&self, newer: wit::NetworkBorrow<'_>) -> wit::Diff {
        Diff::between(&self.reach, &newer.get::<Network>().reach).into()
    }
}

impl Network {
    fn ends(&self, source: &str, destination: &str) -> Result<(End, End), NoSuchEnd> {
        Ok((self.reach.resolve_name(source)?, self.reach.resolve_name(destination)?))
    }
}

/// The settings with these addresses of pods.
fn reach_settings(pod_addresses: &[String]) -> Result<ReachSettings, String> {
    let read = |text: &String| Cidr::parse(text).ok_or_else(|| format!("`{text}` is no CIDR, such as `10.244.0.0/16`"));
    let blocks = pod_addresses.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let all = blocks.into_iter().map(AddressSet::of).reduce(|all, more| all.union(&more));
    Ok(all.map_or_else(ReachSettings::default, |pod_addresses| ReachSettings { pod_addresses }))
}
