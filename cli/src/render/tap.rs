//! The Test Anything Protocol, version 14.

use engine::policy_test::TestReport;

use super::test_run::title;

/// The test run as TAP.
pub(crate) fn render(report: &TestReport) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", report.cases.len() + report.problems.len());
    let mut number = 0;
    for case in &report.cases {
        number += 1;
        let not = if case.passed { "" } else { "not " };
        text.push_str(&format!("{not}ok {number} - {}\n", escaped(&title(case))));
        if !case.passed {
            let lines = case.diff.iter().map(|line| format!("    {line}\n"));
            text.push_str(&format!("  ---\n  diff: |\n{}  ...\n", lines.collect::<String>()));
        }
    }
    for problem in &report.problems {
        number += 1;
        let source = problem.place.as_ref().map(|place| format!("{}: ", place.source)).unwrap_or_default();
        text.push_str(&format!("not ok {number} - {}\n", escaped(&format!("{source}{}", problem.message))));
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    use crate::render::test_run::sample;

    #[test]
    fn failures_carry_their_diff() {
        assert_eq!(
            super::render(&sample()),
            "TAP version 14\n1..3\nok 1 - shop/a.test.yaml::refused\nnot ok 2 - shop/a.test.yaml::item \\#2\n  ---\n  \
             diff: |\n    -review: deny\n    +review: allow\n  ...\nnot ok 3 - shop/b.test.yaml: `cases` is missing\n"
        );
    }
}
