//! Sockets that are open before anybody is answered: rights may be given up in between.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs as _};

use anyhow::Context as _;
#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::args::QueryArgs;
#[cfg(unix)]
use super::http::MOST_CLIENTS;
use super::p0f_socket::P0fListener;
use super::token::Token;
use crate::exit::UsageError;

/// Sockets of all services that are asked for.
#[derive(Default)]
pub(crate) struct Listeners {
    pub(super) p0f: Option<P0fListener>,
    pub(super) http: Option<(TcpListener, Option<Token>)>,
    pub(super) metrics: Option<TcpListener>,
}

impl Listeners {
    /// Opens what is asked for.
    pub(crate) fn open(args: &QueryArgs) -> anyhow::Result<Listeners> {
        let metrics = args.metrics.as_deref().map(open_metrics).transpose();
        if !args.is_wanted() {
            return Ok(Listeners::default());
        }
        let listeners = Listeners {
            http: args.http.as_deref().map(|address| open_http(address, args)).transpose()?,
            metrics: metrics
                .with_context(|| format!("metrics on {}", args.metrics.as_deref().unwrap_or("")))?,
            p0f: match &args.p0f_socket {
                Some(path) => Some(P0fListener::bind(path, args.p0f_clients as usize)?),
                None => None,
            },
        };
        #[cfg(unix)]
        listeners.allow_open_files();
        Ok(listeners)
    }

    /// Opens an address for metrics and health alone.
    #[cfg(feature = "kafka")]
    pub(crate) fn metrics(address: &str) -> io::Result<Listeners> {
        let listeners = Listeners { metrics: Some(open_metrics(address)?), ..Listeners::default() };
        #[cfg(unix)]
        listeners.allow_open_files();
        Ok(listeners)
    }

    /// Whether nobody can ask anything.
    pub(super) fn is_empty(&self) -> bool {
        !self.tell_of_hosts() && self.metrics.is_none()
    }

    /// Whether somebody can ask about hosts.
    pub(super) fn tell_of_hosts(&self) -> bool {
        self.p0f.is_some() || self.http.is_some()
    }

    /// Raises the limit of open files, which Windows does not have, as far as it goes: one for each client.
    #[cfg(unix)]
    fn allow_open_files(&self) {
        /// For everything else.
        const OTHERS: usize = 256;
        let p0f = self.p0f.as_ref().map_or(0, |p0f| p0f.most_clients);
        let tcp = usize::from(self.http.is_some()) + usize::from(self.metrics.is_some());
        let wanted = (p0f + tcp * MOST_CLIENTS + OTHERS) as u64;
        let limit = getrlimit(Resource::Nofile);
        if limit.current.is_some_and(|current| current < wanted) {
            let current = limit.maximum.map_or(wanted, |most| most.min(wanted));
            // Without it, fewer clients are served at once.
            let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), ..limit });
        }
    }
}

fn open_metrics(address: &str) -> io::Result<TcpListener> {
    listen(&addresses(address)?)
}

fn open_http(address: &str, args: &QueryArgs) -> anyhow::Result<(TcpListener, Option<Token>)> {
    let shown = || format!("--http {address}");
    let addresses = addresses(address).with_context(shown)?;
    let token = args.http_token_file.as_deref().map(Token::read).transpose()?;
    let is_local = addresses.iter().all(|address| address.ip().is_loopback());
    if token.is_none() && !is_local {
        let message = "an address that others reach needs --http-token-file";
        return Err(UsageError::missing(format!("--http {address}: {message}")).into());
    }
    Ok((listen(&addresses).with_context(shown)?, token))
}

/// A port alone is one of this machine's own.
fn addresses(address: &str) -> io::Result<Vec<SocketAddr>> {
    match address.parse::<u16>() {
        Ok(port) => Ok(vec![(Ipv4Addr::LOCALHOST, port).into()]),
        Err(_) => Ok(address.to_socket_addrs()?.collect()),
    }
}

fn listen(addresses: &[SocketAddr]) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(addresses)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
