//! The classes of input: what is in the frames, and what has to come of them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use stackprint::capture::Decoder;
use stackprint::{Frame, LinkType, Timestamp};

use crate::pcap_file::PcapFile;
use crate::traffic::{Connection, syn, syn_ack};

/// Frames of Ethernet, one behind the other in memory, as a capture has them.
#[derive(Debug, Default)]
pub struct Frames {
    octets: Vec<u8>,
    /// Where each frame ends.
    ends: Vec<usize>,
}

/// 2026-11-23.
const START_S: u64 = 1_795_000_000;
/// Between two frames: 100,000 frames a second.
const STEP_NANOS: u64 = 10_000;

impl Frames {
    /// Appends a frame.
    pub fn push(&mut self, frame: &[u8]) {
        self.octets.extend(frame);
        self.ends.push(self.octets.len());
    }

    /// The first `count` frames, and the others.
    #[must_use]
    pub fn split_at(&self, count: usize) -> (Frames, Frames) {
        let (mut first, mut others) = (Frames::default(), Frames::default());
        for (number, frame) in self.iter().enumerate() {
            if number < count { &mut first } else { &mut others }.push(frame.data);
        }
        (first, others)
    }

    /// How many frames there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The octets of all frames.
    #[must_use]
    pub fn octets_len(&self) -> usize {
        self.octets.len()
    }

    /// The frames with their times, a hundred thousand a second.
    pub fn iter(&self) -> impl Iterator<Item = Frame<'_>> {
        let mut start = 0;
        let mut time = START_S * 1_000_000_000;
        self.ends.iter().map(move |&end| {
            let octets = &self.octets[start..end];
            start = end;
            time += STEP_NANOS;
            Frame::new(LinkType::ETHERNET, octets).at(Timestamp::from_nanos(time))
        })
    }

    /// The frames as a capture file.
    #[must_use]
    pub fn pcap(&self) -> PcapFile {
        let mut file = PcapFile::new(LinkType::ETHERNET);
        self.iter().for_each(|frame| file.push(frame.time, frame.data));
        file
    }
}

/// A class of input.
pub struct Class {
    /// Its name in tables.
    pub name: &'static str,
    /// What is in it.
    pub about: &'static str,
    /// Makes its frames, about as many as asked for.
    pub make: fn(usize) -> Frames,
}

/// Every class, the most telling first.
pub const CLASSES: &[Class] = &[
    Class { name: "syn", about: "SYNs, each of another client, six systems", make: syns },
    Class { name: "pairs", about: "SYNs with their SYN+ACKs", make: pairs },
    Class { name: "bulk", about: "data and ACKs of a few open connections", make: bulk },
    Class { name: "mixed", about: "whole connections, UDP and ARP; 4 % SYNs", make: mixed },
    Class { name: "vlan", about: "SYNs behind one VLAN tag or two", make: vlan },
    Class { name: "ipv6", about: "SYNs over IPv6", make: ipv6 },
    Class { name: "udp", about: "UDP that is not QUIC: DNS, NTP, voice, games", make: udp },
    Class { name: "garbage", about: "random octets and damaged SYNs", make: garbage },
];

/// The class of that name.
#[must_use]
pub fn class(name: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.name == name)
}

/// Addresses that differ for numbers below 2²⁴, in no order.
pub(crate) fn client(number: u32, is_v6: bool) -> SocketAddr {
    let host = number.wrapping_mul(0x009e_3779) & 0x00ff_ffff;
    let port = 1024 + (number.wrapping_mul(40_503) % 60_000) as u16;
    if is_v6 {
        let [a, b, c, d] = host.to_be_bytes().map(u16::from);
        (Ipv6Addr::new(0x2001, 0xdb8, b, c, 0x1234, a, 0x5678, d), port).into()
    } else {
        (Ipv4Addr::from(10 << 24 | host), port).into()
    }
}

/// One of two hundred servers.
pub(crate) fn server(number: u32, is_v6: bool) -> SocketAddr {
    let host = (number % 200) as u8;
    if is_v6 {
        (Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, u16::from(host)), 443).into()
    } else {
        (Ipv4Addr::new(192, 0, 2, host), 443).into()
    }
}

fn collect(frames: impl Iterator<Item = Vec<u8>>) -> Frames {
    frames.fold(Frames::default(), |mut all, frame| {
        all.push(&frame);
        all
    })
}

/// SYNs of as many clients.
#[must_use]
pub fn syns(count: usize) -> Frames {
    collect((0..count as u32).map(|number| syn(number, false).build()))
}

fn ipv6(count: usize) -> Frames {
    collect((0..count as u32).map(|number| syn(number, true).build()))
}

fn pairs(count: usize) -> Frames {
    collect((0..count as u32 / 2).flat_map(|number| {
        let syn = syn(number, false);
        [syn.build(), syn_ack(&syn).build()]
    }))
}

