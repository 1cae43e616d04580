//! `hedgerow reach`: manifests → who reaches whom, or whether one end reaches another and why.

mod filter;
mod service;
mod words;

use engine::net::{AddressSet, Cidr};
use engine::reach::{PortAsk, Reach, ReachSettings, Verdict};
use engine::review::{Decision, Digests, Given, Places, Report, given};

use crate::args::{Chatter, Input, InputFlags, WorldChoice};
use crate::command::check::{complete, examined};
use crate::exit::Exit;
use crate::input;
use crate::output::{self, Output};
use crate::render::Style;
use crate::render::finding::Printer;
use crate::render::reach::{self as render, Asked, Known, Listed};
use crate::sources::Sources;
use crate::terminal;
pub(crate) use filter::Filter;
pub(super) use filter::end;

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
  hedgerow reach deploy/ -o dot | dot -Tsvg > net.svg   a picture";

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
    /// Write a report: text, json, csv, md, dot or mermaid; `FORMAT=FILE` writes to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
    /// Write text and csv in the line shape of the widely used analyzer, `src => dst : TCP 80,443`, and nothing else
    #[arg(long)]
    format_compat: bool,
}

/// What the input stands for.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Input")]
struct Trust {
    /// How far the input may be trusted to be all there is: `auto` takes a namespace as closed if the input holds a workload
    /// of it
    #[arg(long, value_enum, default_value = "auto")]
    world: WorldChoice,
    /// The namespace of objects that name none
    #[arg(short, long, value_name = "NAMESPACE", default_value = "default")]
    namespace: String,
    /// Addresses that pods have; an `ipBlock` beside them takes in no pod, which is otherwise left to the network plugin
    #[arg(long, value_name = "CIDR", value_parser = cidr)]
    pod_cidr: Vec<Cidr>,
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
}

impl output::Format for Format {
    const ALL: &'static [(&'static str, Format)] = &[
        ("text", Format::Text),
        ("json", Format::Json),
        ("csv", Format::Csv),
        ("md", Format::Markdown),
        ("dot", Format::Dot),
        ("mermaid", Format::Mermaid),
    ];
    const TEXT: Format = Format::Text;
}

/// Lists connections, or answers a question.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    output::accept(&args.output)?;
    let (paths, question) = words::split(&args.words)?;
    let input = Input { paths, flags: args.flags.clone() };
    anyhow::ensure!(input.all().next().is_some(), "no input is named: add `-f DIR`, or `-` for standard input");
    let mut gathered = input::gather(&input);
    let given = given(&gathered.sources, args.given.world.into(), &args.given.namespace);
    let manifests = std::mem::take(&mut gathered.sources);
    let (cluster, report) = taken_apart(given);
    let report = complete(report, gathered);
    let reach = Reach::with(&cluster, &args.given.settings());
    let places = Places::of(&cluster, &manifests);
    let sources = Sources::of(manifests.iter().cloned());
    let printer = Printer::new(&sources, terminal::colours_of_errors(chatter.color));
    report.findings.iter().for_each(|finding| terminal::say(&printer.finding(finding)));
    let known = Known { reach: &reach, report: &report, sources: &sources, places: &places };
    let exit = match question {
        Some(question) => {
            args.only.refuse_with_a_question(args.format_compat)?;
            if let Some(name) = question.destination.strip_prefix("svc/") {
                return service::run(args, chatter, (&cluster, &known), (&question, name));
            }
            let [source, destination] = [&question.source, &question.destination];
            let [source, destination] = [filter::end(&reach, source)?, filter::end(&reach, destination)?];
            let explanation = reach.explain(&cluster, &source, &destination, question.port);
            let exit = usable(&report).and(of_verdict(explanation.answer.verdict));
            let asked = Asked { known, source, destination, port: question.port, explanation, exit };
            answer(args, chatter, &asked)?;
            exit
        }
        None => {
            let exit = usable(&report);
            list(args, chatter, &Listed { known, filter: args.only.filter(&reach)?, exit })?;
            exit
        }
    };
    Ok(exit)
}

fn answer(args: &Args, chatter: &Chatter, asked: &Asked<'_>) -> anyhow::Result<()> {
    output::write(&args.output, chatter, |format, style| match format {
        Format::Text => Ok(render::answer_text::render(asked, style)),
        Format::Json => Ok(render::answer_json::render(asked)),
        _ => anyhow::bail!("a question is answered as text or json; the other formats list connections"),
    })?;
    Ok(())
}

fn list(args: &Args, chatter: &Chatter, listed: &Listed<'_>) -> anyhow::Result<()> {
    let told = output::write(&args.output, chatter, |format, style| match format {
        Format::Text if args.format_compat => Ok(render::compat::text(listed)),
        Format::Csv if args.format_compat => Ok(render::compat::csv(listed)),
        Format::Text => Ok(render::text::render(listed, style)),
        Format::Json => Ok(render::json::render(listed)),
        Format::Csv => Ok(render::csv::render(listed)),
        Format::Markdown => Ok(render::markdown::render(listed)),
        Format::Dot => Ok(render::dot::render(listed)),
        Format::Mermaid => Ok(render::mermaid::render(listed)),
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

/// 2 if part of the input could not be read, or if there is none.
fn usable(report: &Report) -> Exit {
    if !report.unusable.is_empty() || examined(report) == 0 { Exit::Unusable } else { Exit::Clean }
}

fn of_verdict(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Allow => Exit::Clean,
        Verdict::Deny => Exit::Findings,
        Verdict::ImplementationDefined | Verdict::Unknown => Exit::Unknown,
    }
}

/// What is given, as the report of a run that asked no policy.
fn taken_apart(given: Given) -> (engine::Cluster, Report) {
    let Given { cluster, findings, objects, skipped, unusable } = given;
    let (closed, open) = cluster.namespaces();
    let digests = Digests { policies: String::new(), cluster: cluster.digest() };
    let report = Report {
        decision: Decision::Allow,
        findings,
        unknowns: Vec::new(),
        objects,
        examined: Vec::new(),
        skipped,
        policies_asked: 0,
        closed,
        open,
        unusable,
        digests,
    };
    (cluster, report)
}

impl Trust {
    fn settings(&self) -> ReachSettings {
        let each = self.pod_cidr.iter().map(|cidr| AddressSet::of(*cidr));
        match each.reduce(|all, more| all.union(&more)) {
            Some(pod_addresses) => ReachSettings { pod_addresses },
            None => ReachSettings::default(),
        }
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

fn cidr(text: &str) -> Result<Cidr, String> {
    Cidr::parse(text).ok_or_else(|| "a CIDR is written `10.244.0.0/16` or `fd00::/48`".to_owned())
}

fn port(text: &str) -> Result<PortAsk, String> {
    PortAsk::parse(text).ok_or_else(|| words::PORT.to_owned())
}
