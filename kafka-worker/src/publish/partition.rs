//! Which partition a pair of hosts belongs to.

use std::fmt::Write as _;
use std::net::IpAddr;

/// Replaces `key` by the text of a pair of hosts: `10.0.0.1 10.0.0.2`.
pub(super) fn write_key((low, high): (IpAddr, IpAddr), key: &mut String) {
    key.clear();
    // Writing to a String does not fail.
    let _ = write!(key, "{low} {high}");
}

/// The partition to which Java's client would send this key: so that packets which others publish
/// under the same key are beside ours.
pub(super) fn of_key(key: &[u8], partitions: u32) -> u32 {
    const WITHOUT_SIGN: u32 = 0x7fff_ffff;
    (murmur2(key) & WITHOUT_SIGN) % partitions.max(1)
}

/// Austin Appleby's MurmurHash2 (32 bits), with Kafka's seed.
fn murmur2(bytes: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const FACTOR: u32 = 0x5bd1_e995;
    let (words, rest) = bytes.as_chunks();
    // Kafka's lengths have 32 bits.
    let mut hash = SEED ^ bytes.len() as u32;
    for word in words {
        let word = u32::from_le_bytes(*word).wrapping_mul(FACTOR);
        let word = (word ^ (word >> 24)).wrapping_mul(FACTOR);
        hash = hash.wrapping_mul(FACTOR) ^ word;
    }
    if !rest.is_empty() {
        let last = rest.iter().rev().fold(0, |last, &byte| last << 8 | u32::from(byte));
        hash = (hash ^ last).wrapping_mul(FACTOR);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(FACTOR);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that Kafka's own tests have for its `Utils.murmur2`.
    #[test]
    fn hashes_are_those_of_kafka() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
        }
    }

    #[test]
    fn keys_are_the_addresses_in_order() {
        let mut key = "before".to_owned();
        write_key(("10.0.0.1".parse().unwrap(), "2001:db8::1".parse().unwrap()), &mut key);
        assert_eq!(key, "10.0.0.1 2001:db8::1");
    }
}
