//! The thread that builds the instance that stands by, and what else is done with that one.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::failure::{Failure, StartError};
use crate::host::Packs;
use crate::instance::Instance;
use crate::seat::{Progress, Refused, Seat, Seated, replay};
use crate::shared::Shared;
use crate::stats::add;

/// How often memory is looked at, and how long the keeper waits after it could not build an instance.
const PAUSE: Duration = Duration::from_secs(5);

/// How long a comparison waits for the active instance.
const PATIENCE: Duration = Duration::from_millis(20);

/// Memory of an instance below which nothing is done to give some back.
const SMALL: usize = 64 << 20;

/// Objects that stop the component one after the other before the keeper pauses.
const TRIES: u32 = 8;

/// Starts the thread. It ends when the host is dropped.
pub(crate) fn start(shared: Arc<Shared>) -> std::io::Result<()> {
    thread::Builder::new().name("hedgerow-keeper".to_owned()).spawn(move || run(&shared)).map(|_| ())
}

fn run(shared: &Shared) {
    // What the active instance held when the one that stands by was built.
    let mut held = 0;
    loop {
        let mut spare = shared.spare.lock();
        if (spare.seated.is_some() || spare.lent) && !spare.renew && !spare.closing {
            shared.changed.wait_for(&mut spare, PAUSE);
        }
        if spare.closing {
            return;
        }
        let wanted = (spare.seated.is_none() && !spare.lent) || spare.renew || outgrown(shared, held);
        spare.renew = false;
        drop(spare);
        if wanted {
            let built = build_in_force(shared);
            held = active_memory(shared).unwrap_or(usize::MAX);
            stand_by(shared, built);
        }
    }
}

/// True if an active instance holds twice of what it held when the one that stands by was built.
fn outgrown(shared: &Shared, held: usize) -> bool {
    active_memory(shared).is_some_and(|now| swollen(held, now))
}

/// True if an instance with `now` bytes is not worth keeping where one with `before` does as well.
pub(crate) fn swollen(before: usize, now: usize) -> bool {
    now > SMALL && now / 2 > before
}

fn active_memory(shared: &Shared) -> Option<usize> {
    shared.seats.first().and_then(Mutex::try_lock).and_then(|seat| Some(seat.0.as_ref()?.instance.memory()))
}

/// Builds an instance with the packs in force; leaves objects out that stop it.
fn build_in_force(shared: &Shared) -> Result<Seated, StartError> {
    let (packs, generation) = {
        let loaded = shared.loaded.lock();
        (loaded.packs.clone(), shared.generation())
    };
    let mut seated = build(shared, &packs, generation)?;
    compare(shared, &mut seated);
    Ok(seated)
}

/// Builds an instance with these packs and the cluster as it is.
pub(crate) fn build(shared: &Shared, packs: &Packs, generation: u64) -> Result<Seated, StartError> {
    let mut tries = 0;
    loop {
        let mut instance = Instance::new(&shared.component, packs, shared.options.memory)?;
        let (changes, cursor) = shared.objects.lock().snapshot();
        let replayed = replay(&mut instance, &changes);
        let mut seated = Seated { instance, cursor, generation, since: Instant::now() };
        let head = shared.objects.lock().head();
        match replayed.and_then(|_| seated.catch_up(&shared.objects, head)) {
            Ok(()) => return Ok(seated),
            Err(refused) => {
                tries += 1;
                let failure = refused.failure.clone();
                if !leave_out(shared, seated, refused) || tries == TRIES {
                    return Err(StartError::NoAnswer { what: "take the cluster in", failure });
                }
            }
        }
    }
}

