//! The example system is clean under the library, and the broken one shows the mistakes that its comments name.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test stops where something is missing")]

use std::collections::BTreeSet;
use std::path::Path;

use engine::cluster::World;
use engine::fact::Settings;
use engine::review::CheckOptions;
use engine::text::Format;
use engine::{Finding, LoadOptions, Policies, Report, Severity, Source, check};

/// What files alone cannot show: it takes an update, or a deletion.
const NOT_IN_FILES: [&str; 3] = ["ADM012", "ADM013", "ADM016"];
/// What belongs to all namespaces, and so shows only where all of them are given.
const CLOSED_WORLD: [&str; 2] = ["GW004", "SVC003"];

fn library() -> Policies {
    let sources: Vec<Source> = policies::sources()
        .iter()
        .map(|(name, bytes)| Source { name: (*name).to_owned(), format: Format::Auto, bytes: bytes.to_vec() })
        .collect();
    Policies::load(&sources, &LoadOptions::default()).expect("the library loads").0
}

fn example(name: &str) -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files
        .iter()
        .map(|path| Source {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            format: Format::Auto,
            bytes: std::fs::read(path).unwrap(),
        })
        .collect()
}

fn report(name: &str, world: World) -> Report {
    let options = CheckOptions {
        world,
        operation: "create".to_owned(),
        user: None,
        groups: Vec::new(),
        namespace: None,
        settings: Settings::default(),
    };
    check(&library(), &example(name), &options)
}

fn lines(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let place = finding.place.as_ref().map(|place| format!("{}:{}:{}", place.source, place.line, place.column));
        format!("{} {} {} {}", place.unwrap_or_default(), finding.code, finding.severity.as_str(), finding.message)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_system_is_clean() {
    let report = report("log-system", World::Auto);
    assert!(report.findings.is_empty(), "{}", lines(&report.findings));
    assert!(report.unusable.is_empty() && report.skipped.is_empty(), "{report:#?}");
}

#[test]
fn the_system_is_clean_in_a_closed_world_but_for_the_dns_that_lives_elsewhere() {
    let report = report("log-system", World::Closed);
    let others: Vec<Finding> = report.findings.into_iter().filter(|finding| finding.code != "NP055").collect();
    assert!(others.is_empty(), "{}", lines(&others));
}

/// A mistake that a comment of the form `# wrong: CODE …` names: its code, its source, and the lines of its document.
struct Named {
    code: String,
    source: String,
    lines: std::ops::Range<u32>,
}

fn named() -> Vec<Named> {
    let mut named = Vec::new();
    for source in example("log-system-broken") {
        let mut line = 1;
        for document in std::str::from_utf8(&source.bytes).unwrap().split("---\n") {
            let end = line + u32::try_from(document.lines().count()).unwrap() + 1;
            let comments = document.lines().filter_map(|line| line.strip_prefix("# wrong: "));
            named.extend(comments.filter_map(|comment| comment.split(' ').next()).map(|code| Named {
                code: code.to_owned(),
                source: source.name.clone(),
                lines: line..end,
            }));
            line = end;
        }
    }
    named
}

/// The named mistakes that no finding of the code shows inside of the document.
fn missed(report: &Report) -> Vec<String> {
    let shows = |finding: &Finding, named: &Named| {
        let place = finding.place.as_ref();
        finding.code == named.code
            && place.is_some_and(|place| place.source == named.source && named.lines.contains(&place.line))
    };
    let missed = named().into_iter().filter(|named| !report.findings.iter().any(|finding| shows(finding, named)));
    missed.map(|named| format!("{}:{:?} {}", named.source, named.lines, named.code)).collect()
}

#[test]
fn the_broken_system_has_one_mistake_of_every_kind() {
    let library = library();
    let all = library.infos().iter().map(|info| info.code.clone());
    let shown: BTreeSet<String> = all.filter(|code| !NOT_IN_FILES.contains(&&**code)).collect();
    let named: Vec<String> = named().into_iter().map(|named| named.code).collect();
    assert_eq!(shown, named.iter().cloned().collect(), "comments of examples/log-system-broken");
    assert_eq!(shown.len(), named.len(), "a code is named twice");
}

#[test]
fn every_mistake_of_the_broken_system_is_found_where_its_comment_stands() {
    let report = report("log-system-broken", World::Auto);
    assert!(report.unusable.is_empty(), "{:?}", report.unusable);
    assert!(report.findings.iter().any(|finding| finding.severity == Severity::Error));
    let mut missed = missed(&report);
    missed.retain(|missed| !CLOSED_WORLD.iter().any(|code| missed.ends_with(code)));
    assert!(missed.is_empty(), "not found: {missed:#?}\n{}", lines(&report.findings));
}

#[test]
fn in_a_closed_world_none_is_missed_either() {
    let missed = missed(&report("log-system-broken", World::Closed));
    assert!(missed.is_empty(), "not found: {missed:#?}");
}
