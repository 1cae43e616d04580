//! Coverage of policies and conditions: a table, LCOV and JSON.

use std::collections::{BTreeMap, BTreeSet};

use engine::policy_test::{ConditionCoverage, PolicyCoverage, TestReport};
use serde_json::{Value, json};

use super::json::place;

/// How much was covered. A policy counts twice (fired, and asked without firing), and so does a condition (true, false).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    seen: usize,
    all: usize,
}

impl Share {
    /// In percent, rounded down, so that 100 means all.
    pub(crate) fn percent(self) -> usize {
        (self.seen * 100).checked_div(self.all).unwrap_or(100)
    }

    fn count(&mut self, seen: [bool; 2]) {
        self.seen += seen.into_iter().filter(|seen| *seen).count();
        self.all += 2;
    }
}

/// The share over all policies and conditions.
pub(crate) fn share(report: &TestReport) -> Share {
    let mut share = Share::default();
    report.policies.iter().for_each(|policy| share.count([policy.fired > 0, policy.silent > 0]));
    report.conditions.iter().for_each(|condition| share.count([condition.seen_true > 0, condition.seen_false > 0]));
    share
}

/// A line a policy, and below it each outcome that no test has seen.
pub(crate) fn text(report: &TestReport) -> String {
    let width = report.policies.iter().map(|policy| policy.policy.chars().count()).max().unwrap_or(0).max(6);
    let mut text = format!("\ncoverage\n  {:width$}  {:>7}  {:>7}  conditions\n", "policy", "fired", "silent");
    for policy in &report.policies {
        let PolicyCoverage { policy: id, place: _, fired, silent } = policy;
        let conditions: Vec<&ConditionCoverage> = conditions_of(report, id).collect();
        let mut share = Share::default();
        conditions.iter().for_each(|condition| share.count([condition.seen_true > 0, condition.seen_false > 0]));
        text.push_str(&format!("  {id:width$}  {fired:>7}  {silent:>7}  {}/{}\n", share.seen, share.all));
        missing(policy, &conditions).iter().for_each(|line| text.push_str(&format!("      never {line}\n")));
    }
    let Share { seen, all } = share(report);
    text.push_str(&format!("  {}% of outcomes seen ({seen} of {all})\n", share(report).percent()));
    text
}

fn missing(policy: &PolicyCoverage, conditions: &[&ConditionCoverage]) -> Vec<String> {
    let mut lines = Vec::new();
    if policy.fired == 0 {
        lines.push("fired".to_owned());
    }
    if policy.silent == 0 {
        lines.push("asked without firing".to_owned());
    }
    for condition in conditions {
        let ConditionCoverage { policy: _, text, place, seen_true, seen_false } = condition;
        for (word, seen) in [("true", *seen_true), ("false", *seen_false)] {
            if seen == 0 {
                lines.push(format!("{word}: `{text}` ({}:{}:{})", place.source, place.line, place.column));
            }
        }
    }
    lines
}

fn conditions_of<'a>(report: &'a TestReport, id: &'a str) -> impl Iterator<Item = &'a ConditionCoverage> {
    report.conditions.iter().filter(move |condition| condition.policy == id)
}

/// LCOV: policies are functions, conditions are branches with two arms (true, false).
pub(crate) fn lcov(report: &TestReport) -> String {
    let places = report.policies.iter().filter_map(|policy| policy.place.as_ref());
    let files: BTreeSet<&str> = places
        .chain(report.conditions.iter().map(|condition| &condition.place))
        .map(|place| place.source.as_str())
        .collect();
    files.into_iter().map(|file| record(report, file)).collect()
}

