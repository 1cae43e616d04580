//! What `resolve` and `trace` share: their arguments, and the cluster that they ask.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use engine::Cluster;
use engine::dns::DnsSettings;
use engine::finding::ObjectRef;
use engine::net::{Family, parse_address};
use engine::reach::{End, Reach, ReachSettings};
use engine::review::SnapshotOf;
use engine::review::{Decision, Digests, Given, Report, given};
use engine::text::Source;

use super::reach::end;
use crate::args::{Chatter, Input, InputFlags, WorldChoice};
use crate::command::check::{complete, examined};
use crate::exit::Exit;
use crate::input;
use crate::render::finding::Printer;
use crate::sources::Sources;
use crate::terminal;

/// What the input stands for, and what of the cluster's DNS it does not say.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Input")]
pub(super) struct Settings {
    /// How far the input may be trusted to be all there is: `auto` takes a namespace as closed if the input holds a workload
    /// of it
    #[arg(long, value_enum, default_value = "auto")]
    world: WorldChoice,
    /// The namespace of objects that name none
    #[arg(short, long, value_name = "NAMESPACE", default_value = "default")]
    namespace: String,
    /// The domain of the cluster
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local")]
    cluster_domain: String,
    /// Address families of the cluster, its own first; may be repeated
    #[arg(long, value_name = "IPv4|IPv6", value_parser = family, default_values = ["IPv4"])]
    ip_family: Vec<Family>,
    /// An address of the cluster's DNS, for pods with `dnsPolicy: None` that name it; may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    cluster_dns: Vec<IpAddr>,
    /// A search domain of the nodes, which kubelet puts behind the cluster's; may be repeated
    #[arg(long, value_name = "DOMAIN")]
    node_search: Vec<String>,
}

impl Settings {
    pub(super) fn dns(&self) -> DnsSettings {
        DnsSettings {
            cluster_domain: self.cluster_domain.clone(),
            families: self.ip_family.clone(),
            node_search: (!self.node_search.is_empty()).then(|| self.node_search.clone()),
            servers: self.cluster_dns.clone(),
        }
    }
}

/// The cluster that is asked.
pub(super) struct Scene {
    pub(super) cluster: Cluster,
    pub(super) reach: Reach,
    pub(super) report: Report,
    pub(super) manifests: Vec<Source>,
}

impl Scene {
    /// Reads the input and tells what is wrong with it.
    pub(super) fn of(
        paths: Vec<PathBuf>,
        flags: &InputFlags,
        settings: &Settings,
        chatter: &Chatter,
    ) -> anyhow::Result<Scene> {
        let input = Input { paths, flags: flags.clone() };
        anyhow::ensure!(input.all().next().is_some(), "no input is named: add `-f DIR`, or `-` for standard input");
        let mut gathered = input::gather(&input, SnapshotOf::Network);
        let Given { cluster, findings, objects, skipped, unusable } =
            given(&gathered.sources, settings.world.into(), &settings.namespace);
        let manifests = std::mem::take(&mut gathered.sources);
        let (closed, open) = cluster.namespaces();
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
            digests: Digests { policies: String::new(), cluster: cluster.digest() },
        };
        let report = complete(report, gathered);
        let reach = Reach::with(&cluster, &ReachSettings::default());
        let sources = Sources::of(manifests.iter().cloned());
        let printer = Printer::new(&sources, terminal::colours_of_errors(chatter.color));
        report.findings.iter().for_each(|finding| terminal::say(&printer.finding(finding)));
        Ok(Scene { cluster, reach, report, manifests })
    }

    /// The workload that a pod's name is of.
    ///
    /// # Errors
    /// There is none of that name, or several; the candidates are named.
    pub(super) fn workload(&self, name: &str) -> anyhow::Result<ObjectRef> {
        match end(&self.reach, name)? {
            End::Workload(id) => {
                let workload = self.reach.workload(id).map(|workload| workload.object.clone());
                workload.ok_or_else(|| anyhow::anyhow!("there is no `{name}` in the input"))
            }
            End::Addresses(_) => {
                anyhow::bail!("`{name}` is no pod: names are resolved inside of one, `NAMESPACE/NAME`")
            }
        }
    }

    /// 2 if part of the input could not be read, or if there is none.
    pub(super) fn usable(&self) -> Exit {
        if !self.report.unusable.is_empty() || examined(&self.report) == 0 { Exit::Unusable } else { Exit::Clean }
    }
}

/// Plain arguments: what is `-` or the name of a file or directory is input, and two others are the question.
///
/// # Errors
/// There are not two others.
pub(super) fn split(words: &[String], question: &str) -> anyhow::Result<(Vec<PathBuf>, [String; 2])> {
    let (input, rest): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.as_str() == "-" || Path::new(word.as_str()).exists());
    if let [first, second] = rest.as_slice() {
        return Ok((input.into_iter().map(PathBuf::from).collect(), [(*first).clone(), (*second).clone()]));
    }
    let named: Vec<String> = rest.iter().map(|word| format!("`{word}`")).collect();
    let named = if named.is_empty() { "nothing".to_owned() } else { named.join(", ") };
    let taken: Vec<String> = input.iter().map(|word| format!("`{word}`")).collect();
    let hint = if taken.is_empty() {
        String::new()
    } else {
        format!("; {} was taken as input, for there is such a path", taken.join(", "))
    };
    anyhow::bail!("{named} makes no question: that is `{question}`{hint}")
}

fn family(text: &str) -> Result<Family, String> {
    Family::parse(text).ok_or_else(|| "a family is `IPv4` or `IPv6`".to_owned())
}

fn address(text: &str) -> Result<IpAddr, String> {
    parse_address(text).ok_or_else(|| "an address is written `10.96.0.10` or `fd00::a`".to_owned())
}
