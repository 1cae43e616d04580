//! The command line, as clap reads it. What a verb alone takes stands in the verb's own file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, Parser, Subcommand};
use engine::cluster::World;

use crate::command::{check, completions, diff, man, policy, reach, resolve, snapshot, test, trace};

const EXIT_CODES: &str = "\
Exit codes:
  0  clean
  1  findings at or above --fail-on, denied, a failed test, a difference
  2  usage error, input or policies that cannot be used, nothing examined
  3  unknown, or left to the network plugin";

/// Keeps a Kubernetes network inside its hedge: checks Services, NetworkPolicies, DNS names and what belongs to them against
/// Cedar policies.
#[derive(Debug, Parser)]
#[command(name = "hedgerow", version, propagate_version = true, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) chatter: Chatter,
}

/// What every verb takes.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Terminal")]
pub(crate) struct Chatter {
    /// When to colour; `auto` looks at the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
    /// Say more: what was skipped and why, each unknown by itself
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Say only what was found
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Check manifests against policies
    Check(check::Args),
    /// List who reaches whom, or say whether SRC reaches DST and why
    Reach(reach::Args),
    /// Say which connections a change opens and cuts, and by which rules
    Diff(diff::Args),
    /// Say what DNS answers inside a pod, and which query of its search list hits
    Resolve(resolve::Args),
    /// Follow a connection from a pod to a URL, step by step, and say where it breaks
    Trace(trace::Args),
    /// Write what a live cluster holds to a file, for the other verbs
    Snapshot(snapshot::Args),
    /// Run the tests of policies
    Test(test::Args),
    /// List, show, validate, format and begin policies
    Policy(policy::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print the man page
    Man(man::Args),
}

/// Where input comes from; the same in every verb.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Input {
    /// Files, directories (read recursively), or `-` for standard input
    #[arg(value_name = "FILE|DIR|-")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) flags: InputFlags,
}

/// Input that is named by options; the same in every verb.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct InputFlags {
    /// The same as a plain argument, for habits from kubectl
    #[arg(short, long, value_name = "FILE|DIR|-")]
    pub(crate) filename: Vec<PathBuf>,
    /// Do not go into the directories of a directory
    #[arg(long)]
    pub(crate) no_recursive: bool,
    /// A live cluster, by the name of its context in the kubeconfig; only lists, nothing is changed
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Vec<String>,
}

impl Input {
    /// Every path, in the order of plain arguments, then `-f`, then `--context` as `context:NAME`.
    pub(crate) fn all(&self) -> impl Iterator<Item = PathBuf> {
        let contexts = self.flags.context.iter().map(|name| PathBuf::from(format!("context:{name}")));
        self.paths.iter().chain(&self.flags.filename).cloned().chain(contexts)
    }
}

/// Which policies are asked; the same in every verb.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Policies")]
pub(crate) struct Policies {
    /// A pack, or a folder of packs, to use instead of the library that comes with hedgerow
    #[arg(long, value_name = "DIR")]
    pub(crate) policies: Vec<PathBuf>,
    /// The operator's configuration: severities, admission outcomes and parameters
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Set a parameter of a pack (`service-types.allowed=80,443`) or a setting (`environment_label=stage`)
    #[arg(long, value_name = "PACK.NAME=VALUE", value_parser = parameter)]
    pub(crate) param: Vec<(String, String)>,
}

/// How far the input may be trusted to be all there is.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum WorldChoice {
    Auto,
    Closed,
    Open,
}

impl From<WorldChoice> for World {
    fn from(choice: WorldChoice) -> World {
        match choice {
            WorldChoice::Auto => World::Auto,
            WorldChoice::Closed => World::Closed,
            WorldChoice::Open => World::Open,
        }
    }
}

/// Where evaluation happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EngineChoice {
    /// Inside this program
    Native,
    /// In the WebAssembly component, as admission does
    Wasm,
}

/// Reads the command line. On the right: the exit code when there is nothing left to do (help, version, usage error).
pub(crate) fn parse() -> Result<Args, ExitCode> {
    Args::try_parse().map_err(|error| {
        // A reader that went away (`hedgerow --help | head -1`) is no error.
        let _ = error.print();
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

/// The whole command, for completions and man pages.
pub(crate) fn command() -> clap::Command {
    Args::command()
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("a parameter is written `PACK.NAME=VALUE`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }

    /// `HEDGEROW_UPDATE=1` writes the page instead.
    #[test]
    fn the_reference_is_in_step() {
        let options =
            clap_markdown::MarkdownOptions::new().title("The command line of hedgerow".into()).show_footer(false);
        let page = clap_markdown::help_markdown_command_custom(&super::command(), &options);
        let page: Vec<&str> = page.lines().map(str::trim_end).collect();
        let page = format!("{}\n", page.join("\n").trim_end());
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/cli.md");
        if std::env::var_os("HEDGEROW_UPDATE").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page, "docs/reference/cli.md is not in step; HEDGEROW_UPDATE=1 writes it");
    }
}
