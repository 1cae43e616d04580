//! The engine inside the component. What crosses comes back as the engine's own types.

mod convert;

use std::cell::RefCell;
use std::time::Duration;

use anyhow::Context as _;
use engine::finding::Finding;
use engine::policy_test::{TestOptions, TestReport};
use engine::review::{CheckOptions, Report};
use engine::text::Source;
use wasm_host::{Component, Instance, Packs, StartError, api};

/// Linear memory of the instance: the most that WebAssembly can address.
const MEMORY: usize = 4 << 30;
/// Time for one run. A run is as long as its input; the bound is for a run that does not end.
const DEADLINE: Duration = Duration::from_secs(3600);

/// Loaded policies in an instance of the component.
pub(crate) struct Wasm {
    instance: RefCell<Instance>,
}

impl Wasm {
    /// Loads packs into a new instance.
    pub(crate) fn load(
        sources: &[Source],
        parameters: &[(String, String)],
    ) -> anyhow::Result<Result<(Wasm, Vec<Finding>), Vec<Finding>>> {
        let component = Component::embedded().context("the embedded component cannot be used")?;
        let parameter = |(name, value): &(String, String)| api::Parameter { name: name.clone(), value: value.clone() };
        let packs =
            Packs { sources: convert::sources(sources), parameters: parameters.iter().map(parameter).collect() };
        match Instance::new(&component, &packs, MEMORY) {
            Ok(mut instance) => {
                let warnings = convert::findings(instance.described()?.warnings);
                Ok(Ok((Wasm { instance: RefCell::new(instance) }, warnings)))
            }
            Err(StartError::Policies(problems)) => Ok(Err(convert::findings(problems))),
            Err(error) => Err(error.into()),
        }
    }

    /// Judges a set of files.
    pub(crate) fn check(&self, sources: &[Source], options: &CheckOptions) -> anyhow::Result<Report> {
        let options = convert::check_options(options);
        let report = self.instance.borrow_mut().check(&convert::sources(sources), &options, DEADLINE)?;
        Ok(convert::report(report))
    }

    /// Runs policy tests.
    pub(crate) fn test(&self, sources: &[Source], options: &TestOptions) -> anyhow::Result<TestReport> {
        let TestOptions { filter, coverage } = options;
        let options = api::TestOptions { filter: filter.clone(), coverage: *coverage };
        let report = self.instance.borrow_mut().test(&convert::sources(sources), &options, DEADLINE)?;
        Ok(convert::test_report(report))
    }
}
