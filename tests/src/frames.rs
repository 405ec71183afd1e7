//! Frames made to order: Ethernet, IP and TCP, each field as the test wants it.

use std::net::{IpAddr, SocketAddr};

/// Bits of the TCP header's flags; the nonce sum is the lowest of the once reserved bits.
pub mod flag {
    pub const FIN: u16 = 0x001;
    pub const SYN: u16 = 0x002;
    pub const RST: u16 = 0x004;
    pub const PSH: u16 = 0x008;
    pub const ACK: u16 = 0x010;
    pub const URG: u16 = 0x020;
    pub const ECE: u16 = 0x040;
    pub const CWR: u16 = 0x080;
    pub const NS: u16 = 0x100;
}

/// Bits of the IPv4 header's word of flags and fragment offset.
pub mod ip_flag {
    pub const RESERVED: u16 = 0x8000;
    pub const DONT_FRAGMENT: u16 = 0x4000;
    pub const MORE_FRAGMENTS: u16 = 0x2000;
}

const MAC_ADDRESSES: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_IPV6: u16 = 0x86dd;
const PROTOCOL_TCP: u8 = 6;
const TCP_HEADER_LEN: usize = 20;
const IPV4_HEADER_LEN: usize = 20;

/// A frame to be. [`FrameBuilder::syn`] starts from what Linux sends; every field is free.
#[derive(Debug, Clone)]
pub struct FrameBuilder {
    /// Source of both IP and TCP; both ends are of one version.
    pub source: SocketAddr,
    pub destination: SocketAddr,
    /// TTL or hop limit.
    pub ttl: u8,
    /// TOS or traffic class: six bits of DSCP and two of ECN.
    pub traffic_class: u8,
    /// IPv4 alone.
    pub identification: u16,
    /// IPv4 alone: see [`ip_flag`]; the fragment offset in the low 13 bits.
    pub ip_flags: u16,
    /// IPv4 alone; a multiple of 4 bytes, at most 40.
    pub ip_options: Vec<u8>,
    /// IPv6 alone: 20 bits.
    pub flow_label: u32,
    pub sequence: u32,
    pub acknowledgment: u32,
    /// See [`flag`]; twelve bits, with the reserved ones.
    pub flags: u16,
    pub window: u16,
    pub urgent_pointer: u16,
    /// A multiple of 4 bytes, at most 40.
    pub tcp_options: Vec<u8>,
    pub payload: Vec<u8>,
}

impl FrameBuilder {
    /// A SYN of Linux on Ethernet.
    #[must_use]
    pub fn syn(source: SocketAddr, destination: SocketAddr) -> FrameBuilder {
        let mss: u16 = if source.is_ipv4() { 1460 } else { 1440 };
        let mut tcp_options = vec![2, 4];
        tcp_options.extend(mss.to_be_bytes());
        // SACK permitted; timestamps, whose clock starts at 1; NOP; window scale 7.
        tcp_options.extend([4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7]);
        FrameBuilder {
            source,
            destination,
            ttl: 64,
            traffic_class: 0,
            identification: 0x1234,
            ip_flags: ip_flag::DONT_FRAGMENT,
            ip_options: Vec::new(),
            flow_label: 0,
            sequence: 0x1000_0000,
            acknowledgment: 0,
            flags: flag::SYN,
            window: 64_240,
            urgent_pointer: 0,
            tcp_options,
            payload: Vec::new(),
        }
    }

    /// The same headers as an answer to this frame's SYN.
    #[must_use]
    pub fn syn_ack(&self) -> FrameBuilder {
        FrameBuilder {
            source: self.destination,
            destination: self.source,
            sequence: 0x2000_0000,
            acknowledgment: self.sequence.wrapping_add(1),
            flags: flag::SYN | flag::ACK,
            ..self.clone()
        }
    }

    /// The bytes, with lengths and checksums as they should be.
    ///
    /// # Panics
    ///
    /// If options do not fit their header, or the ends are of two versions.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let segment = self.segment();
        let (ethertype, header) = match self.source {
            SocketAddr::V4(_) => (ETHERTYPE_IPV4, self.ipv4_header(segment.len())),
            SocketAddr::V6(_) => (ETHERTYPE_IPV6, self.ipv6_header(segment.len())),
        };
        let mut frame = MAC_ADDRESSES.to_vec();
        frame.extend(ethertype.to_be_bytes());
        frame.extend(header);
        frame.extend(segment);
        frame
    }

    fn ipv4_header(&self, segment_len: usize) -> Vec<u8> {
        let len = IPV4_HEADER_LEN + self.ip_options.len();
        assert!(
            len.is_multiple_of(4) && len <= 60,
            "IPv4 options of {} octets",
            self.ip_options.len()
        );
        let mut header = vec![0x40 | (len / 4) as u8, self.traffic_class];
        header.extend(((len + segment_len) as u16).to_be_bytes());
        header.extend(self.identification.to_be_bytes());
        header.extend(self.ip_flags.to_be_bytes());
        header.extend([self.ttl, PROTOCOL_TCP, 0, 0]);
        header.extend(self.addresses());
        header.extend(&self.ip_options);
        let checksum = internet_checksum(&header);
        header[10..12].copy_from_slice(&checksum.to_be_bytes());
        header
    }

    fn ipv6_header(&self, segment_len: usize) -> Vec<u8> {
        assert!(self.flow_label < 1 << 20, "a flow label of more than 20 bits");
        let first = 6 << 28 | u32::from(self.traffic_class) << 20 | self.flow_label;
        let mut header = first.to_be_bytes().to_vec();
        header.extend((segment_len as u16).to_be_bytes());
        header.extend([PROTOCOL_TCP, self.ttl]);
        header.extend(self.addresses());
        header
    }

    fn segment(&self) -> Vec<u8> {
        let len = TCP_HEADER_LEN + self.tcp_options.len();
        assert!(
            len.is_multiple_of(4) && len <= 60,
            "TCP options of {} octets",
            self.tcp_options.len()
        );
        let mut segment = self.source.port().to_be_bytes().to_vec();
        segment.extend(self.destination.port().to_be_bytes());
        segment.extend(self.sequence.to_be_bytes());
        segment.extend(self.acknowledgment.to_be_bytes());
        segment.extend((((len / 4) as u16) << 12 | self.flags & 0x0fff).to_be_bytes());
        segment.extend(self.window.to_be_bytes());
        segment.extend([0, 0]);
        segment.extend(self.urgent_pointer.to_be_bytes());
        segment.extend(&self.tcp_options);
        segment.extend(&self.payload);

        let mut pseudo_header = self.addresses();
        pseudo_header.extend((segment.len() as u32).to_be_bytes());
        pseudo_header.extend([0, 0, 0, PROTOCOL_TCP]);
        pseudo_header.extend(&segment);
        let checksum = internet_checksum(&pseudo_header);
        segment[16..18].copy_from_slice(&checksum.to_be_bytes());
        segment
    }

    /// Source and destination, as they stand in the header.
    fn addresses(&self) -> Vec<u8> {
        match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                [source.octets(), destination.octets()].concat()
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                [source.octets(), destination.octets()].concat()
            }
            _ => panic!("the two ends are of two IP versions"),
        }
    }
}

/// RFC 1071: the complement of the ones' complement sum of 16-bit words.
fn internet_checksum(octets: &[u8]) -> u16 {
    let words = octets.chunks(2);
    let sum: u32 = words
        .map(|word| u32::from(word[0]) << 8 | word.get(1).map_or(0, |&low| u32::from(low)))
        .sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}
