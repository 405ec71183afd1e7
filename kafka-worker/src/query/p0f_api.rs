//! The messages of p0f's API (3.09b): what is at which byte. Numbers are in the byte order of the
//! machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use stackprint::Compat;

/// Bytes of a query.
pub(super) const QUERY_LEN: usize = 21;
/// Bytes of an answer.
pub(super) const ANSWER_LEN: usize = 232;

const QUERY_MAGIC: u32 = 0x5030_4601;
const ANSWER_MAGIC: u32 = 0x5030_4602;

/// What a text is given.
const TEXT_LEN: usize = 32;
/// The distance of a host of which none is known.
const NO_DISTANCE: i16 = -1;
/// The same as p0f says it: it keeps the -1 in a byte.
const P0F_NO_DISTANCE: i16 = 255;

/// Values of the address's type.
const TYPE_V4: u8 = 4;
const TYPE_V6: u8 = 6;

/// Where the fields of an answer begin.
mod at {
    pub(super) const MAGIC: usize = 0;
    pub(super) const STATUS: usize = 4;
    pub(super) const FIRST_SEEN: usize = 8;
    pub(super) const LAST_SEEN: usize = 12;
    pub(super) const CONNECTIONS: usize = 16;
    pub(super) const UPTIME_MINUTES: usize = 20;
    pub(super) const UPTIME_MODULO: usize = 24;
    pub(super) const LAST_SHARED: usize = 28;
    pub(super) const LAST_CHANGED: usize = 32;
    pub(super) const DISTANCE: usize = 36;
    pub(super) const DISHONEST: usize = 38;
    pub(super) const QUALITY: usize = 39;
    pub(super) const OS_NAME: usize = 40;
    pub(super) const OS_FLAVOR: usize = 72;
    pub(super) const HTTP_NAME: usize = 104;
    pub(super) const HTTP_FLAVOR: usize = 136;
    pub(super) const LINK_TYPE: usize = 168;
    pub(super) const LANGUAGE: usize = 200;
}

/// How a query ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// The magic number or the type of the address is another one.
    BadQuery = 0x00,
    Found = 0x10,
    Unknown = 0x20,
}

/// What p0f tells of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct HostAnswer<'h> {
    pub(super) first_seen: u32,
    pub(super) last_seen: u32,
    pub(super) connections: u32,
    pub(super) uptime_minutes: u32,
    pub(super) uptime_modulo_days: u32,
    /// When the address was last found to be shared, 0 for never.
    pub(super) last_shared: u32,
    /// When the system was last found to be another one, 0 for never.
    pub(super) last_changed: u32,
    pub(super) distance: Option<u8>,
    /// What is wrong with the software that the host claims, 0 for nothing.
    pub(super) dishonest: u8,
    /// [`QUALITY_FUZZY`] and [`QUALITY_GENERIC`].
    pub(super) quality: u8,
    pub(super) os: [&'h str; 2],
    pub(super) http: [&'h str; 2],
    pub(super) link: &'h str,
    pub(super) language: &'h str,
}

/// The signature fits with tolerances.
pub(super) const QUALITY_FUZZY: u8 = 1;
/// The signature is generic.
pub(super) const QUALITY_GENERIC: u8 = 2;

/// The address that a query asks about; `None` if it is none of p0f's queries.
pub(super) fn address(query: &[u8; QUERY_LEN]) -> Option<IpAddr> {
    let (magic, rest) = query.split_first_chunk::<4>()?;
    let (&kind, address) = rest.split_first()?;
    if u32::from_ne_bytes(*magic) != QUERY_MAGIC {
        return None;
    }
    let v6 = <[u8; 16]>::try_from(address).ok()?;
    match kind {
        TYPE_V4 => v6.first_chunk::<4>().map(|v4| Ipv4Addr::from(*v4).into()),
        TYPE_V6 => Some(Ipv6Addr::from(v6).into()),
        _ => None,
    }
}

/// An answer without a host.
pub(super) fn without_host(status: Status) -> [u8; ANSWER_LEN] {
    let mut answer = [0; ANSWER_LEN];
    put(&mut answer, at::MAGIC, &ANSWER_MAGIC.to_ne_bytes());
    put(&mut answer, at::STATUS, &(status as u32).to_ne_bytes());
    answer
}

impl HostAnswer<'_> {
    /// By p0f's rules, a text that fills its place has no zero byte at its end. Else it is one byte
    /// shorter, as clients in C read up to that.
    pub(super) fn to_bytes(self, compat: Compat) -> [u8; ANSWER_LEN] {
        let (most, no_distance) = match compat {
            Compat::Fixed => (TEXT_LEN - 1, NO_DISTANCE),
            Compat::P0fExact => (TEXT_LEN, P0F_NO_DISTANCE),
        };
        let mut answer = without_host(Status::Found);
        for (at, number) in [
            (at::FIRST_SEEN, self.first_seen),
            (at::LAST_SEEN, self.last_seen),
            (at::CONNECTIONS, self.connections),
            (at::UPTIME_MINUTES, self.uptime_minutes),
            (at::UPTIME_MODULO, self.uptime_modulo_days),
            (at::LAST_SHARED, self.last_shared),
            (at::LAST_CHANGED, self.last_changed),
        ] {
            put(&mut answer, at, &number.to_ne_bytes());
        }
        let distance = self.distance.map_or(no_distance, i16::from);
        put(&mut answer, at::DISTANCE, &distance.to_ne_bytes());
        put(&mut answer, at::DISHONEST, &[self.dishonest]);
        put(&mut answer, at::QUALITY, &[self.quality]);
        let ([os_name, os_flavor], [http_name, http_flavor]) = (self.os, self.http);
        for (at, text) in [
            (at::OS_NAME, os_name),
            (at::OS_FLAVOR, os_flavor),
            (at::HTTP_NAME, http_name),
            (at::HTTP_FLAVOR, http_flavor),
            (at::LINK_TYPE, self.link),
            (at::LANGUAGE, self.language),
        ] {
            let text = text.as_bytes();
            put(&mut answer, at, text.get(..most).unwrap_or(text));
        }
        answer
    }
}

