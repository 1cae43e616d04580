//! The one engine behind two doors: linked in, and inside the component. Both give the same bytes.

mod native;
mod wasm;

use engine::finding::Finding;
use engine::policy_test::{TestOptions, TestReport};
use engine::review::{CheckOptions, Report};
use engine::text::Source;

use crate::args::EngineChoice;

/// Loaded policies, ready to judge.
pub(crate) enum Engine {
    /// Linked in.
    Native(native::Native),
    /// Inside the component.
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
    match choice {
        EngineChoice::Native => Ok(match native::Native::load(sources, parameters) {
            Ok((native, warnings)) => Loaded::Ready(Engine::Native(native), warnings),
            Err(problems) => Loaded::Refused(problems),
        }),
        EngineChoice::Wasm => Ok(match wasm::Wasm::load(sources, parameters)? {
            Ok((wasm, warnings)) => Loaded::Ready(Engine::Wasm(Box::new(wasm)), warnings),
            Err(problems) => Loaded::Refused(problems),
        }),
    }
}

impl Engine {
    /// Judges a set of files.
    pub(crate) fn check(&self, sources: &[Source], options: &CheckOptions) -> anyhow::Result<Report> {
        match self {
            Engine::Native(native) => Ok(native.check(sources, options)),
            Engine::Wasm(wasm) => wasm.check(sources, options),
        }
    }

    /// Runs policy tests.
    pub(crate) fn test(&self, sources: &[Source], options: &TestOptions) -> anyhow::Result<TestReport> {
        match self {
            Engine::Native(native) => Ok(native.test(sources, options)),
            Engine::Wasm(wasm) => wasm.test(sources, options),
        }
    }
}
