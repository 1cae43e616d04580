//! Keeps the component answering: active instances, one that stands by, and what the cluster is made of.
//!
//! Requests are judged by an active instance. Changes of the cluster go to the instances between requests. An instance that
//! fails is replaced by the one that stands by; a thread then builds the next from the objects' bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::api::{
    AccessAnswer, CheckOptions, Digests, Finding, KindInfo, Parameter, PolicyInfo, Report, Review, Source, TestOptions,
    TestReport,
};
use crate::component::Component;
use crate::delta::Delta;
use crate::failure::{Failure, StartError};
use crate::instance::{Described, Instance};
use crate::keeper;
use crate::objects::Objects;
use crate::remembered::{Known, Remembered};
use crate::seat::{Progress, Seat, Seated};
use crate::stats::{Counters, Stats, add};

/// Packs and their parameters, as they are handed to the component.
#[derive(Clone, Debug, Default)]
pub struct Packs {
    /// The files of packs, and the operator's configuration.
    pub sources: Vec<Source>,
    /// Values of parameters.
    pub parameters: Vec<Parameter>,
}

/// What an instance may take, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of linear memory of one instance.
    pub memory: usize,
    /// Time for one request, from when an instance begins with it.
    pub deadline: Duration,
    /// Instances that judge at the same time; each holds the whole cluster.
    pub instances: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { memory: 512 << 20, deadline: Duration::from_secs(1), instances: 1 }
    }
}

/// Bodies above this are judged by an instance without a cluster first, so that one which is too much for the component
/// does not cost an active instance.
const LARGE: usize = 128 << 10;

/// Answers requests. Share it between threads by reference.
#[derive(Debug)]
pub struct Host {
    shared: Arc<Shared>,
}

/// What requests, changes and the keeper share. Locks are taken in the order `loaded`, seat, `spare`, `objects`.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) component: Component,
    pub(crate) options: Options,
    pub(crate) loaded: Mutex<Loaded>,
    /// Changes with `loaded`, and can be asked without its lock.
    generation: AtomicU64,
    pub(crate) seats: Vec<Mutex<Seat>>,
    pub(crate) spare: Mutex<Spare>,
    /// Tells of a change of `spare`.
    pub(crate) changed: Condvar,
    pub(crate) objects: Mutex<Objects>,
    pub(crate) counters: Counters,
    remembered: Mutex<Remembered>,
    /// Without a cluster, for large bodies.
    trial: Mutex<Option<(u64, Instance)>>,
    turn: AtomicUsize,
}

/// The packs in force.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) packs: Arc<Packs>,
    described: Arc<Described>,
}

/// The instance that stands by, and orders to the keeper.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    pub(crate) seated: Option<Seated>,
    /// Why the last one could not be built.
    pub(crate) trouble: Option<Failure>,
    /// Build another, although there is one.
    pub(crate) renew: bool,
    pub(crate) closing: bool,
}

impl Host {
    /// Loads the packs into the embedded component; nothing is known of any kind until [`Host::apply`] says so.
    ///
    /// # Errors
    /// Problems of the packs, or why the component could not load them.
    pub fn start(packs: Packs, options: Options) -> Result<Host, StartError> {
        let component = Component::embedded()?;
        let mut objects = Objects::default();
        let mut seats = Vec::new();
        let mut described = Described::default();
        for _ in 0..options.instances.max(1) {
            let mut instance = Instance::new(&component, &packs, options.memory)?;
            described = instance.described().map_err(StartError::no_answer("describe its policies"))?;
            let (_, cursor) = objects.snapshot();
            seats.push(Mutex::new(Seat(Some(Seated { instance, cursor, generation: 0, since: Instant::now() }))));
        }
        let loaded = Loaded { packs: Arc::new(packs), described: Arc::new(described) };
        let shared = Arc::new(Shared {
            component,
            options,
            loaded: Mutex::new(loaded),
            generation: AtomicU64::new(0),
            seats,
            spare: Mutex::default(),
            changed: Condvar::new(),
            objects: Mutex::new(objects),
            counters: Counters::default(),
            remembered: Mutex::default(),
            trial: Mutex::default(),
            turn: AtomicUsize::new(0),
        });
        keeper::start(shared.clone()).map_err(|error| StartError::Embedded(format!("no thread: {error}")))?;
        Ok(Host { shared })
    }

