//! `hedgerow policy`: packs as things to list, read, validate, format and begin.

mod fmt;
mod list;
mod new;
mod schema;
mod validate;

use clap::Subcommand;

use crate::args::{Chatter, Policies};
use crate::exit::Exit;
use crate::pages;

/// What `policy` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the policies of packs
    List(list::Args),
    /// Print the page of a policy, or of one of the engine's own codes
    Show(Show),
    /// Load packs as admission does, and print every problem with its place
    Validate(validate::Args),
    /// Format `.cedar` files
    Fmt(fmt::Args),
    /// Print the Cedar schema that policies are validated against
    Schema(schema::Args),
    /// Begin a pack: a manifest, a policy, its page and a test that passes
    New(new::Args),
}

#[derive(Debug, clap::Args)]
struct Show {
    /// A code (`SVC001`) or the id of a policy (`service-types/node-port-in-production`)
    #[arg(value_name = "CODE|ID")]
    name: String,
    #[command(flatten)]
    policies: Policies,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    match &args.verb {
        Verb::List(args) => list::run(args, chatter),
        Verb::Show(show) => pages::explain(&show.name, &show.policies),
        Verb::Validate(args) => validate::run(args, chatter),
        Verb::Fmt(args) => fmt::run(args, chatter),
        Verb::Schema(args) => schema::run(args, chatter),
        Verb::New(args) => new::run(args, chatter),
    }
}
