//! PolicyTest files → outcomes and coverage, through the same path as admission.

mod case;
mod diff;
mod run;
mod spec;

pub use run::run_tests;

pub use crate::cedar::{ConditionCoverage, PolicyCoverage};
use crate::finding::{Finding, Place};

/// How tests are run.
#[derive(Clone, Debug, Default)]
pub struct TestOptions {
    /// Only cases whose `FILE::NAME` contains this text.
    pub filter: Option<String>,
    /// Count policies and conditions.
    pub coverage: bool,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// Source name of the PolicyTest.
    pub file: String,
    /// Name of the case.
    pub name: String,
    /// Where the case stands.
    pub place: Option<Place>,
    /// Whether expected and actual agree.
    pub passed: bool,
    /// Lines of a diff: `-` expected, `+` actual, ` ` both.
    pub diff: Vec<String>,
}

/// What the tests said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestReport {
    /// Every case that ran, in order of file and position.
    pub cases: Vec<TestCase>,
    /// Test files that cannot be used.
    pub problems: Vec<Finding>,
    /// Cases that the filter left out.
    pub filtered_out: u32,
    /// Coverage of policies, if asked for.
    pub policies: Vec<PolicyCoverage>,
    /// Coverage of conditions, if asked for.
    pub conditions: Vec<ConditionCoverage>,
}
