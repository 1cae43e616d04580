//! Labels and selectors, port and address sets. Knows no Kubernetes object.

mod address;
mod address_set;
mod block;
mod ports;
mod ranges;
mod selector;
mod special;

pub use address::{Cidr, Family, parse_address};
pub use address_set::AddressSet;
pub use block::Block;
pub use ports::{Ports, Protocol};
pub use ranges::{Point, Ranges};
pub use selector::{Operator, Requirement, Selector};
pub use special::{METADATA_ADDRESSES, is_dangerous, no_pod_addresses, public_addresses};
