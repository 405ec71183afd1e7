//! Connections from end to end: handshake, request, answer, end.

use std::net::SocketAddr;

use crate::frames::{FrameBuilder, flag};
use crate::inputs::{client, server};
use crate::systems::SYSTEMS;

/// The most that fits into a segment behind a timestamps option.
const SEGMENT_OCTETS: usize = 1448;
const REQUEST_OCTETS: usize = 420;
/// 1000 Hz is the clock of most: a tick a step.
const STEPS_PER_TICK: u32 = 1;

/// The SYN of a client, by number: each of its own address, of several systems and distances.
pub(crate) fn syn(number: u32, is_v6: bool) -> FrameBuilder {
    let mut syn = FrameBuilder::syn(client(number, is_v6), server(number, is_v6));
    let system = SYSTEMS[number as usize % SYSTEMS.len()];
    system.dress(&mut syn, (number % 23) as u8, number.wrapping_mul(977) | 1);
    syn.sequence = number.wrapping_mul(0x9e37_79b9);
    syn.identification = number as u16 | 1;
    syn
}

/// The answer of a Linux server.
pub(crate) fn syn_ack(syn: &FrameBuilder) -> FrameBuilder {
    let mut answer = syn.syn_ack();
    let timestamps = syn.tcp_options.windows(2).position(|kind| kind == [8, 10]);
    let mut options = vec![2, 4, 5, 0xb4, 4, 2];
    match timestamps {
        Some(at) => {
            options.extend([8, 10, 0, 1, 0, 1]);
            options.extend(&syn.tcp_options[at + 2..at + 6]);
            options.extend([1, 3, 3, 7]);
        }
        None => options = vec![2, 4, 5, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7],
    }
    answer.ttl = 58;
    answer.window = if timestamps.is_some() { 65_160 } else { 64_240 };
    answer.identification = 0;
    answer.tcp_options = options;
    answer
}

/// One connection, packet by packet.
pub(crate) struct Connection {
    syn: FrameBuilder,
    step: u32,
    answers: u32,
}

impl Connection {
    /// The packets are as many as the number says: 9 to 40.
    pub(crate) fn new(number: u32, is_v6: bool) -> Connection {
        Connection { syn: syn(number, is_v6), step: 0, answers: 1 + number.wrapping_mul(7) % 16 }
    }

    /// The next packet; none when the connection has ended.
    pub(crate) fn next_packet(&mut self) -> Option<Vec<u8>> {
        let step = self.step;
        self.step += 1;
        let data = step.checked_sub(4);
        let frame = match (step, data) {
            (0, _) => self.syn.clone(),
            (1, _) => syn_ack(&self.syn),
            (2, _) => self.of_client(1, 0, flag::ACK, 0),
            (3, _) => self.of_client(1, 0, flag::ACK | flag::PSH, REQUEST_OCTETS),
            // Two segments of an answer, and their acknowledgement.
            (_, Some(at)) if at / 3 < self.answers => {
                let sent = (at / 3 * 2 + at % 3) * SEGMENT_OCTETS as u32;
                match at % 3 {
                    2 => self.of_client(1 + REQUEST_OCTETS as u32, sent, flag::ACK, 0),
                    _ => self.of_server(sent, flag::ACK, SEGMENT_OCTETS),
                }
            }
            (_, Some(at)) => {
                let sent = self.answers * 2 * SEGMENT_OCTETS as u32;
                match at - self.answers * 3 {
                    0 => self.of_server(sent, flag::ACK | flag::FIN, 0),
                    1 => self.of_client(
                        1 + REQUEST_OCTETS as u32,
                        sent + 1,
                        flag::ACK | flag::FIN,
                        0,
                    ),
                    _ => return None,
                }
            }
            (_, None) => return None,
        };
        Some(frame.build())
    }

    fn of_client(&self, sent: u32, received: u32, flags: u16, payload: usize) -> FrameBuilder {
        let ends = (self.syn.source, self.syn.destination);
        let sequence = self.syn.sequence.wrapping_add(sent);
        self.segment(ends, sequence, received.wrapping_add(0x2000_0001), flags, payload)
    }

    fn of_server(&self, sent: u32, flags: u16, payload: usize) -> FrameBuilder {
        let ends = (self.syn.destination, self.syn.source);
        let acknowledged = self.syn.sequence.wrapping_add(1 + REQUEST_OCTETS as u32);
        self.segment(ends, sent.wrapping_add(0x2000_0001), acknowledged, flags, payload)
    }

    fn segment(
        &self,
        (source, destination): (SocketAddr, SocketAddr),
        sequence: u32,
        acknowledgment: u32,
        flags: u16,
        payload: usize,
    ) -> FrameBuilder {
        let ticks = (self.syn.sequence | 1).wrapping_add(self.step / STEPS_PER_TICK);
        let [a, b, c, d] = ticks.to_be_bytes();
        let tcp_options = vec![1, 1, 8, 10, a, b, c, d, 0, 1, 0, 1];
        let payload = vec![0x5a; payload];
        let syn = self.syn.clone();
        FrameBuilder {
            source,
            destination,
            sequence,
            acknowledgment,
            flags,
            tcp_options,
            payload,
            ..syn
        }
    }
}
