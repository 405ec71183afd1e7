//! How much a message may hold.

/// More packets in one message are refused: each may become a record, which has to be held until
/// it is delivered.
pub const MAX_PACKETS: u32 = 1 << 18;
pub use stackprint::forms::MAX_FRAME_BYTES;
/// MessagePack of more levels is refused, even in fields that are passed over.
pub const MAX_NESTING: u32 = 32;
