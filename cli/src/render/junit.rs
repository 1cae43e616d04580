//! JUnit XML: a suite for each source, a case for each object that was judged, and one for each problem with a source itself.

use std::collections::BTreeMap;

use anyhow::Context;
use engine::finding::{Finding, ObjectRef, Severity};
use engine::review::{Examined, Unknown};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::View;
use super::finding::Printer;
use crate::command::check::failed;

/// The suite of what stands in no source.
const ELSEWHERE: &str = "hedgerow";

/// The report as JUnit XML. An object with errors fails, one about which something could not be worked out is an error, and
/// warnings and infos are its output. A source that cannot be used is an error, a document that was left out is skipped.
pub(crate) fn render(view: &View<'_>) -> anyhow::Result<String> {
    let mut report = Report::new("hedgerow check");
    for (source, cases) in cases(view)? {
        let mut suite = TestSuite::new(source);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    let mut text = report.to_string().context("the JUnit report cannot be written")?;
    text.push('\n');
    Ok(text)
}

fn cases<'a>(view: &View<'a>) -> anyhow::Result<BTreeMap<&'a str, Vec<TestCase>>> {
    let printer = Printer::new(view.sources, false);
    let report = view.report;
    let mut objects: Vec<Judged<'a>> = report.examined.iter().map(Judged::of).collect();
    let index = Index::of(&report.examined);
    let mut cases: BTreeMap<&str, Vec<TestCase>> = BTreeMap::new();
    let mut others = Vec::new();
    for finding in &report.findings {
        let source = finding.place.as_ref().map(|place| place.source.as_str());
        match finding.object.as_ref().and_then(|object| objects.get_mut(index.find(object, source)?)) {
            Some(judged) => judged.findings.push(finding),
            None => others.push(finding),
        }
    }
    for unknown in &report.unknowns {
        let source = unknown.place.as_ref().map(|place| place.source.as_str());
        match unknown.object.as_ref().and_then(|object| objects.get_mut(index.find(object, source)?)) {
            Some(judged) => judged.unknowns.push(unknown),
            None => cases.entry(ELSEWHERE).or_default().push(undecided(unknown)),
        }
    }
    for judged in &objects {
        cases.entry(&judged.examined.source).or_default().push(judged.case(&printer));
    }
    for finding in others {
        let source = finding.place.as_ref().map_or(ELSEWHERE, |place| place.source.as_str());
        cases.entry(source).or_default().push(problem(finding, &printer));
    }
    for skipped in &report.skipped {
        let mut status = TestCaseStatus::skipped();
        status.set_message(&skipped.reason);
        cases.entry(&skipped.source).or_default().push(TestCase::new(&skipped.reason, status));
    }
    for (source, cases) in &mut cases {
        for case in cases {
            case.set_classname(*source);
        }
    }
    Ok(cases)
}

/// Where objects are among those examined.
struct Index<'a>(BTreeMap<(&'a ObjectRef, Option<&'a str>), usize>);

