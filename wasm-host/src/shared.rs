//! What requests, changes and the keeper of a host share, and how a request finds an instance.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::api::Finding;
use crate::component::Component;
use crate::failure::{Failure, StartError};
use crate::host::{Options, Packs};
use crate::instance::{Described, Instance};
use crate::keeper;
use crate::objects::Objects;
use crate::remembered::{Hash, Known, Remembered};
use crate::seat::{Progress, Seat, Seated};
use crate::stats::{Counters, add};

/// Bodies above this are never judged by an active instance: reading one takes some milliseconds.
const LARGE: usize = 32 << 10;

/// The state of a host. Locks are taken in the order `reloading`, seat, `spare`, `objects`; `loaded` is held
/// alone.
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
    reloading: Mutex<()>,
    turn: AtomicUsize,
}

/// The packs in force.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) packs: Arc<Packs>,
    pub(crate) described: Arc<Described>,
}

/// The instance that stands by, and orders to the keeper.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    pub(crate) seated: Option<Seated>,
    /// It judges a request, and comes back if it survives.
    pub(crate) lent: bool,
    /// Why the last one could not be built.
    pub(crate) trouble: Option<Failure>,
    /// Build another, although there is one.
    pub(crate) renew: bool,
    pub(crate) closing: bool,
}

impl Shared {
    /// Loads the packs into each seat; nothing is known of any kind.
    pub(crate) fn start(packs: Packs, options: Options) -> Result<Shared, StartError> {
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
        Ok(Shared {
            component,
            options,
            loaded: Mutex::new(Loaded { packs: Arc::new(packs), described: Arc::new(described) }),
            generation: AtomicU64::new(0),
            seats,
            spare: Mutex::default(),
            changed: Condvar::new(),
            objects: Mutex::new(objects),
            counters: Counters::default(),
            remembered: Mutex::default(),
            reloading: Mutex::default(),
            turn: AtomicUsize::new(0),
        })
    }

    /// An instance with the packs in force and an empty cluster.
    pub(crate) fn fresh(&self) -> Result<Instance, StartError> {
        let packs = self.loaded.lock().packs.clone();
        Instance::new(&self.component, &packs, self.options.memory)
    }

    /// Counts a failure.
    pub(crate) fn counted<T>(&self, call: impl FnOnce(&Shared) -> Result<T, Failure>) -> Result<T, Failure> {
        call(self).inspect_err(|failure| self.counters.failed(failure))
    }

