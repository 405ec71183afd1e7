//! TLS: ClientHellos as today's browsers send them, each another one.

use crate::frames::{FrameBuilder, flag};
use crate::inputs::Frames;
use crate::traffic::syn;

/// The most that fits into a segment behind a timestamps option.
const SEGMENT_BYTES: usize = 1448;
/// Which every hello has …
const CIPHER_SUITES: [u16; 9] =
    [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8];
/// … and of which it has some, by the bits of its number.
const MORE_SUITES: [u16; 10] =
    [0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035, 0xc009, 0xc00a, 0xc023, 0xc027];
const ALGORITHMS: [u16; 8] = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
const X25519: u16 = 0x001d;
/// X25519MLKEM768.
const POST_QUANTUM: u16 = 0x11ec;
const POST_QUANTUM_SHARE_BYTES: usize = 1216;

/// So many hellos have different fingerprints each.
pub const DIFFERENT: u32 = 1 << MORE_SUITES.len();

/// Connections that open with a hello each: SYN, and the hello in one segment, or in two for its
/// post-quantum key share. Each is another client's; of their hellos, the first `different` come again.
#[must_use]
pub fn connections(count: u32, different: u32, post_quantum: bool) -> Frames {
    let mut frames = Frames::default();
    for number in 0..count {
        let syn = syn(number, false);
        frames.push(&syn.build());
        let mut sequence = syn.sequence.wrapping_add(1);
        for segment in record(&message(number % different, post_quantum)).chunks(SEGMENT_BYTES) {
            frames.push(&data(&syn, sequence, segment).build());
            sequence = sequence.wrapping_add(segment.len() as u32);
        }
    }
    frames
}

/// A segment of the client whose SYN this is.
pub(crate) fn data(syn: &FrameBuilder, sequence: u32, payload: &[u8]) -> FrameBuilder {
    FrameBuilder {
        sequence,
        acknowledgment: 1,
        flags: flag::ACK | flag::PSH,
        tcp_options: Vec::new(),
        payload: payload.to_vec(),
        ..syn.clone()
    }
}

/// Handshake, TLS 1.0.
fn record(message: &[u8]) -> Vec<u8> {
    [&[22, 3, 1][..], &with_len16(message)].concat()
}

/// The message of a hello: its cipher suites and the orders of algorithms and extensions depend on
/// the number.
#[must_use]
pub fn message(number: u32, post_quantum: bool) -> Vec<u8> {
    let at = |modulus: u32| (number % modulus) as usize;
    let grease = 0x0a0a + 0x1010 * (number % 16) as u16;
    let mut suites = [&[grease][..], &CIPHER_SUITES].concat();
    suites
        .extend((0..).zip(MORE_SUITES).filter(|(bit, _)| number >> bit & 1 != 0).map(|(_, it)| it));
    let mut algorithms = ALGORITHMS.to_vec();
    algorithms.rotate_left(at(8));
    let name = format!("host-{number}.example.org");
    let mut shares = share(grease, &[0]);
    let mut groups = vec![grease, X25519, 0x0017, 0x0018];
    if post_quantum {
        groups.insert(1, POST_QUANTUM);
        shares.extend(share(POST_QUANTUM, &[0x5a; POST_QUANTUM_SHARE_BYTES]));
    }
    shares.extend(share(X25519, &[0xa5; 32]));
    let server_name = [&[0][..], &with_len16(name.as_bytes())].concat();
    let mut extensions = vec![
        (0x0000, with_len16(&server_name)),
        (0x0017, vec![]),
        (0xff01, vec![0]),
        (0x000a, with_len16(&numbers(&groups))),
        (0x000b, vec![1, 0]),
        (0x0023, vec![]),
        (0x0010, with_len16(b"\x02h2\x08http/1.1")),
        (0x0005, vec![1, 0, 0, 0, 0]),
        (0x000d, with_len16(&numbers(&algorithms))),
        (0x0012, vec![]),
        (0x0033, with_len16(&shares)),
        (0x002d, vec![1, 1]),
        (0x002b, [&[6][..], &numbers(&[grease, 0x0304, 0x0303])].concat()),
        (0x001b, vec![2, 0, 2]),
        (0x4469, with_len16(b"\x02h2")),
    ];
    extensions.rotate_left(at(15));
    extensions.insert(0, (grease, vec![]));
    let extensions: Vec<u8> = extensions
        .iter()
        .flat_map(|(kind, body)| [&kind.to_be_bytes()[..], &with_len16(body)].concat())
        .collect();
    let mut body = vec![3, 3];
    body.extend([number.to_be_bytes(); 8].concat());
    body.push(32);
    body.extend([0x33; 32]);
    body.extend(with_len16(&numbers(&suites)));
    body.extend([1, 0]);
    body.extend(with_len16(&extensions));
    [&[1, 0][..], &with_len16(&body)].concat()
}

fn share(group: u16, key: &[u8]) -> Vec<u8> {
    [&group.to_be_bytes()[..], &with_len16(key)].concat()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn with_len16(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}
