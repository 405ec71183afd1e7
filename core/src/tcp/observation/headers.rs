//! Headers of a SYN or SYN+ACK, and the pattern of those that make one observation: a cache of
//! observations compares headers with patterns, and does not have to read their options.

use super::{Compat, Direction, Observation, is_stray_ack};
use crate::wire::field::{ipv4, tcp};
use crate::wire::{Ip, MAX_OPTIONS_LEN, Segment, TcpTimestamps, telling_options};

/// One packet's headers: what lies outside of the TCP options as words, and the options.
#[derive(Debug)]
pub(crate) struct Headers<'s> {
    fixed: [u64; 2],
    options: &'s [u8],
    segment: &'s Segment<'s>,
    direction: Direction,
    peer_mss: Option<u16>,
    compat: Compat,
}

/// Places in the first word, in bits.
mod shift {
    /// TOS, or traffic class.
    pub(super) const TOS: u32 = 8;
    /// Version and header length of IPv4; 0 for IPv6.
    pub(super) const IP_LEN: u32 = 16;
    /// The byte with the flags of IPv4.
    pub(super) const IP_FLAGS: u32 = 24;
    /// TCP's header length, reserved bits and flags.
    pub(super) const TCP_FLAGS: u32 = 32;
    pub(super) const WINDOW: u32 = 48;
}

/// Bits of the second word, above the peer's MSS.
mod flag {
    pub(super) const SYN_ACK: u64 = 1 << 16;
    pub(super) const V6: u64 = 1 << 17;
    pub(super) const PAYLOAD: u64 = 1 << 18;
    pub(super) const PEER_MSS: u64 = 1 << 19;
    /// IPv4's identification is not 0; IPv6's flow label is not 0.
    pub(super) const ID: u64 = 1 << 20;
    pub(super) const SEQ: u64 = 1 << 21;
    /// Of the acknowledgement number, as far as it counts for [`Quirks::NONZERO_ACK`](super::super::Quirks).
    pub(super) const STRAY_ACK: u64 = 1 << 22;
    pub(super) const ACK: u64 = 1 << 23;
    pub(super) const URG: u64 = 1 << 24;
}

impl<'s> Headers<'s> {
    /// The headers around a segment. `peer_mss` is that of the SYN that a SYN+ACK answers.
    ///
    /// What the words hold decides the observation but for its options: fields are taken as they are,
    /// and numbers that differ from packet to packet in so far as they are 0.
    #[inline(always)]
    pub(crate) fn of(
        segment: &'s Segment<'s>,
        direction: Direction,
        peer_mss: Option<u16>,
        compat: Compat,
    ) -> Headers<'s> {
        let tcp = &segment.tcp;
        let flag = |condition, flag| if condition { flag } else { 0 };
        let (ip, ip_flags) = match &segment.ip {
            Ip::V4(ip) => {
                let header = ip.slice();
                let at = |at: usize| header.get(at).map_or(0, |&byte| u64::from(byte));
                let fields = u64::from(ip.ttl())
                    | at(ipv4::TOS) << shift::TOS
                    | at(ipv4::VERSION_AND_LEN) << shift::IP_LEN
                    | at(ipv4::FRAGMENT) << shift::IP_FLAGS;
                (fields, flag(ip.identification() != 0, flag::ID))
            }
            Ip::V6(ip) => {
                let fields =
                    u64::from(ip.hop_limit()) | u64::from(ip.traffic_class()) << shift::TOS;
                (fields, flag(ip.flow_label().value() != 0, flag::ID) | flag::V6)
            }
        };
        let tcp_flags = tcp.slice().get(tcp::DATA_OFFSET..).and_then(|rest| rest.first_chunk());
        let tcp_flags = tcp_flags.map_or(0, |&bytes| u64::from(u16::from_be_bytes(bytes)));
        let acknowledgment = tcp.acknowledgment_number();
        let flags = ip_flags
            | flag(direction == Direction::SynAck, flag::SYN_ACK)
            | flag(segment.payload_len > 0, flag::PAYLOAD)
            | flag(peer_mss.is_some(), flag::PEER_MSS)
            | flag(tcp.sequence_number() != 0, flag::SEQ)
            | flag(is_stray_ack(acknowledgment, compat), flag::STRAY_ACK)
            | flag(acknowledgment != 0, flag::ACK)
            | flag(tcp.urgent_pointer() != 0, flag::URG);
        let fixed = [
            ip | tcp_flags << shift::TCP_FLAGS | u64::from(tcp.window_size()) << shift::WINDOW,
            u64::from(peer_mss.unwrap_or(0)) | flags,
        ];
        Headers { fixed, options: tcp.options(), segment, direction, peer_mss, compat }
    }

    /// Whose handshake it is.
    #[inline]
    pub(crate) fn direction(&self) -> Direction {
        self.direction
    }

    /// The observation, from the headers themselves.
    pub(crate) fn observation(&self) -> Observation {
        let observation = Observation::of(self.segment, self.direction, self.compat);
        Observation { peer_mss: self.peer_mss, ..observation }
    }

    /// One of `places` places (a power of two) for what is remembered of such headers: by what is
    /// outside of the options, and the first of them, which mostly is the MSS.
    #[inline]
    pub(crate) fn place(&self, places: usize) -> usize {
        const ODD_1: u64 = 0x9e37_79b9_7f4a_7c15;
        const ODD_2: u64 = 0xd6e8_feb8_6659_fd93;
        let [a, b] = self.fixed;
        let first = self.options.first_chunk().map_or(0, |&bytes| u32::from_le_bytes(bytes));
        let mixed =
            (a.wrapping_mul(ODD_1) ^ b.rotate_left(29) ^ u64::from(first)).wrapping_mul(ODD_2);
        ((mixed ^ mixed >> 29).wrapping_mul(ODD_1) >> (u64::BITS - places.ilog2())) as usize
    }

    /// All headers that make the same observation, but for the values of its clocks.
    pub(crate) fn pattern(&self) -> HeaderPattern {
        let telling = telling_options(self.options);
        let mut options = [WordPattern { value: 0, mask: 0 }; OPTION_WORDS];
        let masks = telling.mask.get(..self.options.len()).unwrap_or_default();
        for (pattern, (word, mask)) in options.iter_mut().zip(words(self.options).zip(words(masks)))
        {
            *pattern = WordPattern { value: word & mask, mask };
        }
        let clocks = telling.clocks_at.and_then(|at| {
            let TcpTimestamps { tsval, tsecr } = TcpTimestamps::at(self.options, at)?;
            Some(ClockPattern { at, tsval_is_zero: tsval == 0, tsecr_is_zero: tsecr == 0 })
        });
        HeaderPattern { fixed: self.fixed, options, clocks }
    }
}

