//! `pack.toml` and the operator's `hedgerow.toml`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::parameter::{Parameter, ParameterType, Value};
use super::problem::{Problems, did_you_mean};
use crate::finding::{Code, Finding, Outcome, Place, Severity, Span};
use crate::text::Source;

/// File name of a pack's manifest.
pub(super) const PACK: &str = "pack.toml";
/// File name of the operator's configuration.
pub(super) const OPERATOR: &str = "hedgerow.toml";

/// What a `pack.toml` says.
#[derive(Clone, Debug, Default)]
pub(super) struct Manifest {
    /// Name of the pack.
    pub(super) name: String,
    /// Parameters with their defaults, sorted by name.
    pub(super) parameters: Vec<Parameter>,
    /// Settings of single policies.
    pub(super) enforcement: Vec<Enforcement>,
    /// Where `connections = "default-deny"` stands, if it does: connections that no `permit` of the pack speaks of are
    /// findings.
    pub(super) default_deny: Option<Place>,
}

/// What an operator says.
#[derive(Clone, Debug, Default)]
pub(super) struct Operator {
    /// Values of parameters.
    pub(super) parameters: Vec<Given>,
    /// Settings of single policies.
    pub(super) enforcement: Vec<Enforcement>,
    /// `[settings]`
    pub(super) environment_labels: Option<Vec<String>>,
    /// `[settings]`
    pub(super) cluster_domain: Option<String>,
    /// `[settings]`: ids of policies, names of packs, or `*`, that are asked even if their pack leaves them off.
    pub(super) enable: Vec<String>,
    /// `[settings]`: what requests open and cut is told.
    pub(super) announce: bool,
}

impl Operator {
    /// Whether a policy is switched on by name.
    pub(super) fn enables(&self, policy: &str, pack: &str) -> bool {
        self.enable.iter().any(|name| name == "*" || name == pack || name == policy)
    }
}

/// A value that an operator gives to a parameter.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// The pack.
    pub(super) pack: String,
    /// The parameter.
    pub(super) name: String,
    /// What was given.
    pub(super) value: Value,
    /// Where.
    pub(super) place: Option<Place>,
}

/// `[enforcement."POLICY-ID"]`
#[derive(Clone, Debug)]
pub(super) struct Enforcement {
    /// The policy's `@id`.
    pub(super) policy: String,
    /// Where its id stands.
    pub(super) place: Place,
    /// `severity`
    pub(super) severity: Option<Severity>,
    /// `admission`
    pub(super) admission: Option<Outcome>,
    /// `on_unknown`
    pub(super) on_unknown: Option<Outcome>,
    /// `enabled`
    pub(super) enabled: Option<bool>,
}

impl Enforcement {
    /// That a policy is asked, and nothing else.
    pub(super) fn enabled(policy: &str, place: &Place) -> Enforcement {
        Enforcement {
            policy: policy.to_owned(),
            place: place.clone(),
            severity: None,
            admission: None,
            on_unknown: None,
            enabled: Some(true),
        }
    }
}

/// Reads a `pack.toml`.
///
/// # Errors
/// Every problem with its place.
pub(super) fn manifest(source: &Source) -> Result<Manifest, Vec<Finding>> {
    read(source, |reader, root| {
        let mut manifest = Manifest::default();
        for (key, value) in
            reader.known(root, "pack.toml", &["name", "version", "description", "connections", "params", "enforcement"])
        {
            match key {
                "name" => manifest.name = reader.text("name", value).unwrap_or_default(),
                "params" => manifest.parameters = reader.parameters(value),
                "enforcement" => manifest.enforcement = reader.enforcement(value),
                "connections" => manifest.default_deny = reader.connections(value),
                _ => drop(reader.text(key, value)),
            }
        }
        for key in ["name", "version"] {
            if !root.get_ref().iter().any(|(found, _)| found.get_ref() == key) {
                reader.wrong(Span::new(0, 0), format!("the manifest has no `{key}`"), None);
            }
        }
        if manifest.name.contains('.') {
            let message = format!("the name `{}` of the pack has a dot", manifest.name);
            reader.wrong(Span::new(0, 0), message, Some("parameters are named PACK.NAME; use `-`".to_owned()));
        }
        manifest.parameters.sort_by(|left, right| left.name.cmp(&right.name));
        manifest
    })
}

/// Reads a `hedgerow.toml`.
///
/// # Errors
/// Every problem with its place.
pub(super) fn operator(source: &Source) -> Result<Operator, Vec<Finding>> {
    read(source, |reader, root| {
        let mut operator = Operator::default();
        for (key, value) in reader.known(root, "hedgerow.toml", &["enforcement", "params", "settings"]) {
            match key {
                "enforcement" => operator.enforcement = reader.enforcement(value),
                "params" => operator.parameters = reader.given(value),
                _ => reader.settings(value, &mut operator),
            }
        }
        operator
    })
}

