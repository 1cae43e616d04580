//! `hedgerow trace`: the whole way of a connection, one step a line.

use engine::reach::Verdict;
use engine::way::Url;

use super::resolve::Format;
use super::way::{self, Settings, split};
use crate::args::{Chatter, InputFlags};
use crate::exit::Exit;
use crate::network::Trust;
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
    given: Trust,
    #[command(flatten)]
    settings: Settings,
    /// Write a report: text or json; `FORMAT=FILE` writes to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
}

/// Follows a connection.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    output::accept(&args.output)?;
    let (paths, [pod, text]) = split(&args.words, "POD URL")?;
    let url = Url::parse(&text).map_err(anyhow::Error::msg)?;
    let mut network = way::network(paths, &args.flags, &args.given, chatter)?;
    let pod_of = network.workload(&pod)?;
    let found = network.reach.trace(&pod_of, (&text, &url), &args.settings.dns(), &args.given.taken());
    network.reach.sound()?;
    let found = found.ok_or_else(|| anyhow::anyhow!("there is no `{pod}` in the input"))?;
    let exit = network.exit().and(match found.verdict {
        Verdict::Allow => Exit::Clean,
        Verdict::Deny => Exit::Findings,
        Verdict::ImplementationDefined | Verdict::Unknown => Exit::Unknown,
    });
    let places = network.places();
    let heard = Heard { report: &network.report, places: &places, reach: &network.reach };
    let walked = Walked { heard, pod: &pod, workload: &pod_of.object, url: &url, found: &found, exit };
    output::write(&args.output, chatter, |format, style| {
        let text = match format {
            Format::Text => trace_text::render(&walked, style),
            Format::Json => trace_json::render(&walked),
        };
        network.reach.sound().map(|()| text)
    })?;
    Ok(exit)
}
