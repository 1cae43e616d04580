//! `hedgerow policy schema`: the schema that policies are validated against.

use clap::ValueEnum;

use crate::exit::Exit;
use crate::terminal;

/// What `policy schema` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
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
pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let text = match args.format {
        Syntax::Cedar => engine::cedar::schema_cedar(),
        Syntax::Json => engine::cedar::schema_json() + "\n",
    };
    terminal::print(&text)?;
    Ok(Exit::Clean)
}