/// Holds a built instance against the active one at the same point of the log. What was built from the objects' bytes is
/// right; an active instance that says something else is replaced.
fn compare(shared: &Shared, built: &mut Seated) {
    // A request on an empty seat holds it and waits for this very instance.
    let Some(mut seat) = shared.seats.first().and_then(|seat| seat.try_lock_for(PATIENCE)) else { return };
    let head = shared.objects.lock().head();
    let Seat(Some(active)) = &mut *seat else { return };
    let digest = |seated: &mut Seated| {
        seated.catch_up(&shared.objects, head).ok()?;
        seated.instance.digests().ok()
    };
    let same_packs = active.generation == built.generation;
    if let (Some(active), Some(built)) = (digest(active), digest(built))
        && same_packs
        && active != built
    {
        add(&shared.counters.digest_mismatches, 1);
        shared.vacate(&mut seat);
    }
}

/// Puts a built instance by, on an empty seat first; or keeps the reason why there is none.
fn stand_by(shared: &Shared, built: Result<Seated, StartError>) {
    let mut spare = shared.spare.lock();
    let old = spare.seated.take();
    match built {
        // Packs were reloaded meanwhile; the keeper is told to renew.
        Ok(seated) if seated.generation == shared.generation() => {
            spare.trouble = None;
            spare.seated = Some(seated);
        }
        Ok(seated) => shared.objects.lock().close(&seated.cursor),
        Err(error) => {
            spare.trouble = Some(match error {
                StartError::NoAnswer { failure, .. } => failure,
                StartError::Policies(_) | StartError::Embedded(_) => Failure::Trap,
            });
        }
    }
    shared.changed.notify_all();
    if spare.trouble.is_some() && !spare.closing {
        shared.changed.wait_for(&mut spare, PAUSE);
    }
    drop(spare);
    if let Some(old) = old {
        shared.objects.lock().close(&old.cursor);
    }
    give_back(shared);
}

/// Swaps an active instance that holds more than twice the memory of the one that stands by and has the same content.
fn give_back(shared: &Shared) {
    // Never waits: a request on an empty seat holds it until the keeper has built the next instance.
    let Some(mut seat) = shared.seats.first().and_then(Mutex::try_lock) else { return };
    let held = seat.0.as_ref().map_or(0, |seated| seated.instance.memory());
    let needed = shared.spare.lock().seated.as_ref().map_or(usize::MAX, |seated| seated.instance.memory());
    if held > SMALL && held / 2 > needed {
        shared.take_over(&mut seat);
    }
}

/// Has another instance built, with the packs in force.
pub(crate) fn renew(shared: &Shared) {
    let old = {
        let mut spare = shared.spare.lock();
        spare.renew = true;
        spare.trouble = None;
        spare.seated.take()
    };
    if let Some(old) = old {
        shared.objects.lock().close(&old.cursor);
    }
    shared.changed.notify_all();
}

/// Brings the instance that stands by up to date.
pub(crate) fn spread(shared: &Shared, head: u64) {
    loop {
        let mut spare = shared.spare.lock();
        let progress = spare.seated.as_mut().map(|seated| seated.slice(&shared.objects, head, &mut Vec::new()));
        match progress {
            None | Some(Ok(Progress::UpToDate)) => return,
            Some(Ok(Progress::More)) => parking_lot::MutexGuard::unlock_fair(spare),
            Some(Err(refused)) => {
                let seated = spare.seated.take();
                drop(spare);
                if let Some(seated) = seated {
                    refuse(shared, seated, refused);
                }
                shared.changed.notify_all();
                return;
            }
        }
    }
}

/// Drops an instance that failed over changes, and leaves the objects out that it failed over.
pub(crate) fn refuse(shared: &Shared, seated: Seated, refused: Refused) {
    leave_out(shared, seated, refused);
    shared.changed.notify_all();
}

/// True if another try may do better.
fn leave_out(shared: &Shared, seated: Seated, refused: Refused) -> bool {
    let Refused { failure, objects } = refused;
    shared.counters.failed(&failure);
    let mut kept = shared.objects.lock();
    kept.close(&seated.cursor);
    // Memory is used up by all objects together, not by these.
    let theirs = failure != Failure::Memory && !objects.is_empty();
    if theirs {
        kept.leave_out(&objects);
        add(&shared.counters.left_out, objects.len() as u64);
    }
    theirs
}
