//! All that is ever told to a user: codes, severities, places, messages, help and fixes.
//!
//! Knows nothing else of the engine: every later folder reports through these types, and front ends render them.
//! Never decides anything. Start at [`Finding`].

mod code;
mod place;
mod report;
mod severity;

pub use code::{Code, CodeInfo};
pub use place::{Place, Span};
pub(crate) use report::unnamed_part;
pub use report::{Edit, Finding, Fix, ObjectRef, PolicyRef, Related};
pub use severity::{Outcome, Severity};
