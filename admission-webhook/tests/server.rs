//! The real binary on loopback, over real TLS: what it does with bytes, certificates, signals and a watched cluster.

#[path = "server/api_server.rs"]
mod api_server;
#[path = "server/certificates.rs"]
mod certificates;
#[path = "server/connections.rs"]
mod connections;
#[path = "server/policies.rs"]
mod policies;
#[path = "server/process.rs"]
mod process;
#[path = "server/requests.rs"]
mod requests;
#[path = "server/watches.rs"]
mod watches;
