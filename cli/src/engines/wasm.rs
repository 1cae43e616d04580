//! The engine inside the component, as admission runs it. Its records become the engine's own types again, field by field,
//! so that every renderer has one input.

mod changes;
mod evidence;
mod names;
mod network;
mod records;
mod sides;
mod ways;

use std::time::Duration;

use anyhow::Context;
use engine::finding::Finding;
use engine::policy_test::{TestOptions, TestReport};
use engine::review::{CheckOptions, Report};
use engine::text::Source;
use wasm_host::{Component, Instance, Packs, StartError, api};

pub(crate) use network::{Network, Shared};
use records::Record;

/// Memory for an instance: a command line reads more at once than a request brings.
const MEMORY: usize = 2 << 30;
/// Nobody waits behind a command line; this ends only what would never end.
const DEADLINE: Duration = Duration::from_secs(600);

/// Loaded policies.
pub(crate) struct Wasm {
    instance: Instance,
}

/// What loading gave: an instance and its warnings, or every problem of the packs.
pub(crate) type Loading = Result<(Wasm, Vec<Finding>), Vec<Finding>>;

impl Wasm {
    /// Loads packs into an instance.
    ///
    /// # Errors
    /// The component cannot be started.
    pub(crate) fn load(sources: &[Source], parameters: &[(String, String)]) -> anyhow::Result<Loading> {
        let component = Component::embedded()?;
        let packs = Packs {
            sources: sources.iter().map(records::source).collect(),
            parameters: parameters
                .iter()
                .map(|(name, value)| api::Parameter { name: name.clone(), value: value.clone() })
                .collect(),
        };
        let mut instance = match Instance::new(&component, &packs, MEMORY) {
            Ok(instance) => instance,
            Err(StartError::Policies(problems)) => return Ok(Err(problems.own())),
            Err(error) => return Err(error.into()),
        };
        let warnings = instance.described().context("the component cannot describe its policies")?.warnings;
        Ok(Ok((Wasm { instance }, warnings.own())))
    }

    /// Judges a set of files.
    pub(crate) fn check(&mut self, sources: &[Source], options: &CheckOptions) -> anyhow::Result<Report> {
        let sources: Vec<api::Source> = sources.iter().map(records::source).collect();
        let report = self.instance.check(&sources, &records::options(options), DEADLINE)?;
        Ok(report.own())
    }

    /// Runs policy tests.
    pub(crate) fn test(&mut self, sources: &[Source], options: &TestOptions) -> anyhow::Result<TestReport> {
        let sources: Vec<api::Source> = sources.iter().map(records::source).collect();
        let TestOptions { filter, coverage } = options.clone();
        let report = self.instance.test(&sources, &api::TestOptions { filter, coverage }, DEADLINE)?;
        Ok(report.own())
    }
}
