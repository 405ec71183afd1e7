//! The thread that serves everything.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use stackprint::{Database, Limits};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_local};

use super::clients::Clients;
use super::feed::{HostFeed, WhenFull, feed};
use super::host_view::HostView;
use super::hosts::Hosts;
use super::http::{self, MOST_CLIENTS};
use super::listeners::Listeners;
use super::p0f_socket::{self, SocketFile};
use super::reports::{Reports, Telling};
use super::routes::Routes;
use super::services_page::ServicesPage;
use super::token::Token;

/// Services that run until the program ends.
#[derive(Default)]
pub(crate) struct Services {
    /// Where the packet loop tells of records, if somebody may ask about hosts.
    pub(crate) feed: Option<HostFeed>,
    _file: Option<SocketFile>,
}

/// What is seen of the network, and how it is remembered.
pub(crate) struct Network<'n> {
    pub(crate) database: &'n Arc<Database>,
    pub(crate) limits: Limits,
    /// How long a packet may be on its way from the network to the packet loop.
    pub(crate) lag: Duration,
    pub(crate) when_full: WhenFull,
}

impl Services {
    /// Begins to answer what is asked of a packet loop, on a thread. The loop tells how it goes.
    pub(crate) fn beside_loop(
        listeners: Listeners,
        network: &Network<'_>,
    ) -> anyhow::Result<(Services, Telling)> {
        if listeners.is_empty() {
            return Ok((Services::default(), Telling::none()));
        }
        let (telling, reports) = Telling::new();
        let services = match listeners.tell_of_hosts() {
            true => Services::with_hosts(listeners, network, reports)?,
            false => Services::without_hosts(listeners, reports)?,
        };
        Ok((services, telling))
    }

    fn with_hosts(
        listeners: Listeners,
        network: &Network<'_>,
        reports: Arc<dyn Reports>,
    ) -> anyhow::Result<Services> {
        let (feed, news) = feed(network.when_full);
        let database = Arc::clone(network.database);
        let (limits, lag) = (network.limits, network.lag);
        let (p0f, file) = match listeners.p0f {
            Some(p0f) => {
                let most_clients = p0f.most_clients;
                let (listener, file) = p0f.split();
                (Some((listener, most_clients)), Some(file))
            }
            None => (None, None),
        };
        let compat = database.compat();
        let (http, metrics) = (listeners.http, listeners.metrics);
        start(move || {
            let dropped = Arc::clone(&news.dropped);
            let hosts = Rc::new(Hosts::new(HostView::new(limits, &database), lag, dropped));
            let of_feed = Rc::clone(&hosts);
            spawn_local(async move { of_feed.follow(news).await });
            let mut starting = Starting::new(reports, Some(Rc::clone(&hosts)));
            if let Some((listener, most_clients)) = p0f {
                let clients = starting.clients("p0f", most_clients);
                p0f_socket::spawn(listener, clients, Rc::clone(&hosts), compat)?;
            }
            if let Some((listener, token)) = http {
                starting.http("http", listener, true, token)?;
            }
            if let Some(listener) = metrics {
                starting.http("metrics", listener, false, None)?;
            }
            starting.begin();
            Ok(())
        })?;
        Ok(Services { feed: Some(feed), _file: file })
    }

    /// Begins to answer `--metrics` alone, if it is asked for.
    pub(crate) fn without_hosts(
        listeners: Listeners,
        reports: Arc<dyn Reports>,
    ) -> anyhow::Result<Services> {
        let Some(listener) = listeners.metrics else { return Ok(Services::default()) };
        start(move || {
            let mut starting = Starting::new(reports, None);
            starting.http("metrics", listener, false, None)?;
            starting.begin();
            Ok(())
        })?;
        Ok(Services::default())
    }
}

/// HTTP services on their way.
struct Starting {
    reports: Arc<dyn Reports>,
    page: ServicesPage,
    served: Vec<Served>,
}

struct Served {
    listener: TcpListener,
    clients: Rc<Clients>,
    tells_hosts: bool,
    token: Option<Rc<Token>>,
}

impl Starting {
    fn new(reports: Arc<dyn Reports>, hosts: Option<Rc<Hosts>>) -> Starting {
        Starting {
            reports,
            page: ServicesPage { hosts, listeners: Vec::new() },
            served: Vec::new(),
        }
    }

    fn clients(&mut self, name: &'static str, most: usize) -> Rc<Clients> {
        let clients = Clients::new(most);
        self.page.listeners.push((name, Rc::clone(&clients)));
        clients
    }

    fn http(
        &mut self,
        name: &'static str,
        listener: std::net::TcpListener,
        tells_hosts: bool,
        token: Option<Token>,
    ) -> io::Result<()> {
        let listener = TcpListener::from_std(listener)?;
        let clients = self.clients(name, MOST_CLIENTS);
        let token = token.map(Rc::new);
        self.served.push(Served { listener, clients, tells_hosts, token });
        Ok(())
    }

    /// Serves, once all of them are counted.
    fn begin(self) {
        let services = Rc::new(self.page);
        for Served { listener, clients, tells_hosts, token } in self.served {
            let routes = Routes {
                reports: Arc::clone(&self.reports),
                hosts: services.hosts.clone().filter(|_| tells_hosts),
                token,
                services: Rc::clone(&services),
            };
            spawn_local(http::serve(listener, clients, Rc::new(routes)));
        }
    }
}

/// Calls `begin` on a thread of its own, and runs the tasks that it spawns.
fn start(begin: impl FnOnce() -> io::Result<()> + Send + 'static) -> anyhow::Result<()> {
    let runtime: Runtime =
        Builder::new_current_thread().enable_io().enable_time().build().context("services")?;
    let (started, has_started) = std::sync::mpsc::channel();
    let run = move || {
        let tasks = LocalSet::new();
        let begun = runtime.block_on(tasks.run_until(async { begin() }));
        let is_good = begun.is_ok();
        let _ = started.send(begun);
        if is_good {
            runtime.block_on(tasks);
        }
    };
    thread::Builder::new().name("services".to_owned()).spawn(run).context("services")?;
    has_started.recv().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())).context("services")
}
