//! `hedgerow policy validate`: every problem of packs, with its place.

use std::path::PathBuf;

use engine::finding::Finding;
use engine::text::Source;
use engine::{LoadOptions, Policies};

use crate::args::{self, Chatter};
use crate::exit::Exit;
use crate::render::closing;
use crate::render::finding::Printer;
use crate::sources::Sources;
use crate::{library, terminal};

/// What `policy validate` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Packs, or folders of packs; without one the library that comes with hedgerow
    #[arg(value_name = "DIR")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    policies: args::Policies,
}

/// Loads the packs, and prints what is wrong with them.
pub(super) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    let mut policies = args.policies.clone();
    policies.policies.extend(args.paths.iter().cloned());
    let sources = library::sources(&policies)?;
    let colours = terminal::colours(chatter.color);
    match Policies::load(&sources, &LoadOptions { parameters: policies.param, ..LoadOptions::default() }) {
        Ok((policies, warnings)) => {
            let sources = Sources::of(sources);
            let mut text = problems(&warnings, &sources, colours);
            if !chatter.quiet {
                text.push_str(&format!("valid: {}\n", closing::policies(policies.infos().len())));
            }
            terminal::print(&text)?;
            Ok(Exit::Clean)
        }
        Err(found) => {
            let sources = Sources::of(sources);
            let mut text = problems(&found, &sources, colours);
            text.push_str(&format!("not valid: {}\n", closing::plural(found.len(), "problem")));
            terminal::print(&text)?;
            Ok(Exit::Unusable)
        }
    }
}

/// Says on standard error why packs cannot be used.
pub(super) fn refuse(found: &[Finding], sources: Vec<Source>, colours: bool) -> anyhow::Result<Exit> {
    terminal::say(problems(found, &Sources::of(sources), colours).trim_end());
    Ok(Exit::Unusable)
}

fn problems(found: &[Finding], sources: &Sources, colours: bool) -> String {
    let printer = Printer::new(sources, colours);
    found.iter().map(|problem| format!("{}\n", printer.finding(problem))).collect()
}