/// Octets of the two addresses in front of the EtherType.
const ADDRESSES_LEN: usize = 12;

fn vlan(count: usize) -> Frames {
    let tagged = |number: u32| {
        let mut frame = syn(number, false).build();
        let [high, low] = (1 + number as u16 % 4000).to_be_bytes();
        frame.splice(ADDRESSES_LEN..ADDRESSES_LEN, [0x81, 0x00, high, low]);
        if number.is_multiple_of(2) {
            frame.splice(ADDRESSES_LEN..ADDRESSES_LEN, [0x88, 0xa8, 0, 7]);
        }
        frame
    };
    collect((0..count as u32).map(tagged))
}

/// Connections side by side: each takes its turn, and another one its place when it ends.
fn interleaved(count: usize, width: u32, step: impl Fn(u32, &mut Frames)) -> Frames {
    let open = |number: u32| Connection::new(number, number % 8 == 7);
    let mut connections: Vec<Connection> = (0..width).map(open).collect();
    let (mut frames, mut next) = (Frames::default(), width);
    while frames.len() < count {
        for connection in &mut connections {
            match connection.next_packet() {
                Some(packet) => frames.push(&packet),
                None => {
                    *connection = open(next);
                    next += 1;
                }
            }
            step(next, &mut frames);
        }
    }
    frames
}

fn mixed(count: usize) -> Frames {
    let datagram = datagram();
    let arp = [[0xff; 6].as_slice(), &[2, 0, 0, 0, 0, 1, 8, 6], &[0; 46]].concat();
    interleaved(count, 512, |number, frames| match number % 20 {
        0 => frames.push(&arp),
        3 | 9 => frames.push(&datagram),
        _ => {}
    })
}

/// A DNS-sized UDP datagram.
fn datagram() -> Vec<u8> {
    let tcp = syn(0, false).build();
    let mut frame = tcp[..34].to_vec();
    frame[23] = 17;
    frame.extend([0x14, 0xe9, 0, 53, 0, 48, 0, 0]);
    frame.extend([0; 40]);
    frame
}

/// Datagrams of ports and sizes as DNS, NTP, RTP and games have them, between several hosts.
fn udp(count: usize) -> Frames {
    // Port of the server, bytes of payload, and how the payload begins.
    let kinds: [(u16, usize, &[u8]); 5] = [
        (53, 40, &[0x1a, 0x2b, 0x01, 0x00, 0, 1, 0, 0]),
        (123, 48, &[0x23, 0x02, 0x06, 0xec]),
        (5004, 172, &[0x80, 0x00, 0x12, 0x34]),
        (27_015, 1200, &[0xff, 0xff, 0xff, 0xff, 0x54]),
        // Bits of a long header, and a version that is none.
        (443, 1200, &[0xc3, 0x9a, 0x7c, 0x55, 0x31]),
    ];
    let plain = datagram();
    collect((0..count as u32).map(|number| {
        let (port, len, start) = kinds[number as usize % kinds.len()];
        let mut frame = plain[..42].to_vec();
        let total = (28 + len) as u16;
        frame[16..18].copy_from_slice(&total.to_be_bytes());
        frame[26..30].copy_from_slice(&[10, 0, 0, (number % 200) as u8]);
        frame[36..38].copy_from_slice(&port.to_be_bytes());
        frame[38..40].copy_from_slice(&(total - 20).to_be_bytes());
        frame.extend(start);
        frame.resize(42 + len, 0x55);
        frame
    }))
}

/// Everything but the handshakes of long connections.
fn bulk(count: usize) -> Frames {
    let all = interleaved(count * 2, 512, |_, _| {});
    let mut bulk = Frames::default();
    let is_bulk = |frame: &Frame<'_>| !stackprint::may_be_handshake(frame);
    all.iter().filter(is_bulk).take(count).for_each(|frame| bulk.push(frame.data));
    bulk
}

fn garbage(count: usize) -> Frames {
    // Xorshift (Marsaglia 2003): the same octets in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    collect((0..count as u32).map(|number| {
        let mut frame = if number.is_multiple_of(2) {
            (0..14 + random() % 120).map(|_| random() as u8).collect()
        } else {
            syn(number, false).build()
        };
        for _ in 0..1 + random() % 5 {
            let at = random() as usize % frame.len();
            frame[at] = random() as u8;
        }
        let len = frame.len() as u64;
        frame.truncate((len - random() % 8) as usize);
        frame
    }))
}

/// The Ethernet frames of capture files, as one.
#[must_use]
pub fn of_captures<'a>(files: impl Iterator<Item = &'a [u8]>) -> Frames {
    let mut frames = Frames::default();
    for file in files {
        // Damaged ones end where they end.
        let _ = Decoder::new().push(file, |captured| {
            if captured.frame.link_type == LinkType::ETHERNET {
                frames.push(captured.frame.data);
            }
        });
    }
    frames
}
