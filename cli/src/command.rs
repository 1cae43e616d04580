//! One file a verb.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod man;
pub(crate) mod policy;
pub(crate) mod reach;
pub(crate) mod resolve;
pub(crate) mod snapshot;
pub(crate) mod test;
pub(crate) mod trace;
mod way;

use crate::args::{Args, Verb};
use crate::exit::Exit;

/// Runs the verb.
pub(crate) fn run(args: Args) -> anyhow::Result<Exit> {
    let Args { verb, chatter } = args;
    match verb {
        Verb::Check(args) => check::run(&args, &chatter),
        Verb::Reach(args) => reach::run(&args, &chatter),
        Verb::Diff(args) => diff::run(&args, &chatter),
        Verb::Resolve(args) => resolve::run(&args, &chatter),
        Verb::Trace(args) => trace::run(&args, &chatter),
        Verb::Snapshot(args) => snapshot::run(&args, &chatter),
        Verb::Test(args) => test::run(&args, &chatter),
        Verb::Policy(args) => policy::run(&args, &chatter),
        Verb::Completions(args) => completions::run(&args),
        Verb::Man(args) => man::run(&args),
    }
}
