//! What a pod gets for a name: the queries of its search list, asked in order.

use super::DnsSettings;
use super::backends::{Backend, Backends};
use super::conf::{self, Client, ResolvConf, Servers};
use super::record::{Outcome, RecordType};
use super::reverse;
use super::zone::{Zone, ZoneAnswer};
use crate::cluster::{Cluster, Knowledge};
use crate::finding::ObjectRef;
use crate::net::parse_address;
use crate::object::{Body, ServicePort};

/// One query of the search list and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The full name, without a dot at its end. Of the node's search domains, the name that is put before them.
    pub name: String,
    /// True for the queries below the node's search domains, of which manifests say nothing.
    pub of_node: bool,
    /// What came back; `None` if an earlier query was the hit, so that it is not asked.
    pub outcome: Option<Outcome>,
}

/// A Service and what is behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub kind: String,
    /// It has no virtual address.
    pub headless: bool,
    /// The ports that it offers.
    pub ports: Vec<ServicePort>,
    /// Its endpoints, ready or not.
    pub backends: Backends,
}

/// What a pod gets for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The pod's resolver.
    pub conf: ResolvConf,
    /// The queries, in order.
    pub queries: Vec<Query>,
    /// The place of the query that hit: the first with records.
    pub hit: Option<usize>,
    /// The Service that the name leads to, if it leads to one.
    pub service: Option<ObjectRef>,
    /// That Service and everything behind it.
    pub behind: Option<Behind>,
    /// The endpoints that the name itself stands for; see [`ZoneAnswer::backends`].
    pub backends: Vec<Backend>,
    /// Why it is not known whether the name resolves, or to what, if it is not. Sorted.
    pub causes: Vec<Knowledge>,
    /// What the answer takes for granted. Sorted.
    pub assumptions: Vec<String>,
}

impl Resolution {
    /// Whether it is known that the name resolves, and to what.
    pub fn resolves(&self) -> bool {
        self.hit.is_some() && self.causes.is_empty()
    }

    /// Whether it is known that it does not.
    pub fn is_nothing(&self) -> bool {
        self.hit.is_none() && self.causes.is_empty()
    }

    /// The records of the query that hit.
    pub fn records(&self) -> &[super::Record] {
        let hit = self.hit.and_then(|hit| self.queries.get(hit)).and_then(|query| query.outcome.as_ref());
        hit.map(Outcome::records).unwrap_or_default()
    }
}

/// Asks what a pod gets for a name.
///
/// The first query with records is the hit. A query before it that hangs on a namespace of which the input holds nothing is
/// taken as having none, and told; one that hangs on anything else makes the answer unknown.
///
/// ```
/// use engine::cluster::{Cluster, World};
/// use engine::dns::{Client, DnsSettings, RecordType, resolve};
/// use engine::finding::ObjectRef;
/// use engine::{Format, Source};
///
/// let text = "
/// {apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web}}
/// ---
/// {apiVersion: v1, kind: Service, metadata: {namespace: shop, name: db}, spec: {clusterIP: 10.96.0.7, ports: [{port: 5432}]}}
/// ";
/// let mut cluster = Cluster::of_files(World::Auto);
/// cluster.apply(&Source { name: "shop.yaml".into(), format: Format::Yaml, bytes: text.into() });
/// let web = ObjectRef { namespace: "shop".into(), kind: "Pod".into(), name: "web".into(), group: "".into(), version: "v1".into() };
/// let client = Client::of(&cluster, &web).unwrap();
/// let found = resolve(&cluster, &client, "db", RecordType::Address, &DnsSettings::default());
/// assert_eq!(found.hit, Some(0));
/// assert_eq!(found.queries[0].name, "db.shop.svc.cluster.local");
/// ```
pub fn resolve(cluster: &Cluster, client: &Client, name: &str, kind: RecordType, settings: &DnsSettings) -> Resolution {
    let conf = ResolvConf::of(client, settings);
    let names = match parse_address(name) {
        Some(address) if kind == RecordType::Ptr => vec![conf::Query::Name(reverse::name_of(address))],
        _ => conf.queries(name),
    };
    let mut search =
        Search { zone: Zone::of(cluster, settings), kind, found: Resolution::of(conf), absent: Vec::new() };
    names.into_iter().for_each(|query| search.ask(query));
    search.finish()
}