fn read<T>(source: &Source, with: impl FnOnce(&mut Reader<'_>, &Spanned<DeTable<'_>>) -> T) -> Result<T, Vec<Finding>> {
    let mut problems = Problems::of(source);
    let text = match std::str::from_utf8(&source.bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = Span::new(error.valid_up_to(), error.valid_up_to() + 1);
            problems.add(Code::BadManifest, at, "the manifest is not UTF-8".to_owned(), None);
            return Err(problems.into_findings());
        }
    };
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let message = format!("the manifest is not TOML: {}", error.message());
            problems.add(Code::BadManifest, Span::new(span.start, span.end), message, None);
            return Err(problems.into_findings());
        }
    };
    let mut reader = Reader { problems };
    let value = with(&mut reader, &root);
    if reader.problems.any() { Err(reader.problems.into_findings()) } else { Ok(value) }
}

struct Reader<'a> {
    problems: Problems<'a>,
}

type Entry<'t, 'i> = (&'t str, &'t Spanned<DeValue<'i>>);

impl Reader<'_> {
    fn wrong(&mut self, span: Span, message: String, help: Option<String>) {
        self.problems.add(Code::BadManifest, span, message, help);
    }

    /// The entries whose key is known; the others are problems.
    fn known<'t, 'i>(&mut self, table: &'t Spanned<DeTable<'i>>, of: &str, keys: &[&str]) -> Vec<Entry<'t, 'i>> {
        let mut known = Vec::new();
        for (key, value) in table.get_ref() {
            let name: &str = key.get_ref();
            if keys.contains(&name) {
                known.push((name, value));
            } else {
                let message = format!("`{name}` is no key of {of}");
                let help = did_you_mean(name, keys.iter().copied());
                let help = help.or_else(|| Some(format!("known keys: {}", keys.join(", "))));
                self.wrong(span_of(key), message, help);
            }
        }
        known
    }

    fn text(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.type_is_wrong(key, value, "a string");
        }
        text
    }

    /// `"default-deny"` or `"default-allow"`.
    fn connections(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Place> {
        let parse = |text: &str| ["default-allow", "default-deny"].iter().position(|word| *word == text);
        let denied = self.word("connections", value, parse, "default-allow or default-deny")? == 1;
        denied.then(|| self.problems.place(span_of(value)))
    }

    fn type_is_wrong(&mut self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let message = format!("`{key}` is {} and must be {wanted}", value.get_ref().type_str());
        self.wrong(span_of(value), message, None);
    }

    fn table<'t, 'i>(&mut self, key: &str, value: &'t Spanned<DeValue<'i>>) -> Vec<(Span, Entry<'t, 'i>)> {
        let Some(table) = value.get_ref().as_table() else {
            self.type_is_wrong(key, value, "a table");
            return Vec::new();
        };
        table.iter().map(|(key, value)| (span_of(key), (&**key.get_ref(), value))).collect()
    }

    fn inner<'t, 'i>(&mut self, of: &str, value: &'t Spanned<DeValue<'i>>, keys: &[&str]) -> Vec<Entry<'t, 'i>> {
        let Some(table) = value.get_ref().as_table() else {
            self.type_is_wrong(of, value, "a table");
            return Vec::new();
        };
        let table = Spanned::new(value.span(), table.clone());
        let names: Vec<String> = self.known(&table, of, keys).into_iter().map(|(name, _)| name.to_owned()).collect();
        value
            .get_ref()
            .as_table()
            .into_iter()
            .flatten()
            .map(|(key, value)| (&**key.get_ref(), value))
            .filter(|(name, _)| names.iter().any(|known| known == name))
            .collect()
    }

    fn parameters(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for (span, (name, value)) in self.table("params", value) {
            parameters.extend(self.parameter(span, name, value));
        }
        parameters
    }

    fn parameter(&mut self, span: Span, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Parameter> {
        let (mut ty, mut default, mut description) = (None, None, String::new());
        for (key, value) in self.inner(&format!("params.{name}"), value, &["type", "default", "description"]) {
            match key {
                "type" => ty = self.parameter_type(value),
                "default" => default = Some(value),
                _ => description = self.text(key, value).unwrap_or_default(),
            }
        }
        let Some(default) = default else {
            self.wrong(span, format!("parameter `{name}` has no `default`"), None);
            return None;
        };
        let Some(ty) = ty else {
            if !value.get_ref().as_table().is_some_and(|table| table.iter().any(|(key, _)| key.get_ref() == "type")) {
                let help = format!("give one of {}", ParameterType::ALL.join(", "));
                self.wrong(span, format!("parameter `{name}` has no `type`"), Some(help));
            }
            return None;
        };
        match value_of(default.get_ref()).and_then(|value| value.of_type(ty)) {
            Some(value) => Some(Parameter { name: name.to_owned(), ty, value, description }),
            None => {
                let message = format!("the default of parameter `{name}` is no {}", ty.name());
                self.problems.add(Code::BadParameter, span_of(default), message, None);
                None
            }
        }
    }

    fn parameter_type(&mut self, value: &Spanned<DeValue<'_>>) -> Option<ParameterType> {
        let text = self.text("type", value)?;
        let ty = ParameterType::parse(&text);
        if ty.is_none() {
            let help = did_you_mean(&text, ParameterType::ALL);
            let help = help.or_else(|| Some(format!("give one of {}", ParameterType::ALL.join(", "))));
            self.wrong(span_of(value), format!("`{text}` is no type of a parameter"), help);
        }
        ty
    }

    fn enforcement(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Enforcement> {
        let mut all = Vec::new();
        for (span, (policy, value)) in self.table("enforcement", value) {
            let mut one = Enforcement {
                policy: policy.to_owned(),
                place: self.problems.place(span),
                severity: None,
                admission: None,
                on_unknown: None,
                enabled: None,
            };
            let of = format!("enforcement.\"{policy}\"");
            for (key, value) in self.inner(&of, value, &["severity", "admission", "on_unknown", "enabled"]) {
                match key {
                    "severity" => one.severity = self.word(key, value, Severity::parse, "error, warning or info"),
                    "admission" => one.admission = self.word(key, value, Outcome::parse, "deny, warn or audit"),
                    "on_unknown" => one.on_unknown = self.word(key, value, Outcome::parse, "deny, warn or audit"),
                    _ => {
                        one.enabled = value.get_ref().as_bool();
                        if one.enabled.is_none() {
                            self.type_is_wrong(key, value, "true or false");
                        }
                    }
                }
            }
            all.push(one);
        }
        all
    }

    fn word<T>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        parse: impl Fn(&str) -> Option<T>,
        words: &str,
    ) -> Option<T> {
        let text = self.text(key, value)?;
        let word = parse(&text);
        if word.is_none() {
            self.wrong(span_of(value), format!("`{key}` is `{text}` and must be {words}"), None);
        }
        word
    }

    fn given(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Given> {
        let mut given = Vec::new();
        for (_, (pack, value)) in self.table("params", value) {
            for (span, (name, value)) in self.table(pack, value) {
                match value_of(value.get_ref()) {
                    Some(value) => given.push(Given {
                        pack: pack.to_owned(),
                        name: name.to_owned(),
                        value,
                        place: Some(self.problems.place(span)),
                    }),
                    None => {
                        self.type_is_wrong(name, value, "a boolean, integer, string, or list of strings or integers")
                    }
                }
            }
        }
        given
    }

    fn settings(&mut self, value: &Spanned<DeValue<'_>>, operator: &mut Operator) {
        for (key, value) in
            self.inner("settings", value, &["environment_labels", "cluster_domain", "enable", "announce"])
        {
            match (key, value_of(value.get_ref())) {
                ("cluster_domain", Some(Value::Text(text))) => operator.cluster_domain = Some(text),
                ("environment_labels", Some(Value::Texts(labels))) => operator.environment_labels = Some(labels),
                ("enable", Some(Value::Texts(names))) => operator.enable = names,
                ("announce", Some(Value::Bool(announce))) => operator.announce = announce,
                ("announce", _) => self.type_is_wrong(key, value, "true or false"),
                ("cluster_domain", _) => self.type_is_wrong(key, value, "a string"),
                _ => self.type_is_wrong(key, value, "a list of strings"),
            }
        }
    }
}

fn span_of<T>(spanned: &Spanned<T>) -> Span {
    Span::new(spanned.span().start, spanned.span().end)
}

fn long_of(value: &DeValue<'_>) -> Option<i64> {
    match value {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok(),
        _ => None,
    }
}

fn value_of(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::Boolean(bool) => Some(Value::Bool(*bool)),
        DeValue::String(text) => Some(Value::Text(text.clone().into_owned())),
        DeValue::Integer(_) => long_of(value).map(Value::Long),
        DeValue::Array(array) => {
            let texts = array.iter().map(|value| value.get_ref().as_str().map(str::to_owned));
            let longs = || array.iter().map(|value| long_of(value.get_ref())).collect::<Option<Vec<i64>>>();
            texts.collect::<Option<Vec<String>>>().map(Value::Texts).or_else(|| longs().map(Value::Longs))
        }
        _ => None,
    }
}