    /// Calls an active instance; none if the body is not for one.
    pub(crate) fn soon<T>(
        &self,
        body: &[u8],
        call: impl FnOnce(&mut Instance, Duration) -> Result<Option<T>, Failure>,
    ) -> Result<Option<T>, Failure> {
        if body.len() > LARGE {
            return Ok(None);
        }
        match self.known(body) {
            Known::Nothing => {}
            Known::Doubtful => return Ok(None),
            Known::Refused => return Err(Failure::Remembered),
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
        self.remember(body, result.as_ref().err());
        result
    }

    /// Calls the instance that stands by, so that whatever comes of it concerns no other request. Calls are made one after
    /// the other.
    pub(crate) fn apart<T>(
        &self,
        body: &[u8],
        call: impl FnOnce(&mut Instance, Duration) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let until = Instant::now() + self.options.deadline;
        if body.len() > LARGE && self.known(body) == Known::Refused {
            return Err(Failure::Remembered);
        }
        let mut seated = self.borrow_spare(until)?;
        let head = self.objects.lock().head();
        if let Err(refused) = seated.catch_up(&self.objects, head) {
            keeper::refuse(self, seated, refused);
            self.give_back(None);
            return Err(Failure::Deadline);
        }
        let before = seated.instance.memory();
        let result = call(&mut seated.instance, self.options.deadline);
        let swollen = keeper::swollen(before, seated.instance.memory());
        if swollen || result.as_ref().is_err_and(Failure::is_fatal) {
            self.objects.lock().close(&seated.cursor);
            self.give_back(None);
        } else {
            self.give_back(Some(seated));
        }
        match result.as_ref().err() {
            Some(failure) => self.remember(body, Some(failure)),
            None => self.forget(body),
        }
        result
    }

    /// What is known of a body. It is hashed without a lock, since it may be large.
    fn known(&self, body: &[u8]) -> Known {
        if self.remembered.lock().is_empty() {
            return Known::Nothing;
        }
        let hash = Hash::of(body);
        self.remembered.lock().look_up(hash)
    }

    fn remember(&self, body: &[u8], failure: Option<&Failure>) {
        if failure.is_some_and(Failure::is_fatal) {
            let hash = Hash::of(body);
            self.remembered.lock().remember(hash);
        }
    }

    fn forget(&self, body: &[u8]) {
        if !self.remembered.lock().is_empty() {
            let hash = Hash::of(body);
            self.remembered.lock().forget(hash);
        }
    }

    /// Takes the instance that stands by for one request; the keeper builds no other meanwhile.
    fn borrow_spare(&self, until: Instant) -> Result<Seated, Failure> {
        loop {
            let mut spare = self.wait_for_spare(until)?;
            let Some(seated) = spare.seated.take() else { continue };
            if seated.generation == self.generation() {
                spare.lent = true;
                return Ok(seated);
            }
            self.objects.lock().close(&seated.cursor);
            self.changed.notify_all();
        }
    }

    /// Ends what [`Shared::borrow_spare`] began.
    fn give_back(&self, seated: Option<Seated>) {
        let mut spare = self.spare.lock();
        spare.lent = false;
        if let Some(seated) = seated {
            if spare.seated.is_none() && seated.generation == self.generation() {
                spare.seated = Some(seated);
            } else {
                self.objects.lock().close(&seated.cursor);
            }
        }
        self.changed.notify_all();
    }

    /// Counts the packs that were put in force.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// A seat with an instance in it: one that is free, or the next in turn.
    pub(crate) fn seat(&self, until: Instant) -> Result<MutexGuard<'_, Seat>, Failure> {
        let free = self.seats.iter().find_map(Mutex::try_lock);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.seats.len();
        let next = || self.seats.get(turn).and_then(|seat| seat.try_lock_until(until));
        let mut seat = free.or_else(next).ok_or(Failure::Deadline)?;
        if seat.0.is_none() {
            drop(self.wait_for_spare(until)?);
            self.take_over(&mut seat);
        }
        if seat.0.is_some() { Ok(seat) } else { Err(Failure::Deadline) }
    }

    /// Waits until an instance stands by, or it is known that none can.
    fn wait_for_spare(&self, until: Instant) -> Result<MutexGuard<'_, Spare>, Failure> {
        let mut spare = self.spare.lock();
        while spare.seated.is_none() {
            if let Some(trouble) = &spare.trouble {
                return Err(trouble.clone());
            }
            if self.changed.wait_until(&mut spare, until).timed_out() {
                return Err(Failure::Deadline);
            }
        }
        Ok(spare)
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
    pub(crate) fn spread(&self) -> Vec<Finding> {
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

    /// Puts other packs in force, or leaves all as it is.
    pub(crate) fn reload(&self, packs: Packs) -> Result<(), StartError> {
        let _one_at_a_time = self.reloading.lock();
        let packs = Arc::new(packs);
        let (built, described) = self.build_each(&packs)?;
        let generation = {
            let mut loaded = self.loaded.lock();
            *loaded = Loaded { packs, described: Arc::new(described) };
            self.generation.fetch_add(1, Ordering::SeqCst) + 1
        };
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
        self.remembered.lock().clear();
        keeper::renew(self);
        Ok(())
    }

    /// An instance for each seat, with the cluster as it is, and what it loaded.
    fn build_each(&self, packs: &Packs) -> Result<(Vec<Seated>, Described), StartError> {
        let mut built = Vec::new();
        let mut described = Ok(Described::default());
        for _ in &self.seats {
            match keeper::build(self, packs, u64::MAX) {
                Ok(seated) => built.push(seated),
                Err(error) => {
                    described = Err(error);
                    break;
                }
            }
        }
        if described.is_ok()
            && let Some(seated) = built.first_mut()
        {
            described = seated.instance.described().map_err(StartError::no_answer("describe its policies"));
        }
        match described {
            Ok(described) => Ok((built, described)),
            Err(error) => {
                let mut objects = self.objects.lock();
                built.iter().for_each(|seated| objects.close(&seated.cursor));
                Err(error)
            }
        }
    }
}
