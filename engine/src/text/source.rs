//! What a front end hands in.

/// How the bytes of a source are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Format {
    /// Look at the bytes: JSON if the first character after white space is `{` or `[` and it parses as JSON, else YAML.
    #[default]
    Auto,
    /// A stream of YAML documents.
    Yaml,
    /// One JSON value.
    Json,
    /// Cedar policies.
    Cedar,
    /// TOML (`pack.toml`, the operator's configuration).
    Toml,
    /// Markdown (policy pages).
    Markdown,
}

/// One named piece of input. The engine parses it; names come back in places.
#[derive(Clone, Debug)]
pub struct Source {
    /// A path, `-`, or any name that the user would recognise. `/` separates folders.
    pub name: String,
    /// How it is written.
    pub format: Format,
    /// The bytes as they are.
    pub bytes: Vec<u8>,
}
