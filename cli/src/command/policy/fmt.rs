//! `hedgerow policy fmt`: Cedar's own formatter over `.cedar` files.

use std::path::{Path, PathBuf};

use anyhow::Context;
use cedar_policy_formatter::{Config, policies_str_to_pretty};

use crate::args::Chatter;
use crate::exit::Exit;
use crate::input::name_of;
use crate::{library, output, terminal};

/// What `policy fmt` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// `.cedar` files, folders of them, or `-` to format standard input onto standard output
    #[arg(value_name = "FILE|DIR|-", required = true)]
    paths: Vec<PathBuf>,
    /// Change nothing; name what would change and exit 1
    #[arg(long)]
    check: bool,
}

/// Formats what the arguments name. A file that cannot be formatted hides no other.
pub(super) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    let mut exit = Exit::Clean;
    for path in &args.paths {
        if path.as_os_str() == "-" {
            exit = exit.and(stdin(args.check)?);
            continue;
        }
        for file in library::cedar_files(path)? {
            exit = exit.and(format_file(&file, args.check, chatter));
        }
    }
    Ok(exit)
}

fn stdin(check: bool) -> anyhow::Result<Exit> {
    let bytes = terminal::read_stdin(engine::text::Limits::default().bytes).context("standard input cannot be read")?;
    let text = String::from_utf8(bytes).context("standard input is not UTF-8")?;
    let pretty = formatted("-", &text)?;
    if check {
        return Ok(if pretty == text { Exit::Clean } else { Exit::Findings });
    }
    terminal::print(&pretty)?;
    Ok(Exit::Clean)
}

fn format_file(file: &Path, check: bool, chatter: &Chatter) -> Exit {
    match rewrite(file, check) {
        Ok(false) => Exit::Clean,
        Ok(true) => {
            if !chatter.quiet {
                let done = if check { "would format" } else { "formatted" };
                terminal::say(&format!("{done} {}", name_of(file)));
            }
            if check { Exit::Findings } else { Exit::Clean }
        }
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            Exit::Unusable
        }
    }
}

/// True if the file is, or would be, changed.
fn rewrite(file: &Path, check: bool) -> anyhow::Result<bool> {
    let name = name_of(file);
    let text = std::fs::read_to_string(file).with_context(|| format!("`{name}` cannot be read"))?;
    let pretty = formatted(&name, &text)?;
    let changes = pretty != text;
    if changes && !check {
        output::write_file(file, &pretty)?;
    }
    Ok(changes)
}

fn formatted(name: &str, text: &str) -> anyhow::Result<String> {
    let pretty = policies_str_to_pretty(text, &Config::default())
        .map_err(|error| anyhow::anyhow!("`{name}` cannot be formatted: {}", one_line(&format!("{error:?}"))))?;
    Ok(format!("{}\n", pretty.trim_end()))
}

/// Cedar's reports have several lines; the first that says something.
fn one_line(report: &str) -> String {
    let line = report.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.trim_start_matches(['×', ' ']).to_owned()
}
