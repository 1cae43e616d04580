//! A run of policy tests as `cargo test` prints it, as JSON and as JUnit XML.

use std::collections::BTreeMap;

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Ansi};
use anyhow::Context;
use engine::policy_test::{TestCase, TestReport};
use quick_junit::{NonSuccessKind, Report, TestCase as JunitCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use super::closing::plural;
use super::finding::Printer;
use super::{Style, json};
use crate::sources::Sources;

/// `FILE::NAME`, which is also what `--filter` looks into.
pub(crate) fn title(case: &TestCase) -> String {
    format!("{}::{}", case.file, case.name)
}

/// The run as text.
pub(crate) fn text(report: &TestReport, sources: &Sources, style: Style) -> String {
    let TestReport { cases, problems, filtered_out, policies: _, conditions: _ } = report;
    let mut text = format!("running {}\n", plural(cases.len(), "test"));
    for case in cases.iter().filter(|case| !(style.quiet && case.passed)) {
        text.push_str(&format!("test {} ... {}\n", title(case), word(case.passed, style)));
    }
    let failed: Vec<&TestCase> = cases.iter().filter(|case| !case.passed).collect();
    if !failed.is_empty() {
        text.push_str("\nfailures:\n");
    }
    for case in &failed {
        text.push_str(&failure(case, style));
    }
    let printer = Printer::new(sources, style.colours);
    for problem in problems {
        text.push('\n');
        text.push_str(&printer.finding(problem));
    }
    // A run without a test proves nothing.
    let passed = failed.is_empty() && problems.is_empty() && !cases.is_empty();
    let unusable = match problems.len() {
        0 => String::new(),
        1 => " 1 file cannot be used;".to_owned(),
        number => format!(" {number} problems with files;"),
    };
    text.push_str(&format!(
        "\ntest result: {}. {} passed; {} failed;{unusable} {filtered_out} filtered out\n",
        word(passed, style),
        cases.len() - failed.len(),
        failed.len(),
    ));
    text
}

fn failure(case: &TestCase, style: Style) -> String {
    let place = case.place.as_ref().map(|place| format!(" ({}:{})", place.source, place.line)).unwrap_or_default();
    let mut text = format!("\n---- {}{place} ----\n", title(case));
    for line in &case.diff {
        let colour = match line.bytes().next() {
            Some(b'-') if style.colours => AnsiColor::BrightRed.on_default(),
            Some(b'+') if style.colours => AnsiColor::BrightGreen.on_default(),
            _ => Ansi::new(),
        };
        text.push_str(&format!("{colour}{line}{colour:#}\n"));
    }
    if !case.diff.is_empty() {
        text.push_str("(- expected, + actual)\n");
    }
    text
}

fn word(passed: bool, style: Style) -> String {
    let (word, colour) = if passed { ("ok", AnsiColor::BrightGreen) } else { ("FAILED", AnsiColor::BrightRed) };
    let paint = if style.colours { colour.on_default().effects(Effects::BOLD) } else { Ansi::new() };
    format!("{paint}{word}{paint:#}")
}

/// The run as JSON, version 1.
pub(crate) fn json(report: &TestReport) -> String {
    let TestReport { cases, problems, filtered_out, policies: _, conditions: _ } = report;
    let passed = cases.iter().filter(|case| case.passed).count();
    let run = json!({
        "version": 1,
        "passed": passed,
        "failed": cases.len() - passed,
        "filteredOut": filtered_out,
        "cases": cases.iter().map(case).collect::<Vec<_>>(),
        "problems": problems.iter().map(json::finding).collect::<Vec<_>>(),
    });
    format!("{run:#}\n")
}

fn case(case: &TestCase) -> Value {
    let TestCase { file, name, place, passed, diff } = case;
    json!({ "file": file, "name": name, "place": place.as_ref().map(json::place), "passed": passed, "diff": diff })
}

/// The run as JUnit XML: a suite for each file.
pub(crate) fn junit(report: &TestReport) -> anyhow::Result<String> {
    let mut suites = BTreeMap::<&str, Vec<JunitCase>>::new();
    for case in &report.cases {
        suites.entry(&case.file).or_default().push(junit_case(case));
    }
    for problem in &report.problems {
        let file = problem.place.as_ref().map_or("hedgerow", |place| place.source.as_str());
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(&problem.message).set_type(&problem.code);
        suites.entry(file).or_default().push(JunitCase::new("the file can be used", status));
    }
    let mut run = Report::new("hedgerow test");
    for (file, cases) in suites {
        let mut suite = TestSuite::new(file);
        suite.add_test_cases(cases);
        run.add_test_suite(suite);
    }
    let mut text = run.to_string().context("the JUnit report cannot be written")?;
    text.push('\n');
    Ok(text)
}

fn junit_case(case: &TestCase) -> JunitCase {
    let mut status = TestCaseStatus::success();
    if !case.passed {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message("expected and actual differ").set_description(case.diff.join("\n"));
    }
    let mut junit = JunitCase::new(&case.name, status);
    junit.set_classname(&case.file);
    junit
}

#[cfg(test)]
pub(crate) fn sample() -> TestReport {
    use engine::finding::{Code, Finding};

    let case = |name: &str, passed: bool| TestCase {
        file: "shop/a.test.yaml".into(),
        name: name.into(),
        place: None,
        passed,
        diff: if passed { Vec::new() } else { vec!["-review: deny".into(), "+review: allow".into()] },
    };
    let place = Some(crate::input::top_of("shop/b.test.yaml"));
    TestReport {
        cases: vec![case("refused", true), case("item #2", false)],
        problems: vec![Finding { place, ..Code::BadTest.finding("`cases` is missing".into()) }],
        filtered_out: 3,
        policies: Vec::new(),
        conditions: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_like_cargo_test() {
        assert_eq!(
            text(&sample(), &Sources::default(), Style::PLAIN),
            "running 2 tests\n\
             test shop/a.test.yaml::refused ... ok\n\
             test shop/a.test.yaml::item #2 ... FAILED\n\
             \n\
             failures:\n\
             \n\
             ---- shop/a.test.yaml::item #2 ----\n\
             -review: deny\n\
             +review: allow\n\
             (- expected, + actual)\n\
             \n\
             error[HR025]: `cases` is missing\n\
             --> shop/b.test.yaml\n\
             \n\
             test result: FAILED. 1 passed; 1 failed; 1 file cannot be used; 3 filtered out\n"
        );
    }

    #[test]
    fn junit_has_a_suite_for_each_file() {
        let text = junit(&sample()).unwrap();
        assert!(
            text.contains(r#"<testsuite name="shop/a.test.yaml" tests="2" skipped="0" errors="0" failures="1">"#),
            "{text}"
        );
        assert!(
            text.contains(r#"<testsuite name="shop/b.test.yaml" tests="1" skipped="0" errors="1" failures="0">"#),
            "{text}"
        );
    }

    #[test]
    fn json_has_every_case() {
        let run: Value = serde_json::from_str(&json(&sample())).unwrap();
        assert_eq!((&run["passed"], &run["failed"], &run["filteredOut"]), (&json!(1), &json!(1), &json!(3)));
        assert_eq!(run["cases"][1]["diff"][0], "-review: deny");
        assert_eq!(run["problems"][0]["code"], "HR025");
    }
}
