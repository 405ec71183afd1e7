//! Community ID, version 1: a name for a flow that other monitors give it, too.
//!
//! <https://github.com/corelight/community-id-spec>

use core::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

use super::Record;
use crate::ascii::{Ascii, Text};
use crate::endpoint::Endpoint;

/// Bytes of a SHA-1 hash.
const HASH_OCTETS: usize = 20;
/// `1:`, and the hash in base64 with padding.
const TEXT_OCTETS: usize = 2 + HASH_OCTETS.div_ceil(3) * 4;

/// What carries a flow, by its protocol number of IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Tcp = 6,
    Udp = 17,
}

impl Record<'_> {
    /// What carries the flow.
    pub(super) fn transport(&self) -> Transport {
        #[cfg(feature = "tls")]
        {
            use crate::tls::Transport::{Dtls, Quic};
            if self.tls.as_ref().is_some_and(|tls| matches!(tls.transport, Quic | Dtls)) {
                return Transport::Udp;
            }
        }
        Transport::Tcp
    }
}

/// The identifier of a flow between two endpoints, with the seed 0: the same in both directions.
pub(super) fn community_id(
    transport: Transport,
    one: Endpoint,
    other: Endpoint,
) -> Ascii<TEXT_OCTETS> {
    const SEED: [u8; 2] = [0, 0];
    const PADDING: u8 = 0;
    // Endpoints of one flow are of one IP version, so that addresses compare as their bytes do.
    let (low, high) = match (one.ip, one.port) <= (other.ip, other.port) {
        true => (one, other),
        false => (other, one),
    };
    let mut hash = Sha1::new();
    hash.update(SEED);
    update_with_address(&mut hash, low.ip);
    update_with_address(&mut hash, high.ip);
    hash.update([transport as u8, PADDING]);
    hash.update(low.port.to_be_bytes());
    hash.update(high.port.to_be_bytes());

    let mut base64 = [0; TEXT_OCTETS];
    let len = STANDARD.encode_slice(hash.finalize(), &mut base64).unwrap_or_default();
    let mut text = Ascii::new();
    text.push("1:");
    text.push(base64.get(..len).and_then(|base64| str::from_utf8(base64).ok()).unwrap_or_default());
    text
}

fn update_with_address(hash: &mut Sha1, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => hash.update(ip.octets()),
        IpAddr::V6(ip) => hash.update(ip.octets()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flows of baseline/baseline_deflt.json of the specification.
    #[test]
    fn published_flows_have_their_published_identifiers() {
        let flows = [
            ("128.232.110.120:34855", "66.35.250.204:80", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
            (
                "[2001:470:e5bf:dead:4957:2174:e82c:4887]:63943",
                "[2607:f8b0:400c:c03::1a]:25",
                "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
            ),
        ];
        let flows = flows.map(|(one, other, expected)| (Transport::Tcp, one, other, expected));
        let udp = "1:d/FP5EW3wiY1vCndhwleRRKHowQ=";
        let udp = (Transport::Udp, "192.168.1.52:54585", "8.8.8.8:53", udp);
        for (transport, one, other, expected) in flows.into_iter().chain([udp]) {
            let endpoint = |text: &str| {
                let end: core::net::SocketAddr = text.parse().expect("an endpoint");
                Endpoint { ip: end.ip(), port: end.port() }
            };
            let (one, other) = (endpoint(one), endpoint(other));
            for (one, other) in [(one, other), (other, one)] {
                assert_eq!(community_id(transport, one, other).as_octets(), expected.as_bytes());
            }
        }
    }
}