fn put(answer: &mut [u8; ANSWER_LEN], at: usize, bytes: &[u8]) {
    if let Some(place) = answer.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(magic: u32, kind: u8, address: &[u8]) -> [u8; QUERY_LEN] {
        let mut query = [0; QUERY_LEN];
        query[..4].copy_from_slice(&magic.to_ne_bytes());
        query[4] = kind;
        query[5..5 + address.len()].copy_from_slice(address);
        query
    }

    #[test]
    fn queries_are_p0fs() {
        let v4 = query(QUERY_MAGIC, 4, &[10, 0, 0, 7]);
        assert_eq!(address(&v4), Some("10.0.0.7".parse().unwrap()));
        // What follows an IPv4 address does not matter.
        let mut noise = v4;
        noise[9..].fill(0xff);
        assert_eq!(address(&noise), address(&v4));
        let octets = "2001:db8::7".parse::<Ipv6Addr>().unwrap().octets();
        let v6 = query(QUERY_MAGIC, 6, &octets);
        assert_eq!(address(&v6), Some("2001:db8::7".parse().unwrap()));
        assert_eq!(address(&query(QUERY_MAGIC, 5, &octets)), None);
        assert_eq!(address(&query(QUERY_MAGIC.swap_bytes(), 4, &[10, 0, 0, 7])), None);
        assert_eq!(address(&query(ANSWER_MAGIC, 4, &[10, 0, 0, 7])), None);
    }

    /// By the table of p0f 3.09b's api.h: seven numbers, a short, two bytes, six texts of 32.
    #[test]
    fn fields_are_where_p0f_has_them() {
        let long = "0123456789abcdef0123456789abcdef";
        let answer = HostAnswer {
            first_seen: 1,
            last_seen: 2,
            connections: 3,
            uptime_minutes: 4,
            uptime_modulo_days: 5,
            last_shared: 6,
            last_changed: 7,
            distance: Some(200),
            dishonest: 2,
            quality: QUALITY_FUZZY | QUALITY_GENERIC,
            os: ["Linux", long],
            http: ["Chrome", "11"],
            link: "DSL",
            language: "English",
        };
        let mut expected = Vec::new();
        for number in [ANSWER_MAGIC, 0x10, 1, 2, 3, 4, 5, 6, 7] {
            expected.extend(number.to_ne_bytes());
        }
        expected.extend(200_i16.to_ne_bytes());
        expected.extend([2, 3]);
        for text in ["Linux", &long[..31], "Chrome", "11", "DSL", "English"] {
            expected.extend(text.as_bytes());
            expected.resize(expected.len().next_multiple_of(8), 0);
            while (expected.len() - 40) % 32 != 0 {
                expected.push(0);
            }
        }
        assert_eq!(expected.len(), ANSWER_LEN);
        assert_eq!(answer.to_bytes(Compat::Fixed).as_slice(), expected);
        // Seen of p0f 3.09b: texts without an end, and 255 hops to hosts of unknown distance.
        expected[72..104].copy_from_slice(long.as_bytes());
        assert_eq!(answer.to_bytes(Compat::P0fExact).as_slice(), expected);
        let distance = |compat| HostAnswer::default().to_bytes(compat)[36..38].to_owned();
        assert_eq!(distance(Compat::Fixed), (-1_i16).to_ne_bytes());
        assert_eq!(distance(Compat::P0fExact), 255_i16.to_ne_bytes());
        let unknown = without_host(Status::Unknown);
        assert_eq!(unknown[4..8], 0x20_u32.to_ne_bytes());
        assert!(unknown[8..].iter().all(|&byte| byte == 0));
    }
}
