//! One instance: a memory of its own with policies and a cluster in it.

use std::time::Duration;

use wasmtime::component::ResourceAny;
use wasmtime::{Store, Trap};

use crate::api::{
    AccessAnswer, CheckOptions, Digests, Finding, KindInfo, KindState, ObjectRef, PolicyInfo, Report, Review, Source,
    TestOptions, TestReport,
};
use crate::bindings::Guest;
use crate::component::Component;
use crate::failure::{Failure, LOADING, StartError};
use crate::host::Packs;
use crate::limits::Limits;
use crate::ticker::TICK;

/// Loaded policies and a cluster, in a memory of their own. Calls are made one after the other. After a failure that is no
/// [`Failure::Malformed`] the instance is dead and answers every call with [`Failure::Trap`].
pub struct Instance {
    component: Component,
    store: Store<Limits>,
    guest: Guest,
    policies: ResourceAny,
    cluster: ResourceAny,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Instance({} bytes)", self.memory())
    }
}

impl Instance {
    /// Makes an instance, loads the packs into it and gives it an empty cluster in which no kind is known.
    ///
    /// # Errors
    /// Problems of the packs, or why the component could not load them within `memory` bytes and a minute.
    pub fn new(component: &Component, packs: &Packs, memory: usize) -> Result<Instance, StartError> {
        let mut store = Store::new(component.engine(), Limits::new(memory));
        store.limiter(|limits| limits);
        store.epoch_deadline_trap();
        store.set_epoch_deadline(ticks(LOADING));
        let call = component.ticker().call();
        let bindings = component.pre().instantiate(&mut store);
        let guest = match bindings {
            Ok(bindings) => bindings.hedgerow_policy_engine().clone(),
            Err(error) => return Err(StartError::no_answer("start")(failure(&error, store.data()))),
        };
        let loaded = guest.policies().call_load(&mut store, &packs.sources, &packs.parameters);
        let loaded =
            loaded.map_err(|error| failure(&error, store.data())).map_err(StartError::no_answer("load policies"))?;
        let policies = loaded.map_err(StartError::Policies)?;
        let cluster = guest.cluster().call_constructor(&mut store);
        let cluster = cluster.map_err(|error| failure(&error, store.data())).map_err(StartError::no_answer("start"))?;
        drop(call);
        Ok(Instance { component: component.clone(), store, guest, policies, cluster })
    }

    /// Judges one AdmissionReview (JSON).
    ///
    /// # Errors
    /// [`Failure`]; the body is [`Failure::Malformed`] if it is no AdmissionReview that can be answered.
    pub fn admit(&mut self, body: &[u8], deadline: Duration) -> Result<Review, Failure> {
        let (policies, cluster) = (self.policies, self.cluster);
        self.call(deadline, |guest, store| guest.call_admit(store, policies, cluster, body))?
            .map_err(Failure::Malformed)
    }

    /// As [`Instance::admit`], or none if it takes more than `steps`.
    ///
    /// # Errors
    /// As [`Instance::admit`].
    pub fn admit_within(&mut self, body: &[u8], steps: u64, deadline: Duration) -> Result<Option<Review>, Failure> {
        let (policies, cluster) = (self.policies, self.cluster);
        self.call(deadline, |guest, store| guest.call_admit_within(store, policies, cluster, body, steps))?
            .map_err(Failure::Malformed)
    }

    /// Answers one SubjectAccessReview (JSON).
    ///
    /// # Errors
    /// As [`Instance::admit`].
    pub fn authorize(&mut self, body: &[u8], deadline: Duration) -> Result<AccessAnswer, Failure> {
        let policies = self.policies;
        self.call(deadline, |guest, store| guest.call_authorize(store, policies, body))?.map_err(Failure::Malformed)
    }

    /// Judges a set of files.
    ///
    /// # Errors
    /// [`Failure`], never malformed: what is wrong with a file is a finding.
    pub fn check(&mut self, sources: &[Source], options: &CheckOptions, deadline: Duration) -> Result<Report, Failure> {
        let policies = self.policies;
        self.call(deadline, |guest, store| guest.call_check(store, policies, sources, options))
    }

