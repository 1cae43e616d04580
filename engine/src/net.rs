//! Labels and selectors, port and address sets. Knows no Kubernetes object.

mod address;
mod selector;

pub use address::{Cidr, parse_address};
pub use selector::{Operator, Requirement, Selector};