    /// Judges one AdmissionReview (JSON) in the cluster as it is.
    ///
    /// # Errors
    /// [`Failure`]: what follows from it is the caller's to say. The host goes on.
    pub fn admit(&self, body: &[u8]) -> Result<Review, Failure> {
        add(&self.shared.counters.admits, 1);
        self.shared.counted(|shared| shared.guarded(body, |instance, deadline| instance.admit(body, deadline)))
    }

    /// Answers one SubjectAccessReview (JSON).
    ///
    /// # Errors
    /// As [`Host::admit`].
    pub fn authorize(&self, body: &[u8]) -> Result<AccessAnswer, Failure> {
        add(&self.shared.counters.authorizations, 1);
        self.shared.counted(|shared| shared.guarded(body, |instance, deadline| instance.authorize(body, deadline)))
    }

    /// Takes changes in and hands them to the instances between requests, for at most a millisecond at once. Returns when
    /// they are in force, with what could not be read of the objects.
    pub fn apply(&self, deltas: Vec<Delta>) -> Vec<Finding> {
        {
            let mut objects = self.shared.objects.lock();
            deltas.into_iter().for_each(|delta| objects.take(delta));
        }
        self.shared.spread()
    }

    /// Puts other packs in force: loads them beside those in force, with the same cluster, and then takes over.
    ///
    /// # Errors
    /// As [`Host::start`]; what was in force stays so.
    pub fn reload(&self, packs: Packs) -> Result<(), StartError> {
        self.shared.reload(packs)
    }

    /// The policies, by id.
    pub fn describe(&self) -> Vec<PolicyInfo> {
        self.described().policies.clone()
    }

    /// What loading the packs had to say.
    pub fn warnings(&self) -> Vec<Finding> {
        self.described().warnings.clone()
    }

    /// The kinds that the facts of the policies need watched.
    pub fn watches(&self) -> Vec<KindInfo> {
        self.described().watches.clone()
    }

    /// The kinds that the policies can decide at admission.
    pub fn decides(&self) -> Vec<KindInfo> {
        self.described().decides.clone()
    }

    /// Judges a set of files, in an instance of its own. `deadline` is for the whole of it.
    ///
    /// # Errors
    /// [`StartError::NoAnswer`] if the component did not answer.
    pub fn check(&self, sources: &[Source], options: &CheckOptions, deadline: Duration) -> Result<Report, StartError> {
        let report = self.shared.fresh()?.check(sources, options, deadline);
        report.map_err(StartError::no_answer("judge the files"))
    }

    /// Runs policy tests, in an instance of its own. `deadline` is for the whole of it.
    ///
    /// # Errors
    /// [`StartError::NoAnswer`] if the component did not answer.
    pub fn test(
        &self,
        sources: &[Source],
        options: &TestOptions,
        deadline: Duration,
    ) -> Result<TestReport, StartError> {
        let report = self.shared.fresh()?.test(sources, options, deadline);
        report.map_err(StartError::no_answer("run the tests"))
    }

    /// The digests of what is in force; empty while no instance can be asked.
    pub fn digests(&self) -> Digests {
        let nothing = Digests { policies: String::new(), cluster: String::new() };
        let Ok(mut seat) = self.shared.seat(Instant::now() + self.shared.options.deadline) else { return nothing };
        seat.0.as_mut().and_then(|seated| seated.instance.digests().ok()).unwrap_or(nothing)
    }

