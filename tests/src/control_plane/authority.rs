//! A certificate authority for one test run, and the keys that Kubernetes wants.

use std::fmt::Write as _;

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// A certificate authority that lives as long as the test. Servers that the API server calls, such as webhooks, get
/// their certificate here, and [`Authority::certificate_pem`] is their `caBundle`.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a TLS server on loopback needs.
#[derive(Debug, Clone)]
pub struct ServerIdentity {
    /// The certificate, valid for `127.0.0.1`, `::1`, `localhost` and the names given.
    pub certificate_pem: String,
    /// Its private key, in PKCS #8.
    pub key_pem: String,
}

impl Authority {
    /// Makes a new authority with a key of its own.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Hedgerow test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)? })
    }

    /// The authority's own certificate, for clients to trust.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        self.issuer.pem()
    }

    /// Issues a certificate for a server on loopback, and under further DNS names such as `webhook.ns.svc`.
    ///
    /// # Errors
    /// When a name is no DNS name.
    pub fn issue_server(&self, names: &[&str]) -> Result<ServerIdentity> {
        let all = ["127.0.0.1", "::1", "localhost"].iter().chain(names).map(|name| (*name).to_owned());
        let mut params = CertificateParams::new(all.collect::<Vec<_>>())?;
        params.distinguished_name.push(DnType::CommonName, "Hedgerow test server");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        Ok(ServerIdentity {
            certificate_pem: params.signed_by(&key, &self.issuer)?.pem(),
            key_pem: key.serialize_pem(),
        })
    }
}

/// The pair of keys that signs and verifies tokens of service accounts.
pub(super) struct ServiceAccountKeys {
    pub(super) private_pem: String,
    pub(super) public_pem: String,
}

impl ServiceAccountKeys {
    pub(super) fn generate() -> Result<Self> {
        let key = KeyPair::generate()?;
        Ok(Self { private_pem: key.serialize_pem(), public_pem: key.public_key_pem() })
    }
}

/// A token nobody can guess: a part of the public half of a new key, in hexadecimal digits.
pub(super) fn random_token() -> Result<String> {
    let key = KeyPair::generate()?;
    Ok(key.public_key_raw().iter().skip(1).take(16).fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot go wrong.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}
