//! Certificates of the webhook's own making, for trying out and for clusters without a certificate manager.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// A new authority and a server certificate that it issued, in PEM.
pub(crate) struct Issued {
    pub(crate) ca: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Issues a certificate for names and addresses, good for some days. The authority's key is forgotten.
///
/// # Errors
/// When a name is no DNS name, or the system has no randomness.
pub(crate) fn issue(names: &[String], days: u32) -> Result<Issued> {
    let now = SystemTime::now();
    // Clocks of API servers may be behind.
    let start = now - Duration::from_secs(3600);
    let end = now + Duration::from_secs(u64::from(days) * 24 * 3600);
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "hedgerow-webhook authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (start.into(), end.into());
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

    let mut params = CertificateParams::new(names).context("a certificate needs DNS names or addresses")?;
    params.distinguished_name.push(DnType::CommonName, "hedgerow-webhook");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (start.into(), end.into());
    let key = KeyPair::generate()?;
    Ok(Issued { ca: authority.pem(), certificate: params.signed_by(&key, &authority)?.pem(), key: key.serialize_pem() })
}

/// Writes `ca.crt`, `tls.crt` and `tls.key`; the key is readable by its owner only.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write(issued: &Issued, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make folder `{}`", folder.display()))?;
    write_file(&folder.join("ca.crt"), &issued.ca, 0o644)?;
    write_file(&folder.join("tls.crt"), &issued.certificate, 0o644)?;
    write_file(&folder.join("tls.key"), &issued.key, 0o600)
}

fn write_file(path: &Path, text: &str, mode: u32) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    let file = options.create(true).write(true).truncate(true).mode(mode).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write `{}`", path.display()))
}
