//! Embeds the Hedgerow component well: instances with a deadline and a memory cap, one that stands by, ahead-of-time code.
//!
//! The only crate that names wasmtime. It never looks into an object or a policy: bytes go in, the contract's records come
//! out ([`api`]). Start at [`Host`], or at [`Instance`] for one memory with policies and a cluster in it.
//!
//! ```
//! use wasm_host::api::{Format, Source};
//! use wasm_host::{Host, Options, Packs};
//!
//! let manifest = b"name = \"mine\"\nversion = \"0.1.0\"\ndescription = \"no policies yet\"\n";
//! let manifest = Source { name: "mine/pack.toml".into(), format: Format::Toml, bytes: manifest.to_vec() };
//! let host = Host::start(Packs { sources: vec![manifest], parameters: Vec::new() }, Options::default())?;
//! assert!(host.admit(b"no AdmissionReview").is_err());
//! assert_eq!(host.stats().malformed, 1);
//! # Ok::<_, wasm_host::StartError>(())
//! ```

mod bindings;
mod component;
mod config;
mod delta;
mod failure;
mod host;
mod instance;
mod keeper;
mod limits;
mod network;
mod objects;
mod remembered;
mod seat;
mod shared;
mod stats;
mod ticker;

pub use bindings::api;
pub use component::{COMPONENT_PATH, COMPONENT_SHA256, Component};
pub use delta::Delta;
pub use failure::{Failure, StartError};
pub use host::{Host, Options, Packs};
pub use instance::{Described, Instance};
pub use network::{Network, Networks};
pub use stats::Stats;
