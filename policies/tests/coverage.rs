//! The library's own tests pass, and see every policy fire and stay silent, and every condition true and false.
#![expect(clippy::expect_used, reason = "a test stops where something is missing")]

use engine::text::Format;
use engine::{LoadOptions, Policies, Source, TestOptions, TestReport, run_tests};

fn report() -> TestReport {
    let sources: Vec<Source> = policies::sources()
        .iter()
        .map(|(name, bytes)| Source { name: (*name).to_owned(), format: Format::Auto, bytes: bytes.to_vec() })
        .collect();
    let (policies, _) = Policies::load(
        &sources,
        &LoadOptions { parameters: vec![("enable".to_owned(), "*".to_owned())], ..LoadOptions::default() },
    )
    .expect("the library loads");
    let report = run_tests(&policies, &sources, &TestOptions { coverage: true, filter: None });
    let problems: Vec<&str> = report.problems.iter().map(|problem| &*problem.message).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(!report.cases.is_empty(), "no test was found");
    report
}

#[test]
fn every_case_passes() {
    let failed: Vec<String> = report()
        .cases
        .iter()
        .filter(|case| !case.passed)
        .map(|case| format!("{}::{}\n    {}", case.file, case.name, case.diff.join("\n    ")))
        .collect();
    assert!(failed.is_empty(), "{} cases fail\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_policy_is_seen_to_fire_and_not_to() {
    let missing: Vec<String> = report()
        .policies
        .iter()
        .filter(|policy| policy.fired == 0 || policy.silent == 0)
        .map(|policy| format!("{}: fired {}, silent {}", policy.policy, policy.fired, policy.silent))
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_condition_is_seen_true_and_false() {
    let missing: Vec<String> = report()
        .conditions
        .iter()
        .filter(|condition| condition.seen_true == 0 || condition.seen_false == 0)
        .map(|condition| {
            let (yes, no) = (condition.seen_true, condition.seen_false);
            format!("{}: true {yes}, false {no}: {}", condition.policy, condition.text)
        })
        .collect();
    assert!(missing.is_empty(), "{} conditions\n{}", missing.len(), missing.join("\n"));
}
