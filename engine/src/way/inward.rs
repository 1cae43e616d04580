//! The way of a request from outside: host and path, who takes it in, the Service, its endpoints, the rules of both ends, the
//! port of the container.

use std::collections::BTreeSet;

use super::branch::Branch;
use super::entry::{Fit, Receiver, WAYS_IN, WayBackend, WayIn, best, receivers, ways_in};
use super::offered::{conditions, service_port};
use super::step::{Stage, Step};
use super::told::{container_port, named};
use super::trace::{Trace, Traced, Walk};
use super::url::{Host, Url};
use crate::cluster::{Cluster, Direction, Knowledge};
use crate::dns::{Client, DnsSettings};
use crate::finding::ObjectRef;
use crate::reach::{End, PortAsk, Reach, ReachSettings, Verdict};

/// A request from outside.
#[derive(Clone, Copy, Debug)]
pub struct Entering<'a> {
    /// What is asked for.
    pub url: &'a Url,
    /// The workloads that take in the requests of Ingresses, as the user names them: the API does not say.
    pub controllers: &'a [ObjectRef],
    /// The DNS of the cluster.
    pub dns: &'a DnsSettings,
    /// What reachability takes as given.
    pub reach: &'a ReachSettings,
}

/// Follows a request from outside through an Ingress or a Route: host and path, the receiver, the Service, its endpoints, the
/// receiver's egress, the pods' ingress, the container's port. Stops at the step that breaks. A receiver that is not known
/// leaves the way unknown, however far it can be followed.
pub fn trace_in(cluster: &Cluster, reach: &Reach, entering: Entering<'_>) -> Trace {
    let mut way = Inward { cluster, reach, entering, trace: Trace::begun() };
    let whole = way.walk().is_some();
    way.trace.finished(whole)
}

struct Inward<'a> {
    cluster: &'a Cluster,
    reach: &'a Reach,
    entering: Entering<'a>,
    trace: Trace,
}

