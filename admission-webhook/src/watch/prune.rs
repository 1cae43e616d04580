//! Keeping only the fields that facts read, without building the object.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// What of an object is kept.
#[derive(Debug)]
pub(super) struct Keep(Node);

#[derive(Debug, PartialEq, Eq)]
enum Node {
    Whole,
    Fields(BTreeMap<String, Node>),
}

/// A pruned object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pruned {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) resource_version: String,
    /// The object as JSON, with `apiVersion` and `kind`, which lists leave out.
    pub(super) bytes: Vec<u8>,
}

impl Keep {
    /// From paths such as `spec/selector`. Lists are looked through: `spec/ports/*/port` keeps `port` of every port.
    pub(super) fn new(paths: &BTreeSet<String>) -> Keep {
        let mut root = Node::Fields(BTreeMap::new());
        let always = ["metadata/name", "metadata/namespace"];
        // Written for every object, whether the API server did or not.
        let paths = paths.iter().map(String::as_str).filter(|path| !["apiVersion", "kind"].contains(path));
        for path in always.into_iter().chain(paths) {
            root.add(path.split('/').filter(|key| !key.is_empty() && *key != "*"));
        }
        Keep(root)
    }

    /// Prunes one object.
    ///
    /// # Errors
    /// When it is no JSON object with a name.
    pub(super) fn prune(&self, api_version: &str, kind: &str, object: &RawValue) -> Result<Pruned, serde_json::Error> {
        #[derive(Deserialize)]
        struct Object {
            metadata: Metadata,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Metadata {
            name: String,
            #[serde(default)]
            namespace: String,
            #[serde(default)]
            resource_version: String,
        }
        let Object { metadata } = serde_json::from_str(object.get())?;
        let mut bytes = format!("{{\"apiVersion\":\"{api_version}\",\"kind\":\"{kind}\"").into_bytes();
        let mut body = Vec::new();
        Writer { node: &self.0, out: &mut body }.deserialize(&mut serde_json::Deserializer::from_str(object.get()))?;
        // `{…}` with at least `metadata` in it.
        bytes.push(b',');
        bytes.extend_from_slice(body.get(1..).unwrap_or_default());
        bytes.shrink_to_fit();
        let Metadata { name, namespace, resource_version } = metadata;
        Ok(Pruned { namespace, name, resource_version, bytes })
    }
}

impl Node {
    fn add<'a>(&mut self, mut path: impl Iterator<Item = &'a str>) {
        match (path.next(), &mut *self) {
            (_, Node::Whole) => {}
            (None, node) => *node = Node::Whole,
            (Some(key), Node::Fields(fields)) => {
                fields.entry(key.to_owned()).or_insert_with(|| Node::Fields(BTreeMap::new())).add(path);
            }
        }
    }
}

/// Copies the part of a value that the node keeps.
struct Writer<'n, 'o> {
    node: &'n Node,
    out: &'o mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Writer<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.node {
            Node::Whole => {
                let raw = <&RawValue>::deserialize(deserializer)?;
                self.out.extend_from_slice(raw.get().as_bytes());
                Ok(())
            }
            Node::Fields(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Writer<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Node::Fields(fields) = self.node else { return Ok(()) };
        self.out.push(b'{');
        let mut first = true;
        while let Some(key) = map.next_key::<String>()? {
            let Some(node) = fields.get(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if !first {
                self.out.push(b',');
            }
            first = false;
            text(&key, self.out);
            self.out.push(b':');
            map.next_value_seed(Writer { node, out: self.out })?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.out.push(b'[');
        let mut first = true;
        loop {
            let before = self.out.len();
            if !first {
                self.out.push(b',');
            }
            if list.next_element_seed(Writer { node: self.node, out: self.out })?.is_none() {
                self.out.truncate(before);
                break;
            }
            first = false;
        }
        self.out.push(b']');
        Ok(())
    }

    // A scalar where an object was expected is kept: that the type is wrong is for the engine to say.
    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        text(value, self.out);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.out.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.out.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.out.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    // Strings always serialise.
    out.extend_from_slice(&serde_json::to_vec(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paths: &[&str], object: &str, kept: &str) {
        let keep = Keep::new(&paths.iter().map(|path| (*path).to_owned()).collect());
        let raw: &RawValue = serde_json::from_str(object).unwrap();
        let pruned = keep.prune("v1", "Service", raw).unwrap();
        let head = r#"{"apiVersion":"v1","kind":"Service","metadata":{"#;
        assert_eq!(String::from_utf8(pruned.bytes).unwrap(), format!("{head}{kept}"));
    }

    #[test]
    fn only_what_facts_read_is_kept() {
        check(
            &["apiVersion", "kind", "metadata/labels", "spec/selector", "spec/ports/*/port"],
            r#"{"kind":"Service","apiVersion":"v1","metadata":{"name":"a","managedFields":[{"x":1}],"labels":{"a\"b":"c"}},
                "spec":{"selector":{"x": "y"},"ports":[{"port":1,"name":"n"},{"port":2}],"type":"NodePort"},"status":{}}"#,
            r#""name":"a","labels":{"a\"b":"c"}},"spec":{"selector":{"x": "y"},"ports":[{"port":1},{"port":2}]}}"#,
        );
    }

    #[test]
    fn a_kept_field_keeps_all_below_it() {
        check(
            &["spec", "spec/selector"],
            r#"{"metadata":{"name":"a"},"spec":{"b":[1]}}"#,
            r#""name":"a"},"spec":{"b":[1]}}"#,
        );
    }

    #[test]
    fn absent_null_and_empty_stay_apart() {
        let paths = ["spec/a", "spec/b", "spec/c", "spec/ports/port"];
        check(
            &paths,
            r#"{"metadata":{"name":"a"},"spec":{"a":null,"b":{},"ports":[]}}"#,
            r#""name":"a"},"spec":{"a":null,"b":{},"ports":[]}}"#,
        );
    }

    #[test]
    fn wrong_types_are_left_for_the_engine() {
        check(&["spec/a/b"], r#"{"metadata":{"name":"a"},"spec":{"a":-1.5}}"#, r#""name":"a"},"spec":{"a":-1.5}}"#);
    }

    #[test]
    fn an_object_without_a_name_is_an_error() {
        let raw: &RawValue = serde_json::from_str(r#"{"metadata":{}}"#).unwrap();
        assert!(Keep::new(&BTreeSet::new()).prune("v1", "Service", raw).is_err());
    }
}
