//! `hedgerow policy schema`: the schema that policies are validated against.

use std::path::PathBuf;

use clap::ValueEnum;

use super::validate::refuse;
use crate::args::Chatter;
use crate::exit::Exit;
use crate::{library, terminal};

/// What `policy schema` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Packs, or folders of packs, whose parameters `context.params` shall show; without one it has none
    #[arg(value_name = "DIR")]
    packs: Vec<PathBuf>,
    /// Cedar's own syntax, or its JSON
    #[arg(long, value_enum, default_value = "cedar")]
    format: Syntax,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Syntax {
    Cedar,
    Json,
}

/// Prints the schema.
pub(super) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    let sources = if args.packs.is_empty() { Vec::new() } else { library::packs(&args.packs)? };
    match engine::cedar::schema_of(&sources) {
        Ok(schema) => {
            terminal::print(&match args.format {
                Syntax::Cedar => schema.cedar,
                Syntax::Json => schema.json + "\n",
            })?;
            Ok(Exit::Clean)
        }
        Err(problems) => refuse(&problems, sources, terminal::colours_of_errors(chatter.color)),
    }
}