impl<'a> Index<'a> {
    fn of(examined: &'a [Examined]) -> Index<'a> {
        let in_source =
            |(at, Examined { object, source }): (usize, &'a Examined)| ((object, Some(source.as_str())), at);
        let anywhere = |(at, Examined { object, .. }): (usize, &'a Examined)| ((object, None), at);
        let numbered = || examined.iter().enumerate();
        Index(numbered().map(in_source).chain(numbered().map(anywhere)).collect())
    }

    /// The object in that source; in any if the source is not known.
    fn find(&self, object: &'a ObjectRef, source: Option<&'a str>) -> Option<usize> {
        self.0.get(&(object, source)).copied()
    }
}

/// An object and what was said of it.
struct Judged<'a> {
    examined: &'a Examined,
    findings: Vec<&'a Finding>,
    unknowns: Vec<&'a Unknown>,
}

impl<'a> Judged<'a> {
    fn of(examined: &'a Examined) -> Judged<'a> {
        Judged { examined, findings: Vec::new(), unknowns: Vec::new() }
    }

    fn case(&self, printer: &Printer<'_>) -> TestCase {
        let (errors, others): (Vec<&Finding>, Vec<&Finding>) =
            self.findings.iter().partition(|finding| finding.severity == Severity::Error);
        let (failed, not_asked): (Vec<&Unknown>, Vec<&Unknown>) =
            self.unknowns.iter().partition(|unknown| failed(unknown));
        let blocks = super::undecided::blocks(printer, failed.iter().copied());
        let mut output: Vec<String> = others.iter().map(|finding| printer.finding(finding)).collect();
        let status = match (errors.as_slice(), failed.first()) {
            ([], None) => TestCaseStatus::success(),
            ([], Some(first)) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(reason(&failed)).set_type(&first.code).set_description(blocks.join("\n"));
                status
            }
            ([first, ..], _) => {
                let details: Vec<String> = errors.iter().map(|finding| printer.finding(finding)).collect();
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(message(&errors)).set_type(&first.code).set_description(details.join("\n"));
                output.extend(blocks);
                status
            }
        };
        if !not_asked.is_empty() {
            let codes: Vec<&str> = not_asked.iter().map(|unknown| unknown.code.as_str()).collect();
            output.push(format!("not asked: {}\n", codes.join(", ")));
        }
        let mut case = TestCase::new(self.examined.object.display(), status);
        if !output.is_empty() {
            case.set_system_out(output.join("\n"));
        }
        case
    }
}

/// The message of one error; the codes of several.
fn message(errors: &[&Finding]) -> String {
    match errors {
        [error] => error.message.clone(),
        errors => {
            let codes: Vec<&str> = errors.iter().map(|error| error.code.as_str()).collect();
            format!("{} errors: {}", errors.len(), codes.join(", "))
        }
    }
}

fn problem(finding: &Finding, printer: &Printer<'_>) -> TestCase {
    let object = finding.object.as_ref().map(|object| format!(" {}", object.display())).unwrap_or_default();
    let line = finding.place.as_ref().map(|place| format!(" at line {}", place.line)).unwrap_or_default();
    let name = format!("{}{object}{line}: {}", finding.code, finding.title);
    let detail = printer.finding(finding);
    if finding.severity == Severity::Error {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(&finding.message).set_type(&finding.code).set_description(detail);
        return TestCase::new(name, status);
    }
    let mut case = TestCase::new(name, TestCaseStatus::success());
    case.set_system_out(detail);
    case
}

fn undecided(unknown: &Unknown) -> TestCase {
    let mut status = match failed(unknown) {
        true => TestCaseStatus::non_success(NonSuccessKind::Error),
        false => TestCaseStatus::skipped(),
    };
    status.set_message(reason(&[unknown]));
    TestCase::new(format!("{} {}{}", unknown.code, unknown.policy.id, unknown.field), status)
}

/// Why policies are not decided, each reason once.
fn reason(unknowns: &[&Unknown]) -> String {
    let causes = unknowns.iter().flat_map(|unknown| &unknown.causes);
    let mut messages: Vec<&str> = causes.map(|cause| cause.message.as_str()).collect();
    messages.sort_unstable();
    messages.dedup();
    messages.join("; ")
}

#[cfg(test)]
mod tests {
    use crate::render::sample;

    #[test]
    fn every_object_is_a_case_and_problems_with_sources_are_too() {
        let text = super::render(&sample::everything().view()).unwrap();
        for wanted in [
            r#"<testsuite name="shop/web.yaml" tests="1" skipped="0" errors="0" failures="1">"#,
            r#"<testcase name="Service shop/web" classname="shop/web.yaml">"#,
            r#"<failure message="Service `web` opens a port"#,
            r#"<testsuite name="shop/app.yaml" tests="1" skipped="0" errors="0" failures="0">"#,
            r#"<testcase name="Deployment shop/web" classname="shop/app.yaml"/>"#,
            r#"<testsuite name="shop/values.yaml" tests="1" skipped="1" errors="0" failures="0">"#,
            r#"<testsuite name="hedgerow" tests="1" skipped="0" errors="1" failures="0">"#,
            "not asked: SVC-030",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }

    #[test]
    fn counts_are_those_of_the_objects() {
        let text = super::render(&sample::twice().view()).unwrap();
        assert!(
            text.contains(r#"<testsuites name="hedgerow check" tests="4" skipped="1" failures="1" errors="1">"#),
            "{text}"
        );
        assert!(text.contains(r#"<failure message="2 errors: SVC-001, SVC-001" type="SVC-001">"#), "{text}");
    }
}
