//! Labels and selectors, port and address sets. Knows no Kubernetes object.

mod address;
mod selector;
mod special;

pub use address::{Cidr, parse_address};
pub use selector::{Operator, Requirement, Selector};
pub use special::{METADATA_ADDRESSES, is_dangerous};
