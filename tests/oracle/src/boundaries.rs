//! The ports and addresses at which an answer can change: those that the manifests name, and their neighbours.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use crate::spec::address::{Block, after, before};

/// Ports worth asking about: first and last port, every port that is written somewhere, and its neighbours. Sorted.
pub fn ports(documents: &[Value]) -> Vec<u16> {
    let mut named = vec![1, u64::from(u16::MAX)];
    for document in documents {
        visit(document, "", &mut |key, value| {
            if matches!(key, "port" | "endPort" | "containerPort" | "number" | "start" | "end") {
                named.extend(value.as_u64());
            }
        });
    }
    let all: BTreeSet<u16> = named
        .into_iter()
        .flat_map(|port| [port.saturating_sub(1), port, port + 1])
        .filter_map(|port| u16::try_from(port).ok().filter(|port| *port > 0))
        .collect();
    all.into_iter().collect()
}

/// Addresses worth asking about: first and last of every block that is written somewhere, and their neighbours. Sorted.
pub fn addresses(documents: &[Value]) -> Vec<IpAddr> {
    let mut all: BTreeSet<IpAddr> = BTreeSet::new();
    for document in documents {
        visit(document, "", &mut |_, value| {
            let block = value.as_str().and_then(Block::parse);
            let ends = block.into_iter().flat_map(|block| [block.first, block.last]);
            all.extend(ends.flat_map(|end| [before(end), Some(end), after(end)]).flatten());
        });
    }
    all.into_iter().collect()
}

/// Every value inside a document, with the key that it stands under.
fn visit(value: &Value, key: &str, tell: &mut impl FnMut(&str, &Value)) {
    tell(key, value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, key, tell)),
        Value::Object(fields) => fields.iter().for_each(|(key, item)| visit(item, key, tell)),
        _ => {}
    }
}
