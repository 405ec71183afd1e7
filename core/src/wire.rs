//! Views of headers: from the bytes of a frame to its innermost TCP segment.
//!
//! Lengths are checked once, when a view is made; a view that exists can be read without failing.
//! Where header fields lie is said in `field.rs`, and which numbers announce what in `numbers.rs`.

mod app_options;
mod cursor;
#[cfg(feature = "quic")]
mod datagram;
mod descend;
mod erf;
mod ethernet;
mod fabric;
mod fast;
pub mod field;
mod gtp;
mod ieee802_11;
mod internet;
mod ip;
mod juniper;
mod link;
mod link_header;
mod llc;
mod mirror;
mod mpls;
pub mod numbers;
mod open;
mod option_kinds;
mod option_layout;
mod overlay;
mod path;
mod ppp;
mod segment;
mod tcp_options;
#[cfg(test)]
mod tests;
mod tunnel;
mod udp_tunnel;
mod walk;

pub use app_options::AppOptions;
#[cfg(feature = "quic")]
pub(crate) use datagram::Datagram;
pub(crate) use fast::flow_key::{PlainTcp, plain_tcp};
pub(crate) use fast::other_udp::skip_of_udp;
pub use fast::prefilter::may_be_handshake;
#[cfg(feature = "quic")]
pub(crate) use fast::udp_payload::{udp_payload, udp_payload_at, udp_payload_of_any_port};
pub(crate) use ip::Ip;
pub use ip::IpVersion;
#[cfg(feature = "quic")]
pub(crate) use open::open_datagram;
pub(crate) use open::{
    open, open_common, open_ip, open_or_others, open_others, open_part, open_tagged, open_untagged,
    walk,
};
pub use option_kinds::OptionKinds;
pub(crate) use option_layout::MAX_OPTIONS_LEN;
pub use option_layout::OptionLayout;
pub use option_layout::kind;
pub use path::{Encapsulation, Path};
pub(crate) use segment::{Segment, offset_of};
pub use tcp_options::TcpTimestamps;
pub(crate) use tcp_options::{TcpOptions, telling_options};
