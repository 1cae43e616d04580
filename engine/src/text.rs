//! Bytes → values that remember where they stood.
//!
//! YAML is read as `kubectl` reads it (YAML 1.1 scalars, merge keys), JSON by a reader of its own; both refuse duplicate
//! keys and bound depth, size and alias expansion before work is done. Knows no Kubernetes object.
//! Start at [`read`], which yields [`Document`]s.

mod emit;
mod encoding;
mod json;
mod lines;
mod pointer;
mod read;
mod source;
mod value;
mod write;
mod yaml;

pub use emit::{below, to_block, to_flow};
pub use json::{JsonError, JsonErrorKind, read_json};
pub use lines::Lines;
pub use pointer::{Pointer, Resolved, resolve};
pub use read::{Document, Limits, read};
pub use source::{Format, Source};
pub use value::{Duplicate, Entry, Map, Node, Value};
pub use write::to_json;
