//! Which way a request takes. Sources: "Ingress" in the Kubernetes documentation (path types, wildcards, several matches), and
//! `HTTPRouteRule` and `Hostname` of the Gateway API.

use super::{PathMatch, Receiver, WayIn};

/// Whether a request takes a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::way) enum Fit {
    /// It does, unless a better one is there.
    Yes,
    /// That hangs on the receiver, or on more than host and path.
    Perhaps,
}

/// How well a way fits: host before path, the longer before the shorter.
type Rank = (u8, usize, u8, usize);

/// The ways that a request may take, the best first: exact hosts before wildcards before none, then exact paths before longer
/// before shorter prefixes. All behind the first that fits for sure and is alone are left out.
pub(in crate::way) fn best<'w>(ways: &'w [WayIn], host: &str, path: &str) -> Vec<(&'w WayIn, Fit)> {
    let mut fitting: Vec<(Rank, &WayIn, Fit)> = ways
        .iter()
        .filter_map(|way| {
            let (host_kind, host_length) = of_host(way, host)?;
            let (path_kind, path_length, fit) = of_path(&way.path, path)?;
            let fit = if way.conditions { Fit::Perhaps } else { fit };
            Some(((host_kind, host_length, path_kind, path_length), way, fit))
        })
        .collect();
    fitting.sort_by(|one, other| (other.0, one.1).cmp(&(one.0, other.1)));
    let mut found: Vec<(&WayIn, Fit)> = Vec::new();
    let mut last: Option<Rank> = None;
    for (rank, way, fit) in fitting {
        let settled = last.is_some_and(|last| last != rank) && found.iter().any(|(_, fit)| *fit == Fit::Yes);
        if settled {
            break;
        }
        last = Some(rank);
        found.push((way, fit));
    }
    found
}

fn of_host(way: &WayIn, host: &str) -> Option<(u8, usize)> {
    let host = host.trim_end_matches('.');
    match way.host.strip_prefix('*') {
        _ if way.host.is_empty() => Some((0, 0)),
        None => way.host.eq_ignore_ascii_case(host).then_some((2, host.len())),
        Some(suffix) => {
            let at = host.len().checked_sub(suffix.len()).filter(|at| *at > 0)?;
            let (first, rest) = (host.get(..at)?, host.get(at..)?);
            // Of an Ingress, a wildcard stands for one label; of a Route, for one or more.
            let labels = matches!(way.receiver, Receiver::Gateway(_)) || !first.contains('.');
            (labels && rest.eq_ignore_ascii_case(suffix)).then_some((1, suffix.len()))
        }
    }
}

fn of_path(wanted: &PathMatch, path: &str) -> Option<(u8, usize, Fit)> {
    let path = if path.is_empty() { "/" } else { path };
    match wanted {
        PathMatch::Every => Some((0, 0, Fit::Yes)),
        PathMatch::Exact(exact) => (exact == path).then_some((2, exact.len(), Fit::Yes)),
        PathMatch::Prefix(prefix) => {
            let prefix = prefix.trim_end_matches('/');
            let rest = path.strip_prefix(prefix)?;
            (rest.is_empty() || rest.starts_with('/')).then_some((1, prefix.len(), Fit::Yes))
        }
        PathMatch::Own(own) => Some((1, own.len(), Fit::Perhaps)),
    }
}
