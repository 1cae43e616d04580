//! The resource `network`.

use std::cell::RefCell;

use engine::dns::Client;
use engine::finding::{ObjectRef as Id, Place};
use engine::net::{AddressSet, Cidr};
use engine::reach::{Diff, End, NoSuchEnd, PortAsk, Reach, ReachSettings};
use engine::review::{self, LineTable};
use engine::way::{self, Entering, NoSuchService, Traced, Url};

use crate::bindings::exports::hedgerow::policy::engine::ClusterBorrow;
use crate::bindings::exports::hedgerow::policy::network as wit;
use crate::bindings::exports::hedgerow::policy::types::{ObjectRef, Place as WitPlace, Source};
use crate::convert::{self, Book, Named, list};
use crate::{Cluster, Component};

/// The resource `network`: a reachability analysis, and the files that it is of.
#[derive(Debug)]
pub struct Network {
    reach: Reach,
    given: wit::Given,
    files: Option<Files>,
}

/// The files. The cell is never borrowed across a call: the component has one thread and no imports.
#[derive(Debug)]
struct Files {
    sources: Vec<engine::Source>,
    cluster: RefCell<engine::Cluster>,
    world: engine::cluster::World,
    namespace: String,
    settings: ReachSettings,
    lines: LineTable,
}

const OF_A_CLUSTER: &str =
    "the network is of a watched cluster, which keeps of names and Services only what policies read";

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
        let lines = LineTable::of(&sources);
        let files = Some(Files { sources, cluster: RefCell::new(cluster), world, namespace, settings, lines });
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
        self.book(|book| self.reach.connections().map(|found| found.named(book)).collect())
    }

    fn ask(&self, source: String, destination: String, port: Option<wit::Port>) -> Result<wit::Answer, wit::NoSuchEnd> {
        let (source, destination) = self.ends(&source, &destination)?;
        let answer = self.reach.ask(&source, &destination, port.map(PortAsk::from));
        Ok(self.book(|book| answer.named(book)))
    }

    fn find(&self, name: String) -> Result<wit::End, wit::NoSuchEnd> {
        let end = self.reach.resolve_name(&name)?;
        Ok(self.book(|book| end.named(book)))
    }

    fn explain(
        &self,
        source: wit::End,
        destination: wit::End,
        port: Option<wit::Port>,
    ) -> Result<wit::Explanation, wit::NoSuchEnd> {
        let [source, destination] = [source, destination].map(|end| convert::end(&self.reach, end));
        let (source, destination, port) = (source?, destination?, port.map(PortAsk::from));
        let found = match &self.files {
            Some(files) => self.reach.explain(&files.cluster.borrow(), &source, &destination, port),
            None => self.reach.explain(&engine::Cluster::watched(), &source, &destination, port),
        };
        Ok(self.book(|book| found.named(book)))
    }

    fn exposure(&self, workload: String, direction: wit::Direction) -> Result<Vec<wit::Exposed>, wit::NoSuchEnd> {
        match self.reach.resolve_name(&workload)? {
            End::Workload(id) => Ok(list(self.reach.exposure(id, direction.into()))),
            End::Addresses(_) => Err(no_workload(workload)),
        }
    }

    fn service(
        &self,
        source: wit::End,
        namespace: String,
        name: String,
        port: Option<wit::Port>,
    ) -> Result<wit::ServiceAnswer, wit::NoAnswer> {
        let files = self.files()?;
        let source = convert::end(&self.reach, source).map_err(no_end)?;
        let cluster = files.cluster.borrow();
        let found = way::to_service(&cluster, &self.reach, &source, (&namespace, &name), port.map(PortAsk::from));
        match found {
            Ok(found) => Ok(self.book(|book| found.named(book))),
            Err(NoSuchService { candidates }) => Err(wit::NoAnswer::Service(candidates)),
        }
    }

    fn resolve(
        &self,
        pod: String,
        name: String,
        kind: wit::RecordType,
        settings: wit::DnsSettings,
    ) -> Result<wit::Resolution, wit::NoAnswer> {
        let files = self.files()?;
        let settings = convert::dns_settings(settings).map_err(wit::NoAnswer::Refused)?;
        let workload = self.workload(&pod)?;
        let cluster = files.cluster.borrow();
        let client = Client::of(&cluster, &workload).ok_or_else(|| wit::NoAnswer::End(no_workload(pod)))?;
        Ok(engine::dns::resolve(&cluster, &client, &name, kind.into(), &settings).into())
    }

    fn trace(&self, pod: String, url: String, settings: wit::DnsSettings) -> Result<wit::Trace, wit::NoAnswer> {
        let files = self.files()?;
        let settings = convert::dns_settings(settings).map_err(wit::NoAnswer::Refused)?;
        let url = Url::parse(&url).map_err(wit::NoAnswer::Refused)?;
        let source = self.workload(&pod)?;
        let traced = Traced { source: &source, url: &url, dns: &settings, reach: &files.settings };
        let found = way::trace(&mut files.cluster.borrow_mut(), &self.reach, traced);
        Ok(self.book(|book| found.named(book)))
    }

    fn trace_in(
        &self,
        url: String,
        controllers: Vec<String>,
        settings: wit::DnsSettings,
    ) -> Result<wit::Trace, wit::NoAnswer> {
        let files = self.files()?;
        let dns = convert::dns_settings(settings).map_err(wit::NoAnswer::Refused)?;
        let url = Url::parse(&url).map_err(wit::NoAnswer::Refused)?;
        let controllers = self.controllers(&controllers)?;
        let entering = Entering { url: &url, controllers: &controllers, dns: &dns, reach: &files.settings };
        let found = way::trace_in(&files.cluster.borrow(), &self.reach, entering);
        Ok(self.book(|book| found.named(book)))
    }

    fn services(&self) -> Result<Vec<wit::Offered>, wit::NoAnswer> {
        Ok(list(way::services(&self.files()?.cluster.borrow())))
    }

    fn entrances(&self, controllers: Vec<String>) -> Result<Vec<wit::Entrance>, wit::NoAnswer> {
        let controllers = self.controllers(&controllers)?;
        Ok(list(way::entrances(&self.files()?.cluster.borrow(), &self.reach, &controllers)))
    }

    fn nearest_services(&self, namespace: String, name: String) -> Vec<String> {
        let Some(files) = &self.files else { return Vec::new() };
        way::nearest_services(&files.cluster.borrow(), &namespace, &name)
    }

    fn place(&self, object: ObjectRef, field: String) -> Option<WitPlace> {
        self.files.as_ref()?.place(&object.into(), &field).map(Into::into)
    }

    fn text(&self, object: ObjectRef) -> Option<String> {
        review::object_text(&self.files.as_ref()?.cluster.borrow(), &object.into())
    }

    fn turn(
        &self,
        source: String,
        destination: String,
        port: Option<wit::Port>,
    ) -> Result<Option<wit::Turn>, wit::NoSuchEnd> {
        let (source, destination) = self.ends(&source, &destination)?;
        let Some(Files { sources, cluster, world, namespace, settings, lines: _ }) = &self.files else {
            return Ok(None);
        };
        let input = engine::synth::Input { sources, world: *world, namespace, settings };
        let asked = (&source, &destination, port.map(PortAsk::from));
        Ok(engine::synth::turn(&input, &cluster.borrow(), &self.reach, asked).map(Into::into))
    }

    fn diff(&self, newer: wit::NetworkBorrow<'_>) -> wit::Diff {
        Diff::between(&self.reach, &newer.get::<Network>().reach).into()
    }

    fn reasons(&self, newer: wit::NetworkBorrow<'_>, change: wit::Change) -> Vec<wit::ChangeReason> {
        let newer = &newer.get::<Network>().reach;
        convert::change(change).map(|change| list(change.reasons(&self.reach, newer))).unwrap_or_default()
    }
}

