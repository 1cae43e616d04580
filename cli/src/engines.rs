//! The one engine behind two doors: linked in, and inside the component. Both give the same bytes.

mod native;
mod net;
mod wasm;

use engine::finding::Finding;
use engine::policy_test::{TestOptions, TestReport};
use engine::review::{CheckOptions, Report};
use engine::text::Source;

use crate::args::EngineChoice;
pub(crate) use net::{Given, Net, Places, Reader, Taken};

/// Loaded policies, ready to judge.
pub(crate) enum Engine {
    /// Linked in.
    Native(Box<native::Native>),
    /// In the component.
    Wasm(Box<wasm::Wasm>),
}

/// What loading gave.
pub(crate) enum Loaded {
    /// Policies, and warnings about them.
    Ready(Engine, Vec<Finding>),
    /// Every problem; nothing is loaded.
    Refused(Vec<Finding>),
}

/// Loads packs.
pub(crate) fn load(
    choice: EngineChoice,
    sources: &[Source],
    parameters: &[(String, String)],
) -> anyhow::Result<Loaded> {
    let loaded = match choice {
        EngineChoice::Native => native::Native::load(sources, parameters)
            .map(|(native, warnings)| (Engine::Native(Box::new(native)), warnings)),
        EngineChoice::Wasm => {
            wasm::Wasm::load(sources, parameters)?.map(|(wasm, warnings)| (Engine::Wasm(Box::new(wasm)), warnings))
        }
    };
    Ok(match loaded {
        Ok((engine, warnings)) => Loaded::Ready(engine, warnings),
        Err(problems) => Loaded::Refused(problems),
    })
}

impl Engine {
    /// Judges a set of files.
    pub(crate) fn check(&mut self, sources: &[Source], options: &CheckOptions) -> anyhow::Result<Report> {
        match self {
            Engine::Native(native) => Ok(native.check(sources, options)),
            Engine::Wasm(wasm) => wasm.check(sources, options),
        }
    }

    /// Runs policy tests.
    pub(crate) fn test(&mut self, sources: &[Source], options: &TestOptions) -> anyhow::Result<TestReport> {
        match self {
            Engine::Native(native) => Ok(native.test(sources, options)),
            Engine::Wasm(wasm) => wasm.test(sources, options),
        }
    }
}
