//! What comes in: text that is read, objects that are made of it, and all that can be wrong with either.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

#[path = "input/hostile.rs"]
mod hostile;
#[path = "input/json.rs"]
mod json;
#[path = "input/marks.rs"]
mod marks;
#[path = "input/objects.rs"]
mod objects;
#[path = "input/requests.rs"]
mod requests;
#[path = "input/tiers.rs"]
mod tiers;
#[path = "input/yaml.rs"]
mod yaml;
