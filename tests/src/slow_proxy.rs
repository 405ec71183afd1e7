//! A broker that is slow, or stalls: what goes to it from a network namespace goes through here.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::namespace::Link;

/// Passes on at most so much in one go, and then waits.
const PAUSE: Duration = Duration::from_millis(50);

/// Listens on loopback within a namespace, at the port at which the broker listens outside: the
/// address that the broker tells its clients leads here as well. Ends when dropped.
pub struct SlowProxy {
    is_stalled: Arc<AtomicBool>,
    has_ended: Arc<AtomicBool>,
}

impl SlowProxy {
    /// Lets through so many bytes a second, for each connection and direction.
    ///
    /// # Panics
    ///
    /// Where the port is taken.
    #[must_use]
    pub fn start(link: &Link, side: usize, port: u16, octets_per_second: usize) -> SlowProxy {
        let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
        let listener = link.within(side, listen);
        listener.set_nonblocking(true).expect("a listener");
        let proxy = SlowProxy {
            is_stalled: Arc::new(AtomicBool::new(false)),
            has_ended: Arc::new(AtomicBool::new(false)),
        };
        let flags = [&proxy.is_stalled, &proxy.has_ended].map(Arc::clone);
        let piece = octets_per_second * PAUSE.as_millis() as usize / 1000;
        thread::spawn(move || accept(&listener, port, piece, &flags));
        proxy
    }

    /// From now on nothing passes, or passes again; connections stay open.
    pub fn stall(&self, is_stalled: bool) {
        self.is_stalled.store(is_stalled, Ordering::Relaxed);
    }
}

impl Drop for SlowProxy {
    fn drop(&mut self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }
}

fn accept(listener: &TcpListener, port: u16, piece: usize, flags: &[Arc<AtomicBool>; 2]) {
    while !flags[1].load(Ordering::Relaxed) {
        let Ok((client, _)) = listener.accept() else {
            thread::sleep(PAUSE);
            continue;
        };
        // Outside, where the broker is; it may be gone.
        let Ok(broker) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
        client.set_nonblocking(false).expect("a connection");
        for (from, to) in [(&client, &broker), (&broker, &client)] {
            let [from, to] = [from, to].map(|stream| stream.try_clone().expect("a connection"));
            let flags = flags.clone();
            thread::spawn(move || {
                // Either end may break off.
                let _ = pass(&from, &to, piece, &flags);
                let _ = [from, to].map(|stream| stream.shutdown(Shutdown::Both));
            });
        }
    }
}

fn pass(
    mut from: &TcpStream,
    mut to: &TcpStream,
    piece: usize,
    [is_stalled, has_ended]: &[Arc<AtomicBool>; 2],
) -> io::Result<()> {
    let mut octets = vec![0; piece];
    loop {
        let len = from.read(&mut octets)?;
        while is_stalled.load(Ordering::Relaxed) && !has_ended.load(Ordering::Relaxed) {
            thread::sleep(PAUSE);
        }
        if len == 0 || has_ended.load(Ordering::Relaxed) {
            return Ok(());
        }
        to.write_all(octets.get(..len).unwrap_or_default())?;
        thread::sleep(PAUSE);
    }
}
