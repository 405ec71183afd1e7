//! TLS hellos: found in captures, and made up.

use std::collections::{HashMap, HashSet};

use stackprint::stream::{Outcome, Streams, TcpSegment};
use stackprint::tls::{
    ClientHello, HelloError, Preamble, Progress, Search, ServerHello, may_begin, preamble,
};

use crate::input;

/// What the streams of a capture begin with.
#[derive(Default)]
pub struct Hellos {
    /// With the number of the frame that completed it, and the port it came from.
    pub clients: Vec<(u64, u16, ClientHello<'static>)>,
    /// The records of the same hellos, as far as they were needed.
    pub bytes: Vec<Vec<u8>>,
    /// Text of JA3S, the hash, and the frame.
    pub servers: Vec<(u64, String, String)>,
    /// Streams that begin like TLS and are no hello.
    pub refused: Vec<(u64, HelloError)>,
}

/// What a stream is decided to be.
enum Found {
    Client(ClientHello<'static>, Vec<u8>),
    Server(String, String),
    Refused(HelloError),
    Other,
}

/// All hellos of a capture, up to its damage if it has any.
#[must_use]
pub fn in_capture(octets: &[u8]) -> Hellos {
    let mut hellos = Hellos::default();
    let mut streams = Streams::new(Streams::DEFAULT_MEMORY, may_begin);
    let mut flows = HashMap::new();
    let _ = input::decode(octets, |captured| {
        let Ok(segment) = TcpSegment::of(&captured.frame) else { return };
        let stream =
            flows.entry((segment.source, segment.destination)).or_insert_with(|| segment.stream());
        if segment.syn && !stream.is_after_syn(segment.seq) {
            streams.abandon(stream);
            *stream = segment.stream();
        }
        let outcome = streams.push(stream, &segment.payload, |reading| read(reading.bytes));
        let frame = captured.number;
        if let Outcome::Decided(found) = outcome {
            match found {
                Found::Client(hello, bytes) => {
                    hellos.clients.push((frame, segment.source.port(), hello));
                    hellos.bytes.push(bytes);
                }
                Found::Server(text, hash) => hellos.servers.push((frame, text, hash)),
                Found::Refused(error) => hellos.refused.push((frame, error)),
                Found::Other => {}
            }
        }
    });
    hellos
}

fn read(bytes: &[u8]) -> Option<Found> {
    match (ClientHello::from_stream(bytes), ServerHello::from_stream(bytes)) {
        (Progress::Complete(hello), _) => Some(Found::Client(hello.into_owned(), bytes.to_vec())),
        (_, Progress::Complete(hello)) => {
            Some(Found::Server(hello.ja3s_text(), hello.ja3s().to_string()))
        }
        (Progress::NeedsMore, _) | (_, Progress::NeedsMore) => None,
        (Progress::NotTls(error), _) if may_begin(bytes) => Some(Found::Refused(error)),
        _ => Some(Found::Other),
    }
}

/// A hello behind something else.
pub struct InBand {
    /// The number of the frame that completed it.
    pub frame: u64,
    /// What stands before it.
    pub preamble: Preamble,
    /// How many bytes that are.
    pub at: usize,
    /// The hello.
    pub hello: ClientHello<'static>,
    /// All of the stream, as far as it was needed.
    pub bytes: Vec<u8>,
}

/// All hellos of a capture that do not begin their stream.
#[must_use]
pub fn in_band(octets: &[u8]) -> Vec<InBand> {
    let mut found = Vec::new();
    let may_begin = |bytes: &[u8]| preamble::find(bytes) != Search::Nothing;
    let mut streams = Streams::new(Streams::DEFAULT_MEMORY, may_begin);
    let mut flows = HashMap::new();
    let _ = input::decode(octets, |captured| {
        let Ok(segment) = TcpSegment::of(&captured.frame) else { return };
        let stream =
            flows.entry((segment.source, segment.destination)).or_insert_with(|| segment.stream());
        if segment.syn && !stream.is_after_syn(segment.seq) {
            streams.abandon(stream);
            *stream = segment.stream();
        }
        let frame = captured.number;
        let outcome =
            streams.push(stream, &segment.payload, |reading| match preamble::find(reading.bytes) {
                Search::NeedsMore => None,
                Search::Nothing => Some(None),
                Search::Found { preamble, at } => {
                    match ClientHello::from_stream(reading.bytes.get(at..).unwrap_or_default()) {
                        Progress::NeedsMore => None,
                        Progress::NotTls(_) => Some(None),
                        Progress::Complete(hello) => {
                            let (hello, bytes) = (hello.into_owned(), reading.bytes.to_vec());
                            Some(Some(InBand { frame, preamble, at, hello, bytes }))
                        }
                    }
                }
            });
        if let Outcome::Decided(Some(in_band)) = outcome {
            found.push(in_band);
        }
    });
    found
}

/// Numbers from a seed (xorshift64*): tests say which hello they made up.
pub struct Random(pub u64);

impl Random {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    fn number(&mut self) -> u16 {
        match self.below(8) {
            0 => 0x0a0a + 0x1010 * self.below(16) as u16,
            // Nearly GREASE.
            1 => [0x0a1a, 0xeaca, 0x1a0a, 0x0b0b][self.below(4)],
            _ => self.below(0x1_0000) as u16,
        }
    }

