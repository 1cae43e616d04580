//! Manifests → what the network does; for the verbs that ask no policy.

use engine::net::Cidr;
use engine::reach::{End, PortAsk, WorkloadEnd};
use engine::review::{Decision, Digests, Report};
use engine::synth::Turn;
use engine::text::Source;

use crate::args::{Chatter, EngineChoice, WorldChoice};
use crate::command::check::{complete, examined};
use crate::engines::{Given, Net, Places, Reader, Taken};
use crate::exit::Exit;
use crate::input::Gathered;
use crate::render::finding::Printer;
use crate::render::reach::Known;
use crate::sources::Sources;
use crate::terminal;

/// What the input stands for, and which engine reads it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct Trust {
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
    /// Where the network is worked out; the answers are the same
    #[arg(long, value_enum, default_value = "native")]
    engine: EngineChoice,
}

/// What was read, and what the network that it describes does.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) manifests: Vec<Source>,
    pub(crate) report: Report,
    pub(crate) reach: Net,
}

impl Network {
    /// The network of what was read.
    ///
    /// # Errors
    /// The component gives no answer.
    pub(crate) fn of(mut gathered: Gathered, trust: &Trust, reader: &Reader) -> anyhow::Result<Network> {
        let (reach, given) = reader.read(&gathered.sources, &trust.taken())?;
        let manifests = std::mem::take(&mut gathered.sources);
        let report = complete(report(given), gathered);
        Ok(Network { manifests, report, reach })
    }

    /// Where fields stand.
    pub(crate) fn places(&self) -> Places<'_> {
        self.reach.places(&self.manifests)
    }

    /// The texts.
    pub(crate) fn texts(&self) -> Sources {
        Sources::of(self.manifests.iter().cloned())
    }

    /// The smallest change of the input that turns an answer.
    pub(crate) fn turn(&self, trust: &Trust, asked: (&End, &End, Option<PortAsk>)) -> Option<Turn> {
        self.reach.turn(&self.manifests, &trust.taken(), asked)
    }

    /// What renderers need to know.
    pub(crate) fn known<'a>(&'a self, sources: &'a Sources, places: &'a Places<'a>) -> Known<'a> {
        Known { reach: &self.reach, report: &self.report, sources, places }
    }

    /// Says on standard error what is wrong with the input.
    pub(crate) fn tell_findings(&self, sources: &Sources, chatter: &Chatter) {
        let printer = Printer::new(sources, terminal::colours_of_errors(chatter.color));
        self.report.findings.iter().for_each(|finding| terminal::say(&printer.finding(finding)));
    }

    /// The workload that a pod's name is of.
    ///
    /// # Errors
    /// There is none of that name, or several; the candidates are named.
    pub(crate) fn workload(&self, name: &str) -> anyhow::Result<WorkloadEnd> {
        match crate::command::reach::end(&self.reach, name)? {
            End::Workload(id) => {
                let workload = self.reach.workload(id).cloned();
                workload.ok_or_else(|| anyhow::anyhow!("there is no `{name}` in the input"))
            }
            End::Addresses(_) => {
                anyhow::bail!("`{name}` is no pod: names are resolved inside of one, `NAMESPACE/NAME`")
            }
        }
    }

    /// The workloads of these names.
    ///
    /// # Errors
    /// As [`Network::workload`].
    pub(crate) fn workloads(&self, names: &[String]) -> anyhow::Result<Vec<WorkloadEnd>> {
        names.iter().map(|name| self.workload(name)).collect()
    }

    /// 2 if part of the input could not be read, or if there is none.
    pub(crate) fn exit(&self) -> Exit {
        let all = self.report.unusable.is_empty() && examined(&self.report) > 0;
        if all { Exit::Clean } else { Exit::Unusable }
    }
}

/// What is given, as the report of a run that asked no policy.
fn report(given: Given) -> Report {
    let Given { findings, objects, skipped, unusable, closed, open, digest } = given;
    Report {
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
        digests: Digests { policies: String::new(), cluster: digest },
    }
}

impl Trust {
    /// What reads the input.
    ///
    /// # Errors
    /// The component cannot be started.
    pub(crate) fn reader(&self) -> anyhow::Result<Reader> {
        Reader::of(self.engine)
    }

    /// What is taken for granted of the input.
    pub(crate) fn taken(&self) -> Taken {
        Taken { world: self.world.into(), namespace: self.namespace.clone(), pod_cidrs: self.pod_cidr.clone() }
    }
}

fn cidr(text: &str) -> Result<Cidr, String> {
    Cidr::parse(text).ok_or_else(|| "a CIDR is written `10.244.0.0/16` or `fd00::/48`".to_owned())
}
