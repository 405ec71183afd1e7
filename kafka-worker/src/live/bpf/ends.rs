//! Where a packet's way through the program ends, and what all parts of it read of TCP.

use super::assembler::Label;

/// Where a packet's way through the program ends.
pub(super) struct Ends {
    pub(super) pass: Label,
    /// Passes whole.
    pub(super) whole: Label,
    /// Passes where tunnels are wanted.
    pub(super) tunnel: Label,
    pub(super) drop: Label,
}

pub(super) mod tcp {
    use stackprint::wire_format::field::tcp;

    pub(in crate::live) const SOURCE: u32 = tcp::SOURCE as u32;
    pub(in crate::live) const DESTINATION: u32 = tcp::DESTINATION as u32;
    pub(in crate::live) const DATA_OFFSET: u32 = tcp::DATA_OFFSET as u32;
    /// A header of 32 bytes has room for a timestamp (RFC 7323: 10 bytes, padded to 12).
    pub(in crate::live::bpf) const DATA_OFFSET_WITH_TIMESTAMP: u32 = 0x80;
    pub(in crate::live::bpf) const FLAGS: u32 = tcp::FLAGS as u32;
    pub(in crate::live::bpf) const FIN: u32 = tcp::FIN as u32;
    pub(in crate::live::bpf) const SYN: u32 = tcp::SYN as u32;
    pub(in crate::live::bpf) const RST: u32 = tcp::RST as u32;
}
