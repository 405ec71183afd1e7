//! Community ID, version 1: a name for a flow that other monitors give it, too.
//!
//! <https://github.com/corelight/community-id-spec>

use core::fmt;
use core::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

use crate::endpoint::Endpoint;

/// Bytes of a SHA-1 hash.
const HASH_LEN: usize = 20;
/// `1:`, and the hash in base64 with padding.
const TEXT_LEN: usize = 2 + HASH_LEN.div_ceil(3) * 4;

/// The Community ID of a flow, such as `1:LQU9qZlK+B5F3KDmev6m5PMibrg=`.
///
/// ```
/// use stackprint::CommunityId;
///
/// // The one of the specification, of TCP.
/// let (client, server) = ("128.232.110.120:34855".parse()?, "66.35.250.204:80".parse()?);
/// let id = CommunityId::new(client, server, 6);
/// assert_eq!(id.as_str(), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
/// assert_eq!(CommunityId::new(server, client, 6), id);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommunityId([u8; TEXT_LEN]);

impl CommunityId {
    /// The identifier of a flow between two endpoints, with the seed 0: the same in both directions.
    /// `protocol` is that of the IP header, 6 or 17.
    #[must_use]
    pub fn new(one: Endpoint, other: Endpoint, protocol: u8) -> CommunityId {
        CommunityId(text(&hash(one, other, protocol)))
    }

    /// The same in ASCII, which needs no check.
    #[cfg(feature = "serde")]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommunityId({self})")
    }
}

fn hash(one: Endpoint, other: Endpoint, protocol: u8) -> [u8; HASH_LEN] {
    const SEED: [u8; 2] = [0, 0];
    const PADDING: u8 = 0;
    // Endpoints of one flow are of one IP version, so that addresses compare as their bytes do.
    let (low, high) = match (one.ip, one.port) <= (other.ip, other.port) {
        true => (one, other),
        false => (other, one),
    };
    // Put together first: a hash that is given bytes in pieces buffers each.
    let mut bytes = Bytes { bytes: [0; MAX_HASHED_LEN], len: 0 };
    bytes.push(&SEED);
    bytes.push_address(low.ip);
    bytes.push_address(high.ip);
    bytes.push(&[protocol, PADDING]);
    bytes.push(&low.port.to_be_bytes());
    bytes.push(&high.port.to_be_bytes());
    Sha1::digest(bytes.as_slice()).into()
}

/// What is hashed of a flow of IPv6: the seed, two addresses, the protocol, two ports.
const MAX_HASHED_LEN: usize = 2 + 2 * 16 + 2 + 2 * 2;

struct Bytes {
    bytes: [u8; MAX_HASHED_LEN],
    len: usize,
}

impl Bytes {
    fn push(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.len..end) {
            place.copy_from_slice(bytes);
            self.len = end;
        }
    }

    fn push_address(&mut self, ip: IpAddr) {
        match ip {
            IpAddr::V4(ip) => self.push(&ip.octets()),
            IpAddr::V6(ip) => self.push(&ip.octets()),
        }
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

fn text(hash: &[u8; HASH_LEN]) -> [u8; TEXT_LEN] {
    let mut text = *b"1:                            ";
    let (_, base64) = text.split_at_mut(2);
    // It is as long as the text of a hash.
    let _ = STANDARD.encode_slice(hash, base64);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flows of baseline/baseline_deflt.json of the specification, and what communityid 1.5.0 of PyPI
    /// makes of others.
    #[test]
    fn published_flows_have_their_published_identifiers() {
        let flows = [
            (6, "128.232.110.120:34855", "66.35.250.204:80", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
            (
                6,
                "[2001:470:e5bf:dead:4957:2174:e82c:4887]:63943",
                "[2607:f8b0:400c:c03::1a]:25",
                "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
            ),
            (17, "192.168.1.52:54585", "8.8.8.8:53", "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
            (17, "[fe80::1]:546", "[ff02::1:2]:547", "1:o26QFv3mif4Dx/VQdbDgpj4ygjU="),
            (17, "[2001:db8::1]:50000", "[2001:db8::2]:443", "1:+H9GtorzFZqcuE+EOJYnypT9qSw="),
            (6, "10.0.0.1:40000", "10.0.0.1:80", "1:VSepksiL0eg8U15xNTOfjO9fI8M="),
            (6, "10.1.0.1:5", "10.0.0.9:80", "1:CzjjFWH3oNZGCyFeXPkIC862pS4="),
        ];
        for (protocol, one, other, expected) in flows {
            let endpoint = |text: &str| {
                let end: core::net::SocketAddr = text.parse().expect("an endpoint");
                Endpoint { ip: end.ip(), port: end.port() }
            };
            let (one, other) = (endpoint(one), endpoint(other));
            for (one, other) in [(one, other), (other, one)] {
                assert_eq!(CommunityId::new(one, other, protocol).as_str(), expected);
            }
        }
    }
}
