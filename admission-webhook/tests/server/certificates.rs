//! Certificates: made, replaced under load, broken, asked of clients.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};

use crate::process::{Webhook, client, command, post, wait_until, write};
use crate::requests::config_map;

/// `ca.crt`, `tls.crt` and `tls.key`, made by the binary itself.
fn issue(folder: &Path) -> Result<()> {
    let made = command().args(["certificate", "localhost", "127.0.0.1", "--out"]).arg(folder).output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(())
}

fn started() -> Result<Webhook> {
    let folder = tempfile::tempdir()?;
    issue(folder.path())?;
    let path = folder.path().to_str().context("a path in UTF-8")?.to_owned();
    Webhook::start_plain(folder, &["--no-watch", "--cert-dir", &path])
}

#[test]
fn a_certificate_is_replaced_under_load_without_a_lost_request() -> Result<()> {
    let webhook = started()?;
    let (old, url) = (webhook.client()?, format!("{}/validate", webhook.url));
    let (stop, answered) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|threads| {
        let load = threads.spawn(|| -> Result<()> {
            while !stop.load(Ordering::Relaxed) {
                // One connection that stays open: it goes on with the certificate it began with.
                ensure!(post(&old, &url, &config_map())?.status == 200);
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        let replaced = (|| {
            issue(webhook.folder.path())?;
            wait_until("the new certificate", || Ok(webhook.post("/validate", &config_map()).ok().map(|_| ())))
        })();
        stop.store(true, Ordering::Relaxed);
        load.join().map_err(|_| anyhow::anyhow!("the load ended badly"))??;
        replaced
    })?;
    ensure!(answered.load(Ordering::Relaxed) > 10);
    assert_eq!(webhook.metric("hedgerow_certificate_reloads_total")?, Some(1.0));
    Ok(())
}

#[test]
fn a_broken_certificate_leaves_the_last_good_one_and_is_told() -> Result<()> {
    let webhook = started()?;
    let good = std::fs::read_to_string(webhook.folder.path().join("tls.crt"))?;
    write(webhook.folder.path(), "tls.crt", "no certificate")?;
    let broken = "hedgerow_reload_broken{what=\"certificate\"}";
    wait_until("a broken certificate", || Ok(webhook.metric(broken)?.filter(|value| *value == 1.0)))?;
    assert_eq!(webhook.post("/validate", &config_map())?.status, 200);
    let verbose = webhook.get("/readyz?verbose")?;
    assert_eq!(verbose.status, 200);
    assert!(verbose.body.contains("[!]certificate: the last good ones are in force: "), "{}", verbose.body);
    write(webhook.folder.path(), "tls.crt", &good)?;
    wait_until("a mended certificate", || Ok(webhook.metric(broken)?.filter(|value| *value == 0.0)))?;
    Ok(())
}

#[test]
fn with_a_client_authority_only_its_clients_get_through() -> Result<()> {
    let folder = tempfile::tempdir()?;
    issue(folder.path())?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let mut params = CertificateParams::new(vec!["kube-apiserver".to_owned()])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?.pem();
    write(folder.path(), "clients.crt", &authority.pem())?;
    let path = folder.path().to_str().context("a path in UTF-8")?.to_owned();
    let webhook = Webhook::start_plain(
        folder,
        &["--no-watch", "--cert-dir", &path, "--client-ca", &format!("{path}/clients.crt")],
    )?;
    assert!(webhook.post("/validate", &config_map()).is_err());
    let ca = std::fs::read(webhook.folder.path().join("ca.crt"))?;
    let known = client(&ca, Some((certificate.as_bytes(), key.serialize_pem().as_bytes())))?;
    assert_eq!(post(&known, &format!("{}/validate", webhook.url), &config_map())?.status, 200);
    // Probes have no certificate.
    assert_eq!(webhook.get("/readyz")?.status, 200);
    Ok(())
}
