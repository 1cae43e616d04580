//! What the network of a set of files does, asked of the component.

use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::ResourceAny;

use crate::api::{
    Answer, Change, ChangeReason, Connection, Diff, Direction, DnsSettings, End, Entrance, Explanation, Exposed, Given,
    NetworkSettings, NoAnswer, NoSuchEnd, ObjectRef, Offered, Place, Port, RecordType, Resolution, ServiceAnswer,
    Source, Trace, Turn, Workload,
};
use crate::bindings::NetworkGuest;
use crate::component::Component;
use crate::failure::{Failure, LOADING, StartError};
use crate::instance::{failure, ticks};
use crate::limits::Limits;

/// Networks in a memory of their own, read from files and asked one after the other. After a failure that is no
/// [`Failure::Malformed`] every call is answered with [`Failure::Trap`].
pub struct Networks {
    component: Component,
    store: Store<Limits>,
    guest: NetworkGuest,
}

/// One of [`Networks`]; lives as long as they.
#[derive(Clone, Copy, Debug)]
pub struct Network(ResourceAny);

impl std::fmt::Debug for Networks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Networks({} bytes)", self.store.data().held())
    }
}

impl Networks {
    /// None yet, in a memory of at most so many bytes.
    ///
    /// # Errors
    /// Why the component could not be started.
    pub fn new(component: &Component, memory: usize) -> Result<Networks, StartError> {
        let mut store = Store::new(component.engine(), Limits::new(memory));
        store.limiter(|limits| limits);
        store.epoch_deadline_trap();
        store.set_epoch_deadline(ticks(LOADING));
        let call = component.ticker().call();
        let bindings = component.pre().instantiate(&mut store);
        drop(call);
        match bindings {
            Ok(bindings) => {
                let guest = bindings.hedgerow_policy_network().clone();
                Ok(Networks { component: component.clone(), store, guest })
            }
            Err(error) => Err(StartError::no_answer("start")(failure(&error, store.data()))),
        }
    }

    /// Reads files.
    ///
    /// # Errors
    /// [`Failure`]; a setting that cannot be used is [`Failure::Malformed`]. What is wrong with a file is a finding of
    /// [`Networks::given`].
    pub fn read(&mut self, sources: &[Source], settings: &NetworkSettings) -> Result<Network, Failure> {
        let read = self.call(LOADING, |guest, store| guest.network().call_read(store, sources, settings))?;
        read.map(Network).map_err(Failure::Malformed)
    }

