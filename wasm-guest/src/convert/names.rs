//! What DNS answers inside a pod.

use engine::cluster::Knowledge;
use engine::dns as from;
use engine::net::{Family, parse_address};
use engine::object::{EndpointPort, ServicePort, TargetPort};

use super::list;
use crate::bindings::exports::hedgerow::policy::names as wit;

/// The settings of a record; on the right what is no address.
pub(crate) fn settings(settings: wit::DnsSettings) -> Result<from::DnsSettings, String> {
    let wit::DnsSettings { cluster_domain, families, node_search, servers } = settings;
    let family = |family: wit::Family| match family {
        wit::Family::Ipv4 => Family::V4,
        wit::Family::Ipv6 => Family::V6,
    };
    let address = |text: String| {
        parse_address(&text).ok_or_else(|| format!("`{text}` is no address, such as `10.96.0.10` or `fd00::a`"))
    };
    Ok(from::DnsSettings {
        cluster_domain,
        families: families.into_iter().map(family).collect(),
        node_search,
        servers: servers.into_iter().map(address).collect::<Result<_, _>>()?,
    })
}

impl From<wit::RecordType> for from::RecordType {
    fn from(kind: wit::RecordType) -> Self {
        match kind {
            wit::RecordType::Address => from::RecordType::Address,
            wit::RecordType::A => from::RecordType::A,
            wit::RecordType::Aaaa => from::RecordType::Aaaa,
            wit::RecordType::Srv => from::RecordType::Srv,
            wit::RecordType::Ptr => from::RecordType::Ptr,
            wit::RecordType::Cname => from::RecordType::Cname,
        }
    }
}

impl From<from::Resolution> for wit::Resolution {
    fn from(resolution: from::Resolution) -> Self {
        let from::Resolution { conf, queries, hit, service, behind, backends, causes, assumptions } = resolution;
        wit::Resolution {
            conf: conf.into(),
            queries: list(queries),
            hit: hit.and_then(|hit| u32::try_from(hit).ok()),
            service: service.map(Into::into),
            behind: behind.map(Into::into),
            endpoints: list(backends),
            causes: list(causes),
            assumptions,
        }
    }
}

impl From<from::ResolvConf> for wit::ResolvConf {
    fn from(from::ResolvConf { servers, search, ndots, policy }: from::ResolvConf) -> Self {
        let servers = match servers {
            from::Servers::Cluster => wit::Servers::Cluster,
            from::Servers::Node => wit::Servers::Node,
            from::Servers::Named(names) => wit::Servers::Named(names),
        };
        let domain = |domain| match domain {
            from::Domain::Name(name) => wit::Domain::Name(name),
            from::Domain::OfNode => wit::Domain::OfNode,
        };
        let policy = match policy {
            "None" => wit::DnsPolicy::None,
            "Default" => wit::DnsPolicy::Default,
            "ClusterFirstWithHostNet" => wit::DnsPolicy::ClusterFirstWithHostNet,
            _ => wit::DnsPolicy::ClusterFirst,
        };
        wit::ResolvConf { servers, search: search.into_iter().map(domain).collect(), ndots, policy }
    }
}

impl From<from::Query> for wit::Query {
    fn from(from::Query { name, of_node, outcome }: from::Query) -> Self {
        wit::Query { name, of_node, outcome: outcome.map(Into::into) }
    }
}

impl From<from::Outcome> for wit::QueryOutcome {
    fn from(outcome: from::Outcome) -> Self {
        match outcome {
            from::Outcome::Records { records, open } => {
                wit::QueryOutcome::Records(wit::FoundRecords { records: list(records), open: open.map(Into::into) })
            }
            from::Outcome::NoData => wit::QueryOutcome::NoData,
            from::Outcome::NxDomain => wit::QueryOutcome::NxDomain,
            from::Outcome::Nothing => wit::QueryOutcome::Nothing,
            from::Outcome::Unknown(why) => wit::QueryOutcome::Unknown(why.into()),
            from::Outcome::Forwarded => wit::QueryOutcome::Forwarded,
        }
    }
}

