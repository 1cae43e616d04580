//! Labels and selectors.

use serde_json::{Map, Value, json};

use super::{Generator, NAMESPACES};

/// A label and the values that it may have.
type Word = (&'static str, [&'static str; 2]);

/// Labels of namespaces.
pub(super) const NAMESPACE_LABELS: [Word; 3] =
    [("team", ["red", "blue"]), ("env", ["dev", "prod"]), ("kept", ["", "yes"])];

/// Labels of pods.
pub(super) const POD_LABELS: [Word; 3] = [("app", ["web", "db"]), ("tier", ["front", "back"]), ("canary", ["", "yes"])];

/// What no object has.
const NOWHERE: Word = ("nowhere", ["x", "y"]);

impl Generator {
    /// Some of these labels.
    pub(super) fn labels_from(&mut self, words: &[Word]) -> Value {
        let count = self.random.between(0, words.len());
        let mut labels = Map::new();
        for (key, values) in self.random.some(words, count) {
            labels.insert(key.to_owned(), json!(self.random.pick(&values)));
        }
        Value::Object(labels)
    }

    /// A selector of pods.
    pub(super) fn pod_selector(&mut self) -> Value {
        self.selector(&POD_LABELS)
    }

    /// A selector of namespaces.
    pub(super) fn namespace_selector(&mut self) -> Value {
        if self.edge(15, "namespace picked by its name") {
            let name = self.random.pick(&NAMESPACES);
            return json!({ "matchLabels": { "kubernetes.io/metadata.name": name } });
        }
        self.selector(&NAMESPACE_LABELS)
    }

    fn selector(&mut self, words: &[Word]) -> Value {
        if self.edge(20, "empty selector") {
            return self.random.pick(&[json!({}), json!({ "matchLabels": {} }), json!({ "matchExpressions": [] })]);
        }
        let mut selector = Map::new();
        if self.random.chance(60) {
            let labels = self.labels_from(words);
            selector.insert("matchLabels".into(), labels);
        } else if self.edge(10, "null matchLabels") {
            selector.insert("matchLabels".into(), Value::Null);
        }
        if selector.is_empty() || self.random.chance(35) {
            let requirements = self.list(1, 2, |generator| generator.requirement(words));
            selector.insert("matchExpressions".into(), requirements);
        }
        Value::Object(selector)
    }

    fn requirement(&mut self, words: &[Word]) -> Value {
        let (key, values) =
            if self.edge(8, "selector on a key that no object has") { NOWHERE } else { self.random.pick(words) };
        let count = self.random.between(1, 2);
        let values = self.random.some(&values, count);
        match self.random.below(4) {
            0 => {
                self.note("operator In");
                json!({ "key": key, "operator": "In", "values": values })
            }
            1 => {
                self.note("operator NotIn");
                json!({ "key": key, "operator": "NotIn", "values": values })
            }
            2 => {
                self.note("operator Exists");
                json!({ "key": key, "operator": "Exists" })
            }
            _ => {
                self.note("operator DoesNotExist");
                json!({ "key": key, "operator": "DoesNotExist" })
            }
        }
    }
}
