//! TLS 1.3, with a certificate that can be replaced while connections are open.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// The configuration that the next handshake takes.
pub(crate) struct Tls(RwLock<Arc<ServerConfig>>);

impl Tls {
    pub(crate) fn new(material: &Material) -> Result<Tls, TlsError> {
        Ok(Tls(RwLock::new(Arc::new(material.server_config()?))))
    }

    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the new certificate for every handshake from now on. Open connections go on with theirs.
    ///
    /// # Errors
    /// When it cannot be used; the last good one stays.
    pub(crate) fn replace(&self, material: &Material) -> Result<(), TlsError> {
        let config = Arc::new(material.server_config()?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }
}

/// Where certificate, key and the clients' authority are kept.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) folder: PathBuf,
    pub(crate) client_ca: Option<PathBuf>,
}

/// What the files hold.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Material {
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) client_ca: Option<Vec<u8>>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("cannot read `{}`: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("`tls.crt` holds no certificate in PEM{0}")]
    NoCertificate(String),
    #[error("`tls.key` holds no private key in PEM: {0}")]
    NoKey(rustls::pki_types::pem::Error),
    #[error("certificate and key cannot be used together: {0}")]
    Mismatch(rustls::Error),
    #[error("the clients' authority cannot be used: {0}")]
    ClientCa(String),
}

impl Material {
    pub(crate) fn read(files: &Files) -> Result<Material, TlsError> {
        Ok(Material {
            certificate: read(&files.folder.join("tls.crt"))?,
            key: read(&files.folder.join("tls.key"))?,
            client_ca: files.client_ca.as_deref().map(read).transpose()?,
        })
    }

    fn server_config(&self) -> Result<ServerConfig, TlsError> {
        let chain = CertificateDer::pem_slice_iter(&self.certificate).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| TlsError::NoCertificate(format!(": {error}")))?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate(String::new()));
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(TlsError::NoKey)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(TlsError::Mismatch)?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(pem) => {
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(pem)?), provider).build();
                builder.with_client_cert_verifier(verifier.map_err(|error| TlsError::ClientCa(error.to_string()))?)
            }
        };
        let mut config = builder.with_single_cert(chain, key).map_err(TlsError::Mismatch)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn roots(pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| TlsError::ClientCa(error.to_string()))?;
        roots.add(certificate).map_err(|error| TlsError::ClientCa(error.to_string()))?;
    }
    Ok(roots)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::Unreadable { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::{Issued, issue};

    fn issued() -> Issued {
        issue(&["localhost".to_owned()], 1).unwrap()
    }

    fn material(certificate: &str, key: &str, client_ca: Option<&str>) -> Material {
        let client_ca = client_ca.map(|pem| pem.as_bytes().to_vec());
        Material { certificate: certificate.into(), key: key.into(), client_ca }
    }

    #[test]
    fn a_broken_certificate_keeps_the_last_good_one() {
        let (first, second) = (issued(), issued());
        let tls = Tls::new(&material(&first.certificate, &first.key, None)).unwrap();
        let before = tls.current();
        for (certificate, key, client_ca, says) in [
            ("", first.key.as_str(), None, "no certificate"),
            (&first.certificate, "", None, "no private key"),
            (&first.certificate, &second.key, None, "cannot be used together"),
            (&first.certificate, &first.key, Some(""), "clients' authority"),
        ] {
            let error = tls.replace(&material(certificate, key, client_ca)).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
            assert!(Arc::ptr_eq(&before, &tls.current()));
        }
        tls.replace(&material(&second.certificate, &second.key, Some(&first.ca))).unwrap();
        assert!(!Arc::ptr_eq(&before, &tls.current()));
    }
}
