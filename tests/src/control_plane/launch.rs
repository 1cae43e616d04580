//! Writes the files, starts the programs in order, and waits until each is ready.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tempfile::TempDir;

use super::authority::{Authority, ServiceAccountKeys, random_token};
use super::client::Client;
use super::options::{AuditLevel, AuthorizationWebhook, Controllers, Options};
use super::ports::free_port;
use super::process::Process;
use super::user::{self, Login, User};
use super::{ADMIN, ControlPlane};
use crate::wait::wait_until;

/// How long a program may take to be ready; it takes a few seconds on an idle machine.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// The controllers of [`Controllers::Core`], by the names that kube-controller-manager has for them.
const CORE_CONTROLLERS: [&str; 8] = [
    "clusterrole-aggregation-controller",
    "deployment-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "replicaset-controller",
    "serviceaccount-controller",
    "statefulset-controller",
];

pub(super) fn log_path(folder: &Path, program: &str) -> PathBuf {
    folder.join(format!("{program}.log"))
}

pub(super) fn audit_path(folder: &Path) -> PathBuf {
    folder.join("audit.log")
}

/// What is known before the first program starts.
struct Site {
    binaries: PathBuf,
    authority: Authority,
    base_url: String,
    port: u16,
    etcd_url: String,
    logins: Vec<Login>,
    folder: TempDir,
}

pub(super) fn launch(binaries: &Path, options: Options) -> Result<ControlPlane> {
    let site = Site::prepare(binaries, &options)?;
    let mut processes = vec![site.start_etcd()?];
    processes.insert(0, site.start_api_server(&options)?);
    if options.controllers == Controllers::Core {
        processes.insert(0, site.start_controllers()?);
    }
    let Site { binaries, authority, base_url, logins, folder, .. } = site;
    Ok(ControlPlane { processes, binaries, authority, base_url, logins, start_time: Duration::ZERO, folder })
}

impl Site {
    fn prepare(binaries: &Path, options: &Options) -> Result<Self> {
        let mut folder = tempfile::Builder::new().prefix("hedgerow-e2e-").tempdir()?;
        if std::env::var_os("HEDGEROW_E2E_KEEP").is_some() {
            folder.disable_cleanup(true);
            eprintln!("keeping `{}`", folder.path().display());
        }
        let port = free_port()?;
        let mut site = Self {
            binaries: binaries.to_owned(),
            authority: Authority::new()?,
            base_url: format!("https://127.0.0.1:{port}"),
            port,
            etcd_url: format!("http://127.0.0.1:{}", free_port()?),
            logins: Vec::new(),
            folder,
        };
        site.write_keys()?;
        let admin = User::new(ADMIN, &["system:masters"]);
        for user in [admin].iter().chain(&options.users) {
            site.add_login(user.clone())?;
        }
        site.write("tokens.csv", &site.logins.iter().map(Login::csv_line).collect::<String>())?;
        Ok(site)
    }

    fn write_keys(&self) -> Result<()> {
        let server = self.authority.issue_server(&[])?;
        let service_accounts = ServiceAccountKeys::generate()?;
        self.write("ca.pem", &self.authority.certificate_pem())?;
        self.write("server.pem", &server.certificate_pem)?;
        self.write("server.key", &server.key_pem)?;
        self.write("service-accounts.key", &service_accounts.private_pem)?;
        self.write("service-accounts.pub", &service_accounts.public_pem)
    }

    fn add_login(&mut self, user: User) -> Result<()> {
        let token = random_token()?;
        // A user's name may hold what a file's name may not.
        let name = format!("kubeconfig-{}.json", self.logins.len());
        self.write(&name, &user::kubeconfig(&self.base_url, &self.path("ca.pem"), Some(&token)))?;
        self.logins.push(Login { user, token, kubeconfig: self.folder.path().join(name) });
        Ok(())
    }

    fn start_etcd(&self) -> Result<Process> {
        let arguments = [
            "--unsafe-no-fsync".to_owned(),
            format!("--data-dir={}", self.path("etcd")),
            format!("--listen-client-urls={}", self.etcd_url),
            format!("--advertise-client-urls={}", self.etcd_url),
            // A single member still opens this port; nobody calls it.
            "--listen-peer-urls=http://127.0.0.1:0".to_owned(),
        ];
        let mut etcd = self.start("etcd", &arguments)?;
        let client = Client::new(&self.etcd_url, &self.authority.certificate_pem(), None)?;
        wait_until("etcd's health", READY_LIMIT, || {
            etcd.check_running()?;
            Ok(client.get("/health").ok().filter(|response| response.status == 200))
        })?;
        Ok(etcd)
    }

