//! What `resolve` and `trace` share: their arguments, and the network that they ask.

use std::net::IpAddr;
use std::path::PathBuf;

use engine::dns::DnsSettings;
use engine::net::{Family, parse_address};
use engine::review::SnapshotOf;

use crate::args::{Chatter, Input, InputFlags};
use crate::input;
use crate::network::{Network, Trust};

/// What of the cluster's DNS the input does not say.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "DNS")]
pub(super) struct Settings {
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

/// Reads the input and tells what is wrong with it.
pub(super) fn network(
    paths: Vec<PathBuf>,
    flags: &InputFlags,
    given: &Trust,
    chatter: &Chatter,
) -> anyhow::Result<Network> {
    let input = Input { paths, flags: flags.clone() };
    anyhow::ensure!(input.all().next().is_some(), "no input is named: add `-f DIR`, or `-` for standard input");
    let network = Network::of(input::gather(&input, SnapshotOf::Network), given, &given.reader()?)?;
    network.tell_findings(&network.texts(), chatter);
    Ok(network)
}

/// Plain arguments: what is `-`, a revision, a context, or the name of a file or directory is input, and two others are the
/// question.
///
/// # Errors
/// There are not two others.
pub(super) fn split(words: &[String], question: &str) -> anyhow::Result<(Vec<PathBuf>, [String; 2])> {
    let (input, rest): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| input::is_input(word.as_str()));
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
