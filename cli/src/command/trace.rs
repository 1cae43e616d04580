//! `hedgerow trace`: the whole way of a connection, one step a line.

use engine::reach::{Verdict, WorkloadEnd};
use engine::synth::Turn;
use engine::way::{Stage, Trace, Url};

use super::resolve::Format;
use super::way::{self, Settings, split};
use crate::args::{Chatter, InputFlags};
use crate::command::check::examined;
use crate::exit::Exit;
use crate::network::{Network, Trust};
use crate::output::{self, Output};
use crate::render::way::{Heard, Walked, trace_json, trace_text};

const HELP: &str = "\
POD is `NAMESPACE/NAME` of a workload, `NAMESPACE/NAME[Kind]`, or `NAMESPACE/POD`; or `outside`, for a request that comes in by an
Ingress or a Route. URL is `http://web:8080`, `postgres://db-0.db/logs`, `tcp://redis:6379`, or HOST:PORT[/PROTOCOL]. A plain
argument that is `-`, or that names a file or directory, is input, as with -f.

Exit codes: 0 the connection comes through, 1 it breaks, 2 usage error or no such pod, 3 unknown or left to the network plugin.

Examples:
  hedgerow trace shop/web http://api:8080 -f deploy/        DNS, Service, endpoints, rules of both ends, container port
  hedgerow trace shop/web db-0.db:5432 -f deploy/           to one pod of a StatefulSet
  hedgerow trace outside https://shop.example/api -f deploy/ --controller ingress/nginx
                                                            host, path, Ingress, Service, endpoints, rules, container port";

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
    /// A workload that takes in the requests of Ingresses, which the API does not say; may be repeated
    #[arg(long, value_name = "NAME")]
    controller: Vec<String>,
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
    let (dns, taken) = (args.settings.dns(), args.given.taken());
    let controllers = network.workloads(&args.controller)?;
    let pod_of = if pod == "outside" { None } else { Some(network.workload(&pod)?) };
    let found = match &pod_of {
        Some(pod) => network.reach.trace(pod, (&text, &url), &dns, &taken),
        None => network.reach.trace_in((&text, &url), &controllers, &dns, &taken),
    };
    network.reach.sound()?;
    let found = found.ok_or_else(|| anyhow::anyhow!("there is no `{pod}` in the input"))?;
    let exit = network.exit().and(match found.verdict {
        Verdict::Allow => Exit::Clean,
        Verdict::Deny => Exit::Findings,
        Verdict::ImplementationDefined | Verdict::Unknown => Exit::Unknown,
    });
    let turn = turn(&network, pod_of.as_ref().or(controllers.first()), &found, &args.given);
    let (places, sources) = (network.places(), network.texts());
    let known = network.known(&sources, &places);
    let heard = Heard { report: &network.report, places: &places, reach: &network.reach };
    let walked = Walked {
        heard,
        pod: &pod,
        workload: pod_of.as_ref().map(|pod| &pod.object),
        url: &url,
        found: &found,
        known,
        turn: turn.as_ref(),
        exit,
    };
    output::write(&args.output, chatter, |format, style| {
        let text = match format {
            Format::Text => trace_text::render(&walked, style),
            Format::Json => trace_json::render(&walked),
        };
        network.reach.sound().map(|()| text)
    })?;
    Ok(exit)
}

/// Most objects of an input in which a change is looked for: each that is tried costs reading the whole.
const MOST_OBJECTS: u32 = 2000;

/// The smallest change that lets the connection pass to an endpoint where a rule of a NetworkPolicy stops it.
fn turn(network: &Network, source: Option<&WorkloadEnd>, found: &Trace, given: &Trust) -> Option<Turn> {
    let last = found.steps.last().filter(|step| step.verdict == Verdict::Deny)?;
    let by_rule = matches!(last.stage, Stage::Egress | Stage::Ingress);
    let branch = found.branches.iter().find(|branch| branch.verdict() == Verdict::Deny);
    let branch = branch.filter(|_| by_rule && examined(&network.report) <= MOST_OBJECTS)?;
    let source = network.reach.resolve_name(&source?.name).ok()?;
    network.turn(given, (&source, branch.end.as_ref()?, Some(branch.port)))
}