    fn numbers(&mut self, end: usize) -> Vec<u8> {
        (0..self.below(end)).flat_map(|_| self.number().to_be_bytes()).collect()
    }

    fn bytes(&mut self, end: usize) -> Vec<u8> {
        (0..self.below(end)).map(|_| self.below(256) as u8).collect()
    }

    fn extension(&mut self) -> (u16, Vec<u8>) {
        match self.below(12) {
            0 => (0, behind_len16(&[&[0], &behind_len16(&self.bytes(20))[..]].concat())),
            1 => (10, behind_len16(&self.numbers(12))),
            2 => {
                let formats = self.bytes(5);
                (11, [&[formats.len() as u8], &formats[..]].concat())
            }
            3 | 4 => (13, behind_len16(&self.numbers(20))),
            5 => {
                let first = self.bytes(12);
                (16, behind_len16(&[&[first.len() as u8], &first[..], b"\x02h2"].concat()))
            }
            6 => {
                const VERSIONS: [u16; 6] = [0x0304, 0x0303, 0x0301, 0x0300, 0x7a7a, 0x7f1c];
                let count = self.below(5);
                let versions: Vec<u8> =
                    (0..count).flat_map(|_| VERSIONS[self.below(6)].to_be_bytes()).collect();
                (43, [&[versions.len() as u8], &versions[..]].concat())
            }
            7 => ([21, 35, 41, 42, 57, 0xfe0d][self.below(6)], self.bytes(30)),
            // Types whose content is not looked at.
            _ => (self.number() | 0x4000, self.bytes(20)),
        }
    }

    /// The body of a hello without an extension that contradicts itself, for TLS or DTLS. Extensions
    /// may come twice, which the RFC forbids, if there are `repeats`.
    pub fn hello(&mut self, is_dtls: bool, repeats: bool) -> Vec<u8> {
        let versions: &[u16] = match is_dtls {
            false => &[0x0303, 0x0301, 0x0302, 0x0300, 0x0304, 0x0002, 0x1234],
            true => &[0xfeff, 0xfefd, 0xfefc, 0x0100],
        };
        let mut body = versions[self.below(versions.len())].to_be_bytes().to_vec();
        body.extend([0x5a; 32]);
        for end in if is_dtls { &[33, 40][..] } else { &[33] } {
            let vector = self.bytes(*end);
            body.push(vector.len() as u8);
            body.extend(vector);
        }
        let end = [20, 130][self.below(2)];
        body.extend(behind_len16(&self.numbers(end)));
        body.extend([1, 0]);
        if self.below(8) != 0 {
            let mut list = Vec::new();
            let mut numbers = HashSet::new();
            let end = [20, 120][self.below(2)];
            for _ in 0..self.below(end) {
                let (number, body) = self.extension();
                // Versions of the other protocol mean nothing.
                if !(is_dtls && number == 43) && (numbers.insert(number) || repeats) {
                    list.extend(number.to_be_bytes());
                    list.extend(behind_len16(&body));
                }
            }
            body.extend(behind_len16(&list));
        }
        body
    }
}

fn behind_len16(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes(), bytes].concat()
}

/// A hello's body in records of at most `record_len` bytes.
#[must_use]
pub fn in_records(body: &[u8], record_len: usize) -> Vec<u8> {
    let len = (body.len() as u32).to_be_bytes();
    let message = [&[1], &len[1..], body].concat();
    let record = |content| [&[22, 3, 1][..], &behind_len16(content)].concat();
    message.chunks(record_len).flat_map(record).collect()
}
