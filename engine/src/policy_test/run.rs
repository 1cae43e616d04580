//! PolicyTest sources → report.

use super::case::{Files, cluster, request};
use super::diff::diff;
use super::spec::{CaseSpec, ConnectSpec, Problems, Spec};
use super::{TestCase, TestOptions, TestReport};
use crate::cedar::{Coverage, Policies};
use crate::finding::Code;
use crate::review::{ReviewOptions, judge_connection, judge_request};
use crate::text::{Limits, Lines, Source, Value, read};

/// Runs the PolicyTest documents among `sources`; the other sources are files that tests may name. Each case is judged by
/// the path that admission takes, in a cluster of its own.
pub fn run_tests(policies: &Policies, sources: &[Source], options: &TestOptions) -> TestReport {
    let mut run = Run { policies, sources, options, coverage: Coverage::default(), report: TestReport::default() };
    for source in sources.iter().filter(|source| is_text(source)) {
        run.source(source);
    }
    let Run { coverage, mut report, .. } = run;
    if options.coverage {
        (report.policies, report.conditions) = policies.covered(&coverage);
    }
    report
}

struct Run<'a> {
    policies: &'a Policies,
    sources: &'a [Source],
    options: &'a TestOptions,
    coverage: Coverage,
    report: TestReport,
}

impl Run<'_> {
    fn source(&mut self, source: &Source) {
        let mut unreadable = Vec::new();
        let documents = read(source, &Limits::default(), &mut unreadable);
        let tests: Vec<_> = documents.iter().filter(|document| is_test(&document.value)).collect();
        if tests.is_empty() && !source.name.ends_with(".test.yaml") {
            return;
        }
        self.report.problems.extend(unreadable);
        let mut problems = Problems { source, lines: Lines::of(source), found: Vec::new() };
        if tests.is_empty() {
            self.report.problems.push(Code::BadTest.finding(format!("`{}` holds no PolicyTest", source.name)));
        }
        for document in tests {
            let spec = Spec::read(&document.value, &mut problems);
            self.check_policies(&spec, &document.value, &mut problems);
            for case in &spec.cases {
                self.case(&spec, case, &mut problems);
            }
        }
        self.report.problems.extend(problems.found);
    }

    /// A policy that does not exist can never be seen to fail: naming one is a problem.
    fn check_policies(&self, spec: &Spec<'_>, document: &Value, problems: &mut Problems<'_>) {
        let known = |id: &str| self.policies.infos().iter().any(|info| info.id == id);
        let named = spec.policies.iter().flatten();
        let expected = spec.cases.iter().flat_map(|case| case.findings.iter().map(|finding| &finding.id));
        for id in named.chain(expected).filter(|id| !known(id)) {
            problems.add(document, format!("no policy has the id `{id}`"));
        }
    }

    fn case(&mut self, spec: &Spec<'_>, case: &CaseSpec<'_>, problems: &mut Problems<'_>) {
        let file = problems.source.name.clone();
        let wanted = self.options.filter.as_ref().is_none_or(|part| format!("{file}::{}", case.name).contains(part));
        if !wanted {
            self.report.filtered_out += 1;
            return;
        }
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let files = Files { sources: self.sources, folder };
        let mut cluster = cluster(spec, case, &files, problems);
        let coverage = self.options.coverage.then_some(&mut self.coverage);
        let review = match &case.connect {
            Some(connect) => {
                let ConnectSpec { from, to, port } = connect;
                let judged = judge_connection(self.policies, &cluster, (from, to, *port), &case.name, coverage);
                match judged {
                    Ok(review) => Ok(review),
                    Err(message) => return problems.add(case.value, message),
                }
            }
            None => {
                let Some(request) = request(case, &files, problems) else { return };
                judge_request(self.policies, &mut cluster, request, &ReviewOptions::default(), coverage)
            }
        };
        let place = Some(problems.lines.place(problems.source, case.value.span));
        let (diff, passed) = match review {
            Ok(review) => diff(case, &review, |id| self.is_about(spec, folder, id)),
            Err(error) => (vec![format!("+ no review: {error}")], false),
        };
        self.report.cases.push(TestCase { file: file.clone(), name: case.name.clone(), place, passed, diff });
    }

    fn is_about(&self, spec: &Spec<'_>, folder: &str, id: &str) -> bool {
        match &spec.policies {
            Some(ids) => ids.iter().any(|named| named == id),
            None => self.policies.infos().iter().any(|info| {
                info.id == id && info.place.source.rsplit_once('/').map_or("", |(folder, _)| folder) == folder
            }),
        }
    }
}

fn is_text(source: &Source) -> bool {
    use crate::text::Format;
    let by_name = [".yaml", ".yml", ".json"].iter().any(|ending| source.name.ends_with(ending));
    matches!(source.format, Format::Yaml | Format::Json) || (source.format == Format::Auto && by_name)
}

fn is_test(document: &Value) -> bool {
    let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default();
    text("kind") == "PolicyTest" && text("apiVersion").starts_with("hedgerow.dev/")
}