    /// Runs policy tests.
    ///
    /// # Errors
    /// [`Failure`], never malformed: what is wrong with a test file is a problem in the report.
    pub fn test(
        &mut self,
        sources: &[Source],
        options: &TestOptions,
        deadline: Duration,
    ) -> Result<TestReport, Failure> {
        let policies = self.policies;
        self.call(deadline, |guest, store| guest.call_test(store, policies, sources, options))
    }

    /// Adds or replaces objects; what cannot be read of them is told.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn apply(&mut self, objects: &[Source]) -> Result<Vec<Finding>, Failure> {
        let cluster = self.cluster;
        self.call(LOADING, |guest, store| guest.cluster().call_apply(store, cluster, objects))
    }

    /// Removes objects.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn remove(&mut self, objects: &[ObjectRef]) -> Result<(), Failure> {
        let cluster = self.cluster;
        self.call(LOADING, |guest, store| guest.cluster().call_remove(store, cluster, objects))
    }

    /// Tells what is known of a kind.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn set_kind(&mut self, group: &str, kind: &str, state: &KindState) -> Result<(), Failure> {
        let cluster = self.cluster;
        self.call(LOADING, |guest, store| guest.cluster().call_set_kind(store, cluster, group, kind, state))
    }

    /// The digests of policies and cluster.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn digests(&mut self) -> Result<Digests, Failure> {
        let (policies, cluster) = (self.policies, self.cluster);
        self.call(LOADING, |guest, mut store| {
            let policies = guest.policies().call_digest(&mut store, policies)?;
            Ok(Digests { policies, cluster: guest.cluster().call_digest(&mut store, cluster)? })
        })
    }

    /// How many objects the cluster holds.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn size(&mut self) -> Result<u32, Failure> {
        let cluster = self.cluster;
        self.call(LOADING, |guest, store| guest.cluster().call_size(store, cluster))
    }

    /// What is loaded.
    ///
    /// # Errors
    /// [`Failure`], never malformed.
    pub fn described(&mut self) -> Result<Described, Failure> {
        let policies = self.policies;
        self.call(LOADING, |guest, mut store| {
            let loaded = guest.policies();
            Ok(Described {
                policies: loaded.call_describe(&mut store, policies)?,
                warnings: loaded.call_warnings(&mut store, policies)?,
                watches: loaded.call_watches(&mut store, policies)?,
                decides: loaded.call_decides(&mut store, policies)?,
            })
        })
    }

    /// Bytes of linear memory that it holds.
    pub fn memory(&self) -> usize {
        self.store.data().held()
    }

    fn call<T>(
        &mut self,
        deadline: Duration,
        call: impl FnOnce(&Guest, &mut Store<Limits>) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        let _call = self.component.ticker().call();
        self.store.set_epoch_deadline(ticks(deadline));
        call(&self.guest, &mut self.store).map_err(|error| failure(&error, self.store.data()))
    }
}

/// What an instance has loaded.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// The policies, by id.
    pub policies: Vec<PolicyInfo>,
    /// What loading had to say.
    pub warnings: Vec<Finding>,
    /// Kinds that facts are worked out from.
    pub watches: Vec<KindInfo>,
    /// Kinds that can be decided at admission.
    pub decides: Vec<KindInfo>,
}

/// Rounded up, and one more, since the tick that is running counts too.
pub(crate) fn ticks(deadline: Duration) -> u64 {
    let ticks = deadline.as_nanos().div_ceil(TICK.as_nanos()).saturating_add(1);
    u64::try_from(ticks).unwrap_or(u64::MAX >> 1)
}

/// Why a call had no answer.
pub(crate) fn failure(error: &wasmtime::Error, limits: &Limits) -> Failure {
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Failure::Deadline,
        // A refused allocation ends the component with a trap of its own.
        _ if limits.refused() => Failure::Memory,
        _ => Failure::Trap,
    }
}