impl From<from::Record> for wit::DnsRecord {
    fn from(from::Record { name, data }: from::Record) -> Self {
        let data = match data {
            from::Data::Alias(target) => wit::Data::Alias(target),
            from::Data::Address(address) => wit::Data::Address(address.to_string()),
            from::Data::ServiceAddress { service, family } => {
                wit::Data::ServiceAddress(wit::ServiceAddress { service: service.into(), family: family.into() })
            }
            from::Data::PodAddresses { pods, family } => {
                wit::Data::PodAddresses(wit::PodAddresses { pods: pods.into(), family: family.into() })
            }
            from::Data::Server { target, port } => {
                let target = match target {
                    from::Target::Name(name) => wit::Target::Name(name),
                    from::Target::OfPods { pods, below } => {
                        wit::Target::OfPods(wit::TargetsOfPods { pods: pods.into(), below })
                    }
                };
                wit::Data::Server(wit::Server { target, port })
            }
            from::Data::Pointer(target) => wit::Data::Pointer(target),
        };
        wit::DnsRecord { name, data }
    }
}

impl From<Family> for wit::Family {
    fn from(family: Family) -> Self {
        match family {
            Family::V4 => wit::Family::Ipv4,
            Family::V6 => wit::Family::Ipv6,
        }
    }
}

impl From<from::Behind> for wit::Behind {
    fn from(from::Behind { kind, headless, ports, backends }: from::Behind) -> Self {
        let from::Backends { list: endpoints, supplier, knowledge } = backends;
        let supplier = match supplier {
            from::Supplier::Given => wit::Supplier::Given,
            from::Supplier::Selector => wit::Supplier::Selector,
            from::Supplier::Nobody => wit::Supplier::Nobody,
        };
        let backends = wit::Backends { endpoints: list(endpoints), supplier, knowledge: knowledge.into() };
        wit::Behind { kind, headless, ports: list(ports), backends }
    }
}

impl From<ServicePort> for wit::ServicePort {
    fn from(ServicePort { name, protocol, port, target, node_port }: ServicePort) -> Self {
        let target = match target {
            TargetPort::Number(number) => wit::TargetPort::Number(number),
            TargetPort::Name(name) => wit::TargetPort::Name(name),
        };
        wit::ServicePort { name, protocol, port, target, node_port }
    }
}

impl From<Knowledge> for wit::Knowledge {
    fn from(knowledge: Knowledge) -> Self {
        match knowledge {
            Knowledge::Complete => wit::Knowledge::Complete,
            Knowledge::NotGiven(why) => wit::Knowledge::NotGiven(why),
            Knowledge::Failed(why) => wit::Knowledge::Failed(why),
        }
    }
}

impl From<from::Backend> for wit::Backend {
    fn from(backend: from::Backend) -> Self {
        let from::Backend { pods, hostname, addresses, ready, readiness_known, ports } = backend;
        let hostname = match hostname {
            from::Hostname::OfAddress => wit::Hostname::OfAddress,
            from::Hostname::Label(label) => wit::Hostname::Label(label),
            from::Hostname::OfPod => wit::Hostname::OfPod,
            from::Hostname::OfIndex => wit::Hostname::OfIndex,
        };
        let port = |EndpointPort { name, protocol, number }| wit::EndpointPort { name, protocol, number };
        wit::Backend {
            pods: pods.into(),
            hostname,
            addresses: addresses.iter().map(ToString::to_string).collect(),
            ready,
            readiness_known,
            ports: ports.into_iter().map(port).collect(),
        }
    }
}

impl From<from::PodsOf> for wit::PodsOf {
    fn from(pods: from::PodsOf) -> Self {
        match pods {
            from::PodsOf::Pod { name, workload } => wit::PodsOf::Pod(wit::OnePod { name, workload: workload.into() }),
            from::PodsOf::Ordinals { workload, first, count } => {
                wit::PodsOf::Ordinals(wit::Ordinals { workload: workload.into(), first, count })
            }
            from::PodsOf::Workload(workload) => wit::PodsOf::Workload(workload.into()),
            from::PodsOf::Endpoint { listed_in } => wit::PodsOf::Endpoint(listed_in.into()),
        }
    }
}
