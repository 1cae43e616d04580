//! A disagreement → the smallest manifests that still have it.

use serde_json::Value;

use crate::compare::{self, Disagreement};

/// Fields that may go, whatever they hold: objects are understood without them.
const OPTIONAL: [&str; 24] = [
    "canary",
    "app",
    "tier",
    "team",
    "env",
    "kept",
    "nowhere",
    "matchLabels",
    "matchExpressions",
    "labels",
    "status",
    "hostNetwork",
    "initContainers",
    "ports",
    "protocol",
    "policyTypes",
    "ingress",
    "egress",
    "from",
    "to",
    "except",
    "endPort",
    "podSelector",
    "protocols",
];

/// Lists that may become shorter; those of the second group, not empty.
const LISTS: [&str; 9] =
    ["ingress", "egress", "from", "to", "ports", "except", "matchExpressions", "containers", "policyTypes"];
const NOT_EMPTY: [&str; 4] = ["values", "networks", "protocols", "domainNames"];

/// Takes away documents, rules, peers, ports, labels … as long as the two sides go on disagreeing about the same question.
pub fn shrink(mut found: Disagreement) -> Disagreement {
    let seed = found.seed;
    loop {
        let smaller = candidates(&found.documents).find_map(|documents| still(&found, &documents));
        let Some(smaller) = smaller else { break };
        found = smaller;
    }
    Disagreement { seed, ..found }
}

/// The same question about other manifests. What they mean may have changed, but an end may not have gone.
fn still(found: &Disagreement, documents: &[Value]) -> Option<Disagreement> {
    let again = compare::one(documents, &found.case, found.way).ok()??;
    (again.specification.is_some() == found.specification.is_some()).then_some(again)
}

/// Every way of taking one thing away; the big ones first.
fn candidates(documents: &[Value]) -> impl Iterator<Item = Vec<Value>> {
    let whole = (0..documents.len()).map(move |gone| {
        let mut fewer = documents.to_vec();
        fewer.remove(gone);
        fewer
    });
    let parts = documents.iter().enumerate().flat_map(move |(place, document)| {
        without_one(document, "").into_iter().map(move |smaller| {
            let mut changed = documents.to_vec();
            changed[place] = smaller;
            changed
        })
    });
    whole.chain(parts)
}

/// Every way of taking one thing out of a value, which stands under `key`.
fn without_one(value: &Value, key: &str) -> Vec<Value> {
    let mut smaller = Vec::new();
    match value {
        Value::Array(items) => {
            let least = if NOT_EMPTY.contains(&key) { 1 } else { 0 };
            let may_go = (LISTS.contains(&key) || NOT_EMPTY.contains(&key)) && items.len() > least;
            for (place, item) in items.iter().enumerate() {
                if may_go {
                    let mut fewer = items.clone();
                    fewer.remove(place);
                    smaller.push(Value::Array(fewer));
                }
                for changed in without_one(item, key) {
                    let mut items = items.clone();
                    items[place] = changed;
                    smaller.push(Value::Array(items));
                }
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                // A peer says at least something.
                let is_only_word_of_a_peer = matches!(key, "from" | "to") && fields.len() == 1;
                if OPTIONAL.contains(&name.as_str()) && !is_only_word_of_a_peer {
                    let mut fewer = fields.clone();
                    fewer.remove(name);
                    smaller.push(Value::Object(fewer));
                }
                for changed in without_one(field, name) {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), changed);
                    smaller.push(Value::Object(fields));
                }
            }
        }
        _ => {}
    }
    smaller
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::without_one;

    #[test]
    fn what_may_go_goes_one_at_a_time() {
        let rule = json!({ "from": [{ "podSelector": {} }], "ports": [{ "port": 80 }] });
        let smaller = without_one(&rule, "");
        for expected in [
            json!({ "from": [{ "podSelector": {} }] }),
            json!({ "ports": [{ "port": 80 }] }),
            json!({ "from": [], "ports": [{ "port": 80 }] }),
        ] {
            assert!(smaller.contains(&expected), "{expected}");
        }
        assert!(!smaller.iter().any(|one| one["from"] == json!([{}])), "a peer that says nothing");
    }
}
