//! The clock of deadlines: raises the engine's epoch every millisecond while calls are made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// Length of a tick.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// Ticks without a call after which the thread sleeps until there is one.
const IDLE: u32 = 200;

/// One thread for each engine; sleeps while nothing is asked.
#[derive(Debug)]
pub(crate) struct Ticker {
    state: Arc<State>,
    thread: Thread,
}

#[derive(Debug, Default)]
struct State {
    calls: AtomicUsize,
    asleep: AtomicBool,
}

/// A call that is being made; ends when dropped.
#[derive(Debug)]
pub(crate) struct Call<'a>(&'a State);

impl Ticker {
    /// Starts the thread. It ends with the engine.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Ticker> {
        let state = Arc::<State>::default();
        let (weak, shared) = (engine.weak(), state.clone());
        let run = move || {
            let mut idle = 0;
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
                idle = if shared.calls.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
                if idle > IDLE {
                    shared.sleep();
                    idle = 0;
                }
            }
        };
        let thread = thread::Builder::new().name("hedgerow-ticker".to_owned()).spawn(run)?.thread().clone();
        Ok(Ticker { state, thread })
    }

    /// Tells that a call begins.
    pub(crate) fn call(&self) -> Call<'_> {
        self.state.calls.fetch_add(1, Ordering::SeqCst);
        if self.state.asleep.swap(false, Ordering::SeqCst) {
            self.thread.unpark();
        }
        Call(&self.state)
    }
}

impl State {
    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        // A call that began before the flag was up did not see it; one that begins now unparks.
        if self.calls.load(Ordering::SeqCst) == 0 {
            // Wakes now and then to see whether the engine is gone.
            thread::park_timeout(Duration::from_secs(10));
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}