    /// Counts, and the state of the host now. Waits for requests that are being judged.
    pub fn stats(&self) -> Stats {
        let shared = &self.shared;
        let mut stats = shared.counters.read();
        stats.age = Duration::MAX;
        for seat in &shared.seats {
            if let Some(seated) = &seat.lock().0 {
                stats.instance_memory += seated.instance.memory();
                stats.age = stats.age.min(seated.since.elapsed());
            }
        }
        let spare = shared.spare.lock();
        stats.standby = spare.seated.is_some();
        stats.instance_memory += spare.seated.as_ref().map_or(0, |seated| seated.instance.memory());
        (stats.objects, stats.object_bytes) = shared.objects.lock().size();
        stats
    }

    fn described(&self) -> Arc<Described> {
        self.shared.loaded.lock().described.clone()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shared.spare.lock().closing = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    /// An instance with the packs in force and an empty cluster.
    fn fresh(&self) -> Result<Instance, StartError> {
        let packs = self.loaded.lock().packs.clone();
        Instance::new(&self.component, &packs, self.options.memory)
    }

    fn counted<T>(&self, call: impl FnOnce(&Shared) -> Result<T, Failure>) -> Result<T, Failure> {
        call(self).inspect_err(|failure| self.counters.failed(failure))
    }

    /// Calls an active instance, unless the body is known to stop it or stops one without a cluster.
    fn guarded<T>(
        &self,
        body: &[u8],
        mut call: impl FnMut(&mut Instance, Duration) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let known = self.remembered.lock().look_up(body);
        if known == Known::Refused {
            return Err(Failure::Remembered);
        }
        if known == Known::Doubtful || body.len() > LARGE {
            self.try_out(&mut call).inspect_err(|failure| self.remember(body, failure))?;
        }
        // Whoever finds no instance in time has done nothing wrong, and is not remembered.
        let mut seat = self.seat(Instant::now() + self.options.deadline)?;
        let Some(seated) = seat.0.as_mut() else { return Err(Failure::Deadline) };
        let result = call(&mut seated.instance, self.options.deadline);
        if result.as_ref().is_err_and(Failure::is_fatal) {
            self.vacate(&mut seat);
            // The next request finds an instance, if one stands by.
            self.take_over(&mut seat);
        }
        MutexGuard::unlock_fair(seat);
        match &result {
            Err(failure) => self.remember(body, failure),
            Ok(_) if known == Known::Doubtful => self.remembered.lock().forget(body),
            Ok(_) => {}
        }
        result
    }

    fn remember(&self, body: &[u8], failure: &Failure) {
        if failure.is_fatal() {
            self.remembered.lock().remember(body);
        }
    }

    /// Calls the trial instance, for whether it survives.
    fn try_out<T>(&self, call: &mut impl FnMut(&mut Instance, Duration) -> Result<T, Failure>) -> Result<(), Failure> {
        let mut trial = self.trial.lock();
        let generation = self.generation();
        if trial.as_ref().is_none_or(|(made, _)| *made != generation) {
            *trial = self.fresh().ok().map(|instance| (generation, instance));
        }
        // Packs that loaded before load again; if memory is too short for that, there is no trial.
        let Some((_, instance)) = trial.as_mut() else { return Ok(()) };
        let result = call(instance, self.options.deadline).map(|_| ());
        if result.as_ref().is_err_and(Failure::is_fatal) {
            *trial = None;
        }
        result
    }

    /// Counts the packs that were put in force.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// A seat with an instance in it: one that is free, or the next in turn.
    fn seat(&self, until: Instant) -> Result<MutexGuard<'_, Seat>, Failure> {
        let free = self.seats.iter().find_map(Mutex::try_lock);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.seats.len();
        let next = || self.seats.get(turn).and_then(|seat| seat.try_lock_until(until));
        let mut seat = free.or_else(next).ok_or(Failure::Deadline)?;
        if seat.0.is_none() {
            self.wait_for_spare(until)?;
            self.take_over(&mut seat);
        }
        if seat.0.is_some() { Ok(seat) } else { Err(Failure::Deadline) }
    }

