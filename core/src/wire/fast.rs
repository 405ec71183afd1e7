//! Readers of the most common frames, each for one question. Each answers `None` or "maybe" for
//! whatever is rarer or odd, and comes to the general walk's answer otherwise (property tests
//! compare them).

pub(super) mod fast_path;
pub(super) mod flow_key;
pub(super) mod other_udp;
pub(super) mod prefilter;
#[cfg(feature = "quic")]
pub(super) mod udp_payload;

/// VLAN tags that are passed over; frames with more of them are left to the general walk.
const MAX_TAGS: usize = 2;
