//! Objects made from the tables of kinds: whole ones, and ones changed at random.

use serde_json::{Map, Value, json};

use crate::object::shape::{Field, Presence, Shape};
use crate::object::{KINDS, Kind, Object, Origin, POD_TEMPLATE, lower_one};
use crate::text::{Format, Limits, Source, read};

const WORDS: &[&str] = &[
    "ClusterIP",
    "NodePort",
    "LoadBalancer",
    "ExternalName",
    "None",
    "TCP",
    "UDP",
    "http",
    "web",
    "Ingress",
    "Egress",
    "Cluster",
    "Local",
    "prod",
    "redis.shop.svc.cluster.local",
    "ClientIP",
    "Default",
    "Prefix",
    "/",
    "x",
];
const NUMBERS: &[i64] = &[0, 1, 2, 22, 53, 80, 443, 5432, 6379, 30080, 65535];
const ADDRESSES: &[&str] = &["10.0.0.0/8", "0.0.0.0/0", "192.168.1.7", "fd00::/8", "169.254.169.254", "10.1.2.3/8"];
const LABELS: &[(&str, &str)] =
    &[("app", "web"), ("environment", "prod"), ("tier", "db"), ("kubernetes.io/metadata.name", "shop")];

/// Numbers that look random and are the same every time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// How an object is made.
pub(super) enum Make<'a> {
    /// Every field is there.
    Whole,
    /// Only what has to be there.
    Least,
    /// Anything that has the right types.
    Any(&'a mut Dice),
}

/// An object of the kind.
pub(super) fn object(kind: &'static Kind, make: &mut Make<'_>) -> Object {
    let mut root = fields(kind.fields, make);
    if let Some(path) = kind.template {
        put(&mut root, path, fields(POD_TEMPLATE.fields, make));
    }
    let group = if kind.group.is_empty() { String::new() } else { format!("{}/", kind.group) };
    root.insert("apiVersion".to_owned(), json!(format!("{group}{}", kind.versions[0])));
    root.insert("kind".to_owned(), json!(kind.kind));
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!("web"));
    if kind.entity != "core::v1::Namespace" {
        metadata.insert("namespace".to_owned(), json!("shop"));
    }
    for key in ["labels", "annotations"] {
        if !matches!(make, Make::Least) {
            metadata.insert(key.to_owned(), tags(make));
        }
    }
    let own = root.remove("metadata").and_then(|own| own.as_object().cloned()).unwrap_or_default();
    metadata.extend(own);
    root.insert("metadata".to_owned(), Value::Object(metadata));
    let bytes = serde_json::to_vec(&Value::Object(root)).unwrap();
    let source = Source { name: "object.json".to_owned(), format: Format::Json, bytes };
    let mut found = Vec::new();
    let document = read(&source, &Limits::default(), &mut found).pop().unwrap();
    let mut object = lower_one(document.value, &Origin::without_text("shop"), &mut found).unwrap();
    // What the API would refuse is still of the right type, and Cedar sees it.
    object.unreadable.clear();
    object
}

/// An object of every kind.
pub(super) fn every_kind(make: &mut Make<'_>) -> Vec<Object> {
    KINDS.iter().map(|kind| object(kind, make)).collect()
}

fn put(root: &mut Map<String, Value>, path: &[&str], value: Map<String, Value>) {
    match path.split_first() {
        None => {
            for (key, value) in value {
                let old = root.entry(key).or_insert_with(|| json!({}));
                if let (Some(old), Value::Object(value)) = (old.as_object_mut(), value) {
                    old.extend(value);
                }
            }
        }
        Some((first, rest)) => {
            let inner = root.entry((*first).to_owned()).or_insert_with(|| json!({}));
            put(inner.as_object_mut().unwrap(), rest, value);
        }
    }
}

fn fields(of: &[Field], make: &mut Make<'_>) -> Map<String, Value> {
    let mut map = Map::new();
    for field in of {
        let there = match make {
            Make::Whole => true,
            Make::Least => matches!(field.presence, Presence::Required),
            Make::Any(dice) => matches!(field.presence, Presence::Required) || dice.below(3) > 0,
        };
        if there {
            map.insert(field.name.to_owned(), value(&field.shape, make));
        }
    }
    map
}

fn value(shape: &Shape, make: &mut Make<'_>) -> Value {
    let word = |make: &mut Make<'_>| match make {
        Make::Any(dice) => dice.of(WORDS),
        _ => "x",
    };
    let number = |make: &mut Make<'_>| match make {
        Make::Any(dice) => dice.of(NUMBERS),
        _ => 80,
    };
    match shape {
        Shape::Bool => match make {
            Make::Any(dice) => json!(dice.below(2) == 0),
            _ => json!(true),
        },
        Shape::Long => json!(number(make)),
        Shape::Text | Shape::Opaque => json!(word(make)),
        Shape::Address => match make {
            Make::Any(dice) => json!(dice.of(ADDRESSES)),
            _ => json!("10.0.0.0/8"),
        },
        Shape::PortOrName => match make {
            Make::Any(dice) => match dice.below(2) {
                0 => json!(dice.of(WORDS)),
                _ => json!(dice.of(NUMBERS)),
            },
            _ => json!(80),
        },
        Shape::Tags(_) => tags(make),
        Shape::Selector => json!({ "matchLabels": tags(make), "matchExpressions": expressions(make) }),
        Shape::Set(element) => list(make, &mut |make| value(element, make)),
        Shape::Record(of) => Value::Object(fields(of, make)),
        Shape::Parts(part) => list(make, &mut |make| Value::Object(one_kind_of_peer(fields(part.fields, make)))),
    }
}

/// A peer is either selectors or a block, and not nothing.
fn one_kind_of_peer(mut part: Map<String, Value>) -> Map<String, Value> {
    if part.contains_key("podSelector") || part.contains_key("namespaceSelector") {
        part.remove("ipBlock");
    }
    part
}

fn list(make: &mut Make<'_>, element: &mut dyn FnMut(&mut Make<'_>) -> Value) -> Value {
    let length = match make {
        Make::Whole => 1,
        Make::Least => 0,
        Make::Any(dice) => dice.below(4),
    };
    Value::Array((0..length).map(|_| element(make)).collect())
}

fn tags(make: &mut Make<'_>) -> Value {
    let mut map = Map::new();
    match make {
        Make::Whole => drop(map.insert("app".to_owned(), json!("web"))),
        Make::Least => {}
        Make::Any(dice) => {
            for _ in 0..dice.below(4) {
                let (key, value) = dice.of(LABELS);
                map.insert(key.to_owned(), json!(value));
            }
        }
    }
    Value::Object(map)
}

fn expressions(make: &mut Make<'_>) -> Value {
    list(make, &mut |_| json!({ "key": "app", "operator": "In", "values": ["web"] }))
}
