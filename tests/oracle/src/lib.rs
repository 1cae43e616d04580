//! Holds the engine to the truth, three ways that share nothing but manifests.
//!
//! What is asked is always the same: may this source connect to this destination on this port? It is answered by the
//! engine, by the specification read out slowly ([`spec`]), and by real packets ([`packets`]). Where two of them disagree,
//! one is wrong, and the API's text says which. Start at [`spec::Specification`].

// The order is that of a run.

// Seeds → random numbers.
pub mod random;

// Random numbers → manifests, dense in edge cases.
pub mod generate;

// Manifests → plain structs.
pub mod manifest;

// Yes, no, left to the plugin; in all worlds.
pub mod answer;

// The specification, in its own words.
pub mod spec;

// One question, as fixtures write it.
pub mod case;

// Which ports and addresses are worth asking about.
pub mod boundaries;

// The same question to the engine.
pub mod engine_side;

// Many questions to both.
pub mod compare;

// Step by step against all at once.
pub mod edits;

// A disagreement → the smallest manifests that still have it.
pub mod shrink;

// Manifests with questions and answers that are kept.
pub mod fixture;

// Manifests → packet filters and network namespaces → which packets arrive.
pub mod packets;