const OPTION_WORDS: usize = MAX_OPTIONS_LEN / 8;

/// Headers that make one observation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeaderPattern {
    fixed: [u64; 2],
    options: [WordPattern; OPTION_WORDS],
    clocks: Option<ClockPattern>,
}

/// Eight bytes of options, or the last four, some of which may be anything.
#[derive(Debug, Clone, Copy)]
struct WordPattern {
    value: u64,
    mask: u64,
}

impl WordPattern {
    /// The bits in which a word is not what is asked for.
    #[inline]
    fn differing(&self, word: u64) -> u64 {
        word & self.mask ^ self.value
    }
}

/// Values of a timestamps option, which matter in so far as they are 0.
#[derive(Debug, Clone, Copy)]
struct ClockPattern {
    /// Where the values lie in the options, in bytes.
    at: usize,
    tsval_is_zero: bool,
    tsecr_is_zero: bool,
}

impl HeaderPattern {
    /// Whether the headers are of these.
    #[inline]
    pub(crate) fn fits(&self, headers: &Headers<'_>) -> bool {
        // As many bytes of options: the lengths of the headers are among the fixed.
        self.fixed == headers.fixed
            && self.options_fit(headers.options)
            && self.clocks.is_none_or(|asked| {
                TcpTimestamps::at(headers.options, asked.at).is_some_and(
                    |TcpTimestamps { tsval, tsecr }| {
                        (tsval == 0, tsecr == 0) == (asked.tsval_is_zero, asked.tsecr_is_zero)
                    },
                )
            })
    }

    // Without a branch for each word.
    #[inline]
    fn options_fit(&self, options: &[u8]) -> bool {
        let (pairs, last) = options.as_chunks();
        let whole = self.options.iter().zip(pairs).fold(0, |differing, (asked, &bytes)| {
            differing | asked.differing(u64::from_ne_bytes(bytes))
        });
        let rest = match (self.options.get(pairs.len()), last.first_chunk()) {
            (Some(asked), Some(&bytes)) => asked.differing(u32::from_ne_bytes(bytes).into()),
            _ => 0,
        };
        whole | rest == 0
    }

    /// What `observation`, made of headers that fit, is for these others, which fit too.
    #[inline]
    pub(crate) fn observation(&self, observation: &Observation, of: &Headers<'_>) -> Observation {
        let timestamps = match &self.clocks {
            Some(pattern) => TcpTimestamps::at(of.options, pattern.at),
            None => observation.timestamps,
        };
        Observation { timestamps, ..*observation }
    }
}

