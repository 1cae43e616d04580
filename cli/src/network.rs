//! Manifests → what the network does; for the verbs that ask no policy.

use engine::Cluster;
use engine::net::{AddressSet, Cidr};
use engine::reach::{End, PortAsk, Reach, ReachSettings};
use engine::review::{Decision, Digests, Given, Places, Report, given};
use engine::synth::{self, Turn};
use engine::text::Source;

use crate::args::{Chatter, WorldChoice};
use crate::command::check::{complete, examined};
use crate::exit::Exit;
use crate::input::Gathered;
use crate::render::finding::Printer;
use crate::render::reach::Known;
use crate::sources::Sources;
use crate::terminal;

/// What the input stands for.
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
}

/// What was read, and what the network that it describes does.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) manifests: Vec<Source>,
    pub(crate) cluster: Cluster,
    pub(crate) report: Report,
    pub(crate) reach: Reach,
}

impl Network {
    /// The network of what was read.
    pub(crate) fn of(mut gathered: Gathered, trust: &Trust) -> Network {
        let given = given(&gathered.sources, trust.world.into(), &trust.namespace);
        let manifests = std::mem::take(&mut gathered.sources);
        let (cluster, report) = taken_apart(given);
        let report = complete(report, gathered);
        let reach = Reach::with(&cluster, &trust.settings());
        Network { manifests, cluster, report, reach }
    }

    /// Where fields stand.
    pub(crate) fn places(&self) -> Places<'_> {
        Places::of(&self.cluster, &self.manifests)
    }

    /// The texts.
    pub(crate) fn texts(&self) -> Sources {
        Sources::of(self.manifests.iter().cloned())
    }

    /// The smallest change of the input that turns an answer.
    pub(crate) fn turn(&self, trust: &Trust, asked: (&End, &End, Option<PortAsk>)) -> Option<Turn> {
        let settings = trust.settings();
        let (sources, namespace) = (self.manifests.as_slice(), trust.namespace.as_str());
        let input = synth::Input { sources, world: trust.world.into(), namespace, settings: &settings };
        synth::turn(&input, &self.cluster, &self.reach, asked)
    }

    /// What renderers need to know.
    pub(crate) fn known<'a>(&'a self, sources: &'a Sources, places: &'a Places<'a>) -> Known<'a> {
        Known { cluster: &self.cluster, reach: &self.reach, report: &self.report, sources, places }
    }

    /// Says on standard error what is wrong with the input.
    pub(crate) fn tell_findings(&self, sources: &Sources, chatter: &Chatter) {
        let printer = Printer::new(sources, terminal::colours_of_errors(chatter.color));
        self.report.findings.iter().for_each(|finding| terminal::say(&printer.finding(finding)));
    }

    /// 2 if part of the input could not be read, or if there is none.
    pub(crate) fn exit(&self) -> Exit {
        let all = self.report.unusable.is_empty() && examined(&self.report) > 0;
        if all { Exit::Clean } else { Exit::Unusable }
    }
}

/// What is given, as the report of a run that asked no policy.
fn taken_apart(given: Given) -> (Cluster, Report) {
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

fn cidr(text: &str) -> Result<Cidr, String> {
    Cidr::parse(text).ok_or_else(|| "a CIDR is written `10.244.0.0/16` or `fd00::/48`".to_owned())
}
