//! The HTTP server of metrics and health: three paths, one answer a connection.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::metrics::Metrics;

/// Whoever is slower is not waited for: there is one thread.
const TIMEOUT: Duration = Duration::from_secs(2);
/// More is not read of a request; what counts is in its first line.
const MAX_REQUEST_BYTES: usize = 8 << 10;

/// Listens at `address`, in a thread of its own for as long as the program runs.
pub(crate) fn start(address: &str, metrics: Arc<Metrics>) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    let serve = move || {
        for connection in listener.incoming() {
            // A client that went away is its own affair.
            let _ = connection.and_then(|connection| answer(connection, &metrics));
        }
    };
    thread::Builder::new().name("metrics".to_owned()).spawn(serve)?;
    Ok(())
}

fn answer(mut connection: TcpStream, metrics: &Metrics) -> io::Result<()> {
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    let request = request(&mut connection)?;
    let (status, kind, body) = response(&request, metrics);
    write!(
        connection,
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The head of a request.
fn request(connection: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::with_capacity(1024);
    let mut piece = [0; 1024];
    let began = Instant::now();
    while request.len() < MAX_REQUEST_BYTES
        && began.elapsed() < TIMEOUT
        && !request.windows(4).any(|end| end == b"\r\n\r\n")
    {
        match connection.read(&mut piece)? {
            0 => break,
            count => request.extend_from_slice(piece.get(..count).unwrap_or(&piece)),
        }
    }
    Ok(request)
}

fn response(request: &[u8], metrics: &Metrics) -> (&'static str, &'static str, String) {
    const TEXT: &str = "text/plain; charset=utf-8";
    const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
    let health = |good: bool, word: &str| match good {
        true => ("200 OK", TEXT, format!("{word}\n")),
        false => ("503 Service Unavailable", TEXT, format!("not {word}\n")),
    };
    let mut words = request.split(|byte| matches!(byte, b' ' | b'\r' | b'\n'));
    if words.next() != Some(b"GET") {
        return ("405 Method Not Allowed", TEXT, "GET only\n".to_owned());
    }
    let target = words.next().unwrap_or_default();
    match target.split(|&byte| byte == b'?').next() {
        Some(b"/metrics") => ("200 OK", PROMETHEUS, metrics.text()),
        Some(b"/healthz") => health(metrics.is_alive(), "alive"),
        Some(b"/readyz") => health(metrics.is_ready(), "ready"),
        _ => ("404 Not Found", TEXT, "/metrics, /healthz, /readyz\n".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_by_path() {
        let metrics = Metrics::new(0, Default::default());
        let status = |request: &str| response(request.as_bytes(), &metrics).0;
        assert_eq!(status("GET /metrics HTTP/1.1\r\n\r\n"), "200 OK");
        assert_eq!(status("GET /metrics?x=y HTTP/1.1\r\n\r\n"), "200 OK");
        assert_eq!(status("GET /healthz HTTP/1.0\r\n\r\n"), "200 OK");
        assert_eq!(status("GET /readyz HTTP/1.1\r\n\r\n"), "503 Service Unavailable");
        assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), "404 Not Found");
        assert_eq!(status("POST /metrics HTTP/1.1\r\n\r\n"), "405 Method Not Allowed");
        assert_eq!(status(""), "405 Method Not Allowed");
    }
}
