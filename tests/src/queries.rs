//! Clients of the query services: of p0f's API, by the layout of p0f 3.09b's `api.h`, and of HTTP.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Bytes of a query.
pub const QUERY_LEN: usize = 21;
/// Bytes of an answer.
pub const ANSWER_LEN: usize = 232;
/// Statuses of answers.
pub const BAD: u32 = 0x00;
/// The host is known.
pub const FOUND: u32 = 0x10;
/// The host is not known.
pub const UNKNOWN: u32 = 0x20;

/// Nobody waits longer for an answer.
const LIMIT: Duration = Duration::from_secs(30);

/// A client of p0f's API.
pub struct P0fClient(pub UnixStream);

impl P0fClient {
    /// # Errors
    ///
    /// Where nobody listens.
    pub fn connect(path: &Path) -> io::Result<P0fClient> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(LIMIT))?;
        Ok(P0fClient(stream))
    }

    /// Asks about a host.
    ///
    /// # Errors
    ///
    /// Where there is no answer.
    pub fn ask(&mut self, ip: IpAddr) -> io::Result<[u8; ANSWER_LEN]> {
        self.0.write_all(&query(ip))?;
        self.answer()
    }

    /// Reads one answer.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn answer(&mut self) -> io::Result<[u8; ANSWER_LEN]> {
        let mut answer = [0; ANSWER_LEN];
        self.0.read_exact(&mut answer)?;
        Ok(answer)
    }
}

/// A query as p0f's clients send it.
#[must_use]
pub fn query(ip: IpAddr) -> [u8; QUERY_LEN] {
    let mut query = [0; QUERY_LEN];
    query[..4].copy_from_slice(&0x5030_4601_u32.to_ne_bytes());
    match ip {
        IpAddr::V4(ip) => {
            query[4] = 4;
            query[5..9].copy_from_slice(&ip.octets());
        }
        IpAddr::V6(ip) => {
            query[4] = 6;
            query[5..].copy_from_slice(&ip.octets());
        }
    }
    query
}

/// A number of an answer.
///
/// # Panics
///
/// If an answer is not so long.
#[must_use]
pub fn number(answer: &[u8; ANSWER_LEN], at: usize) -> u32 {
    u32::from_ne_bytes(answer[at..at + 4].try_into().expect("four bytes"))
}

/// A text of an answer.
#[must_use]
pub fn text(answer: &[u8; ANSWER_LEN], at: usize) -> String {
    let text = answer[at..at + 32].split(|&byte| byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// An answer to an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// In lower case, with `\r\n` between lines.
    pub head: String,
    /// What came until the connection was closed.
    pub body: String,
}

/// Sends bytes, and reads until the server closes the connection.
///
/// # Errors
///
/// Where nobody listens, or nothing like HTTP comes back.
pub fn exchange(address: &str, request: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::InvalidData)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    Ok(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

/// Gets a path, and closes the connection.
///
/// # Errors
///
/// As [`exchange`].
pub fn get(address: &str, path: &str) -> io::Result<Answer> {
    exchange(address, &format!("GET {path} HTTP/1.0\r\n\r\n"))
}
