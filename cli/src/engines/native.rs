//! The engine linked into this program.

mod network;

use engine::finding::Finding;
use engine::policy_test::{TestOptions, TestReport};
use engine::review::{CheckOptions, Report};
use engine::text::Source;
use engine::{LoadOptions, Policies};

pub(crate) use network::Network;

/// Loaded policies.
pub(crate) struct Native {
    policies: Policies,
}

impl Native {
    /// Loads packs; see [`Policies::load`].
    pub(crate) fn load(
        sources: &[Source],
        parameters: &[(String, String)],
    ) -> Result<(Native, Vec<Finding>), Vec<Finding>> {
        let options = LoadOptions { parameters: parameters.to_vec(), validated: policies::VALIDATED };
        let (policies, warnings) = Policies::load(sources, &options)?;
        Ok((Native { policies }, warnings))
    }

    /// Judges a set of files.
    pub(crate) fn check(&self, sources: &[Source], options: &CheckOptions) -> Report {
        let settings = self.policies.settings().clone();
        engine::check(&self.policies, sources, &CheckOptions { settings, ..options.clone() })
    }

    /// Runs policy tests.
    pub(crate) fn test(&self, sources: &[Source], options: &TestOptions) -> TestReport {
        engine::run_tests(&self.policies, sources, options)
    }
}
