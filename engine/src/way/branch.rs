//! The endpoints that a connection may come to, each with its answer.

use std::sync::Arc;

use crate::cluster::Cluster;
use crate::dns::Backend;
use crate::net::{AddressSet, Cidr};
use crate::reach::{End, Explanation, PortAsk, Reach, Verdict};

/// One endpoint that a connection may come to.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The endpoint.
    pub backend: Backend,
    /// The port of the endpoint.
    pub port: PortAsk,
    /// Its end; `None` if the pods of the endpoint are not known.
    pub end: Option<End>,
    /// Whether the connection passes, and why; `None` if the end is not known.
    pub explanation: Option<Explanation>,
}

impl Branch {
    /// The connection from a source to an endpoint.
    pub(super) fn of(cluster: &Cluster, reach: &Reach, source: &End, backend: &Backend, port: PortAsk) -> Branch {
        let end = match backend.pods.workload() {
            Some(workload) => reach.end_of(workload),
            None => addresses(backend),
        };
        let explanation = end.as_ref().map(|end| reach.explain(cluster, source, end, Some(port)));
        Branch { backend: backend.clone(), port, end, explanation }
    }

    /// What becomes of the connection.
    pub fn verdict(&self) -> Verdict {
        self.explanation.as_ref().map_or(Verdict::Unknown, |explanation| explanation.answer.verdict)
    }
}

fn addresses(backend: &Backend) -> Option<End> {
    let prefix = |address: &std::net::IpAddr| if address.is_ipv4() { 32 } else { 128 };
    let each =
        backend.addresses.iter().map(|address| AddressSet::of(Cidr { address: *address, prefix: prefix(address) }));
    each.reduce(|all, more| all.union(&more)).map(|set| End::Addresses(Arc::new(set)))
}

/// The verdict over endpoints, of which the proxy picks one: what all have in common; else unknown if one of them is, and
/// else implementation-defined. None at all is a deny. See `docs/adr/0013-verdict-of-a-service.md`.
pub fn together(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let mut verdicts = verdicts.into_iter();
    let Some(first) = verdicts.next() else { return Verdict::Deny };
    verdicts.fold(first, |all, one| match (all, one) {
        (all, one) if all == one => all,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        _ => Verdict::ImplementationDefined,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Allow, Deny, ImplementationDefined, Unknown};

    #[test]
    fn endpoints_that_differ_are_left_to_the_proxy() {
        assert_eq!(together([]), Deny);
        assert_eq!(together([Allow, Allow]), Allow);
        assert_eq!(together([Deny, Deny]), Deny);
        assert_eq!(together([Allow, Deny, Allow]), ImplementationDefined);
        assert_eq!(together([Allow, ImplementationDefined]), ImplementationDefined);
        assert_eq!(together([Allow, Deny, Unknown]), Unknown);
        assert_eq!(together([Unknown, Unknown]), Unknown);
    }
}
