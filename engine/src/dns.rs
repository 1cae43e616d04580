//! Names → answers, as the DNS specification of Kubernetes (1.1.0) has them.
//!
//! [`resolve`] says what a pod gets for a name: it makes the pod's `resolv.conf` ([`ResolvConf`]), asks the queries of its
//! search list in order, and answers each as the cluster's DNS would ([`Zone`]). [`Backends`] are the endpoints behind a
//! Service. Never invents an address: one that manifests do not hold is told by whose it is ([`Data`]).
//!
//! Where the specification leaves something open, the answer is that of CoreDNS with the configuration of kubeadm (the
//! `kubernetes` plugin with `pods insecure`), which a test asks the same questions.

mod backends;
mod chain;
mod conf;
mod record;
mod resolution;
mod reverse;
mod zone;

pub(crate) use backends::maker_of;
pub use backends::{Backend, Backends, Hostname, PodsOf, Supplier};
pub use conf::{Client, Domain, ResolvConf, Servers};
pub use record::{Data, Outcome, Record, RecordType, Target};
pub use resolution::{Behind, Query, Resolution, resolve};
pub use zone::{Zone, ZoneAnswer};

use std::net::IpAddr;

use crate::net::Family;

/// What of a cluster's DNS manifests do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsSettings {
    /// The cluster's domain, `cluster.local` by default.
    pub cluster_domain: String,
    /// Address families of the cluster, its own first; IPv4 alone by default.
    pub families: Vec<Family>,
    /// Search domains of the nodes, which kubelet puts behind the cluster's; `None` if they are not known.
    pub node_search: Option<Vec<String>>,
    /// Addresses of the cluster's DNS, by which a pod with `dnsPolicy: None` may name it.
    pub servers: Vec<IpAddr>,
}

impl Default for DnsSettings {
    fn default() -> Self {
        DnsSettings {
            cluster_domain: "cluster.local".into(),
            families: vec![Family::V4],
            node_search: None,
            servers: Vec::new(),
        }
    }
}

/// The four names by which pods of its namespace find a Service; the last is the full one.
///
/// ```
/// let names = engine::dns::service_names("web", "shop", "cluster.local");
/// assert_eq!(names, ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local"]);
/// ```
pub fn service_names(service: &str, namespace: &str, domain: &str) -> [String; 4] {
    [
        service.to_owned(),
        format!("{service}.{namespace}"),
        format!("{service}.{namespace}.svc"),
        format!("{service}.{namespace}.svc.{}", domain.trim_matches('.')),
    ]
}

/// The full names of the pods of a StatefulSet behind its governing Service: `SET-ORDINAL.SERVICE.NS.svc.DOMAIN`. Ordinals
/// count from `spec.ordinals.start` on.
///
/// ```
/// let names: Vec<_> = engine::dns::pod_names(("db", 5..7), "db", "shop", "cluster.local").collect();
/// assert_eq!(names, ["db-5.db.shop.svc.cluster.local", "db-6.db.shop.svc.cluster.local"]);
/// ```
pub fn pod_names<'a>(
    (set, ordinals): (&'a str, std::ops::Range<u32>),
    service: &'a str,
    namespace: &'a str,
    domain: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let [.., full] = service_names(service, namespace, domain);
    ordinals.map(move |ordinal| format!("{set}-{ordinal}.{full}"))
}

/// The Service (namespace and name) that a name inside the cluster leads to: `NAME.NS.svc`, with or without the domain,
/// labels of single pods in front or not. `None` for a name that is none of these.
///
/// ```
/// use engine::dns::service_of;
/// assert_eq!(service_of("web.shop.svc.cluster.local.", "cluster.local"), Some(("shop", "web")));
/// assert_eq!(service_of("db-0.db.shop.svc", "cluster.local"), Some(("shop", "db")));
/// assert_eq!(service_of("example.org", "cluster.local"), None);
/// ```
pub fn service_of<'a>(name: &'a str, domain: &str) -> Option<(&'a str, &'a str)> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let relative = name.strip_suffix(domain.trim_matches('.')).and_then(|name| name.strip_suffix('.')).unwrap_or(name);
    let mut labels = relative.strip_suffix(".svc")?.rsplit('.');
    let (namespace, service) = (labels.next()?, labels.next()?);
    (!namespace.is_empty() && !service.is_empty()).then_some((namespace, service))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_the_cluster_is_a_setting() {
        let [.., full] = service_names("web", "shop", ".corp.example.");
        assert_eq!(full, "web.shop.svc.corp.example");
        assert_eq!(service_of(&full, "corp.example"), Some(("shop", "web")));
        assert_eq!(service_of(&full, "cluster.local"), None);
    }

    #[test]
    fn a_name_without_a_namespace_is_no_name_inside_the_cluster() {
        for name in ["web", "web.svc", "svc", ".svc", "", ".", "..svc", "web.shop", "svc.cluster.local"] {
            assert_eq!(service_of(name, "cluster.local"), None, "{name}");
        }
    }

    #[test]
    fn a_set_without_replicas_has_no_pod_names() {
        assert_eq!(pod_names(("db", 0..0), "db", "shop", "cluster.local").count(), 0);
    }
}