impl Inward<'_> {
    fn walk(&mut self) -> Option<()> {
        let Host::Name(host) = &self.entering.url.host else {
            let message = "which Ingress or Route a request takes hangs on its host name, and this is an address";
            return self.trace.add(Step::new(Stage::Entry, Verdict::Unknown, message)).and(None);
        };
        let all = ways_in(self.cluster);
        let found = best(&all, host, &self.entering.url.path);
        let Some((way, _)) = found.first() else {
            let step = self.nobody(host, &all);
            self.trace.add(step)?;
            return None;
        };
        let way: &WayIn = way;
        self.trace.assume(format!(
            "clients find {} under `{host}`, which DNS outside of the cluster says",
            way.receiver.display()
        ));
        let step = self.entry(host, &found);
        self.trace.add(step)?;
        let ends = self.receiver(way)?;
        self.follow(way, &ends)
    }

    /// No way has the host and path.
    fn nobody(&self, host: &str, all: &[WayIn]) -> Step {
        let path = &self.entering.url.path;
        let mut known = Knowledge::Complete;
        for (group, kind) in WAYS_IN {
            known = known.max(self.cluster.presence(group, kind, ""));
        }
        let hosts: BTreeSet<&str> = all.iter().map(|way| way.host.as_str()).filter(|host| !host.is_empty()).collect();
        let (verdict, message) = match &known {
            Knowledge::Complete => (Verdict::Deny, format!("no Ingress and no Route is for `{host}{path}`")),
            _ => (Verdict::Unknown, format!("the input holds no Ingress and no Route for `{host}{path}`")),
        };
        let mut step = Step::new(Stage::Entry, verdict, message);
        if let Knowledge::NotGiven(why) | Knowledge::Failed(why) = known {
            step.because.push(why);
        }
        if !hosts.is_empty() {
            let hosts: Vec<String> = hosts.into_iter().map(|host| format!("`{host}`")).collect();
            step = step.with_help(format!("hosts that the input has: {}", hosts.join(", ")));
        }
        step
    }

    /// The way that fits best, and what speaks against it.
    fn entry(&self, host: &str, found: &[(&WayIn, Fit)]) -> Step {
        let Some((way, fit)) = found.first() else { return Step::new(Stage::Entry, Verdict::Unknown, "") };
        let asked = self.entering.url.port.port;
        let what = format!("{} {} is for {}", way.object.kind, named(&way.object), way.display());
        if let Some(why) = &way.refused {
            let step = Step::new(Stage::Entry, Verdict::Deny, format!("{what}, and {why}"));
            return step.citing(&way.object, &way.field);
        }
        let mut step = Step::new(Stage::Entry, Verdict::Allow, what).citing(&way.object, &way.field);
        step.because.extend(way.doubts.iter().cloned());
        if !way.doubts.is_empty() {
            step.verdict = Verdict::Unknown;
        }
        let listens = way.listens.iter().any(|listens| listens.port == asked);
        let is_gateway = matches!(way.receiver, Receiver::Gateway(_));
        if !listens && is_gateway && way.doubts.is_empty() {
            let ports: Vec<String> = way.listens.iter().map(|listens| listens.port.to_string()).collect();
            step.verdict = Verdict::Deny;
            step.because.push(format!("no listener that takes it has port {asked}"));
            return step.with_help(format!("it comes in on port {}", ports.join(", ")));
        }
        if !listens && !is_gateway {
            let why = match asked {
                443 => format!(
                    "no entry of `spec.tls` is for `{host}`, and what comes by TLS then is the controller's choice"
                ),
                _ => "an Ingress is about ports 80 and 443; which others lead to it is the controller's choice"
                    .to_owned(),
            };
            step.weaken(Verdict::ImplementationDefined);
            step.because.push(why);
        }
        let others = found.iter().skip(1).filter(|(other, _)| other.backends != way.backends);
        let others: Vec<String> = others
            .map(|(other, _)| format!("{} {} {}", other.object.kind, named(&other.object), other.field))
            .collect();
        if *fit == Fit::Perhaps {
            step.weaken(Verdict::ImplementationDefined);
            step.because.push(match way.conditions {
                true => "it wants certain headers, parameters or a method besides".to_owned(),
                false => "how its path matches is the controller's choice".to_owned(),
            });
        }
        if !others.is_empty() {
            step.weaken(Verdict::ImplementationDefined);
            step.because.push(format!("as good: {}", others.join(", ")));
        }
        step
    }

    /// The ends of those who take the request in; empty if they are not known.
    fn receiver(&mut self, way: &WayIn) -> Option<Vec<(ObjectRef, End)>> {
        let who = way.receiver.display();
        let found = receivers(self.cluster, way, self.entering.controllers);
        let ends: Vec<(ObjectRef, End)> =
            found.into_iter().filter_map(|object| Some((object.clone(), self.reach.end_of(&object)?))).collect();
        if ends.is_empty() {
            let message = format!("which pods {who} has is not in the input");
            let help = match way.receiver {
                Receiver::Class(_) => {
                    "name its workload: `--controller NAMESPACE/NAME`, with its manifest in the input"
                }
                Receiver::Gateway(_) => {
                    "its pods have the label `gateway.networking.k8s.io/gateway-name`; add their workload to the input"
                }
            };
            self.trace.add(Step::new(Stage::Receiver, Verdict::Unknown, message).with_help(help))?;
            return Some(ends);
        }
        let (mut verdicts, mut texts) = (Vec::new(), Vec::new());
        for (object, end) in &ends {
            let answer = self.reach.ask(&End::outside(), end, None);
            verdicts.push(answer.verdict);
            texts.push(match answer.verdict {
                Verdict::Deny => format!("{who} is {}, and nothing from outside may reach it", named(object)),
                _ => format!("{who} is {}", named(object)),
            });
        }
        let verdict = super::branch::together(verdicts);
        let mut step = Step::new(Stage::Receiver, verdict, texts.join("; "));
        if verdict == Verdict::Deny {
            step = step.with_help("`hedgerow reach outside NAMESPACE/NAME` says which NetworkPolicy stops it");
        }
        self.trace.add(step)?;
        Some(ends)
    }

    fn follow(&mut self, way: &WayIn, ends: &[(ObjectRef, End)]) -> Option<()> {
        let mut whole = true;
        for backend in &way.backends {
            if let Some(why) = &backend.refused {
                let step = Step::new(Stage::Service, Verdict::Deny, why.clone()).citing(&way.object, &backend.field);
                self.trace.add(step)?;
            }
            if let Some(why) = &backend.doubt {
                let step = Step::new(Stage::Service, Verdict::Unknown, why.clone()).citing(&way.object, &backend.field);
                self.trace.add(step)?;
            }
            let Some((id, port)) = self.service(way, backend)? else {
                whole = false;
                continue;
            };
            match ends {
                [] => self.by_anyone(&id, port)?,
                ends => ends.iter().try_for_each(|(object, end)| self.by_receiver(object, end, &id, port))?,
            }
        }
        (whole && !ends.is_empty()).then_some(())
    }

    /// The Service that a backend names and its port, by number; the inner `None` if it is not known.
    fn service(&mut self, way: &WayIn, backend: &WayBackend) -> Option<Option<(ObjectRef, PortAsk)>> {
        let WayBackend { field, namespace, name, port, .. } = backend;
        let at = format!("{namespace}/{name}");
        let (verdict, message) = match service_port(self.cluster, (namespace, name), port.as_ref()) {
            Ok(found) => return Some(Some(found)),
            Err(Some(port)) => (Verdict::Deny, format!("Service {at} has no port {port}")),
            Err(None) => match self.cluster.presence("", "Service", namespace) {
                Knowledge::Complete => (Verdict::Deny, format!("there is no Service {at}")),
                _ => (Verdict::Unknown, format!("Service {at} is not in the input")),
            },
        };
        self.trace.add(Step::new(Stage::Service, verdict, message).citing(&way.object, field))?;
        Some(None)
    }

    /// From a receiver that is known: as any pod's connection to the Service.
    fn by_receiver(&mut self, object: &ObjectRef, end: &End, id: &ObjectRef, port: PortAsk) -> Option<()> {
        let Entering { dns, reach, .. } = self.entering;
        let url = Url { scheme: None, host: Host::Name(named(id)), port, path: String::new() };
        let traced = Traced { source: object, url: &url, dns, reach };
        let client = Client::of(self.cluster, object);
        let trace = std::mem::replace(&mut self.trace, Trace::begun());
        let mut walk = Walk { reach: self.reach, traced, client, trace };
        let whole = walk.through(self.cluster, end, id);
        self.trace = walk.trace;
        whole
    }

    /// From one that is not known: what the endpoints let in, whoever it is.
    fn by_anyone(&mut self, id: &ObjectRef, port: PortAsk) -> Option<()> {
        let Entering { dns, reach, .. } = self.entering;
        let url = Url { scheme: None, host: Host::Name(named(id)), port, path: String::new() };
        let traced = Traced { source: id, url: &url, dns, reach };
        let trace = std::mem::replace(&mut self.trace, Trace::begun());
        let mut walk = Walk { reach: self.reach, traced, client: None, trace };
        let branches = walk.through_service(self.cluster, &End::outside(), id);
        self.trace = walk.trace;
        let branches: Vec<Branch> =
            branches?.into_iter().map(|branch| Branch { explanation: None, ..branch }).collect();
        let step = self.ingress_of_anyone(&branches);
        self.trace.branches.extend(branches.iter().cloned());
        self.trace.add(step)?;
        self.trace.add(container_port(self.cluster, &branches))
    }

    fn ingress_of_anyone(&self, branches: &[Branch]) -> Step {
        let (mut texts, mut because) = (Vec::new(), BTreeSet::new());
        let mut all = true;
        for branch in branches {
            let Some(End::Workload(workload)) = branch.end else {
                all = false;
                continue;
            };
            let name = self.reach.workload(workload).map(|workload| workload.name.clone()).unwrap_or_default();
            let (anyone, some) = conditions(self.reach, workload, branch.port, Direction::Ingress);
            let port = format!("{} {}", branch.port.protocol.as_str(), branch.port.port);
            all &= anyone;
            texts.push(match anyone {
                true => format!("{port} enters {name} from any pod"),
                false => format!("whether {port} enters {name} hangs on who sends it"),
            });
            if !anyone {
                because.extend(some.into_iter().map(|who| format!("{name} lets {port} in from {who}")));
            }
        }
        let verdict = if all { Verdict::Allow } else { Verdict::Unknown };
        let mut step = Step::new(Stage::Ingress, verdict, texts.join("; "));
        step.because = because.into_iter().collect();
        step
    }
}
