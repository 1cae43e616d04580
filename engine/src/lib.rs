//! Hedgerow's engine: Kubernetes network objects and Cedar policies in, reviews with findings out.
//!
//! It opens no file, reads no clock and no environment, starts no thread and logs nothing. A folder uses only folders
//! above it in this list, and a test keeps it so.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

pub mod cedar; // policies, schema, entities → which policies hold
pub mod cluster; // objects → an index of who selects whom; deltas
pub mod dns; // names → answers
pub mod fact; // what is worked out about an object in its cluster
pub mod finding; // all that is ever told to a user
pub mod net; // labels and selectors, port and address sets
pub mod object; // values → typed Kubernetes objects
pub mod policy_test;
pub mod review; // a request or a whole cluster → review
pub mod text; // bytes → values that remember where they stood // PolicyTest files → outcomes, coverage

pub use cedar::{LoadOptions, Policies};
pub use cluster::{Cluster, KindState};
pub use finding::{Finding, Outcome, Severity};
pub use policy_test::{TestOptions, TestReport, run_tests};
pub use review::{
    Access, AccessAnswer, CheckOptions, Decision, Report, Review, ReviewOptions, authorize, check, review,
};
pub use text::{Format, Source};
