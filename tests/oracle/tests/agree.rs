//! The engine and the specification give the same answers: on every fixture, and on random clusters.
//!
//! `HEDGEROW_SEED` chooses the seed of the first cluster; without it, it is drawn from the clock and printed.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hedgerow_oracle::answer::Verdict;
use hedgerow_oracle::compare::{self, Tally};
use hedgerow_oracle::edits;
use hedgerow_oracle::engine_side::{EngineSide, WAYS};
use hedgerow_oracle::fixture::Fixture;
use hedgerow_oracle::generate::Scope;
use hedgerow_oracle::manifest::Cluster;
use hedgerow_oracle::shrink::shrink;

/// At least this many cases, and as many more as fit in the time.
const CASES: u64 = 50_000;
const TIME: Duration = Duration::from_secs(30);

fn first_seed() -> u64 {
    let given = std::env::var("HEDGEROW_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    given.unwrap_or(now % 1_000_000_000)
}

#[test]
fn the_engine_agrees_on_random_clusters() {
    let first = first_seed();
    println!("HEDGEROW_SEED={first}");
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut seed = first;
    while tally.cases() < CASES || start.elapsed() < TIME {
        let scope = match seed % 3 {
            0 => Scope::Refused,
            1 => Scope::NetworkPolicies,
            _ => Scope::AllTiers,
        };
        if let Some(found) = compare::cluster(seed, scope, &mut tally).unwrap() {
            panic!("they disagree, after {} cases from HEDGEROW_SEED={first}:\n{}", tally.cases(), shrink(found));
        }
        seed += 1;
    }
    println!("seeds {first}..{seed}: {tally}");
    for verdict in [Verdict::Allow, Verdict::Deny, Verdict::ImplementationDefined, Verdict::Unknown] {
        let count = tally.verdicts.get(&verdict).copied().unwrap_or_default();
        assert!(count * 300 > tally.cases(), "hardly any answer is {}: {tally}", verdict.as_str());
    }
}

#[test]
fn edited_step_by_step_is_the_same_as_read_at_once() {
    let first = first_seed();
    println!("HEDGEROW_SEED={first}");
    for seed in first..first + 60 {
        edits::run(seed, 40).unwrap();
    }
}

#[test]
fn every_fixture_holds_on_both_sides() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let fixture = Fixture::parse(&text).unwrap();
        assert!(!fixture.cases.is_empty(), "{} asks nothing", path.display());
        let cluster = Cluster::decode(&fixture.documents).unwrap();
        let engine = EngineSide::of(&text);
        for (case, expected) in fixture.cases {
            let word = |verdict: Option<Verdict>| verdict.map_or("no such end", Verdict::as_str);
            assert_eq!(word(case.asked_of_specification(&cluster)), expected, "{}: {case}", path.display());
            for way in WAYS {
                assert_eq!(word(engine.answer(&case, way)), expected, "{}: {case}, by {way:?}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn planted_bugs_still_fit_the_engine() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/planted");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let patch = file.unwrap().path();
        let mut git = std::process::Command::new("git");
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let fits = git.current_dir(root).args(["apply", "--check"]).arg(&patch).status().unwrap();
        assert!(fits.success(), "{} does not fit; plant the bug anew, for `cargo xtask planted`", patch.display());
        seen += 1;
    }
    assert!(seen >= 3);
}
