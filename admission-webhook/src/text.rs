//! Values of the command line and of `?timeout=`: durations, sizes, names.

use std::time::Duration;

/// A duration as Go writes it: `1.5s`, `500ms`, `1m0s`; a bare number is seconds.
///
/// # Errors
/// When it is none, in one line.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("`{text}` is no duration such as `1.5s`, `500ms` or `1m30s`");
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "" if number.len() == text.len() => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(bad()),
        };
        seconds += number.parse::<f64>().map_err(|_| bad())? * unit;
        rest = after;
    }
    if text.is_empty() { Err(bad()) } else { Duration::try_from_secs_f64(seconds).map_err(|_| bad()) }
}

/// A duration for `--max-staleness`. Idle watches hear from the API server once in half of it.
///
/// # Errors
/// When it is none, or shorter than ten seconds.
pub(crate) fn staleness(text: &str) -> Result<Duration, String> {
    let limit = duration(text)?;
    if limit < Duration::from_secs(10) { Err("must be at least `10s`".into()) } else { Ok(limit) }
}

/// A number of bytes: `1000`, `512Ki`, `8Mi`, `1Gi`.
///
/// # Errors
/// When it is none, or zero.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit {
        "" => Some(1_usize),
        "Ki" => Some(1 << 10),
        "Mi" => Some(1 << 20),
        "Gi" => Some(1 << 30),
        _ => None,
    };
    let bytes = unit.zip(number.parse::<usize>().ok()).and_then(|(unit, number)| number.checked_mul(unit));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| format!("`{text}` is no size such as `8Mi`"))
}

/// `PACK.NAME=VALUE`
///
/// # Errors
/// When there is no `=`.
pub(crate) fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as `PACK.NAME=VALUE`")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Names a Service and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) port: u16,
}

/// `NAMESPACE/NAME[:PORT]`; port 443 if there is none.
///
/// # Errors
/// When it is not of that form.
pub(crate) fn service(text: &str) -> Result<Service, String> {
    let (object, port) = text.split_once(':').unwrap_or((text, "443"));
    let (namespace, name) = namespaced(object)?;
    let port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
    Ok(Service { namespace, name, port })
}

/// `NAMESPACE/NAME`
///
/// # Errors
/// When it is not of that form.
pub(crate) fn namespaced(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok((namespace.to_owned(), name.to_owned()))
        }
        _ => Err("write it as `NAMESPACE/NAME`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, millis) in
            [("10s", 10_000), ("1.5s", 1500), ("500ms", 500), ("1m0s", 60_000), ("2", 2000), ("0s", 0)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "1x", "1.2.3s", "-1s", "1s2", "99999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!(size("8Mi"), Ok(8 << 20));
        assert_eq!(size("100"), Ok(100));
        for text in ["", "0", "8MB", "Mi", "99999999999999999999Gi"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_service_may_have_a_port() {
        let service_of =
            |namespace: &str, name: &str, port| Service { namespace: namespace.into(), name: name.into(), port };
        assert_eq!(service("a/b"), Ok(service_of("a", "b", 443)));
        assert_eq!(service("a/b:8443"), Ok(service_of("a", "b", 8443)));
        for text in ["a", "a/", "/b", "a/b/c", "a/b:x"] {
            assert!(service(text).is_err(), "{text}");
        }
    }
}
