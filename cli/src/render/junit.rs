//! JUnit XML: a suite for each source, a case for each finding, and one that passes for a source without findings.

use std::collections::BTreeMap;

use anyhow::Context;
use engine::finding::{Finding, Severity};
use engine::review::Unknown;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::View;
use super::finding::Printer;
use crate::command::check::failed;

/// The suite of what stands in no source.
const ELSEWHERE: &str = "hedgerow";

/// The report as JUnit XML. An error is a failure; a warning or info passes, with its text as output.
pub(crate) fn render(view: &View<'_>) -> anyhow::Result<String> {
    let printer = Printer::new(view.sources, false);
    let mut cases: BTreeMap<&str, Vec<TestCase>> = BTreeMap::new();
    for finding in &view.report.findings {
        let source = finding.place.as_ref().map_or(ELSEWHERE, |place| place.source.as_str());
        cases.entry(source).or_default().push(case(finding, &printer));
    }
    let undecided: Vec<TestCase> = view.report.unknowns.iter().map(undecided).collect();
    if !undecided.is_empty() {
        cases.entry(ELSEWHERE).or_default().extend(undecided);
    }
    for source in view.sources.names().filter(|name| is_manifest(name)) {
        cases.entry(source).or_insert_with(|| vec![TestCase::new("no findings", TestCaseStatus::success())]);
    }
    let mut report = Report::new("hedgerow check");
    for (source, cases) in cases {
        let mut suite = TestSuite::new(source);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    let mut text = report.to_string().context("the JUnit report cannot be written")?;
    text.push('\n');
    Ok(text)
}

fn is_manifest(source: &str) -> bool {
    !source.ends_with(".cedar") && !source.ends_with(".toml") && !source.ends_with(".md")
}

fn case(finding: &Finding, printer: &Printer<'_>) -> TestCase {
    let object = finding.object.as_ref().map(|object| format!(" {}", object.display())).unwrap_or_default();
    let name = format!("{}{object}{}", finding.code, finding.field);
    let detail = printer.finding(finding);
    let mut case = if finding.severity == Severity::Error {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(&finding.message).set_type(&finding.code).set_description(detail);
        TestCase::new(name, status)
    } else {
        let mut case = TestCase::new(name, TestCaseStatus::success());
        case.set_system_out(detail);
        case
    };
    case.set_classname(finding.policy.as_ref().map_or("engine", |policy| policy.id.as_str()));
    case
}

fn undecided(unknown: &Unknown) -> TestCase {
    let object = unknown.object.as_ref().map(|object| format!(" {}", object.display())).unwrap_or_default();
    let causes: Vec<&str> = unknown.causes.iter().map(|cause| cause.message.as_str()).collect();
    let mut status = match failed(unknown) {
        true => TestCaseStatus::non_success(NonSuccessKind::Error),
        false => TestCaseStatus::skipped(),
    };
    status.set_message(causes.join("; "));
    let mut case = TestCase::new(format!("{}{object}{}", unknown.code, unknown.field), status);
    case.set_classname(&unknown.policy.id);
    case
}

#[cfg(test)]
mod tests {
    use crate::render::sample;

    #[test]
    fn errors_fail_warnings_pass_and_unknowns_are_skipped() {
        let text = super::render(&sample::everything().view()).unwrap();
        assert!(text.contains(r#"<testsuite name="shop/web.yaml" tests="2""#), "{text}");
        assert!(text.contains(r#"<failure message="Service `web` opens a port"#), "{text}");
        assert!(text.contains("<skipped message="), "{text}");
        assert!(text.contains(r#"<testcase name="no findings"/>"#), "{text}");
    }
}