impl Network {
    fn ends(&self, source: &str, destination: &str) -> Result<(End, End), NoSuchEnd> {
        Ok((self.reach.resolve_name(source)?, self.reach.resolve_name(destination)?))
    }

    fn files(&self) -> Result<&Files, wit::NoAnswer> {
        self.files.as_ref().ok_or_else(|| wit::NoAnswer::Refused(OF_A_CLUSTER.to_owned()))
    }

    /// The object that makes the pods of a workload.
    fn workload(&self, name: &str) -> Result<Id, wit::NoAnswer> {
        let found = match self.reach.resolve_name(name).map_err(no_end)? {
            End::Workload(id) => self.reach.workload(id),
            End::Addresses(_) => None,
        };
        found.map(|workload| workload.object.clone()).ok_or_else(|| wit::NoAnswer::End(no_workload(name.to_owned())))
    }

    fn controllers(&self, names: &[String]) -> Result<Vec<Id>, wit::NoAnswer> {
        names.iter().map(|name| self.workload(name)).collect()
    }

    /// Makes records, with the names of this network.
    fn book<T>(&self, make: impl FnOnce(&Book<'_>) -> T) -> T {
        let places = |object: &Id, field: &str| self.files.as_ref()?.place(object, field);
        make(&Book { reach: &self.reach, places: &places })
    }
}

impl Files {
    fn place(&self, object: &Id, field: &str) -> Option<Place> {
        self.lines.value(&self.cluster.borrow(), &self.sources, object, field)
    }
}

fn no_end(no_such: NoSuchEnd) -> wit::NoAnswer {
    wit::NoAnswer::End(no_such.into())
}

/// A name that is one of addresses.
fn no_workload(asked: String) -> wit::NoSuchEnd {
    wit::NoSuchEnd { asked, ambiguous: false, candidates: Vec::new() }
}

/// The settings with these addresses of pods.
fn reach_settings(pod_addresses: &[String]) -> Result<ReachSettings, String> {
    let read = |text: &String| Cidr::parse(text).ok_or_else(|| format!("`{text}` is no CIDR, such as `10.244.0.0/16`"));
    let blocks = pod_addresses.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let all = blocks.into_iter().map(AddressSet::of).reduce(|all, more| all.union(&more));
    Ok(all.map_or_else(ReachSettings::default, |pod_addresses| ReachSettings { pod_addresses }))
}
