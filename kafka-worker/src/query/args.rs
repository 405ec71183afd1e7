//! The command line of the query services.

use std::path::PathBuf;

use clap::ValueHint;

use crate::args::at_least_one;

/// Who may ask what is known of hosts, and how.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Query services")]
pub(crate) struct QueryArgs {
    /// Answer p0f's queries on a Unix socket there, as p0f -s does: an existing socket is replaced,
    /// and every user may ask.
    #[arg(long, value_name = "PATH", env = "STACKPRINT_P0F_SOCKET", value_hint = ValueHint::FilePath)]
    pub(crate) p0f_socket: Option<PathBuf>,

    /// How many clients the p0f socket serves at once.
    #[arg(long, value_name = "N", default_value_t = 1024, env = "STACKPRINT_P0F_CLIENTS", value_parser = at_least_one())]
    pub(crate) p0f_clients: u32,

    /// Serve hosts as JSON there (/hosts/ADDRESS, /hosts), and /metrics, /healthz, /readyz. A port
    /// alone is one of 127.0.0.1; other addresses than loopback need --http-token-file.
    #[arg(long, value_name = "ADDRESS:PORT", env = "STACKPRINT_HTTP")]
    pub(crate) http: Option<String>,

    /// A file with the token that clients of --http have to send: Authorization: Bearer TOKEN.
    /// /healthz and /readyz are answered without it.
    #[arg(long, value_name = "FILE", requires = "http", env = "STACKPRINT_HTTP_TOKEN_FILE", value_hint = ValueHint::FilePath)]
    pub(crate) http_token_file: Option<PathBuf>,

    /// Serve /metrics, /healthz and /readyz there, such as 127.0.0.1:9464.
    #[arg(long, value_name = "ADDRESS:PORT", env = "STACKPRINT_METRICS")]
    pub(crate) metrics: Option<String>,
}

impl QueryArgs {
    /// Whether there is a service.
    pub(crate) fn is_wanted(&self) -> bool {
        self.p0f_socket.is_some() || self.http.is_some() || self.metrics.is_some()
    }
}
