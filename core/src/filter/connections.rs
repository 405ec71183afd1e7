//! Sets of connections.

use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;
use std::collections::BinaryHeap;

use crate::endpoint::Endpoint;
use crate::parse_error::{Expected, ParseError};

/// Connections of clients to services: the client's address, and the server's address and port. The
/// client's port does not count.
///
/// Read and written as `192.0.2.30>192.0.2.80:443,2001:db8::10>[2001:db8::80]:80`. What is written is
/// in order, and each is there once: what is read from it is the same set. To look a connection up
/// takes a number of steps that grows with the logarithm of the set's size.
///
/// ```
/// use stackprint::ConnectionSet;
///
/// let set: ConnectionSet = "192.0.2.30>192.0.2.80:443".parse()?;
/// let end = |text: &str| text.parse().expect("an address and port");
/// assert!(set.contains(end("192.0.2.30:40000"), end("192.0.2.80:443")));
/// assert!(!set.contains(end("192.0.2.80:443"), end("192.0.2.30:40000")));
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSet {
    /// In order, each once.
    known: Box<[(IpAddr, Endpoint)]>,
}

impl ConnectionSet {
    /// Whether a connection from `client` to `server` is one of them.
    #[must_use]
    pub fn contains(&self, client: Endpoint, server: Endpoint) -> bool {
        self.known.binary_search(&(client.ip, server)).is_ok()
    }

    /// Whether it holds no connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// The client's address, and the server.
impl FromIterator<(IpAddr, Endpoint)> for ConnectionSet {
    fn from_iter<I: IntoIterator<Item = (IpAddr, Endpoint)>>(connections: I) -> ConnectionSet {
        // A heap's sort has a tenth of the code, which WebAssembly has to load.
        let mut known = connections.into_iter().collect::<BinaryHeap<_>>().into_sorted_vec();
        known.dedup();
        ConnectionSet { known: known.into() }
    }
}

impl FromStr for ConnectionSet {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<ConnectionSet, ParseError> {
        let mut offset = 0;
        let connections = text.split(',').map(|item| {
            let connection =
                connection(item).ok_or_else(|| ParseError::at(offset, Expected::Connections));
            offset += item.len() + 1;
            connection
        });
        connections.collect()
    }
}

fn connection(text: &str) -> Option<(IpAddr, Endpoint)> {
    let (client, server) = text.split_once('>')?;
    Some((client.parse().ok()?, server.parse().ok()?))
}

impl fmt::Display for ConnectionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (client, server)) in self.known.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(f, "{comma}{client}>{server}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_and_written_in_order_and_once() {
        let text = "2001:db8::1>[2001:db8::2]:80,192.0.2.9>192.0.2.1:443,192.0.2.9>192.0.2.1:80,\
            192.0.2.9>192.0.2.1:443";
        let set: ConnectionSet = text.parse().unwrap();
        let ordered = "192.0.2.9>192.0.2.1:80,192.0.2.9>192.0.2.1:443,2001:db8::1>[2001:db8::2]:80";
        assert_eq!(set.to_string(), ordered);
        assert_eq!(ordered.parse(), Ok(set));
    }

    #[test]
    fn faults_have_their_column() {
        for (text, column) in [
            ("", 1),
            ("192.0.2.9", 1),
            ("192.0.2.9>192.0.2.1:80,", 24),
            ("192.0.2.9>192.0.2.1:80,a>192.0.2.1:80", 24),
            ("192.0.2.9>192.0.2.1", 1),
            ("192.0.2.9:1>192.0.2.1:80", 1),
            ("192.0.2.9>2001:db8::2:80", 1),
        ] {
            let error = text.parse::<ConnectionSet>().unwrap_err();
            assert_eq!((error.expected, error.column), (Expected::Connections, column), "{text}");
        }
    }
}