impl Resolution {
    fn of(conf: ResolvConf) -> Resolution {
        Resolution {
            conf,
            queries: Vec::new(),
            hit: None,
            service: None,
            behind: None,
            backends: Vec::new(),
            causes: Vec::new(),
            assumptions: Vec::new(),
        }
    }
}

impl Behind {
    fn of(cluster: &Cluster, id: &ObjectRef) -> Option<Behind> {
        let Body::Service(service) = &cluster.get(id)?.body else { return None };
        Some(Behind {
            kind: service.kind.clone(),
            headless: service.headless,
            ports: service.ports.clone(),
            backends: Backends::of(cluster, id, service),
        })
    }
}

struct Search<'a> {
    zone: Zone<'a>,
    kind: RecordType,
    found: Resolution,
    /// Places of queries that hang on a namespace of which the input holds nothing.
    absent: Vec<usize>,
}

impl Search<'_> {
    fn ask(&mut self, query: conf::Query) {
        let (name, of_node) = match query {
            conf::Query::Name(name) => (name, false),
            conf::Query::OfNode(name) => (name, true),
        };
        let outcome = self.found.hit.is_none().then(|| self.outcome(&name, of_node));
        self.found.queries.push(Query { name, of_node, outcome });
    }

    fn outcome(&mut self, name: &str, of_node: bool) -> Outcome {
        let not_said = |why: String| Outcome::Unknown(Knowledge::NotGiven(why));
        match &self.found.conf.servers {
            Servers::Cluster if of_node => Outcome::Forwarded,
            Servers::Cluster => self.in_cluster(name),
            Servers::Node => not_said("the pod asks its node's resolver, of which manifests say nothing".to_owned()),
            Servers::Named(servers) if servers.is_empty() => {
                not_said("the pod has `dnsPolicy: None` and names no server".to_owned())
            }
            Servers::Named(servers) => not_said(format!(
                "the pod asks {}, of which manifests say nothing; if that is the cluster's DNS, say so with `--cluster-dns`",
                servers.join(", ")
            )),
        }
    }

    fn in_cluster(&mut self, name: &str) -> Outcome {
        let ZoneAnswer { outcome, service, backends, absent_namespace, assumptions } =
            self.zone.answer(name, self.kind);
        let place = self.found.queries.len();
        if matches!(outcome, Outcome::Records { .. }) {
            self.found.hit = Some(place);
            self.found.service = service;
            self.found.backends = backends;
            self.found.assumptions.extend(assumptions);
        } else if absent_namespace.is_some() {
            self.absent.push(place);
        }
        outcome
    }

    /// What the queries that were asked say of the whole.
    fn finish(self) -> Resolution {
        let Search { zone, kind: _, mut found, absent } = self;
        found.behind = found.service.as_ref().and_then(|id| Behind::of(zone.cluster, id));
        let is_hit = found.hit.is_some();
        for (place, query) in found.queries.iter().enumerate() {
            let name = &query.name;
            match &query.outcome {
                Some(Outcome::Records { open: Some(why), .. }) => found.causes.push(why.clone()),
                Some(Outcome::Unknown(_)) if is_hit && absent.contains(&place) => {
                    found.assumptions.push(format!(
                        "`{name}`, which is asked first, is no name: the input holds nothing of its namespace"
                    ));
                }
                Some(Outcome::Unknown(why)) => found.causes.push(why.clone()),
                Some(Outcome::Forwarded) if query.of_node => {
                    found.assumptions.push("the nodes search no domains of their own".to_owned());
                }
                Some(Outcome::Forwarded) if !is_hit && name.contains('.') => {
                    let why = format!("`{name}` is outside of the cluster, and manifests do not say what it is");
                    found.causes.push(Knowledge::NotGiven(why));
                }
                Some(Outcome::Forwarded) => {
                    found.assumptions.push(format!("outside of the cluster there is no `{name}`"));
                }
                _ => {}
            }
        }
        found.causes.sort();
        found.causes.dedup();
        found.assumptions.sort();
        found.assumptions.dedup();
        found
    }
}
