//! The memory that one instance may have.

use wasmtime::ResourceLimiter;

/// Counts memory and refuses what is over the cap. A refusal is remembered, since the component answers it with a trap.
#[derive(Debug)]
pub(crate) struct Limits {
    cap: usize,
    held: usize,
    refused: bool,
}

impl Limits {
    /// No memory is held yet.
    pub(crate) fn new(cap: usize) -> Limits {
        Limits { cap, held: 0, refused: false }
    }

    /// Bytes of linear memory. They only grow: WebAssembly cannot give memory back.
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// True once memory was refused.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let allowed = desired <= self.cap;
        if allowed {
            self.held = desired;
        } else {
            self.refused = true;
        }
        Ok(allowed)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // Function tables of the component are fixed; this bounds what wasmtime itself may be asked for.
        Ok(desired <= 1 << 20)
    }
}
