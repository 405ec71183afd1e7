//! The part of the program that tells what opens a connection.
//!
//! It knows no connections: it takes the side of the higher port for the client, whose payload passes
//! whole. Of the other side's, only what begins as an answer of TLS or HTTP does.

use super::assembler::{Assembler, If, code};
use super::ends::{Ends, tcp};

/// Words of the memory: where the IP packet and the headers end, and a port. 0 is the protocol's.
const END_WORD: u32 = 1;
const TCP_WORD: u32 = 2;
const PAYLOAD_WORD: u32 = 3;
const SOURCE_WORD: u32 = 4;

/// A record of TLS with a handshake message: type 22, version 3 (RFC 8446 section 5.1).
const TLS_HANDSHAKE: u32 = 0x1603;
/// `HTTP/1.`, in twos.
const HTTP_1: [(u32, u32); 3] = [(0, 0x4854), (2, 0x5450), (4, 0x2f31)];

mod data_offset {
    pub(super) const MASK: u32 = 0xf0;
    /// From units of 4 bytes in the upper half of a byte to bytes.
    pub(super) const SHIFT: u32 = 2;
}

mod quic {
    /// The form of long headers, and the bit that is always set (RFC 9000 section 17.2).
    pub(super) const LONG_HEADER: u32 = 0xc0;
    /// After the first byte.
    pub(super) const VERSION: u32 = 1;
    /// The first halves of the versions 1 and 2 and of the drafts, with the second where it is known.
    pub(super) const V1: (u32, u32) = (0x0000, 0x0001);
    pub(super) const V2: (u32, u32) = (0x6b33, 0x43cf);
    pub(super) const DRAFTS: u32 = 0xff00;
}

/// Notes where an IP packet ends: the 16 bits `at` bytes from X say so, counted `from` bytes from X.
/// They are 0 in what the kernel has put together and not yet cut, which ends nowhere.
pub(super) fn note_end(to: &mut Assembler, at: u32, from: u32) {
    const NOWHERE: u32 = 0x00ff_ffff;
    let (known, end) = (to.label(), to.label());
    to.load_u16(at);
    to.jump_if(If::Above(0), known);
    to.push(code::ADD_K, NOWHERE);
    to.jump(end);
    to.place(known);
    to.add_x(from);
    to.place(end);
    to.store(END_WORD);
}

/// A segment that is no handshake, at X.
pub(super) fn segment(to: &mut Assembler, ends: &Ends) {
    let (has_payload, answer) = (to.label(), to.label());
    to.push(code::TXA, 0);
    to.store(TCP_WORD);
    to.load_byte(tcp::DATA_OFFSET);
    to.and(data_offset::MASK);
    to.shift_right(data_offset::SHIFT);
    to.add_x(0);
    to.store(PAYLOAD_WORD);
    to.recall_x(PAYLOAD_WORD);
    to.recall(END_WORD);
    // Not by the length of the frame: Ethernet pads short ones.
    to.jump_if(If::AboveX, has_payload);
    to.jump(ends.drop);

    to.place(has_payload);
    to.recall_x(TCP_WORD);
    to.load_u16(tcp::SOURCE);
    to.store(SOURCE_WORD);
    to.load_u16(tcp::DESTINATION);
    to.recall_x(SOURCE_WORD);
    to.jump_if(If::AboveX, answer);
    to.jump(ends.whole);

    to.place(answer);
    to.recall_x(PAYLOAD_WORD);
    to.load_u16(0);
    to.jump_if(If::Equals(TLS_HANDSHAKE), ends.whole);
    for (at, text) in HTTP_1 {
        let is_equal = to.label();
        to.load_u16(at);
        to.jump_if(If::Equals(text), is_equal);
        to.jump(ends.drop);
        to.place(is_equal);
    }
    to.jump(ends.whole);
}

/// A UDP header of `header_len` bytes at X: long headers of QUIC pass, of versions that can be opened.
pub(super) fn datagram(to: &mut Assembler, ends: &Ends, header_len: u32) {
    let version = header_len + quic::VERSION;
    let long = to.label();
    to.load_byte(header_len);
    to.and(quic::LONG_HEADER);
    to.jump_if(If::Equals(quic::LONG_HEADER), long);
    to.jump(ends.drop);
    to.place(long);
    for (first, second) in [quic::V1, quic::V2] {
        let (may_be, other) = (to.label(), to.label());
        to.load_u16(version);
        to.jump_if(If::Equals(first), may_be);
        to.jump(other);
        to.place(may_be);
        to.load_u16(version + 2);
        to.jump_if(If::Equals(second), ends.whole);
        to.place(other);
    }
    to.load_u16(version);
    to.jump_if(If::Equals(quic::DRAFTS), ends.whole);
    to.jump(ends.drop);
}
