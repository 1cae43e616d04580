//! Aliases, followed.

use super::record::{Data, Outcome, Record, RecordType};
use super::zone::{Zone, ZoneAnswer};
use crate::cluster::Knowledge;
use crate::net::parse_address;

/// Longest chain that is followed. Source: `maxCnameChainLength` of CoreDNS.
const LONGEST: usize = 10;

/// The answer of an ExternalName Service.
pub(super) fn alias(zone: &Zone<'_>, name: &str, target: &str, kind: RecordType, aliases: Vec<Record>) -> ZoneAnswer {
    let target = target.trim_end_matches('.').to_ascii_lowercase();
    // CoreDNS makes an alias of no address.
    if parse_address(&target).is_some() {
        return Outcome::NxDomain.into();
    }
    let record = Record { name: name.to_owned(), data: Data::Alias(target.clone()) };
    match kind {
        RecordType::Cname => return Outcome::Records { records: vec![record], open: None }.into(),
        RecordType::Srv | RecordType::Ptr => return Outcome::NoData.into(),
        RecordType::Address | RecordType::A | RecordType::Aaaa => {}
    }
    let repeats = target == name || aliases.iter().any(|known| known.data == record.data) || aliases.len() > LONGEST;
    if repeats {
        return Outcome::NoData.into();
    }
    let mut aliases = aliases;
    aliases.push(record);
    let next = zone.follow(&target, kind, aliases.clone());
    let outcome = match next.outcome {
        Outcome::Records { records, open } => {
            // What is followed hands on the chain before it.
            let whole = if records.starts_with(&aliases) { records } else { [aliases, records].concat() };
            Outcome::Records { records: whole, open }
        }
        Outcome::Unknown(why) => Outcome::Records { records: aliases, open: Some(why) },
        Outcome::Forwarded => {
            let why = Knowledge::NotGiven(format!(
                "`{target}` is outside of the cluster, and manifests do not say what it is"
            ));
            Outcome::Records { records: aliases, open: Some(why) }
        }
        // Of a chain that ends nowhere CoreDNS answers nothing.
        Outcome::NoData | Outcome::NxDomain | Outcome::Nothing => Outcome::NoData,
    };
    ZoneAnswer { outcome, ..next }
}
