//! YAML → values with spans, read as `kubectl` reads it.
