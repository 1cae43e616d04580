//! The real binary, as users run it.
