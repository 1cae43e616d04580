//! Hedgerow's engine: Kubernetes network objects and Cedar policies in, reviews with findings out.
//!
//! It opens no file, reads no clock and no environment, starts no thread and logs nothing. A folder uses only folders
//! above it in this list, and a test keeps it so.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

// The data path, in its order. Blank lines keep it from being sorted by name.

// All that is ever told to a user.
pub mod finding;

// Labels and selectors, port and address sets.
pub mod net;

// Bytes → values that remember where they stood.
pub mod text;

// Values → typed Kubernetes objects.
pub mod object;

// Objects → an index of who selects whom; deltas.
pub mod cluster;

// Names → answers.
pub mod dns;

// Who reaches whom, on which ports, and why.
pub mod reach;

// Names and Services, followed to pods.
pub mod way;

// What is worked out about an object in its cluster.
pub mod fact;

// Policies, schema, entities → which policies hold.
pub mod cedar;

// Connections → what policies say of them.
pub mod intent;

// A request or a whole cluster → review.
pub mod review;

// The smallest change of the input that turns an answer.
pub mod synth;

// PolicyTest files → outcomes, coverage.
pub mod policy_test;

pub use cedar::{LoadOptions, Policies};
pub use cluster::{Cluster, KindState};
pub use finding::{Finding, Outcome, Severity};
pub use policy_test::{TestOptions, TestReport, run_tests};
pub use review::{
    Access, AccessAnswer, CheckOptions, Decision, KindNeed, Report, Review, ReviewOptions, authorize, check, decides,
    review, watches,
};
pub use text::{Format, Source};