    /// What the files hold.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn given(&mut self, network: Network) -> Result<Given, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_given(store, network.0))
    }

    /// Every workload.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn workloads(&mut self, network: Network) -> Result<Vec<Workload>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_workloads(store, network.0))
    }

    /// Objects of policy kinds that are seen and not modelled.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn unmodelled(&mut self, network: Network) -> Result<Vec<ObjectRef>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_unmodelled(store, network.0))
    }

    /// Everything that may pass.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn connections(&mut self, network: Network) -> Result<Vec<Connection>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_connections(store, network.0))
    }

    /// What passes from one end to another; ends by their names.
    ///
    /// # Errors
    /// [`Failure`], never malformed. Inside: a name that is not one end.
    pub fn ask(
        &mut self,
        network: Network,
        [source, destination]: [&str; 2],
        port: Option<Port>,
        deadline: Duration,
    ) -> Result<Result<Answer, NoSuchEnd>, Failure> {
        self.call(deadline, |guest, store| guest.network().call_ask(store, network.0, source, destination, port))
    }

    /// The smallest change of the files that turns the answer.
    ///
    /// # Errors
    /// As [`Networks::ask`].
    pub fn turn(
        &mut self,
        network: Network,
        [source, destination]: [&str; 2],
        port: Option<Port>,
        deadline: Duration,
    ) -> Result<Result<Option<Turn>, NoSuchEnd>, Failure> {
        self.call(deadline, |guest, store| guest.network().call_turn(store, network.0, source, destination, port))
    }

    /// What a newer network opens and cuts.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn diff(&mut self, older: Network, newer: Network) -> Result<Diff, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_diff(store, older.0, newer.0))
    }

    /// The end that has a name.
    ///
    /// # Errors
    /// As [`Networks::ask`].
    pub fn find(&mut self, network: Network, name: &str) -> Result<Result<End, NoSuchEnd>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_find(store, network.0, name))
    }

    /// The answer to a question with the rules that make it.
    ///
    /// # Errors
    /// As [`Networks::ask`].
    pub fn explain(
        &mut self,
        network: Network,
        [source, destination]: [&End; 2],
        port: Option<Port>,
        deadline: Duration,
    ) -> Result<Result<Explanation, NoSuchEnd>, Failure> {
        self.call(deadline, |guest, store| guest.network().call_explain(store, network.0, source, destination, port))
    }

    /// What could reach a workload, or be reached from it, of pods that the files do not hold.
    ///
    /// # Errors
    /// As [`Networks::ask`].
    pub fn exposure(
        &mut self,
        network: Network,
        workload: &str,
        direction: Direction,
    ) -> Result<Result<Vec<Exposed>, NoSuchEnd>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_exposure(store, network.0, workload, direction))
    }

    /// What becomes of a connection to a Service (`[namespace, name]`), through one of its ports or through each.
    ///
    /// # Errors
    /// [`Failure`], never malformed. Inside: why there is no answer.
    pub fn service(
        &mut self,
        network: Network,
        source: &End,
        [namespace, name]: [&str; 2],
        port: Option<Port>,
        deadline: Duration,
    ) -> Result<Result<ServiceAnswer, NoAnswer>, Failure> {
        self.call(deadline, |guest, store| {
            guest.network().call_service(store, network.0, source, namespace, name, port)
        })
    }

    /// What DNS answers to a name inside a pod.
    ///
    /// # Errors
    /// As [`Networks::service`].
    pub fn resolve(
        &mut self,
        network: Network,
        [pod, name]: [&str; 2],
        kind: RecordType,
        settings: &DnsSettings,
        deadline: Duration,
    ) -> Result<Result<Resolution, NoAnswer>, Failure> {
        self.call(deadline, |guest, store| guest.network().call_resolve(store, network.0, pod, name, kind, settings))
    }

    /// Follows a connection from a pod to a URL, step by step.
    ///
    /// # Errors
    /// As [`Networks::service`].
    pub fn trace(
        &mut self,
        network: Network,
        [pod, url]: [&str; 2],
        settings: &DnsSettings,
        deadline: Duration,
    ) -> Result<Result<Trace, NoAnswer>, Failure> {
        self.call(deadline, |guest, store| guest.network().call_trace(store, network.0, pod, url, settings))
    }

    /// Follows a request from outside through an Ingress or a Route; `controllers` are the workloads, by name, that take in
    /// the requests of Ingresses.
    ///
    /// # Errors
    /// As [`Networks::service`].
    pub fn trace_in(
        &mut self,
        network: Network,
        url: &str,
        controllers: &[String],
        settings: &DnsSettings,
        deadline: Duration,
    ) -> Result<Result<Trace, NoAnswer>, Failure> {
        self.call(deadline, |guest, store| guest.network().call_trace_in(store, network.0, url, controllers, settings))
    }

    /// Every Service with where it leads.
    ///
    /// # Errors
    /// As [`Networks::service`].
    pub fn services(&mut self, network: Network) -> Result<Result<Vec<Offered>, NoAnswer>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_services(store, network.0))
    }

    /// Every way in from outside with where it leads.
    ///
    /// # Errors
    /// As [`Networks::service`].
    pub fn entrances(
        &mut self,
        network: Network,
        controllers: &[String],
    ) -> Result<Result<Vec<Entrance>, NoAnswer>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_entrances(store, network.0, controllers))
    }

    /// Names of Services, as pods of a namespace can write them, that are like a name.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn nearest_services(&mut self, network: Network, [namespace, name]: [&str; 2]) -> Result<Vec<String>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_nearest_services(store, network.0, namespace, name))
    }

    /// Where the value at a JSON pointer of an object stands.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn place(&mut self, network: Network, object: &ObjectRef, field: &str) -> Result<Option<Place>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_place(store, network.0, object, field))
    }

    /// An object as compact JSON, if it came with its text.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn text(&mut self, network: Network, object: &ObjectRef) -> Result<Option<String>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_text(store, network.0, object))
    }

    /// What opens and cuts the ports of a change between two networks.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn reasons(&mut self, older: Network, newer: Network, change: &Change) -> Result<Vec<ChangeReason>, Failure> {
        self.call(LOADING, |guest, store| guest.network().call_reasons(store, older.0, newer.0, change))
    }

    /// Gives the memory of a network back.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn forget(&mut self, network: Network) -> Result<(), Failure> {
        self.call(LOADING, |_, store| network.0.resource_drop(store))
    }

    fn call<T>(
        &mut self,
        deadline: Duration,
        call: impl FnOnce(&NetworkGuest, &mut Store<Limits>) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        let _call = self.component.ticker().call();
        self.store.set_epoch_deadline(ticks(deadline));
        call(&self.guest, &mut self.store).map_err(|error| failure(&error, self.store.data()))
    }
}
