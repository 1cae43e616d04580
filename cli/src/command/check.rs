//! `hedgerow check`: manifests → findings.

mod verdict;

use engine::review::{CheckOptions, Report, SnapshotOf};

use crate::args::{Chatter, EngineChoice, Input, Policies, WorldChoice};
use crate::engines::{self, Loaded};
use crate::exit::Exit;
use crate::input::{self, Gathered};
use crate::output::{self, Output};
use crate::render::{self, Style, View};
use crate::sources::Sources;
use crate::{library, pages, terminal};
pub(crate) use verdict::{complete, examined, failed};

use verdict::FailOn;

const EXAMPLES: &str = "\
Examples:
  hedgerow check deploy/                                every manifest below deploy/
  helm template shop ./chart | hedgerow check -         what a chart renders to
  hedgerow check deploy/ -o sarif=out.sarif -o text     a report for a forge, and text to read
  hedgerow check deploy/ --as alice --as-group dev      as if alice created them
  hedgerow check --explain SVC-001                      what a code means";

/// What `check` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group = clap::ArgGroup::new("what").args(["paths", "filename", "context", "explain"]).required(true).multiple(true))]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    policies: Policies,
    #[command(flatten)]
    request: Request,
    /// Write a report: text, json, sarif, junit or github; `FORMAT=FILE` writes to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
    /// Exit 1 from this severity on (error by default); `unknown` also makes policies that could not be decided exit 3
    #[arg(long, value_name = "SEVERITY", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// Where policies are evaluated; the answers are the same
    #[arg(long, value_enum, default_value = "native")]
    engine: EngineChoice,
    /// Print the page of a policy or of one of the engine's own codes, and check nothing
    #[arg(long, value_name = "CODE", conflicts_with_all = ["paths", "filename", "context", "output"])]
    explain: Option<String>,
}

/// What the objects are judged as.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Request")]
struct Request {
    /// How far the input may be trusted to be all there is: `auto` takes a namespace as closed if the input holds a workload
    /// of it
    #[arg(long, value_enum, default_value = "auto")]
    world: WorldChoice,
    /// The operation that is judged
    #[arg(long, value_enum, default_value = "create")]
    operation: OperationChoice,
    /// The user who asks; without it, policies that hang on the user are not decided
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
    /// A group of that user; may be repeated
    #[arg(long = "as-group", value_name = "GROUP", requires = "user")]
    groups: Vec<String>,
    /// The namespace of objects that name none
    #[arg(short, long, value_name = "NAMESPACE", default_value = "default")]
    namespace: String,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum OperationChoice {
    Create,
    Update,
    Delete,
}

/// Checks what the arguments name.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    if let Some(code) = &args.explain {
        return pages::explain(code, &args.policies);
    }
    output::accept(&args.output)?;
    let packs = library::sources(&args.policies)?;
    let mut gathered = input::gather(&args.input, SnapshotOf::Policies);
    let report = judge(args, &packs, &gathered)?;
    let manifests = std::mem::take(&mut gathered.sources);
    let report = verdict::complete(report, gathered);
    let exit = verdict::exit(&report, &args.fail_on);
    let sources = Sources::of(manifests.into_iter().chain(packs));
    let view = View { report: &report, sources: &sources, exit };
    let told = output::write(&args.output, chatter, |format, style| format.render(&view, style))?;
    if !told && !chatter.quiet {
        terminal::say(&render::closing::result(&view, Style::PLAIN));
    }
    Ok(exit)
}

/// What `-o` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Sarif,
    Junit,
    Github,
}

impl output::Format for Format {
    const ALL: &'static [(&'static str, Format)] = &[
        ("text", Format::Text),
        ("json", Format::Json),
        ("sarif", Format::Sarif),
        ("junit", Format::Junit),
        ("github", Format::Github),
    ];
    const TEXT: Format = Format::Text;
}

impl Format {
    fn render(self, view: &View<'_>, style: Style) -> anyhow::Result<String> {
        match self {
            Format::Text => Ok(render::text::render(view, style)),
            Format::Json => Ok(render::json::render(view)),
            Format::Sarif => Ok(render::sarif::render(view)),
            Format::Junit => render::junit::render(view),
            Format::Github => Ok(render::github::render(view)),
        }
    }
}

/// The engine's report; where packs cannot be used, a report of that alone.
fn judge(args: &Args, packs: &[engine::Source], gathered: &Gathered) -> anyhow::Result<Report> {
    match engines::load(args.engine, packs, &args.policies.param)? {
        Loaded::Ready(mut engine, warnings) => {
            let mut report = engine.check(&gathered.sources, &args.request.options())?;
            report.findings.extend(warnings);
            Ok(report)
        }
        Loaded::Refused(problems) => Ok(verdict::refused(problems)),
    }
}

impl Request {
    fn options(&self) -> CheckOptions {
        let Request { world, operation, user, groups, namespace } = self;
        CheckOptions {
            world: (*world).into(),
            operation: match operation {
                OperationChoice::Create => "create".to_owned(),
                OperationChoice::Update => "update".to_owned(),
                OperationChoice::Delete => "delete".to_owned(),
            },
            user: user.clone(),
            groups: groups.clone(),
            namespace: Some(namespace.clone()),
            settings: Default::default(),
        }
    }
}
