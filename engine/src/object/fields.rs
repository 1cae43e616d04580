//! The fields of a request, read one by one: the first that is missing or wrong is the error.

use crate::text::Value;

/// A map and what it is called in errors.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    /// Its name, such as `request`.
    pub(super) of: &'a str,
    /// The map, or null for one that is absent and reads as empty.
    pub(super) value: &'a Value,
}

impl<'a> Fields<'a> {
    /// A map inside this one; absent reads as empty.
    pub(super) fn map(&self, key: &'a str) -> Result<Fields<'a>, String> {
        match self.value.get(key) {
            None => Ok(Fields { of: key, value: &Value::NULL }),
            Some(value) if value.as_map().is_some() => Ok(Fields { of: key, value }),
            Some(value) => Err(self.wrong(key, value, "a map")),
        }
    }

    /// A text; empty if absent.
    pub(super) fn text(&self, key: &str) -> Result<String, String> {
        match self.value.get(key) {
            None => Ok(String::new()),
            Some(value) => value.as_str().map(str::to_owned).ok_or_else(|| self.wrong(key, value, "a string")),
        }
    }

    /// A text that must be there and not empty.
    pub(super) fn required(&self, key: &str) -> Result<String, String> {
        match self.text(key)? {
            text if text.is_empty() => Err(format!("`{}.{key}` is missing", self.of)),
            text => Ok(text),
        }
    }

    /// A list of texts; empty if absent.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, String> {
        let Some(value) = self.value.get(key) else { return Ok(Vec::new()) };
        let texts = value.as_list().map(|list| list.iter().map(|text| text.as_str().map(str::to_owned)).collect());
        texts.flatten().ok_or_else(|| self.wrong(key, value, "a list of strings"))
    }

    /// A boolean; false if absent.
    pub(super) fn bool(&self, key: &str) -> Result<bool, String> {
        match self.value.get(key) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(key, value, "a boolean")),
        }
    }

    fn wrong(&self, key: &str, value: &Value, wanted: &str) -> String {
        format!("`{}.{key}` is of type {}, and should be {wanted}", self.of, value.type_name())
    }
}
