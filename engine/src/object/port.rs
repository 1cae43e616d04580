//! Port numbers, port names and protocols.

use super::{Notes, Path, TargetPort};
use crate::text::Value;

/// The protocols that the API knows.
const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

/// The port number in the field `key` of `parent`; 0 counts as absent, as the API has it for optional ports. Other numbers
/// that are no port are told.
pub(super) fn number(parent: &Value, key: &str, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<u16> {
    let value = parent.get(key)?;
    let number = value.as_int()?;
    match u16::try_from(number) {
        Ok(number) => (number != 0).then_some(number),
        Err(_) => {
            notes.refused_unreadable(&path.key(key), value, "and ports are 1 to 65535", None);
            None
        }
    }
}

/// As [`number`], where the API wants a port: 0 is told too.
pub(super) fn required(parent: &Value, key: &str, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<u16> {
    if let Some(value) = parent.get(key).filter(|value| value.as_int() == Some(0)) {
        notes.refused_unreadable(&path.key(key), value, "and ports are 1 to 65535", None);
    }
    number(parent, key, path, notes)
}

/// The port number or name in the field `key` of `parent`. The number 0 and the empty name count as absent.
pub(super) fn number_or_name(parent: &Value, key: &str, path: &Path<'_>, notes: &mut Notes<'_>) -> Option<TargetPort> {
    let value = parent.get(key)?;
    let Some(name) = value.as_str() else { return number(parent, key, path, notes).map(TargetPort::Number) };
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        let help = format!("write {name} without quotes");
        notes.refused(&path.key(key), value, "which in quotes is a port's name, and names have a letter", Some(help));
    }
    (!name.is_empty()).then(|| TargetPort::Name(name.to_owned()))
}

/// The protocol in `protocol` of `parent`, `TCP` if absent.
pub(super) fn protocol(parent: &Value, path: &Path<'_>, notes: &mut Notes<'_>) -> String {
    let Some(value) = parent.get("protocol") else { return "TCP".to_owned() };
    notes.expect_word(&path.key("protocol"), value, &PROTOCOLS);
    value.as_str().filter(|protocol| !protocol.is_empty()).unwrap_or("TCP").to_owned()
}
