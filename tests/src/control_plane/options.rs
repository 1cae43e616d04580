//! What a test may ask of its control plane.

use super::user::User;

/// What to start. [`Options::default`] is an API server with RBAC, one user and no controllers.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Users beside [`super::ADMIN`].
    pub users: Vec<User>,
    /// Which controllers run.
    pub controllers: Controllers,
    /// Whether there is an audit log, and what it holds of each request.
    pub audit: Option<AuditLevel>,
    /// Asked before RBAC about every request except those of `system:masters`.
    pub authorization_webhook: Option<AuthorizationWebhook>,
    /// Checks of `/readyz` that are not waited for, since the flags keep them from ever passing.
    pub never_ready: Vec<String>,
    /// Further flags of kube-apiserver, such as `--feature-gates=…`; the last of two equal flags holds.
    pub api_server_arguments: Vec<String>,
}

/// Which controllers run beside the API server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Controllers {
    /// None: Services get no EndpointSlices, a deleted namespace stays, Deployments make no Pods. Starts fastest.
    #[default]
    None,
    /// Those that answer for namespaces, service accounts, EndpointSlices, ownership and workloads, each under the
    /// service account that it has in a real cluster.
    Core,
}

/// How much of each request the audit log holds, in the words of Kubernetes' audit policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditLevel {
    /// Who, what, when, the outcome, and the annotations of webhooks.
    Metadata,
    /// The object sent as well.
    Request,
    /// The object answered as well.
    RequestResponse,
}

impl AuditLevel {
    pub(super) fn name(self) -> &'static str {
        match self {
            AuditLevel::Metadata => "Metadata",
            AuditLevel::Request => "Request",
            AuditLevel::RequestResponse => "RequestResponse",
        }
    }
}

/// A server that answers SubjectAccessReviews. Since the API server has to know it from its start, take its port from
/// [`super::free_port`] and its certificate from an [`super::Authority`] of the test's own.
#[derive(Debug, Clone)]
pub struct AuthorizationWebhook {
    /// Such as `https://127.0.0.1:20001/authorize`.
    pub url: String,
    /// The authority that issued the server's certificate.
    pub ca_pem: String,
    /// CEL expressions over a SubjectAccessReview's `spec`, called `request`; only requests that meet all are asked.
    pub match_conditions: Vec<String>,
}
