//! The workloads behind a Service.

use super::about::template_place;
use super::answer::{complete, exists, only_if, texts};
use super::{About, Absent, Answer, Evidence, FactValue};
use crate::cluster::{DeclaredPort, Item, ItemId, Knowledge, WORKLOADS, selects_by_labels};
use crate::net::Selector;

/// What a DaemonSet counts as, where replicas are counted: there is one on every node, and nobody says how many those are.
const DAEMON_SET_REPLICAS: i64 = 1000;

/// The workloads that the selector picks.
pub(super) struct Backends<'a> {
    about: About<'a>,
    /// Those that are known, in no order.
    pub(super) items: Vec<&'a Item>,
    /// Whether there may be more.
    pub(super) knowledge: Knowledge,
}

/// What the memo keeps of [`Backends`].
#[derive(Debug)]
pub(super) struct Selected {
    ids: Vec<ItemId>,
    knowledge: Knowledge,
}

/// Not applicable where the control plane looks for no pods.
pub(super) fn of(about: About<'_>) -> Result<Backends<'_>, Absent> {
    match about.memo.backends.get_or_init(|| selected(about)) {
        Ok(Selected { ids, knowledge }) => {
            Ok(Backends { about, items: about.cluster.resolve(ids).collect(), knowledge: knowledge.clone() })
        }
        Err(absent) => Err(absent.clone()),
    }
}

fn selected(about: About<'_>) -> Result<Selected, Absent> {
    let service = about.service()?;
    about.readable("/spec/selector")?;
    about.readable("/spec/type")?;
    only_if(selects_by_labels(service))?;
    let selector = Selector::from_labels(&service.selector);
    let ids = about.cluster.ids_of_workloads_selected_by(about.namespace(), &selector).collect();
    Ok(Selected { ids, knowledge: about.knowledge(WORKLOADS) })
}

impl<'a> Backends<'a> {
    /// All of them, if they are known.
    pub(super) fn all(self) -> Result<Vec<&'a Item>, Absent> {
        complete(self.knowledge).map(|()| self.items)
    }

    /// All of them, if they are known and there is one.
    pub(super) fn some(self) -> Result<Vec<&'a Item>, Absent> {
        let items = self.all()?;
        only_if(!items.is_empty()).map(|()| items)
    }

    /// Whether one of them declares such a port. Not applicable if there is none.
    pub(super) fn declare(self, wanted: impl Fn(&DeclaredPort) -> bool) -> Result<bool, Absent> {
        let found = ports(&self.items).any(wanted);
        if self.items.is_empty() {
            complete(self.knowledge)?;
            return Err(Absent::NotApplicable);
        }
        exists(found, self.knowledge)
    }

    fn names(self, which: impl Fn(&Item) -> bool) -> Answer {
        let cluster = self.about.cluster;
        texts(self.all()?.into_iter().filter(|item| which(item)).map(|item| cluster.workload_name(item)))
    }

    fn places(&self, which: impl Fn(&Item) -> bool, field: &str, message: &str) -> Vec<Evidence> {
        let picked = self.items.iter().filter(|item| which(item));
        picked.map(|item| template_place(self.about.cluster, item, field, message)).collect()
    }
}

/// Every port that some of the workloads declares.
pub(super) fn ports<'a>(items: &[&'a Item]) -> impl Iterator<Item = &'a DeclaredPort> {
    items.iter().filter_map(|item| item.workload()).flat_map(|body| &body.template.ports)
}

pub(super) fn is_on_host_network(item: &Item) -> bool {
    item.workload().is_some_and(|body| body.template.host_network)
}

fn lacks_readiness_probe(item: &Item) -> bool {
    item.workload().is_some_and(|body| !body.template.ports.is_empty() && !body.template.readiness_probe)
}

pub(super) fn names(about: About<'_>) -> Answer {
    of(about)?.names(|_| true)
}

pub(super) fn selects_nothing(about: About<'_>) -> Answer {
    let Backends { items, knowledge, .. } = of(about)?;
    exists(!items.is_empty(), knowledge).map(|found| (!found).into())
}

pub(super) fn count(about: About<'_>) -> Answer {
    of(about)?.all().map(|items| items.len().into())
}

pub(super) fn replicas(about: About<'_>) -> Answer {
    let wanted = |item: &&Item| match item.workload().and_then(|body| body.replicas) {
        Some(replicas) => i64::from(replicas),
        None if about.cluster.reference(item).kind == "DaemonSet" => DAEMON_SET_REPLICAS,
        None => 1,
    };
    Ok(FactValue::Long(of(about)?.all()?.iter().map(wanted).sum()))
}

pub(super) fn only_daemon_sets(about: About<'_>) -> Answer {
    let items = of(about)?.some()?;
    Ok(items.iter().all(|item| about.cluster.reference(item).kind == "DaemonSet").into())
}

pub(super) fn without_readiness_probe(about: About<'_>) -> Answer {
    of(about)?.names(lacks_readiness_probe)
}

pub(super) fn on_host_network(about: About<'_>) -> Answer {
    of(about)?.names(is_on_host_network)
}

pub(super) fn places(about: About<'_>) -> Vec<Evidence> {
    of(about).map(|all| all.places(|_| true, "/metadata/labels", "the selector picks these pods")).unwrap_or_default()
}

pub(super) fn places_without_readiness_probe(about: About<'_>) -> Vec<Evidence> {
    let message = "no container here has a `readinessProbe`";
    of(about).map(|all| all.places(lacks_readiness_probe, "/spec/containers", message)).unwrap_or_default()
}

pub(super) fn places_on_host_network(about: About<'_>) -> Vec<Evidence> {
    let message = "these pods are on the host's network";
    of(about).map(|all| all.places(is_on_host_network, "/spec/hostNetwork", message)).unwrap_or_default()
}
