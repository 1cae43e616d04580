//! Compares the engine with the specification on random clusters, for as many cases as are asked for.
//!
//! `cargo run --release -p hedgerow-oracle --bin hedgerow-compare -- --cases 10000000 --seed 1`

use anyhow::{Context, Result, bail, ensure};
use hedgerow_oracle::compare::{self, Tally};
use hedgerow_oracle::generate::Scope;
use hedgerow_oracle::shrink::shrink;

/// No more disagreements than this are shrunk.
const ENOUGH: u32 = 10;

fn main() -> Result<()> {
    let mut cases = 1_000_000;
    let mut first = 1;
    let mut scope = Scope::NetworkPolicies;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|value| value.parse().ok()).context("a number is missing");
        match argument.as_str() {
            "--cases" => cases = number()?,
            "--seed" => first = number()?,
            "--refused" => scope = Scope::Refused,
            "--all-tiers" => scope = Scope::AllTiers,
            _ => bail!("usage: hedgerow-compare [--cases N] [--seed N] [--refused | --all-tiers]"),
        }
    }
    let mut tally = Tally::default();
    let mut seed = first;
    let mut disagreements = 0;
    while tally.cases() < cases && disagreements < ENOUGH {
        if let Some(found) = compare::cluster(seed, scope, &mut tally)? {
            disagreements += 1;
            println!("# after {} cases\n{}", tally.cases(), shrink(found));
        }
        seed += 1;
    }
    println!("seeds {first}..{seed}: {tally}");
    ensure!(disagreements == 0, "{disagreements} disagreements; above they are shrunk");
    Ok(())
}
