//! p0f's API on a Unix socket.

use std::fs::{self, Permissions};
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, bail};
use stackprint::Compat;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{spawn_local, yield_now};

use super::clients::{Client, Clients, count};
use super::host_view::Host;
use super::hosts::Hosts;
use super::p0f_api::{self, ANSWER_LEN, HostAnswer, QUERY_LEN, Status};

/// Whoever may reach the directory may ask, whatever the umask.
const MODE: u32 = 0o666;
/// Queries that are read at once.
const MOST_QUERIES: usize = 64;

/// The socket's file, which goes with this.
pub(super) struct SocketFile {
    path: PathBuf,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Not possible where the rights for it were given up; the next start replaces it.
        let _ = fs::remove_file(&self.path);
    }
}

/// A socket, before anybody is answered.
pub(super) struct P0fListener {
    listener: StdListener,
    file: SocketFile,
    pub(super) most_clients: usize,
}

impl P0fListener {
    /// Listens at `path`. A socket that is there is replaced; anything else stays, and is an error.
    pub(super) fn bind(path: &Path, most_clients: usize) -> anyhow::Result<P0fListener> {
        let shown = || format!("--p0f-socket {}", crate::messages::shown(path));
        match fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => {
                fs::remove_file(path).with_context(shown)?;
            }
            Ok(_) => bail!("{}: there is something that is not a socket", shown()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(shown),
        }
        let listener = StdListener::bind(path).with_context(shown)?;
        let file = SocketFile { path: path.to_owned() };
        fs::set_permissions(path, Permissions::from_mode(MODE)).with_context(shown)?;
        listener.set_nonblocking(true).with_context(shown)?;
        Ok(P0fListener { listener, file, most_clients })
    }

    /// The listener, and the file that is to be kept as long.
    pub(super) fn split(self) -> (StdListener, SocketFile) {
        (self.listener, self.file)
    }
}

/// Begins to answer clients, for ever.
pub(super) fn spawn(
    listener: StdListener,
    clients: Rc<Clients>,
    hosts: Rc<Hosts>,
    compat: Compat,
) -> io::Result<()> {
    let listener = UnixListener::from_std(listener)?;
    spawn_local(serve(listener, clients, hosts, compat));
    Ok(())
}

/// Answers clients for ever.
async fn serve(listener: UnixListener, clients: Rc<Clients>, hosts: Rc<Hosts>, compat: Compat) {
    let accept = async || listener.accept().await.map(|(stream, _)| stream);
    let serve = |stream, client: Rc<Client>| {
        let hosts = Rc::clone(&hosts);
        async move {
            // A client that went away needs no answer.
            let _ = answer_client(stream, &client, &hosts, compat).await;
        }
    };
    clients.serve(accept, serve).await;
}

async fn answer_client(
    mut stream: UnixStream,
    client: &Client,
    hosts: &Hosts,
    compat: Compat,
) -> io::Result<()> {
    let mut queries = [0; QUERY_LEN * MOST_QUERIES];
    let mut answers = Vec::with_capacity(ANSWER_LEN);
    let mut filled = 0;
    loop {
        let Some(room) = queries.get_mut(filled..) else { return Ok(()) };
        let count = stream.read(room).await?;
        if count == 0 {
            return Ok(());
        }
        filled += count;
        let (whole, _) = queries.get(..filled).unwrap_or_default().as_chunks::<QUERY_LEN>();
        // Who asks about many at once does not ask about a peer that has just connected.
        let may_wait = whole.len() == 1;
        for query in whole {
            answers.extend_from_slice(&answer(query, hosts, compat, may_wait).await);
        }
        let done = whole.len() * QUERY_LEN;
        if done > 0 {
            stream.write_all(&answers).await?;
            answers.clear();
            client.has_asked();
            // Whoever asks and asks lets others have their turn.
            yield_now().await;
            queries.copy_within(done..filled, 0);
            filled -= done;
        }
    }
}

async fn answer(
    query: &[u8; QUERY_LEN],
    hosts: &Hosts,
    compat: Compat,
    may_wait: bool,
) -> [u8; ANSWER_LEN] {
    let Some(mut ip) = p0f_api::address(query) else {
        count(&hosts.counts.bad);
        return p0f_api::without_host(Status::BadQuery);
    };
    // For p0f, ::ffff:192.0.2.1 is another host than 192.0.2.1.
    if compat == Compat::Fixed {
        ip = ip.to_canonical();
    }
    if may_wait {
        hosts.wait_for(ip).await;
    }
    tell(ip, hosts, compat)
}

fn tell(ip: IpAddr, hosts: &Hosts, compat: Compat) -> [u8; ANSWER_LEN] {
    hosts.with(ip, |host| match host {
        Some(host) => {
            count(&hosts.counts.found);
            host.to_p0f().to_bytes(compat)
        }
        None => {
            count(&hosts.counts.unknown);
            p0f_api::without_host(Status::Unknown)
        }
    })
}

impl Host {
    fn to_p0f(&self) -> HostAnswer<'_> {
        let system = self.system.as_ref();
        let quality = system.map_or(0, |(system, fuzzy)| {
            let fuzzy = if *fuzzy { p0f_api::QUALITY_FUZZY } else { 0 };
            let generic = if system.is_generic { p0f_api::QUALITY_GENERIC } else { 0 };
            fuzzy | generic
        });
        HostAnswer {
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            connections: self.connections,
            uptime_minutes: self.uptime.map_or(0, |uptime| uptime.minutes),
            uptime_modulo_days: self.uptime.map_or(0, |uptime| uptime.modulo_days.into()),
            last_shared: self.last_shared,
            last_changed: self.last_changed,
            distance: self.distance,
            dishonest: self.software as u8,
            quality,
            os: system.map_or(["", ""], |(system, _)| [&system.name, &system.flavor]),
            http: self.http.as_ref().map_or(["", ""], |it| [&it.name, &it.flavor]),
            link: self.link.as_deref().unwrap_or_default(),
            language: self.language.unwrap_or_default(),
        }
    }
}
