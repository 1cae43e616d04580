//! JSON → values with spans.
