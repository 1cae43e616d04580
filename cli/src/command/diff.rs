//! `hedgerow diff`: two sets of manifests → which connections a change opens and cuts.

mod kind;

use std::path::{Path, PathBuf};

use engine::review::SnapshotOf;

use crate::args::{Chatter, Input, InputFlags};
use crate::engines::Reader;
use crate::exit::Exit;
use crate::input;
use crate::network::{Network, Trust};
use crate::output::{self, Output};
use crate::render::reach::diff::{self as render, Compared};
use crate::terminal;
pub(crate) use kind::{Kind, Move, moves};

const HELP: &str = "\
OLD and NEW are each a directory, a file, `-` for standard input, git:REV:PATH (what a git revision holds at a path, from the
root of the repository, or from here with ./), or context:NAME (a live cluster, by a context of the kubeconfig).

Exit codes: 0 the same, 1 different, 2 usage error or unusable input, 3 what changes is unknown or left to the network plugin.

Examples:
  hedgerow diff git:main:deploy deploy                  what the working tree changes
  hedgerow diff git:origin/main:deploy git:HEAD:deploy -o md=comment.md
                                                        what a branch changes, as a comment of its pull request
  helm template shop ./chart | hedgerow diff rendered/ -
                                                        what a chart changes";

/// What `diff` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = "hedgerow diff [OPTIONS] <OLD> <NEW>")]
pub(crate) struct Args {
    /// What was, and what is to be
    #[arg(value_name = "OLD NEW", required_unless_present_any = ["filename", "context"])]
    places: Vec<PathBuf>,
    #[command(flatten)]
    flags: InputFlags,
    #[command(flatten)]
    given: Trust,
    /// Write a report: text, json, csv, md, dot, mermaid, svg or html; `FORMAT=FILE` writes to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
}

/// What `-o` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Csv,
    Markdown,
    Dot,
    Mermaid,
    Svg,
    Html,
}

impl output::Format for Format {
    const ALL: &'static [(&'static str, Format)] = &[
        ("text", Format::Text),
        ("json", Format::Json),
        ("csv", Format::Csv),
        ("md", Format::Markdown),
        ("dot", Format::Dot),
        ("mermaid", Format::Mermaid),
        ("svg", Format::Svg),
        ("html", Format::Html),
    ];
    const TEXT: Format = Format::Text;
}

/// Compares two networks.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    output::accept(&args.output)?;
    let input = Input { paths: args.places.clone(), flags: args.flags.clone() };
    let places: Vec<PathBuf> = input.all().collect();
    let [old, new] = places.as_slice() else {
        anyhow::bail!("two sets of manifests are compared, OLD and NEW; {} named", count(places.len()))
    };
    anyhow::ensure!(*old != Path::new("-") || old != new, "OLD and NEW cannot both be standard input");
    let reader = args.given.reader()?;
    let [old, new] = [network(old, args, &reader)?, network(new, args, &reader)?];
    let [old_texts, new_texts] = [old.texts(), new.texts()];
    old.tell_findings(&old_texts, chatter);
    new.tell_findings(&new_texts, chatter);
    let [old_places, new_places] = [old.places(), new.places()];
    let diff = old.reach.diff(&new.reach);
    let known = [old.known(&old_texts, &old_places), new.known(&new_texts, &new_places)];
    let strange = kind::strange(known);
    let exit = old.exit().and(new.exit()).and(kind::verdict(&diff, &strange));
    let [old, new] = known;
    let compared = Compared { old, new, diff: &diff, strange, exit };
    let told = output::write(&args.output, chatter, |format, style| {
        let text = match format {
            Format::Text => render::text::render(&compared, style),
            Format::Json => render::json::render(&compared),
            Format::Csv => render::csv::render(&compared),
            Format::Markdown => render::markdown::render(&compared),
            Format::Dot => render::picture::dot(&compared),
            Format::Mermaid => render::picture::mermaid(&compared),
            Format::Svg => render::picture::svg(&compared),
            Format::Html => render::html::render(&compared),
        };
        compared.old.reach.sound().map(|()| text)
    })?;
    if !told && !chatter.quiet {
        terminal::say(&render::headline(&compared));
    }
    Ok(exit)
}

fn network(place: &Path, args: &Args, reader: &Reader) -> anyhow::Result<Network> {
    let flags = InputFlags { filename: Vec::new(), context: Vec::new(), ..args.flags.clone() };
    let input = Input { paths: vec![place.to_owned()], flags };
    Network::of(input::gather(&input, SnapshotOf::Network), &args.given, reader)
}

fn count(places: usize) -> String {
    if places == 1 { "1 is".to_owned() } else { format!("{places} are") }
}
