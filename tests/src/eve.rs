//! Packets as lines of Suricata's EVE, made by its documented conventions: Suricata is not in
//! Debian.

use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stackprint::{Frame, LinkType, Timestamp};

use crate::frames::FrameBuilder;

/// EVE has microseconds.
#[must_use]
pub fn time_of(frame: &Frame<'_>) -> Timestamp {
    Timestamp::from_nanos(frame.time.as_nanos() / 1000 * 1000)
}

/// An alert with its packet, without line feed; `number` is that of the packet in its capture.
#[must_use]
pub fn line(frame: &Frame<'_>, number: u64) -> String {
    let time = time_of(frame).to_string();
    // Microseconds, and the offset without colon.
    let time = format!("{}+0000", &time[..26]);
    let (packet, link_type) = (STANDARD.encode(frame.data), frame.link_type.0);
    format!(
        r#"{{"timestamp":"{time}","flow_id":{number},"in_iface":"eth0","event_type":"alert","pcap_cnt":{number},"alert":{{"action":"allowed","gid":1,"signature_id":1000001,"rev":1,"signature":"SYN \"[{{","category":"","severity":3}},"packet":"{packet}","packet_info":{{"linktype":{link_type}}}}}"#
    )
}

/// An event without a packet.
#[must_use]
pub fn line_without_packet(number: u64) -> String {
    format!(
        r#"{{"timestamp":"2023-11-14T22:13:20.123456+0000","flow_id":{number},"event_type":"flow","src_ip":"192.0.2.1","flow":{{"pkts_toserver":{number}}}}}"#
    )
}

/// The address of the client with this number.
#[must_use]
pub fn client(number: u32) -> Ipv4Addr {
    Ipv4Addr::from((10 << 24) + number)
}

/// A SYN of a client of its own for each number.
#[must_use]
pub fn syn_line(number: u32) -> String {
    const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 80);
    let ends = (SocketAddr::from((client(number), 40_000)), SocketAddr::from((SERVER, 443)));
    let octets = FrameBuilder::syn(ends.0, ends.1).build();
    let time = Timestamp::from_nanos(1_700_000_000_123_456_000 + u64::from(number) * 1_000_000);
    line(&Frame::new(LinkType::ETHERNET, &octets).at(time), number.into())
}
