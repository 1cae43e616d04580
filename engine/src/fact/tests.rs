//! Each fact: known, not applicable, unknown.

mod backends;
mod exposure;
mod flows;
mod namespaces;
mod needs;
mod other_kinds;
mod outward;
mod policies;
mod services;
