//! A report and what the input held besides → the whole report and the exit code.

use engine::fact::CauseKind;
use engine::finding::{Code, Finding, Severity};
use engine::review::{Decision, Digests, Report, Skipped, Unknown};

use crate::exit::Exit;
use crate::input::{Gathered, top_of};

/// From where on findings fail a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FailOn {
    /// Every finding
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
    /// Policies that could not be decided
    Unknown,
}

/// The report with what the command line's paths held besides: files that cannot be read, and what a directory holds that is
/// no manifest. A document that is no object is skipped in a directory; where its file was named, it is an error.
pub(crate) fn complete(mut report: Report, gathered: Gathered) -> Report {
    let Gathered { sources: _, named, skipped, problems, .. } = gathered;
    let (wrong, left): (Vec<_>, Vec<_>) = report.skipped.into_iter().partition(|skip| named.contains(&skip.source));
    report.skipped = skipped.into_iter().chain(left).collect();
    report.skipped.sort_by(|left, right| (&left.source, &left.reason).cmp(&(&right.source, &right.reason)));
    for problem in problems.into_iter().chain(wrong.into_iter().map(no_object)) {
        report.unusable.extend(problem.place.iter().map(|place| place.source.clone()));
        report.findings.push(problem);
    }
    if examined(&report) == 0 && report.unusable.is_empty() {
        report.findings.push(nothing());
    }
    report
        .findings
        .sort_by(|left, right| (&left.place, &left.field, &left.code).cmp(&(&right.place, &right.field, &right.code)));
    report.unusable.sort();
    report.unusable.dedup();
    report
}

/// The report of a run whose policies cannot be used.
pub(super) fn refused(problems: Vec<Finding>) -> Report {
    let places = problems.iter().filter_map(|problem| problem.place.as_ref());
    let mut unusable: Vec<String> = places.map(|place| place.source.clone()).collect();
    if unusable.is_empty() {
        unusable.push("policies".to_owned());
    }
    Report {
        decision: Decision::Unknown,
        unusable,
        findings: problems,
        unknowns: Vec::new(),
        objects: Vec::new(),
        examined: Vec::new(),
        skipped: Vec::new(),
        policies_asked: 0,
        closed: Vec::new(),
        open: Vec::new(),
        digests: Digests::default(),
    }
}

/// The exit code of a report.
pub(super) fn exit(report: &Report, fail_on: &[FailOn]) -> Exit {
    let threshold = threshold(fail_on);
    let mut exit = Exit::Clean;
    if report.findings.iter().any(|finding| finding.severity >= threshold) {
        exit = exit.and(Exit::Findings);
    }
    let asked_for = fail_on.contains(&FailOn::Unknown) && !report.unknowns.is_empty();
    if asked_for || report.decision == Decision::Unknown || report.unknowns.iter().any(failed) {
        exit = exit.and(Exit::Unknown);
    }
    if !report.unusable.is_empty() || examined(report) == 0 {
        exit = exit.and(Exit::Unusable);
    }
    exit
}

/// How many objects were examined.
pub(crate) fn examined(report: &Report) -> u32 {
    report.objects.iter().map(|(_, number)| number).sum()
}

/// True if something went wrong, false if the input only does not hold it.
pub(crate) fn failed(unknown: &Unknown) -> bool {
    unknown.causes.iter().any(|cause| cause.kind == CauseKind::Failed)
}

fn threshold(fail_on: &[FailOn]) -> Severity {
    let severities = fail_on.iter().filter_map(|fail_on| match fail_on {
        FailOn::Info => Some(Severity::Info),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Error => Some(Severity::Error),
        FailOn::Unknown => None,
    });
    severities.min().unwrap_or(Severity::Error)
}

fn no_object(skipped: Skipped) -> Finding {
    let Skipped { source, reason, place } = skipped;
    let help = "name files of Kubernetes objects, or their directory, where other documents are left out".to_owned();
    Finding {
        place: Some(place.unwrap_or_else(|| top_of(&source))),
        help: Some(help),
        ..Code::NotAnObject.finding(format!("`{source}` cannot be checked: {reason}"))
    }
}

fn nothing() -> Finding {
    let help = "name files of Kubernetes objects, directories with `*.yaml`, `*.yml` or `*.json`, or `-`".to_owned();
    Finding { help: Some(help), ..Code::NothingToExamine.finding("the input holds no Kubernetes object".to_owned()) }
}

#[cfg(test)]
mod tests {
    use engine::fact::Cause;
    use engine::finding::{Outcome, PolicyRef};

    use super::*;

    fn report(severity: Option<Severity>, cause: Option<CauseKind>, objects: u32) -> Report {
        let finding = |severity| Finding { severity, ..Code::BadValue.finding("no".into()) };
        let unknown = |kind| Unknown {
            policy: PolicyRef { id: "p".into(), pack: "p".into(), place: None },
            code: "P-1".into(),
            object: None,
            field: String::new(),
            causes: vec![Cause { kind, message: "why".into(), field: String::new() }],
            place: None,
            outcome: Outcome::Deny,
        };
        Report {
            decision: Decision::Allow,
            findings: severity.map(finding).into_iter().collect(),
            unknowns: cause.map(unknown).into_iter().collect(),
            objects: vec![("Service".into(), objects)],
            unusable: Vec::new(),
            ..refused(Vec::new())
        }
    }

    #[test]
    fn warnings_alone_are_clean_unless_asked_for() {
        let report = report(Some(Severity::Warning), None, 1);
        assert_eq!(exit(&report, &[]), Exit::Clean);
        assert_eq!(exit(&report, &[FailOn::Warning]), Exit::Findings);
        assert_eq!(exit(&report, &[FailOn::Info]), Exit::Findings);
    }

    #[test]
    fn what_was_not_asked_is_clean_unless_asked_for() {
        let report = report(None, Some(CauseKind::NotAsked), 1);
        assert_eq!(exit(&report, &[]), Exit::Clean);
        assert_eq!(exit(&report, &[FailOn::Unknown]), Exit::Unknown);
        assert_eq!(exit(&report, &[FailOn::Warning]), Exit::Clean);
    }

    #[test]
    fn what_failed_is_unknown_and_an_error_comes_before_it() {
        assert_eq!(exit(&report(None, Some(CauseKind::Failed), 1), &[]), Exit::Unknown);
        assert_eq!(exit(&report(Some(Severity::Error), Some(CauseKind::Failed), 1), &[]), Exit::Findings);
    }

    #[test]
    fn nothing_examined_comes_before_all() {
        assert_eq!(exit(&report(None, None, 0), &[]), Exit::Unusable);
        assert_eq!(exit(&report(Some(Severity::Error), Some(CauseKind::Failed), 0), &[]), Exit::Unusable);
    }
}