/// Options, eight bytes at a time, and the last four: a TCP header is made of words of four.
fn words(options: &[u8]) -> impl Iterator<Item = u64> {
    let (pairs, last) = options.as_chunks();
    let last = last.first_chunk().map(|&bytes| u64::from(u32::from_ne_bytes(bytes)));
    pairs.iter().map(|&bytes| u64::from_ne_bytes(bytes)).chain(last)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::open;
    use crate::{Frame, LinkType};

    /// Options of stacks, and what nobody sends.
    pub(crate) const OPTIONS: &[&[u8]] = &[
        b"",
        b"\x02\x04\x05\xb4",
        b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07",
        b"\x02\x04\x05\xb4\x01\x03\x03\x08\x01\x01\x04\x02",
        b"\x02\x04\x05\xb4\x01\x03\x03\x06\x01\x01\x08\x0a\x12\x34\x56\x78\0\0\0\0\x04\x02\0\0",
        // A cookie of TCP Fast Open (RFC 7413).
        b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\x02\x01\x03\x03\x07\x22\x0acookies!\x01\x01",
        // Fast open as an experiment; shared memory communications; counters of ECN.
        b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\x02\x01\x03\x03\x07\xfe\x0c\xf9\x89cookies!",
        b"\x02\x04\x05\xb4\xfe\x06\xe2\xd4\xc3\xd9\x01\x01\xae\x0b\0\0\x01\0\0\x02\0\0\x03\x01",
        // Clocks first, clocks twice.
        b"\x01\x01\x08\x0a\0\0\0\x07\0\0\0\0\x02\x04\x05\xb4",
        b"\x08\x0a\0\0\0\x07\0\0\0\0\x08\x0a\0\0\0\0\0\0\0\x09",
        // Something after the end; a length that lies; an option that does not fit.
        b"\x02\x04\x05\xb4\0\0\0\x01",
        b"\x02\x03\x05\xb4\x03\x04\x07\x01",
        b"\x02\x04\x05\xb4\x05\x22\0\0",
    ];

    /// A SYN over raw IP.
    pub(crate) fn syn(is_v6: bool, ttl: u8, window: u16, options: &[u8]) -> Vec<u8> {
        let mut tcp = b"\x9c\x40\0\x50\0\0\0\x07\0\0\0\0\0\x02\0\0\0\0\0\0".to_vec();
        tcp[12] = (((tcp.len() + options.len()) / 4) << 4) as u8;
        tcp[14..16].copy_from_slice(&window.to_be_bytes());
        tcp.extend_from_slice(options);
        let mut frame = if is_v6 {
            let mut ip = vec![0x20; 40];
            ip[..8].copy_from_slice(&[0x60, 0, 0, 0, 0, tcp.len() as u8, 6, ttl]);
            ip
        } else {
            let mut ip = b"\x45\0\0\0\x12\x34\x40\0\0\x06\0\0\xc0\0\x02\x01\xc0\0\x02\xff".to_vec();
            (ip[3], ip[8]) = ((20 + tcp.len()) as u8, ttl);
            ip
        };
        frame.extend(tcp);
        frame
    }

    /// What two packets say, and what would be said of the second if the first was seen before;
    /// `None` if one cannot be opened, or the second is not known again.
    fn known_again(first: &[u8], second: &[u8], compat: Compat) -> Option<[Observation; 2]> {
        let [first, second] = [first, second].map(|bytes| open(&Frame::new(LinkType::RAW, bytes)));
        let (first, second) = (first.ok()?, second.ok()?);
        let direction = |segment: &Segment<'_>| {
            if segment.tcp.ack() { Direction::SynAck } else { Direction::Syn }
        };
        let [first, second] =
            [&first, &second].map(|segment| Headers::of(segment, direction(segment), None, compat));
        let pattern = first.pattern();
        assert!(pattern.fits(&first), "its own headers");
        let like_first =
            pattern.fits(&second).then(|| pattern.observation(&first.observation(), &second))?;
        Some([like_first, second.observation()])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Whatever bytes change, what is known again is what would be read.
        #[test]
        fn what_is_known_again_is_what_would_be_read(
            is_v6: bool,
            options in prop::sample::select(OPTIONS),
            changes in prop::collection::vec((0..100_usize, prop_oneof![Just(0), Just(1), any::<u8>()]), 0..4),
            p0f_exact: bool,
        ) {
            let compat = if p0f_exact { Compat::P0fExact } else { Compat::Fixed };
            let first = syn(is_v6, 64, 64_240, options);
            let mut second = first.clone();
            for (at, byte) in changes {
                let at = at % second.len();
                second[at] = byte;
            }
            if let Some([known, read]) = known_again(&first, &second, compat) {
                prop_assert_eq!(known, read);
            }
        }
    }

    #[test]
    fn what_differs_from_connection_to_connection_is_known_again() {
        let options = OPTIONS[5];
        for is_v6 in [false, true] {
            let first = syn(is_v6, 64, 64_240, options);
            let tcp = if is_v6 { 40 } else { 20 };
            let mut second = first.clone();
            // Port, sequence number, checksum, own clock and its echo, the cookie.
            for at in [1, 7, 17, 20 + 9, 20 + 13, 20 + 22, 20 + 29] {
                second[tcp + at] ^= 0x40;
            }
            let [known, read] = known_again(&first, &second, Compat::Fixed).unwrap();
            assert_eq!(known, read);
            assert_ne!(known.timestamps.unwrap().tsval, 1);
            // The hop limit, a clock of 0, an MSS.
            for (at, byte) in
                [(if is_v6 { 7 } else { 8 }, 63), (tcp + 20 + 11, 0), (tcp + 20 + 3, 1)]
            {
                let mut other = first.clone();
                other[at] = byte;
                assert_eq!(known_again(&first, &other, Compat::Fixed), None, "byte {at}");
            }
        }
    }
}
