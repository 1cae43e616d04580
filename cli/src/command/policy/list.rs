//! `hedgerow policy list`.

use engine::cedar::PolicyInfo;
use engine::{LoadOptions, Policies};
use serde_json::{Value, json};

use super::validate::refuse;
use crate::args::{self, Chatter};
use crate::exit::Exit;
use crate::output::{self, Output};
use crate::render::closing::policies;
use crate::render::json::place;
use crate::{library, terminal};

/// What `policy list` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    policies: args::Policies,
    /// Write the list as text or json; `FORMAT=FILE` writes to a file
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

impl output::Format for Format {
    const ALL: &'static [(&'static str, Format)] = &[("text", Format::Text), ("json", Format::Json)];
    const TEXT: Format = Format::Text;
}

/// Prints the policies.
pub(super) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    output::accept(&args.output)?;
    let sources = library::sources(&args.policies)?;
    let options = LoadOptions { parameters: args.policies.param.clone(), validated: policies::VALIDATED };
    match Policies::load(&sources, &options) {
        Ok((policies, _)) => {
            output::write(&args.output, chatter, |format, style| match format {
                Format::Text => Ok(text(policies.infos(), style.quiet)),
                Format::Json => Ok(to_json(&policies)),
            })?;
            Ok(Exit::Clean)
        }
        Err(problems) => refuse(&problems, sources, terminal::colours_of_errors(chatter.color)),
    }
}

fn text(infos: &[PolicyInfo], quiet: bool) -> String {
    let width = |of: fn(&PolicyInfo) -> &str| infos.iter().map(|info| of(info).chars().count()).max().unwrap_or(0);
    let (code, id) = (width(|info| &info.code), width(|info| &info.id));
    let line = |info: &PolicyInfo| {
        let PolicyInfo { code: this, id: name, severity, title, .. } = info;
        format!("{this:code$}  {:7}  {name:id$}  {title}\n", severity.as_str())
    };
    let lines: String = infos.iter().map(line).collect();
    if quiet { lines } else { format!("{lines}{}\n", policies(infos.len())) }
}

fn to_json(policies: &Policies) -> String {
    let list = json!({
        "version": 1,
        "digest": policies.digest(),
        "policies": policies.infos().iter().map(info).collect::<Vec<_>>(),
    });
    format!("{list:#}\n")
}

fn info(info: &PolicyInfo) -> Value {
    let PolicyInfo {
        id,
        code,
        pack,
        title,
        severity,
        outcome,
        on_unknown,
        settles,
        ratchet,
        help,
        references,
        fix,
        operations,
        types,
        connections,
        facts,
        place: at,
    } = info;
    json!({
        "id": id,
        "code": code,
        "pack": pack,
        "title": title,
        "severity": severity.as_str(),
        "outcome": outcome.as_str(),
        "onUnknown": on_unknown.as_str(),
        "settles": settles,
        "ratchet": ratchet,
        "help": help,
        "references": references,
        "fix": fix,
        "operations": operations,
        "types": types,
        "connections": connections,
        "facts": facts.iter().map(|fact| fact.name).collect::<Vec<_>>(),
        "place": place(at),
    })
}
