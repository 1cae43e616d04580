//! The way of a connection: through a name and a Service to pods.
//!
//! [`trace`] walks it step by step, as a pod's connection to a URL does: the DNS, the name, the Service, its endpoints, the
//! rules of both ends, the port of the container. It stops at the step that breaks and says what to change. [`trace_in`]
//! walks it from outside, through an Ingress or a Route. Decides nothing itself: names are `dns`'s, passage is `reach`'s.

mod branch;
mod entry;
mod help;
mod inward;
mod name_server;
mod nearest;
mod offered;
mod passing;
mod service;
mod step;
mod through;
mod told;
mod trace;
mod url;

pub use branch::{Branch, together};
pub use entry::{Listens, PathMatch, Receiver, WAYS_IN, WayBackend, WayIn, receivers, ways_in};
pub use inward::{Entering, trace_in};
pub use nearest::nearest_services;
pub use offered::{Entrance, Lead, Offered, OfferedPort, Reached, entrances, services};
pub use service::{NoSuchService, PortWay, ServiceAnswer, to_service};
pub use step::{Citation, Stage, Step};
pub(crate) use through::of_every;
pub use through::{ByObject, Entry, Services, Through, Way, ways};
pub use trace::{Trace, Traced, trace};
pub use url::{Host, Url};
