//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::failure::OnFailure;
use crate::response::Disclose;
use crate::text;

/// Validating admission webhook and authorization webhook that runs the Hedgerow component
///
/// Without a command it serves: `listening on https://…` and `metrics on http://…` on standard output say where, the log
/// goes to standard error as JSON.
#[derive(Debug, Parser)]
#[command(name = "hedgerow-webhook", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: Serve,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the ValidatingWebhookConfiguration and the ClusterRole that the loaded policies need
    Config(Config),
    /// Write a new authority and a server certificate into a folder: ca.crt, tls.crt, tls.key
    Certificate(Certificate),
}

/// What the policies are.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PackArgs {
    /// Folder with packs (a pack.toml and *.cedar files each); repeatable. Without it the embedded library is served
    #[arg(long, value_name = "DIR")]
    pub(crate) policies: Vec<PathBuf>,
    /// The operator's configuration: severities, parameters and what settling findings do
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// A parameter of a pack, such as `networking.max_load_balancers=3`; repeatable
    #[arg(long, value_name = "PACK.NAME=VALUE", value_parser = text::parameter)]
    pub(crate) param: Vec<(String, String)>,
}

#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    /// Folder with tls.crt and tls.key, read again whenever they change
    #[arg(long, value_name = "DIR", conflicts_with = "self_signed")]
    pub(crate) cert_dir: Option<PathBuf>,
    /// Serve with a certificate of its own for these names, from an authority that lives as long as the process
    #[arg(long, value_name = "NAME", num_args = 0.., value_delimiter = ',')]
    pub(crate) self_signed: Option<Vec<String>>,
    /// Where to write the authority's certificate of --self-signed
    #[arg(long, value_name = "FILE", requires = "self_signed")]
    pub(crate) ca_out: Option<PathBuf>,
    /// Only clients with a certificate of this authority may connect (the API server's); read again when it changes
    #[arg(long, value_name = "FILE")]
    pub(crate) client_ca: Option<PathBuf>,
    /// Address for /validate, /authorize, /healthz and /readyz, over TLS 1.3
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8443")]
    pub(crate) listen: SocketAddr,
    /// Address for /metrics, /healthz and /readyz, without TLS
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090")]
    pub(crate) metrics_listen: SocketAddr,
    /// Judge single objects, without watching a cluster
    #[arg(long)]
    pub(crate) no_watch: bool,
    /// Kubeconfig of the cluster to watch; without it the pod's own service account, then $KUBECONFIG and ~/.kube/config
    #[arg(long, value_name = "FILE", conflicts_with = "no_watch")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig
    #[arg(long, value_name = "NAME", conflicts_with = "no_watch")]
    pub(crate) context: Option<String>,
    /// Facts that come from watches which have been silent for longer are unknown, such as `2m`; at least 10s
    #[arg(long, value_name = "DURATION", value_parser = text::staleness)]
    pub(crate) max_staleness: Option<Duration>,
    /// Longest time for one answer; the API server's own `?timeout=` shortens it
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = text::duration)]
    pub(crate) deadline: Duration,
    /// Memory the component may have
    #[arg(long, value_name = "SIZE", default_value = "512Mi", value_parser = text::size)]
    pub(crate) memory: usize,
    /// Component instances kept for requests
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) instances: u32,
    /// Largest body that is read; larger ones are answered 413
    #[arg(long, value_name = "SIZE", default_value = "8Mi", value_parser = text::size)]
    pub(crate) body_limit: usize,
    /// Requests that may wait for their turn; more get the failure answer at once
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub(crate) queue: u32,
    /// What is answered when there is no decision: deadline, memory, trap, overload
    #[arg(long, value_name = "ANSWER", default_value = "deny")]
    pub(crate) on_failure: OnFailure,
    /// Tell as warnings what each change of the network opens and cuts: the first ten connections, then how many more
    #[arg(long)]
    pub(crate) announce: bool,
    /// Whose names messages and warnings may show; the audit annotations always have all
    #[arg(long, value_name = "WHAT", default_value = "namespace")]
    pub(crate) disclose: Disclose,
    /// Time for requests in flight after SIGTERM; connections are taken for half of it
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = text::duration)]
    pub(crate) drain: Duration,
}

#[derive(Args, Debug)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) packs: PackArgs,
    /// The authority that issued the webhook's certificate; without it `caBundle` is left out
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Where the API server finds the webhook, such as `https://127.0.0.1:8443`
    #[arg(long, value_name = "URL", conflicts_with = "service")]
    pub(crate) url: Option<String>,
    /// The webhook's Service
    #[arg(long, value_name = "NAMESPACE/NAME[:PORT]", default_value = "hedgerow-system/hedgerow-webhook",
          value_parser = text::service)]
    pub(crate) service: text::Service,
    /// The service account that the webhook runs as; default: that of the Service's namespace called `hedgerow-webhook`
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = text::namespaced)]
    pub(crate) service_account: Option<(String, String)>,
    /// Namespaces that are never judged, beside kube-system and the webhook's own; repeatable
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) exempt: Vec<String>,
    /// What happens to a request when the webhook cannot be reached; `endpoints` and `labels` are always Ignore
    #[arg(long, value_name = "POLICY", default_value = "Fail", ignore_case = true)]
    pub(crate) objects_failure_policy: FailurePolicy,
    /// Ask about the Pods that people create too, which webhook `labels` otherwise leaves to their workloads
    #[arg(long)]
    pub(crate) guard_pods: bool,
    /// The webhook is served with --announce, and is asked about every change of the network
    #[arg(long)]
    pub(crate) announce: bool,
    /// The API server's deadline in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=3))]
    pub(crate) timeout: u32,
    /// yaml or json (a List)
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    pub(crate) output: Output,
}

/// `failurePolicy`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailurePolicy {
    Fail,
    Ignore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Yaml,
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct Certificate {
    /// DNS names or addresses of the server, such as `hedgerow-webhook.hedgerow-system.svc`
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<String>,
    /// Where to write the files
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    /// How long it is good for
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    /// `HEDGEROW_UPDATE=1` writes the page instead.
    #[test]
    fn the_reference_is_in_step() {
        let options = clap_markdown::MarkdownOptions::new()
            .title("The command line of hedgerow-webhook".into())
            .show_footer(false);
        let page = clap_markdown::help_markdown_command_custom(&super::Cli::command(), &options);
        let page: Vec<&str> = page.lines().map(str::trim_end).collect();
        let page = format!("{}\n", page.join("\n").trim_end());
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/hedgerow-webhook.md");
        if std::env::var_os("HEDGEROW_UPDATE").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page, "docs/reference/hedgerow-webhook.md is not in step; HEDGEROW_UPDATE=1 writes it");
    }
}
