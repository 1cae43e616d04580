//! `hedgerow test`: the tests of policies, through the path that admission takes.

mod files;

use std::path::PathBuf;

use engine::policy_test::{TestOptions, TestReport};

use crate::args::{Chatter, EngineChoice, Policies};
use crate::engines::{self, Loaded};
use crate::exit::Exit;
use crate::output::{self, Output};
use crate::render::closing::plural;
use crate::render::coverage::{self, share};
use crate::render::{finding::Printer, tap, test_run};
use crate::sources::Sources;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  hedgerow test policies/                          every test below policies/
  hedgerow test --filter node-port                 only cases whose FILE::NAME has this text
  hedgerow test --coverage --coverage-fail-under 100
  hedgerow test -o junit=tests.xml -o text";

/// What `test` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Folders with tests (`*.test.yaml`) and the packs they are about, or single test files
    #[arg(value_name = "DIR|FILE", default_value = ".")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    policies: Policies,
    /// Run only cases whose `FILE::NAME` contains this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Write a report: text, junit, json or tap; `FORMAT=FILE` writes to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = output::parse::<Format>)]
    output: Vec<Output<Format>>,
    /// Where policies are evaluated; the answers are the same
    #[arg(long, value_enum, default_value = "wasm")]
    engine: EngineChoice,
    #[command(flatten)]
    coverage: Coverage,
}

/// What is asked of coverage; every one of these turns it on.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Coverage")]
struct Coverage {
    /// Print which policies and conditions were seen to hold and not to
    #[arg(long)]
    coverage: bool,
    /// Write coverage in LCOV format
    #[arg(long, value_name = "FILE")]
    coverage_lcov: Option<PathBuf>,
    /// Write coverage as JSON
    #[arg(long, value_name = "FILE")]
    coverage_json: Option<PathBuf>,
    /// Exit 1 if less than this percentage of outcomes was seen
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    coverage_fail_under: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Junit,
    Json,
    Tap,
}

impl output::Format for Format {
    const ALL: &'static [(&'static str, Format)] =
        &[("text", Format::Text), ("junit", Format::Junit), ("json", Format::Json), ("tap", Format::Tap)];
    const TEXT: Format = Format::Text;
}

/// Runs the tests that the arguments name.
pub(crate) fn run(args: &Args, chatter: &Chatter) -> anyhow::Result<Exit> {
    output::accept(&args.output)?;
    let found = files::find(&args.paths, &args.policies)?;
    let options = TestOptions { filter: args.filter.clone(), coverage: args.coverage.wanted() };
    // A test is about its policy whether or not its pack leaves it off.
    let mut parameters = vec![("enable".to_owned(), "*".to_owned())];
    parameters.extend(args.policies.param.iter().cloned());
    let mut engine = match engines::load(args.engine, &found.packs, &parameters)? {
        Loaded::Ready(engine, _) => engine,
        Loaded::Refused(problems) => {
            let sources = Sources::of(found.packs);
            let printer = Printer::new(&sources, terminal::colours_of_errors(chatter.color));
            problems.iter().for_each(|problem| terminal::say(&printer.finding(problem)));
            anyhow::bail!("the policies cannot be used, so no test ran");
        }
    };
    let mut report = engine.test(&found.tests, &options)?;
    report.problems.extend(found.problems);
    let exit = exit(&report);
    let sources = Sources::of(found.tests.into_iter().chain(found.packs));
    let told = output::write(&args.output, chatter, |format, style| match format {
        Format::Text => Ok(test_run::text(&report, &sources, style)),
        Format::Junit => test_run::junit(&report),
        Format::Json => Ok(test_run::json(&report)),
        Format::Tap => Ok(tap::render(&report)),
    })?;
    if report.cases.is_empty() {
        terminal::complain(&no_test(&report, args));
    }
    Ok(exit.and(args.coverage.write(&report, told)?))
}

/// No test is no success: a run that examined nothing proves nothing.
fn exit(report: &TestReport) -> Exit {
    let mut exit = Exit::Clean;
    if report.cases.iter().any(|case| !case.passed) {
        exit = exit.and(Exit::Findings);
    }
    if report.cases.is_empty() || !report.problems.is_empty() {
        exit = exit.and(Exit::Unusable);
    }
    exit
}

fn no_test(report: &TestReport, args: &Args) -> String {
    let paths: Vec<String> = args.paths.iter().map(|path| format!("`{}`", path.display())).collect();
    match (&args.filter, report.filtered_out) {
        (Some(filter), number) if number > 0 => {
            format!("`{filter}` is in the FILE::NAME of none of {}", plural(number as usize, "test"))
        }
        _ => format!("no test was found in {}: tests are files named `*.test.yaml`", paths.join(", ")),
    }
}

impl Coverage {
    fn wanted(&self) -> bool {
        let Coverage { coverage, coverage_lcov, coverage_json, coverage_fail_under } = self;
        *coverage || coverage_lcov.is_some() || coverage_json.is_some() || coverage_fail_under.is_some()
    }

    /// Writes what is asked for; the table goes where the text of the run went, else to standard error.
    fn write(&self, report: &TestReport, told: bool) -> anyhow::Result<Exit> {
        if let Some(file) = &self.coverage_lcov {
            output::write_file(file, &coverage::lcov(report))?;
        }
        if let Some(file) = &self.coverage_json {
            output::write_file(file, &coverage::json(report))?;
        }
        match (self.coverage, told) {
            (true, true) => terminal::print(&coverage::text(report))?,
            (true, false) => terminal::say(coverage::text(report).trim_end()),
            (false, _) => {}
        }
        let percent = share(report).percent();
        match self.coverage_fail_under {
            Some(least) if percent < usize::from(least) => {
                terminal::complain(&format!("{percent}% of outcomes were seen, below --coverage-fail-under {least}"));
                Ok(Exit::Findings)
            }
            _ => Ok(Exit::Clean),
        }
    }
}
