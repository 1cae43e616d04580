//! The embedded component, ready to make instances of.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::bindings::HedgerowPre;
use crate::config::config;
use crate::failure::StartError;
use crate::limits::Limits;
use crate::ticker::Ticker;

/// Where the build left the component: `hedgerow.wasm`, for hosts in other languages, tests and `cargo xtask component`.
pub const COMPONENT_PATH: &str = env!("HEDGEROW_WASM");

/// SHA-256 of the component that the embedded code was made from.
pub const COMPONENT_SHA256: &str = env!("HEDGEROW_WASM_SHA256");

/// Ahead-of-time code of the component, made by `build.rs` with the same wasmtime under the same configuration.
static CODE: &[u8] = include_bytes!(env!("HEDGEROW_CWASM"));
const CODE_SHA256: &str = env!("HEDGEROW_CWASM_SHA256");

/// The component as machine code, shared by all its instances. Cloning is cheap.
#[derive(Clone)]
pub struct Component(Arc<Loaded>);

struct Loaded {
    engine: Engine,
    pre: HedgerowPre<Limits>,
    ticker: Ticker,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Component({COMPONENT_SHA256})")
    }
}

impl Component {
    /// The component that this crate was built with. The first call of a process takes some milliseconds.
    ///
    /// # Errors
    /// When the embedded code is damaged or was made for another machine.
    pub fn embedded() -> Result<Component, StartError> {
        static EMBEDDED: OnceLock<Result<Component, StartError>> = OnceLock::new();
        EMBEDDED.get_or_init(Component::load).clone()
    }

    fn load() -> Result<Component, StartError> {
        let embedded = |error: wasmtime::Error| StartError::Embedded(format!("{error:#}"));
        let engine = Engine::new(&config()).map_err(embedded)?;
        let component = code(&engine)?;
        // The component imports nothing, so the linker stays empty.
        let pre = Linker::new(&engine).instantiate_pre(&component).and_then(HedgerowPre::new).map_err(embedded)?;
        let ticker = Ticker::start(&engine).map_err(|error| StartError::Embedded(format!("no thread: {error}")))?;
        Ok(Component(Arc::new(Loaded { engine, pre, ticker })))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn pre(&self) -> &HedgerowPre<Limits> {
        &self.0.pre
    }

    pub(crate) fn ticker(&self) -> &Ticker {
        &self.0.ticker
    }
}

/// Reads the embedded machine code after its digest was checked.
#[expect(
    unsafe_code,
    reason = "machine code is trusted: it is part of this binary, and its digest is that of the build"
)]
fn code(engine: &Engine) -> Result<wasmtime::component::Component, StartError> {
    let digest = Sha256::digest(CODE).iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot go wrong.
        let _ = write!(text, "{byte:02x}");
        text
    });
    if digest != CODE_SHA256 {
        return Err(StartError::Embedded(format!("its digest is `{digest}` and not `{CODE_SHA256}`")));
    }
    // SAFETY: the bytes are what `Engine::precompile_component` of the same wasmtime made, which the digest shows.
    unsafe { wasmtime::component::Component::deserialize(engine, CODE) }
        .map_err(|error| StartError::Embedded(format!("{error:#}")))
}
