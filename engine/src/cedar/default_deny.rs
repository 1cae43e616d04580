//! What a pack with `connections = "default-deny"` says of connections that none of its policies permits.

use super::policy::{Policy, Reader};
use crate::finding::{Finding, Place};
use crate::text::{Format, Source};

/// End of the policy's id, after the pack's name.
const NAME: &str = "default-deny";

/// The policy that holds for every connection which no `permit` of the pack holds for: `PACK/default-deny`, so that its
/// severity and what it does can be set like any other's.
pub(super) fn policy(pack: &str, place: &Place, reader: &Reader<'_>, found: &mut Vec<Finding>) -> Option<Policy> {
    let code: String = pack.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '-' }).collect();
    let text = format!(
        "@id(\"{pack}/{NAME}\") @code(\"{}-DENY\") @title(\"connection that no policy permits\") @severity(\"error\")\n\
         @message(\"no policy of `{pack}` permits it\") @help(\"close it, or write a `permit` for it\")\n\
         forbid (principal, action == net::Action::\"connect\", resource);\n",
        code.to_ascii_uppercase(),
    );
    let source = Source { name: place.source.clone(), format: Format::Cedar, bytes: text.into_bytes() };
    let policies = reader.read(&[&source], found);
    policies.into_iter().next().map(|policy| Policy { place: place.clone(), default_deny: true, ..policy })
}