    fn start_api_server(&self, options: &Options) -> Result<Process> {
        let mut arguments = self.api_server_arguments();
        match &options.authorization_webhook {
            None => arguments.push("--authorization-mode=RBAC".to_owned()),
            Some(webhook) => arguments.push(self.authorization_argument(webhook)?),
        }
        if let Some(level) = options.audit {
            arguments.extend(self.audit_arguments(level)?);
        }
        arguments.extend(options.api_server_arguments.iter().cloned());
        let mut server = self.start("kube-apiserver", &arguments)?;
        let admin = self.admin()?;
        let left_out = options.never_ready.iter().map(|check| format!("exclude={check}")).collect::<Vec<_>>();
        for (what, path) in [
            ("the API server's readiness", format!("/readyz?{}", left_out.join("&"))),
            ("namespace `default`", "/api/v1/namespaces/default".to_owned()),
        ] {
            wait_until(what, READY_LIMIT, || {
                server.check_running()?;
                Ok(admin.get(&path).ok().filter(|response| response.status == 200))
            })
            .with_context(|| format!("the end of the API server's log:\n{}", server.log_tail()))?;
        }
        Ok(server)
    }

    fn api_server_arguments(&self) -> Vec<String> {
        vec![
            format!("--etcd-servers={}", self.etcd_url),
            "--bind-address=127.0.0.1".to_owned(),
            "--advertise-address=127.0.0.1".to_owned(),
            format!("--secure-port={}", self.port),
            "--endpoint-reconciler-type=none".to_owned(),
            format!("--tls-cert-file={}", self.path("server.pem")),
            format!("--tls-private-key-file={}", self.path("server.key")),
            format!("--client-ca-file={}", self.path("ca.pem")),
            format!("--token-auth-file={}", self.path("tokens.csv")),
            "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            format!("--service-account-key-file={}", self.path("service-accounts.pub")),
            format!("--service-account-signing-key-file={}", self.path("service-accounts.key")),
            "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
            // Without it no Pod is admitted before its namespace has a service account, which a controller makes.
            "--disable-admission-plugins=ServiceAccount".to_owned(),
        ]
    }

    /// The webhook may deny, or leave the question to RBAC; it does so too when it cannot be reached. Nothing is
    /// cached, so that each request of a test is asked anew.
    fn authorization_argument(&self, webhook: &AuthorizationWebhook) -> Result<String> {
        self.write("authorization-ca.pem", &webhook.ca_pem)?;
        let connection = user::kubeconfig(&webhook.url, &self.path("authorization-ca.pem"), None);
        self.write("authorization-webhook.json", &connection)?;
        let conditions = webhook.match_conditions.iter().map(|expression| json!({ "expression": expression }));
        let configuration = json!({
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AuthorizationConfiguration",
            "authorizers": [
                { "type": "Webhook", "name": "webhook", "webhook": {
                    "timeout": "5s",
                    "cacheAuthorizedRequests": false,
                    "cacheUnauthorizedRequests": false,
                    "subjectAccessReviewVersion": "v1",
                    "matchConditionSubjectAccessReviewVersion": "v1",
                    "failurePolicy": "NoOpinion",
                    "connectionInfo": {
                        "type": "KubeConfigFile",
                        "kubeConfigFile": self.path("authorization-webhook.json"),
                    },
                    "matchConditions": conditions.collect::<Vec<_>>(),
                } },
                { "type": "RBAC", "name": "rbac" },
            ],
        });
        self.write("authorization.json", &configuration.to_string())?;
        Ok(format!("--authorization-config={}", self.path("authorization.json")))
    }

    fn audit_arguments(&self, level: AuditLevel) -> Result<[String; 3]> {
        let policy = json!({
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "rules": [{ "level": level.name() }],
        });
        self.write("audit-policy.json", &policy.to_string())?;
        Ok([
            format!("--audit-policy-file={}", self.path("audit-policy.json")),
            format!("--audit-log-path={}", audit_path(self.folder.path()).display()),
            "--audit-log-mode=blocking".to_owned(),
        ])
    }

    fn start_controllers(&self) -> Result<Process> {
        let admin = self.logins.first().context("there is no admin")?;
        let arguments = [
            format!("--kubeconfig={}", admin.kubeconfig.display()),
            format!("--controllers={}", CORE_CONTROLLERS.join(",")),
            "--use-service-account-credentials=true".to_owned(),
            "--leader-elect=false".to_owned(),
            "--secure-port=0".to_owned(),
        ];
        let mut controllers = self.start("kube-controller-manager", &arguments)?;
        let client = self.admin()?;
        wait_until("the service account that a controller makes", READY_LIMIT, || {
            controllers.check_running()?;
            let path = "/api/v1/namespaces/default/serviceaccounts/default";
            Ok(client.get(path).ok().filter(|response| response.status == 200))
        })
        .with_context(|| format!("the end of the controllers' log:\n{}", controllers.log_tail()))?;
        Ok(controllers)
    }

    fn start(&self, program: &str, arguments: &[String]) -> Result<Process> {
        Process::start(&self.binaries.join(program), arguments, &log_path(self.folder.path(), program))
    }

    fn admin(&self) -> Result<Client> {
        let token = self.logins.first().map(|login| login.token.as_str());
        Client::new(&self.base_url, &self.authority.certificate_pem(), token)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.path().join(name);
        fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))
    }
}