    /// Waits until an instance stands by, or it is known that none can.
    fn wait_for_spare(&self, until: Instant) -> Result<(), Failure> {
        let mut spare = self.spare.lock();
        while spare.seated.is_none() {
            if let Some(trouble) = &spare.trouble {
                return Err(trouble.clone());
            }
            if self.changed.wait_until(&mut spare, until).timed_out() {
                return Err(Failure::Deadline);
            }
        }
        Ok(())
    }

    /// Empties a seat whose instance failed.
    pub(crate) fn vacate(&self, seat: &mut Seat) {
        if let Some(seated) = seat.0.take() {
            self.objects.lock().close(&seated.cursor);
        }
    }

    /// Puts the instance that stands by on a seat, up to date, and has the keeper build the next.
    pub(crate) fn take_over(&self, seat: &mut Seat) {
        let Some(mut seated) = self.spare.lock().seated.take() else { return };
        if seated.generation != self.generation() {
            self.objects.lock().close(&seated.cursor);
            self.changed.notify_all();
            return;
        }
        let head = self.objects.lock().head();
        match seated.catch_up(&self.objects, head) {
            Ok(()) => {
                seated.since = Instant::now();
                if let Some(old) = seat.0.replace(seated) {
                    self.objects.lock().close(&old.cursor);
                }
                add(&self.counters.swaps, 1);
            }
            Err(refused) => keeper::refuse(self, seated, refused),
        }
        self.changed.notify_all();
    }

    /// Hands logged changes to the instances, in slices.
    fn spread(&self) -> Vec<Finding> {
        let head = self.objects.lock().head();
        let mut findings = Vec::new();
        for (number, seat) in self.seats.iter().enumerate() {
            // Every instance says the same of an object.
            let mut told = Vec::new();
            let told = if number == 0 { &mut findings } else { &mut told };
            loop {
                let mut seat = seat.lock();
                let progress = seat.0.as_mut().map(|seated| seated.slice(&self.objects, head, told));
                match progress {
                    None | Some(Ok(Progress::UpToDate)) => break,
                    Some(Ok(Progress::More)) => MutexGuard::unlock_fair(seat),
                    Some(Err(refused)) => {
                        if let Some(seated) = seat.0.take() {
                            keeper::refuse(self, seated, refused);
                        }
                        self.take_over(&mut seat);
                    }
                }
            }
        }
        keeper::spread(self, head);
        findings
    }

    fn reload(&self, packs: Packs) -> Result<(), StartError> {
        let packs = Arc::new(packs);
        let mut built = Vec::new();
        for _ in &self.seats {
            built.push(keeper::build(self, &packs, u64::MAX)?);
        }
        let described = match built.first_mut() {
            Some(seated) => seated.instance.described().map_err(StartError::no_answer("describe its policies"))?,
            None => Described::default(),
        };
        let mut loaded = self.loaded.lock();
        *loaded = Loaded { packs, described: Arc::new(described) };
        let generation = self.generation.fetch_add(1, Ordering::SeqCst) + 1;
        for (seat, mut seated) in self.seats.iter().zip(built) {
            seated.generation = generation;
            let mut seat = seat.lock();
            let head = self.objects.lock().head();
            match seated.catch_up(&self.objects, head) {
                Ok(()) => {
                    self.vacate(&mut seat);
                    seat.0 = Some(seated);
                    add(&self.counters.swaps, 1);
                }
                Err(refused) => {
                    // The keeper builds another with the new packs.
                    self.vacate(&mut seat);
                    keeper::refuse(self, seated, refused);
                }
            }
        }
        drop(loaded);
        self.remembered.lock().clear();
        keeper::renew(self);
        Ok(())
    }
}
