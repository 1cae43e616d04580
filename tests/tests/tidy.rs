//! The repository's shape: layers, sizes, names, bans and documents in step. These are tests, so that habits need not be.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the repository has to fail")]

#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/words.rs"]
mod words;
