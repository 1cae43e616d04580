//! Typed parameters of a pack.

use std::net::IpAddr;

use cedar_policy_core::ast;

use super::address;

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParameterType {
    /// `Long`
    Long,
    /// `String`
    Text,
    /// `Bool`
    Bool,
    /// `Set<Long>`
    Longs,
    /// `Set<String>`
    Texts,
    /// `ipaddr`
    Address,
    /// `Set<ipaddr>`
    Addresses,
}

impl ParameterType {
    /// Every name, in the order of [`ParameterType`].
    pub(super) const ALL: [&'static str; 7] =
        ["Long", "String", "Bool", "Set<Long>", "Set<String>", "ipaddr", "Set<ipaddr>"];

    /// Reads the name of a type.
    pub(super) fn parse(name: &str) -> Option<ParameterType> {
        match name {
            "Long" => Some(ParameterType::Long),
            "String" => Some(ParameterType::Text),
            "Bool" => Some(ParameterType::Bool),
            "Set<Long>" => Some(ParameterType::Longs),
            "Set<String>" => Some(ParameterType::Texts),
            "ipaddr" => Some(ParameterType::Address),
            "Set<ipaddr>" => Some(ParameterType::Addresses),
            _ => None,
        }
    }

    /// The name of the type.
    pub(super) fn name(self) -> &'static str {
        match self {
            ParameterType::Long => "Long",
            ParameterType::Text => "String",
            ParameterType::Bool => "Bool",
            ParameterType::Longs => "Set<Long>",
            ParameterType::Texts => "Set<String>",
            ParameterType::Address => "ipaddr",
            ParameterType::Addresses => "Set<ipaddr>",
        }
    }
}

/// The value of a parameter. Addresses are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Long(i64),
    /// Text or an address.
    Text(String),
    /// A list of integers.
    Longs(Vec<i64>),
    /// A list of texts or addresses.
    Texts(Vec<String>),
}

/// A parameter and the value it has.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// Its name.
    pub(super) name: String,
    /// Its type.
    pub(super) ty: ParameterType,
    /// Its value. INVARIANT: of type `ty`.
    pub(super) value: Value,
    /// What it is for.
    pub(super) description: String,
}

impl Value {
    /// The value as a value of that type; `None` if it is none. Lists lose their order and repeats.
    pub(super) fn of_type(self, ty: ParameterType) -> Option<Value> {
        match (ty, self) {
            (ParameterType::Bool, value @ Value::Bool(_)) | (ParameterType::Long, value @ Value::Long(_)) => {
                Some(value)
            }
            (ParameterType::Text, value @ Value::Text(_)) => Some(value),
            (ParameterType::Address, Value::Text(text)) if is_address(&text) => Some(Value::Text(text)),
            (ParameterType::Longs, Value::Longs(mut longs)) => {
                longs.sort_unstable();
                longs.dedup();
                Some(Value::Longs(longs))
            }
            // An empty list is one of whatever is wanted.
            (ParameterType::Longs, Value::Texts(texts)) if texts.is_empty() => Some(Value::Longs(Vec::new())),
            (ParameterType::Addresses, Value::Texts(texts)) if !texts.iter().all(|text| is_address(text)) => None,
            (ParameterType::Texts | ParameterType::Addresses, Value::Texts(mut texts)) => {
                texts.sort();
                texts.dedup();
                Some(Value::Texts(texts))
            }
            _ => None,
        }
    }

    /// Reads a value as it is given on a command line; lists are separated by commas.
    pub(super) fn parse(text: &str, ty: ParameterType) -> Option<Value> {
        let parts = || text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let list = || parts().map(str::to_owned).collect();
        let value = match ty {
            ParameterType::Bool => Value::Bool(text.parse().ok()?),
            ParameterType::Long => Value::Long(text.parse().ok()?),
            ParameterType::Text | ParameterType::Address => Value::Text(text.to_owned()),
            ParameterType::Longs => Value::Longs(parts().map(|part| part.parse().ok()).collect::<Option<Vec<i64>>>()?),
            ParameterType::Texts | ParameterType::Addresses => Value::Texts(list()),
        };
        value.of_type(ty)
    }

    /// The value as Cedar sees it.
    pub(super) fn to_cedar(&self, ty: ParameterType) -> Option<ast::Value> {
        let text = |text: &str| match ty {
            ParameterType::Address | ParameterType::Addresses => address::value(text),
            _ => Some(ast::Value::from(text)),
        };
        match self {
            Value::Bool(bool) => Some(ast::Value::from(*bool)),
            Value::Long(long) => Some(ast::Value::from(*long)),
            Value::Text(of) => text(of),
            Value::Longs(longs) => Some(ast::Value::set(longs.iter().map(|long| ast::Value::from(*long)), None)),
            Value::Texts(texts) => {
                let values: Option<Vec<ast::Value>> = texts.iter().map(|of| text(of)).collect();
                Some(ast::Value::set(values?, None))
            }
        }
    }

    /// The value as text, for digests.
    pub(super) fn to_text(&self) -> String {
        match self {
            Value::Bool(bool) => bool.to_string(),
            Value::Long(long) => long.to_string(),
            Value::Text(text) => format!("{text:?}"),
            Value::Longs(longs) => format!("{longs:?}"),
            Value::Texts(texts) => format!("{texts:?}"),
        }
    }
}

fn is_address(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|prefix| prefix <= most))
}