fn record(report: &TestReport, file: &str) -> String {
    let mut functions = Vec::new();
    let mut hits = Vec::new();
    let mut branches = Vec::new();
    let mut lines = BTreeMap::<u32, u32>::new();
    for policy in &report.policies {
        let Some(place) = policy.place.as_ref().filter(|place| place.source == file) else { continue };
        functions.push(format!("FN:{},{}\n", place.line, policy.policy));
        hits.push(format!("FNDA:{},{}\n", policy.fired, policy.policy));
        *lines.entry(place.line).or_default() += policy.fired + policy.silent;
    }
    for (block, condition) in report.conditions.iter().filter(|condition| condition.place.source == file).enumerate() {
        let ConditionCoverage { policy: _, text: _, place, seen_true, seen_false } = condition;
        let reached = seen_true + seen_false;
        for (arm, seen) in [seen_true, seen_false].into_iter().enumerate() {
            let taken = if reached == 0 { "-".to_owned() } else { seen.to_string() };
            branches.push(format!("BRDA:{},{block},{arm},{taken}\n", place.line));
        }
        *lines.entry(place.line).or_default() += reached;
    }
    let functions_hit = hits.iter().filter(|line| !line.starts_with("FNDA:0,")).count();
    let branches_hit =
        branches.len() - branches.iter().filter(|line| line.ends_with(",-\n") || line.ends_with(",0\n")).count();
    let data: String = lines.iter().map(|(line, hits)| format!("DA:{line},{hits}\n")).collect();
    let lines_hit = lines.values().filter(|hits| **hits > 0).count();
    format!(
        "TN:\nSF:{file}\n{}{}FNF:{}\nFNH:{functions_hit}\n{}BRF:{}\nBRH:{branches_hit}\n{data}LF:{}\nLH:{lines_hit}\nend_of_record\n",
        functions.concat(),
        hits.concat(),
        functions.len(),
        branches.concat(),
        branches.len(),
        lines.len(),
    )
}

/// JSON, version 1.
pub(crate) fn json(report: &TestReport) -> String {
    let Share { seen, all } = share(report);
    let policy = |policy: &PolicyCoverage| -> Value {
        let PolicyCoverage { policy: id, place: at, fired, silent } = policy;
        let conditions: Vec<Value> = conditions_of(report, id).map(condition).collect();
        json!({
            "policy": id,
            "place": at.as_ref().map(place),
            "fired": fired,
            "silent": silent,
            "conditions": conditions,
        })
    };
    let coverage = json!({
        "version": 1,
        "percent": share(report).percent(),
        "outcomesSeen": seen,
        "outcomes": all,
        "policies": report.policies.iter().map(policy).collect::<Vec<_>>(),
    });
    format!("{coverage:#}\n")
}

fn condition(condition: &ConditionCoverage) -> Value {
    let ConditionCoverage { policy: _, text, place: at, seen_true, seen_false } = condition;
    json!({ "text": text, "place": place(at), "seenTrue": seen_true, "seenFalse": seen_false })
}

#[cfg(test)]
mod tests {
    use engine::finding::{Place, Span};

    use super::*;

    fn sample() -> TestReport {
        let place = |line| Place {
            source: "a.cedar".into(),
            span: Span::default(),
            line,
            column: 3,
            end_line: line,
            end_column: 9,
        };
        let condition = |line, seen_true, seen_false| ConditionCoverage {
            policy: "a/one".into(),
            text: format!("c{line}"),
            place: place(line),
            seen_true,
            seen_false,
        };
        TestReport {
            policies: vec![PolicyCoverage { policy: "a/one".into(), place: Some(place(1)), fired: 2, silent: 0 }],
            conditions: vec![condition(2, 2, 0), condition(3, 0, 0)],
            ..TestReport::default()
        }
    }

    #[test]
    fn the_share_rounds_down() {
        assert_eq!(share(&sample()), Share { seen: 2, all: 6 });
        assert_eq!(share(&sample()).percent(), 33);
        assert_eq!(share(&TestReport::default()).percent(), 100);
    }

    #[test]
    fn text_names_each_outcome_that_was_not_seen() {
        let text = text(&sample());
        for line in
            ["never asked without firing", "never false: `c2` (a.cedar:2:3)", "never true: `c3`", "33% of outcomes"]
        {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("never fired"), "{text}");
    }

    #[test]
    fn lcov_tells_unreached_from_not_taken() {
        assert_eq!(
            lcov(&sample()),
            "TN:\nSF:a.cedar\nFN:1,a/one\nFNDA:2,a/one\nFNF:1\nFNH:1\nBRDA:2,0,0,2\nBRDA:2,0,1,0\nBRDA:3,1,0,-\nBRDA:3,1,1,-\n\
             BRF:4\nBRH:1\nDA:1,2\nDA:2,2\nDA:3,0\nLF:3\nLH:2\nend_of_record\n"
        );
    }
}
