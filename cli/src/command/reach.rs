//! `hedgerow reach`: manifests → who reaches whom, or whether one end reaches another and why.

mod filter;
mod offers;
mod service;
mod words;

use engine::reach::{PortAsk, Verdict};
use engine::review::SnapshotOf;

use crate::args::{Chatter, Input, InputFlags};
use crate::command::check::examined;
use crate::exit::Exit;
use crate::input;
use crate::network::{Network, Trust};
use crate::output::{self, Output};
use crate::render::Style;
use crate::render::reach::{self as render, Asked, Listed, Offers};
use crate::terminal;
pub(crate) use filter::Filter;
pub(crate) use filter::end;

const HELP: &str = "\
A plain argument that is `-`, or that names a file or directory, is input, as with -f. The others are the question. A name
that is also a path is told apart by its kind: `shop/web[Deployment]`.

Names:
  NAMESPACE/NAME         a workload; NAMESPACE/NAME[Kind] where two kinds share the name
  NAMESPACE/POD          the workload that makes the pod
  10.0.0.0/8, 10.1.2.3   addresses outside of the cluster
  outside                every address outside of the cluster
  svc/NAMESPACE/NAME     a Service, as DST: the ports are the Service's, the answer that of its endpoints
  NAMESPACE/*            every workload of a namespace (--from, --to, --focus)

Exit codes of a question: 0 allow, 1 deny, 2 usage error or no such name, 3 unknown or left to the network plugin. A list is 0.

Examples:
  hedgerow reach -f deploy/                             every connection, with its ports
  hedgerow reach shop/web shop/db 5432 -f deploy/       one question, with the rules that decide it
  hedgerow reach shop/web 10.0.0.0/8 -f deploy/         which ports of which of these addresses
  hedgerow reach outside svc/shop/web 443 -f deploy/    whether a Service lets the outside in
  hedgerow reach deploy/ --to 'prod/*' --port 443       who reaches port 443 of the workloads of prod
  hedgerow reach deploy/ -o svg=net.svg                 a drawing
  hedgerow reach deploy/ -o html=net.html               a page to look around in";

/// What `reach` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP, override_usage = "hedgerow reach [OPTIONS] -f <FILE|DIR|->...\n       \
    hedgerow reach [OPTIONS] <SRC> <DST> [PORT[/PROTO]] -f <FILE|DIR|->...")]
pub(crate) struct Args {
    /// A question (`SRC DST [PORT[/PROTO]]`; without PORT: which ports pass), and input: see below
    #[arg(value_name = "SRC DST [PORT] | FILE|DIR|-")]
    words: Vec<String>,
    #[command(flatten)]
    flags: InputFlags,
    #[command(flatten)]
    given: Trust,
    #[command(flatten)]
    only: Only,
    /// A workload that takes in the requests of Ingresses, which the API does not say; may be repeated
    #[arg(long, value_name = "NAME")]
    controller: Vec<String>,
    /// Also say which pods that are not in the input could reach the workloads, or be reached from them, by conditions on their
    /// labels (text, json, md)
    #[arg(long)]
    exposure: bool,
    /// Write a report: text, json, csv, md, dot, mermaid, svg or html; `FORMAT=FILE` writes to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
    /// Write text and csv in the line shape of the widely used analyzer, `src => dst : TCP 80,443`, and nothing else
    #[arg(long)]
    format_compat: bool,
}

/// Which connections are listed.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "List")]
pub(crate) struct Only {
    /// Only connections from this end; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) from: Vec<String>,
    /// Only connections to this end; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) to: Vec<String>,
    /// Only connections from or to this end; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) focus: Vec<String>,
    /// Only this port of the destination; TCP if no protocol is named; may be repeated
    #[arg(long, value_name = "PORT[/PROTO]", value_parser = port)]
    pub(super) port: Vec<PortAsk>,
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
    Patch,
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
        ("patch", Format::Patch),
        ("svg", Format::Svg),
        ("html", Format::Html),
    ];
    const TEXT: Format = Format::Text;
}

/// Lists connections, or answers a question.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    output::accept(&args.output)?;
    let (paths, question) = words::split(&args.words)?;
    let input = Input { paths, flags: args.flags.clone() };
    anyhow::ensure!(input.all().next().is_some(), "no input is named: add `-f DIR`, or `-` for standard input");
    let reader = args.given.reader()?;
    let network = Network::of(input::gather(&input, SnapshotOf::Network), &args.given, &reader)?;
    let (sources, places) = (network.texts(), network.places());
    let known = network.known(&sources, &places);
    network.tell_findings(&sources, chatter);
    let reach = &network.reach;
    let controllers = network.workloads(&args.controller)?;
    let exit = match question {
        Some(question) => {
            args.only.refuse_with_a_question(args.format_compat)?;
            if let Some(name) = question.destination.strip_prefix("svc/") {
                return service::run(args, chatter, (&network, &known), (&question, name));
            }
            let [source, destination] = [&question.source, &question.destination];
            let [source, destination] = [filter::end(reach, source)?, filter::end(reach, destination)?];
            let explanation = reach.explain(&source, &destination, question.port);
            let exit = network.exit().and(of_verdict(explanation.answer.verdict));
            let turn = args.turns(&network).then(|| network.turn(&args.given, (&source, &destination, question.port)));
            let turn = turn.flatten();
            let ends = Only { focus: vec![question.source.clone(), question.destination.clone()], ..Only::default() };
            let ends = args.exposure.then(|| ends.filter(reach)).transpose()?;
            let offers = Offers::default();
            let exposure = ends.map(|filter| Listed { known, filter, exposure: true, offers, exit });
            let entrances = offers::to(reach, (&source, &destination), &controllers);
            let port = question.port;
            let asked = Asked { known, source, destination, port, exposure, explanation, entrances, turn, exit };
            answer(args, chatter, &asked)?;
            exit
        }
        None => {
            let exit = network.exit();
            let filter = args.only.filter(reach)?;
            let offers = offers::of(reach, &filter, &controllers);
            list(args, chatter, &Listed { known, filter, exposure: args.exposure, offers, exit })?;
            exit
        }
    };
    Ok(exit)
}

fn answer(args: &Args, chatter: &Chatter, asked: &Asked<'_>) -> anyhow::Result<()> {
    output::write(&args.output, chatter, |format, style| {
        let text = match format {
            Format::Text => render::answer_text::render(asked, style),
            Format::Json => render::answer_json::render(asked),
            Format::Patch => render::turn::render(asked)?,
            _ => anyhow::bail!("a question is answered as text, json or patch; the other formats list connections"),
        };
        asked.known.reach.sound().map(|()| text)
    })?;
    Ok(())
}

fn list(args: &Args, chatter: &Chatter, listed: &Listed<'_>) -> anyhow::Result<()> {
    let told = output::write(&args.output, chatter, |format, style| {
        let text = match format {
            Format::Csv | Format::Dot | Format::Mermaid | Format::Svg | Format::Html if args.exposure => {
                anyhow::bail!("what is not in the input is told as text, json or md")
            }
            Format::Text if args.format_compat => render::compat::text(listed),
            Format::Csv if args.format_compat => render::compat::csv(listed),
            Format::Text => render::text::render(listed, style),
            Format::Json => render::json::render(listed),
            Format::Csv => render::csv::render(listed),
            Format::Markdown => render::markdown::render(listed),
            Format::Dot => render::dot::render(listed),
            Format::Mermaid => render::mermaid::render(listed),
            Format::Patch => {
                anyhow::bail!("a patch turns the answer of a question: `SRC DST [PORT[/PROTO]]` is missing")
            }
            Format::Svg => render::svg::render(listed),
            Format::Html => render::html::render(listed),
        };
        listed.known.reach.sound().map(|()| text)
    })?;
    if args.format_compat
        && let Some(left_out) = render::compat::left_out(listed)
    {
        terminal::say(&left_out);
    }
    if (!told || args.format_compat) && !chatter.quiet {
        terminal::say(render::closing::lines(&listed.known, Style::PLAIN).trim_end());
    }
    Ok(())
}

fn of_verdict(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Allow => Exit::Clean,
        Verdict::Deny => Exit::Findings,
        Verdict::ImplementationDefined | Verdict::Unknown => Exit::Unknown,
    }
}

impl Args {
    /// Whether the smallest change that turns the answer is looked for: each that is tried costs reading the whole input.
    fn turns(&self, network: &Network) -> bool {
        const MOST_OBJECTS: u32 = 2000;
        let asked = self.output.iter().any(|output| output.is(Format::Patch));
        asked || examined(&network.report) <= MOST_OBJECTS
    }
}

impl Only {
    fn refuse_with_a_question(&self, compat: bool) -> anyhow::Result<()> {
        let Only { from, to, focus, port } = self;
        let none = from.is_empty() && to.is_empty() && focus.is_empty() && port.is_empty() && !compat;
        anyhow::ensure!(
            none,
            "`--from`, `--to`, `--focus`, `--port` and `--format-compat` are about the list; a question is `SRC DST [PORT]`"
        );
        Ok(())
    }
}

fn port(text: &str) -> Result<PortAsk, String> {
    PortAsk::parse(text).ok_or_else(|| words::PORT.to_owned())
}
