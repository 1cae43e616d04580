//! Keeping only some fields of an object.

use serde_json::{Map, Value};

/// The fields at these paths (`/` between keys, `*` for each element of a list), with everything below them.
pub(super) fn kept(object: &Value, paths: &[String]) -> Value {
    let paths: Vec<Vec<&str>> = paths.iter().map(|path| path.split('/').collect()).collect();
    below(object, &paths.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn below(value: &Value, paths: &[&[&str]]) -> Value {
    if paths.iter().any(|path| path.is_empty()) {
        return value.clone();
    }
    let under = |key: &str| -> Vec<&[&str]> {
        paths.iter().filter_map(|path| path.split_first().filter(|(first, _)| **first == key).map(|it| it.1)).collect()
    };
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (key, value) in fields {
                let paths = under(key);
                if !paths.is_empty() {
                    kept.insert(key.clone(), below(value, &paths));
                }
            }
            Value::Object(kept)
        }
        Value::Array(elements) => {
            let paths = under("*");
            Value::Array(elements.iter().map(|element| below(element, &paths)).collect())
        }
        scalar => scalar.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn only_what_is_named_is_kept() {
        let object = json!({ "spec": { "env": "secret", "ports": [{ "port": 1, "x": 2 }, { "port": 3 }], "sel": { "a": "b" } } });
        let paths = ["spec/ports/*/port", "spec/sel"].map(str::to_owned);
        let kept = json!({ "spec": { "ports": [{ "port": 1 }, { "port": 3 }], "sel": { "a": "b" } } });
        assert_eq!(super::kept(&object, &paths), kept);
    }
}
