//! `hedgerow snapshot`: a live cluster → a file that the other verbs read.

use std::path::PathBuf;

use anyhow::Context;
use engine::review::SnapshotOf;

use crate::args::Chatter;
use crate::exit::Exit;
use crate::{live, output, terminal};

const HELP: &str = "\
Only lists, of the kinds that connections and policies hang on, page by page; never Secrets nor ConfigMaps. Of each object the
fields that are read are kept, and its name. A kind that the user may not list is noted, and what hangs on it is then unknown.

Examples:
  hedgerow snapshot --context prod -o prod.yaml         the cluster of a context
  hedgerow reach -f prod.yaml                           the same as hedgerow reach --context prod
  hedgerow diff prod.yaml context:prod                  what has changed since";

/// What `snapshot` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The context of the kubeconfig; the current one by default
    #[arg(long, value_name = "NAME", default_value = "")]
    context: String,
    /// The file to write; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the snapshot.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    let name = if args.context.is_empty() { "the current context".to_owned() } else { format!("`{}`", args.context) };
    let text = live::snapshot(&args.context, SnapshotOf::Everything)
        .with_context(|| format!("the cluster of {name} cannot be read"))?;
    let unlisted =
        text.lines().take_while(|line| *line != "---").filter(|line| line.trim() == "state: unknown").count();
    match &args.output {
        Some(file) => output::write_file(file, &text)?,
        None => terminal::print(&text)?,
    }
    if unlisted > 0 && !chatter.quiet {
        terminal::say(&format!("{unlisted} kinds could not be listed; the head of the snapshot says which and why"));
    }
    Ok(Exit::Clean)
}
