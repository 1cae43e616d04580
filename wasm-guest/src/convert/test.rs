//! Options and report of policy tests.

use engine::policy_test as from;

use super::list;
use crate::bindings::exports::hedgerow::policy::engine as wit;

impl From<wit::TestOptions> for from::TestOptions {
    fn from(wit::TestOptions { filter, coverage }: wit::TestOptions) -> Self {
        from::TestOptions { filter, coverage }
    }
}

impl From<from::TestCase> for wit::TestCase {
    fn from(from::TestCase { file, name, place, passed, diff }: from::TestCase) -> Self {
        wit::TestCase { file, name, place: place.map(Into::into), passed, diff }
    }
}

impl From<from::ConditionCoverage> for wit::Condition {
    fn from(condition: from::ConditionCoverage) -> Self {
        let from::ConditionCoverage { policy, text, place, seen_true, seen_false } = condition;
        wit::Condition { policy, text, place: place.into(), seen_true, seen_false }
    }
}

impl From<from::PolicyCoverage> for wit::PolicyCoverage {
    fn from(from::PolicyCoverage { policy, place, fired, silent }: from::PolicyCoverage) -> Self {
        wit::PolicyCoverage { policy, place: place.map(Into::into), fired, silent }
    }
}

impl From<from::TestReport> for wit::TestReport {
    fn from(from::TestReport { cases, problems, filtered_out, policies, conditions }: from::TestReport) -> Self {
        wit::TestReport {
            cases: list(cases),
            problems: list(problems),
            filtered_out,
            policies: list(policies),
            conditions: list(conditions),
        }
    }
}
