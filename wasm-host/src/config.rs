//! The one configuration of wasmtime: ahead-of-time code is made (`build.rs`) and run (`component.rs`) under it, and
//! wasmtime refuses code that was made under another.

use wasmtime::Config;

/// Stack of a call into the component. The thread that calls has 2 MiB or more.
const STACK: usize = 1 << 20;

/// Deadlines by epoch (fuel costs several times as much), no proposal that the component does not use.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true).max_wasm_stack(STACK).wasm_backtrace_max_frames(None);
    config
}
