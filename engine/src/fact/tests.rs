//! Each fact: known, not applicable, unknown.

mod backends;
mod namespaces;
mod needs;
mod other_kinds;
mod policies;
mod services;
