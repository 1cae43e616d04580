//! `hedgerow resolve`: what DNS answers inside a pod.

use engine::dns::{RecordType, Resolution, Servers};

use super::way::{self, Settings, split};
use crate::args::{Chatter, InputFlags};
use crate::exit::Exit;
use crate::network::Trust;
use crate::output::{self, Output};
use crate::render::way::{Heard, Resolved, resolve_json, resolve_text};

const HELP: &str = "\
POD is `NAMESPACE/NAME` of a workload, `NAMESPACE/NAME[Kind]`, or `NAMESPACE/POD`. A plain argument that is `-`, or that names a
file or directory, is input, as with -f.

Exit codes: 0 the name resolves, 1 it does not, 2 usage error or no such pod, 3 unknown.

Examples:
  hedgerow resolve shop/web db -f deploy/                            the address that `db` has inside of shop/web
  hedgerow resolve shop/web db-0.db.shop.svc.cluster.local -f deploy/
  hedgerow resolve shop/web _sql._tcp.db --type SRV -f deploy/       host and port
  hedgerow resolve shop/web 10.96.0.10 --type PTR -f deploy/         the name of an address";

/// What `resolve` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = "hedgerow resolve [OPTIONS] <POD> <NAME> -f <FILE|DIR|->...")]
pub(crate) struct Args {
    /// The pod that asks, the name, and input: see below
    #[arg(value_name = "POD NAME | FILE|DIR|-")]
    words: Vec<String>,
    /// What is asked: A, AAAA, SRV, PTR or CNAME; addresses of both families if absent
    #[arg(long = "type", value_name = "TYPE", value_parser = kind)]
    kind: Option<RecordType>,
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

/// What `-o` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
}

impl output::Format for Format {
    const ALL: &'static [(&'static str, Format)] = &[("text", Format::Text), ("json", Format::Json)];
    const TEXT: Format = Format::Text;
}

/// Resolves a name inside of a pod.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    output::accept(&args.output)?;
    let (paths, [pod, name]) = split(&args.words, "POD NAME")?;
    let network = way::network(paths, &args.flags, &args.given, chatter)?;
    let pod_of = network.workload(&pod)?;
    let kind = args.kind.unwrap_or(RecordType::Address);
    let found = network.reach.resolve(&pod_of, &name, kind, &args.settings.dns());
    network.reach.sound()?;
    let found = found.ok_or_else(|| anyhow::anyhow!("there is no `{pod}` in the input"))?;
    let exit = network.exit().and(of(&found));
    let workload = &pod_of.object;
    let near = if found.hit.is_none() && found.conf.servers == Servers::Cluster {
        network.reach.nearest_services(&workload.namespace, &name)
    } else {
        Vec::new()
    };
    let places = network.places();
    let heard = Heard { report: &network.report, places: &places, reach: &network.reach };
    let resolved = Resolved { heard, pod: &pod, workload, name: &name, kind, found: &found, near: &near, exit };
    output::write(&args.output, chatter, |format, style| {
        let text = match format {
            Format::Text => resolve_text::render(&resolved, style),
            Format::Json => resolve_json::render(&resolved),
        };
        network.reach.sound().map(|()| text)
    })?;
    Ok(exit)
}

fn of(found: &Resolution) -> Exit {
    match (found.resolves(), found.is_nothing()) {
        (true, _) => Exit::Clean,
        (_, true) => Exit::Findings,
        _ => Exit::Unknown,
    }
}

fn kind(text: &str) -> Result<RecordType, String> {
    RecordType::parse(text).ok_or_else(|| "there are A, AAAA, SRV, PTR and CNAME".to_owned())
}
