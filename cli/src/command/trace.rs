//! `hedgerow trace`: the whole way of a connection, one step a line.

use engine::reach::{ReachSettings, Verdict};
use engine::review::Places;
use engine::way::{Traced, Url, trace};

use super::resolve::Format;
use super::way::{Scene, Settings, split};
use crate::args::{Chatter, InputFlags};
use crate::exit::Exit;
use crate::output::{self, Output};
use crate::render::way::{Heard, Walked, trace_json, trace_text};

const HELP: &str = "\
POD is `NAMESPACE/NAME` of a workload, `NAMESPACE/NAME[Kind]`, or `NAMESPACE/POD`. URL is `http://web:8080`,
`postgres://db-0.db/logs`, `tcp://redis:6379`, or HOST:PORT[/PROTOCOL]. A plain argument that is `-`, or that names a file or
directory, is input, as with -f.

Exit codes: 0 the connection comes through, 1 it breaks, 2 usage error or no such pod, 3 unknown or left to the network plugin.

Examples:
  hedgerow trace shop/web http://api:8080 -f deploy/        DNS, Service, endpoints, rules of both ends, container port
  hedgerow trace shop/web db-0.db:5432 -f deploy/           to one pod of a StatefulSet";

/// What `trace` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = "hedgerow trace [OPTIONS] <POD> <URL> -f <FILE|DIR|->...")]
pub(crate) struct Args {
    /// The pod that connects, the URL, and input: see below
    #[arg(value_name = "POD URL | FILE|DIR|-")]
    words: Vec<String>,
    #[command(flatten)]
    flags: InputFlags,
    #[command(flatten)]
    settings: Settings,
    /// Write a report: text or json; `FORMAT=FILE` writes to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
}

/// Follows a connection.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    output::accept(&args.output)?;
    let (paths, [pod, url]) = split(&args.words, "POD URL")?;
    let url = Url::parse(&url).map_err(anyhow::Error::msg)?;
    let mut scene = Scene::of(paths, &args.flags, &args.settings, chatter)?;
    let workload = scene.workload(&pod)?;
    let (dns, settings) = (args.settings.dns(), ReachSettings::default());
    let traced = Traced { source: &workload, url: &url, dns: &dns, reach: &settings };
    let found = trace(&mut scene.cluster, &scene.reach, traced);
    let exit = scene.usable().and(match found.verdict {
        Verdict::Allow => Exit::Clean,
        Verdict::Deny => Exit::Findings,
        Verdict::ImplementationDefined | Verdict::Unknown => Exit::Unknown,
    });
    let places = Places::of(&scene.cluster, &scene.manifests);
    let heard = Heard { report: &scene.report, places: &places, reach: &scene.reach };
    let walked = Walked { heard, pod: &pod, workload: &workload, url: &url, found: &found, exit };
    output::write(&args.output, chatter, |format, style| {
        Ok(match format {
            Format::Text => trace_text::render(&walked, style),
            Format::Json => trace_json::render(&walked),
        })
    })?;
    Ok(exit)
}
