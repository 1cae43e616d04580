//! Addresses and CIDRs → Cedar's `ipaddr`.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::LazyLock;

use cedar_policy_core::ast::{Name, PartialValue, Value};
use cedar_policy_core::extensions::Extensions;

static IP: LazyLock<Option<Name>> = LazyLock::new(|| Name::parse_unqualified_name("ip").ok());

/// The `ipaddr` of an address or CIDR; `None` if the text is none. Cost: parses the text.
pub(super) fn value(text: &str) -> Option<Value> {
    let function = Extensions::all_available().func(IP.as_ref()?).ok()?;
    let call = |text: &str| match function.call(&[Value::from(text)]) {
        Ok(PartialValue::Value(value)) => Some(value),
        _ => None,
    };
    call(text).or_else(|| call(&spelled_out(text)?))
}

/// An IPv6 address with an IPv4 tail, which Cedar does not read, in groups of 16 bits.
fn spelled_out(text: &str) -> Option<String> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(IpAddr::V6(address)) = address.parse() else { return None };
    let groups: Vec<String> = Ipv6Addr::segments(&address).iter().map(|group| format!("{group:x}")).collect();
    let address = groups.join(":");
    Some(prefix.map_or(address.clone(), |prefix| format!("{address}/{prefix}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ranges_of_both_families_are_read() {
        for text in ["10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "::/0", "::ffff:10.0.0.1/128"] {
            assert!(value(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in ["", "10.0.0.0/33", "10.0.0", "web", "::/129", "10.0.0.0/"] {
            assert!(value(text).is_none(), "{text}");
        }
    }
}
