//! The resolver of a pod: what kubelet writes into its `resolv.conf`, and which queries a name becomes.

use std::net::IpAddr;

use super::DnsSettings;
use crate::cluster::Cluster;
use crate::finding::ObjectRef;
use crate::net::parse_address;
use crate::object::{Body, PodTemplate};

/// Most search domains that kubelet writes. Source: `MaxDNSSearchPaths` in `k8s.io/kubernetes/pkg/apis/core/validation`.
const MOST_DOMAINS: usize = 32;
/// Most letters of all search domains with the spaces between them. Source: `MaxDNSSearchListChars`, there.
const MOST_LETTERS: usize = 2048;
/// Longest name. Source: `DNS1123SubdomainMaxLength`.
const LONGEST: usize = 253;
/// What kubelet sets for a pod that uses the cluster's DNS. Source: `k8s.io/kubernetes/pkg/kubelet/network/dns`.
const CLUSTER_NDOTS: u8 = 5;
/// The largest that the C library takes. Source: `RES_MAXNDOTS`.
const MOST_NDOTS: u8 = 15;

/// The pod that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// What makes it.
    pub workload: ObjectRef,
    /// Its template.
    pub template: PodTemplate,
}

impl Client {
    /// A pod of a workload of the cluster. Pods whose owner is not in the cluster stand for it. `None` if there are none,
    /// or if the cluster keeps of it only what policies read.
    pub fn of(cluster: &Cluster, workload: &ObjectRef) -> Option<Client> {
        let template = |object: &crate::object::Object| match &object.body {
            Body::Workload(body) => Some(body.template.clone()),
            _ => None,
        };
        if let Some(found) = cluster.get(workload) {
            return Some(Client { workload: workload.clone(), template: template(found)? });
        }
        let is_owned = |item: &&crate::cluster::Item| {
            item.controller()
                .is_some_and(|(kind, name)| cluster.text(kind) == workload.kind && cluster.text(name) == workload.name)
        };
        let owned =
            cluster.workloads(&workload.namespace).filter(is_owned).min_by_key(|item| item.name().to_owned())?;
        Some(Client { workload: workload.clone(), template: template(owned.whole()?)? })
    }
}

/// Who answers a pod's queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Servers {
    /// The cluster's DNS.
    Cluster,
    /// The node's resolver, of which manifests say nothing.
    Node,
    /// The servers that the pod names, of which manifests say nothing.
    Named(Vec<String>),
}

/// One element of a search list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// A domain, without dots around it; empty for the root.
    Name(String),
    /// Whatever the node's resolver searches.
    OfNode,
}

/// What a pod's resolver is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// Who is asked.
    pub servers: Servers,
    /// What is put behind a name, in order.
    pub search: Vec<Domain>,
    /// A name with fewer dots is searched before it is asked as it stands.
    pub ndots: u8,
    /// `dnsPolicy` in effect; a pod on the node's network with `ClusterFirst` has `Default`.
    pub policy: &'static str,
}

impl ResolvConf {
    /// Of a pod. Sources: "DNS for Services and Pods" in the Kubernetes documentation, and `Configurer.GetPodDNS` of kubelet.
    pub fn of(client: &Client, settings: &DnsSettings) -> ResolvConf {
        let Client { workload, template } = client;
        let config = &template.dns_config;
        let policy = match template.dns_policy.as_str() {
            "None" => "None",
            "Default" => "Default",
            "ClusterFirstWithHostNet" => "ClusterFirstWithHostNet",
            _ if template.host_network => "Default",
            _ => "ClusterFirst",
        };
        let domain = settings.cluster_domain.trim_matches('.').to_ascii_lowercase();
        let of_cluster = [format!("{}.svc.{domain}", workload.namespace), format!("svc.{domain}"), domain];
        let of_node = || match &settings.node_search {
            Some(names) => names.iter().map(|name| Domain::of(name)).collect(),
            None => vec![Domain::OfNode],
        };
        let (servers, mut search, default_ndots) = match policy {
            "None" => (servers_named(&config.nameservers, &settings.servers), Vec::new(), 1),
            "Default" => (Servers::Node, of_node(), 1),
            _ => {
                let own = of_cluster.map(Domain::Name).into_iter();
                (Servers::Cluster, own.chain(of_node()).collect(), CLUSTER_NDOTS)
            }
        };
        for name in &config.searches {
            search.push(Domain::of(name));
        }
        let ndots = config.options.iter().rev().find(|(name, _)| name == "ndots");
        let ndots = ndots.and_then(|(_, value)| value.as_deref()?.parse::<u32>().ok());
        let ndots = ndots.map_or(default_ndots, |ndots| u8::try_from(ndots).unwrap_or(MOST_NDOTS).min(MOST_NDOTS));
        ResolvConf { servers, search: within_limits(search), ndots, policy }
    }

    /// The full names that a name becomes, in the order in which the C library asks them. With a dot at its end, a name is
    /// asked as it stands. Source: `res_search` of glibc; musl searches only names with fewer dots than `ndots`.
    pub fn queries(&self, name: &str) -> Vec<Query> {
        let asked = name.to_ascii_lowercase();
        let as_it_stands = Query::Name(asked.trim_end_matches('.').to_owned());
        if asked.ends_with('.') {
            return vec![as_it_stands];
        }
        let searched = self.search.iter().map(|domain| match domain {
            Domain::Name(domain) if domain.is_empty() => Query::Name(asked.clone()),
            Domain::Name(domain) => Query::Name(format!("{asked}.{domain}")),
            Domain::OfNode => Query::OfNode(asked.clone()),
        });
        let dots = asked.bytes().filter(|byte| *byte == b'.').count();
        let mut queries: Vec<Query> = searched.collect();
        match dots >= usize::from(self.ndots) {
            true => queries.insert(0, as_it_stands),
            false => queries.push(as_it_stands),
        }
        queries
    }
}

/// One query of a search list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// A full name, without a dot at its end.
    Name(String),
    /// This name below whatever the node's resolver searches.
    OfNode(String),
}

impl Domain {
    fn of(name: &str) -> Domain {
        Domain::Name(name.trim_matches('.').to_ascii_lowercase())
    }
}

/// Servers that the pod names itself are the cluster's if the first is; the others are asked when it is silent.
fn servers_named(names: &[String], of_cluster: &[IpAddr]) -> Servers {
    let first = names.first().and_then(|name| parse_address(name));
    match first {
        Some(first) if of_cluster.contains(&first) => Servers::Cluster,
        _ => Servers::Named(names.to_vec()),
    }
}

/// Without repeats, and cut as kubelet cuts it.
fn within_limits(search: Vec<Domain>) -> Vec<Domain> {
    let mut kept: Vec<Domain> = Vec::new();
    for domain in search {
        if !kept.contains(&domain) {
            kept.push(domain);
        }
    }
    kept.truncate(MOST_DOMAINS);
    kept.retain(|domain| domain.len() <= LONGEST);
    let mut letters = 0;
    let fits = |domain: &Domain| {
        letters += domain.len() + 1;
        letters <= MOST_LETTERS + 1
    };
    kept.into_iter().take_while(fits).collect()
}

impl Domain {
    fn len(&self) -> usize {
        match self {
            Domain::Name(name) => name.len(),
            Domain::OfNode => 0,
        }
    }
}
