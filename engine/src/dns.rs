//! Names → answers. Source: the Kubernetes DNS specification 1.1.0.
