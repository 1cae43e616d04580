//! Written by `HEDGEROW_UPDATE=1 cargo test -p hedgerow-policies`, which validates the packs first.

/// Digests of the packs that are known to be valid under this build's schema, for hosts that need not find out again. A
/// pack that was changed since is not among them.
pub const VALIDATED: &[&str] = &[
    // admission
    "sha256:39219c8df58777d9f92f28ca1c8d44f9f2a00aa14d8690010c1cbb75afdee9ee",
    // connections
    "sha256:417b0f844a6535f6b87efe04fe1a7bac7921317132f2ea2802116256ea89288c",
    // dns
    "sha256:52188bab4c105f88fab59c28612ce872660175cf7f180a592f92b0c1b62bed24",
    // ingress
    "sha256:841611f1a9a86e79d79a35adeb4f7841f38ae1a200a0418462bf1511de689c03",
    // network-flow
    "sha256:19da2bdc537984360749af522c6900f77076baf360dfb438974e5a6c6e05dff4",
    // network-policy
    "sha256:90e84c513b7c2a7ffc5ba5f26c853eec838de6f7ef49682d6d22ad76e73cc060",
    // performance
    "sha256:427f0b59f674edb11f2f76e3399e8854dc51c3890c479f9a61042b15d81c3876",
    // service-types
    "sha256:3c1eb42f45a2fdd8a5fe947d4bfe1c62dc5acbae8208518b163476a67cc34358",
];
