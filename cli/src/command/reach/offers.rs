//! Which Services and ways in are listed.

use engine::finding::ObjectRef;
use engine::reach::{End, WorkloadEnd, WorkloadId};
use engine::way::{Entrance, Offered};

use super::Filter;
use crate::engines::Net;
use crate::render::reach::Offers;

/// Those that lead to what is listed; all of them if everything is.
pub(super) fn of(reach: &Net, filter: &Filter, controllers: &[WorkloadEnd]) -> Offers {
    let wanted = |workload: &ObjectRef| end(reach, workload).is_some_and(|end| filter.wants_offer(&end));
    let whole = filter.is_whole();
    let mut offers = Offers { services: reach.services(), entrances: reach.entrances(controllers) };
    offers.services.retain(|Offered { ports, .. }| {
        whole || ports.iter().flat_map(|port| &port.to).any(|(workload, _)| wanted(workload))
    });
    offers.entrances.retain(|entrance| whole || leads(entrance).any(wanted));
    offers
}

/// The ways in to the destination of a question from outside.
pub(super) fn to(reach: &Net, (source, destination): (&End, &End), controllers: &[WorkloadEnd]) -> Vec<Entrance> {
    let (End::Addresses(_), End::Workload(id)) = (source, destination) else { return Vec::new() };
    let Some(workload) = reach.workload(*id) else { return Vec::new() };
    let mut found = reach.entrances(controllers);
    found.retain(|entrance| leads(entrance).any(|led| *led == workload.object));
    for entrance in &mut found {
        entrance.leads.retain(|lead| lead.to.iter().any(|reached| reached.workload == workload.object));
    }
    found
}

fn leads(entrance: &Entrance) -> impl Iterator<Item = &ObjectRef> {
    entrance.leads.iter().flat_map(|lead| &lead.to).map(|reached| &reached.workload)
}

fn end(reach: &Net, object: &ObjectRef) -> Option<End> {
    let at = reach.workloads().iter().position(|workload| workload.object == *object)?;
    Some(End::Workload(WorkloadId::of_index(u32::try_from(at).ok()?)))
}
