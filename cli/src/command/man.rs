//! `hedgerow man`: man pages, made from the command line's own definition.

use std::path::PathBuf;

use anyhow::Context;

use crate::exit::Exit;
use crate::{args, terminal};

/// What `man` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The verb whose page is wanted, such as `check` or `policy new`; without it the page of hedgerow
    verb: Vec<String>,
    /// Write every page into this directory instead (`hedgerow.1`, `hedgerow-check.1`, …)
    #[arg(long, value_name = "DIR", conflicts_with = "verb")]
    dir: Option<PathBuf>,
}

/// Prints a page, or writes all.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut command = args::command();
    command.build();
    if let Some(dir) = &args.dir {
        std::fs::create_dir_all(dir).with_context(|| format!("`{}` cannot be made", dir.display()))?;
        clap_mangen::generate_to(command, dir).with_context(|| format!("`{}` cannot be written", dir.display()))?;
        return Ok(Exit::Clean);
    }
    for verb in &args.verb {
        let found = command.find_subcommand(verb).cloned();
        command = found.with_context(|| format!("`{}` has no verb `{verb}`", command.get_name()))?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    terminal::print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Clean)
}
