//! The program that lets handshakes pass, and what else is asked for.
//!
//! It follows headers as [`stackprint`] does, as far as BPF can: VLAN tags (also where the kernel
//! has taken one off before), IPv4 with options, IPv6 with extension headers, first fragments. What
//! it cannot follow (tunnels, more tags or extension headers than usual) passes whole. It lets too
//! much pass, never too little: what the library calls a handshake is copied (tested).

use clap::ValueEnum;
use netring::BpfInsn;
use stackprint::LinkType;

use super::assembler::{Ancillary, Assembler, If, Label};
use super::ends::{Ends, tcp};
use super::openings;

/// What is copied from the kernel to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum CaptureFilter {
    /// SYN and SYN+ACK: what systems are recognized by.
    #[default]
    Handshakes,
    /// Also what clients and servers open a connection with: payload towards the lower port, answers
    /// that begin as TLS or HTTP do, and the first datagrams of QUIC.
    Openings,
    /// Also ends of connections and one in eight of the other segments, where they have a timestamp:
    /// for uptimes of hosts that open few connections.
    Uptimes,
    /// All of TCP: the same records as from a capture file of everything.
    Tcp,
    /// Every frame.
    All,
}

/// What a program is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) link_type: LinkType,
    pub(crate) copied: CaptureFilter,
    /// Whether frames of tunnels pass.
    pub(crate) tunnels: bool,
    /// A loopback interface shows each packet twice: going and coming.
    pub(crate) is_loopback: bool,
    /// Bytes of a frame that are copied at most; not of the payload of openings, which is copied whole.
    pub(crate) snap_length: u32,
}

mod ethernet {
    use stackprint::wire_format::field::ethernet;
    use stackprint::wire_format::numbers::ether_type;

    pub(super) const ETHER_TYPE: u32 = ethernet::ETHER_TYPE as u32;
    pub(super) const LEN: u32 = ethernet::LEN as u32;
    pub(super) const TAG_LEN: u32 = ethernet::VLAN_TAG_LEN as u32;
    /// More tags than these are not followed: such frames pass.
    pub(super) const MAX_TAGS: usize = 4;
    /// The largest value that is a length of an LLC frame, and no type.
    pub(super) const MAX_LENGTH: u32 = ether_type::MAX_LENGTH as u32;
    pub(super) const IPV4: u32 = ether_type::IPV4 as u32;
    pub(super) const IPV6: u32 = ether_type::IPV6 as u32;
    pub(super) const TAGS: [u32; 4] = super::widened([
        ether_type::VLAN,
        ether_type::PROVIDER_VLAN,
        ether_type::OLD_STACKED_VLAN_1,
        ether_type::OLD_STACKED_VLAN_2,
    ]);
    pub(super) const TUNNELS: [u32; 22] = super::widened([
        ether_type::TRANSPARENT_ETHERNET,
        ether_type::MPLS,
        ether_type::MPLS_UPSTREAM,
        ether_type::PPPOE_SESSION,
        ether_type::PPP,
        ether_type::JUMBO_LLC,
        ether_type::MACSEC,
        ether_type::PBB,
        ether_type::FABRIC_PATH,
        ether_type::CISCO_META_DATA,
        ether_type::VN_TAG,
        ether_type::HSR,
        ether_type::NSH,
        ether_type::TRILL,
        ether_type::CENTRINO,
        ether_type::BATMAN,
        ether_type::LWAPP,
        ether_type::LWAPP_OLD,
        ether_type::E_TAG,
        ether_type::CISCO_TIMESTAMP,
        ether_type::ARISTA,
        ether_type::R_TAG,
    ]);
}

mod ipv4 {
    use stackprint::wire_format::field::ipv4;

    pub(super) const HEADER_LEN: u32 = ipv4::VERSION_AND_LEN as u32;
    /// In units of 4 bytes.
    pub(super) const HEADER_LEN_MASK: u32 = ipv4::LEN_MASK as u32;
    pub(super) const FRAGMENT: u32 = ipv4::FRAGMENT as u32;
    pub(super) const FRAGMENT_OFFSET: u32 = ipv4::FRAGMENT_OFFSET as u32;
    pub(super) const PROTOCOL: u32 = ipv4::PROTOCOL as u32;
    pub(super) const TOTAL_LEN: u32 = ipv4::TOTAL_LEN as u32;
}

mod ipv6 {
    use stackprint::wire_format::field::ipv6;
    use stackprint::wire_format::numbers::protocol;

    pub(super) const LEN: u32 = ipv6::LEN as u32;
    pub(super) const NEXT_HEADER: u32 = ipv6::NEXT_HEADER as u32;
    pub(super) const PAYLOAD_LEN: u32 = ipv6::PAYLOAD_LEN as u32;
    /// Extension headers with next header, and length in units of 8 bytes without the first.
    pub(super) const OPTIONS: [u32; 6] = [
        protocol::HOP_BY_HOP as u32,
        protocol::ROUTING as u32,
        protocol::DESTINATION_OPTIONS as u32,
        protocol::MOBILITY as u32,
        protocol::HOST_IDENTITY as u32,
        protocol::SHIM6 as u32,
    ];
    pub(super) const FRAGMENT: u32 = protocol::FRAGMENT as u32;
    pub(super) const FRAGMENT_LEN: u32 = 8;
    pub(super) const FRAGMENT_OFFSET_AT: u32 = 2;
    pub(super) const FRAGMENT_OFFSET: u32 = 0xfff8;
    pub(super) const OPTIONS_MIN_LEN: u32 = 8;
    /// Length in units of 4 bytes without the first two. In IPv4, too.
    pub(super) const AUTHENTICATION: u32 = protocol::AUTHENTICATION as u32;
    pub(super) const AUTHENTICATION_MIN_LEN: u32 = 8;
    pub(super) const EXTENSION_NEXT: u32 = 0;
    pub(super) const EXTENSION_LEN: u32 = 1;
    /// More extension headers than these are not followed: such packets pass.
    pub(super) const MAX_EXTENSIONS: usize = 6;
}

mod protocol {
    use stackprint::wire_format::numbers::protocol;

    pub(super) const TCP: u32 = protocol::TCP as u32;
    pub(super) const UDP: u32 = protocol::UDP as u32;
    pub(super) const TUNNELS: [u32; 7] = [
        protocol::IPV4 as u32,
        protocol::IPV6 as u32,
        protocol::GRE as u32,
        protocol::ETHERIP as u32,
        protocol::UDP_LITE as u32,
        protocol::MPLS as u32,
        protocol::ETHERNET as u32,
    ];
}

mod udp {
    use stackprint::wire_format::field::udp;
    use stackprint::wire_format::numbers::udp_port;

    pub(super) const SOURCE: u32 = udp::SOURCE as u32;
    pub(super) const DESTINATION: u32 = udp::DESTINATION as u32;
    pub(super) const LEN: u32 = udp::LEN as u32;
    /// Of either side.
    pub(super) const TUNNELS: [u32; 10] = super::widened([
        udp_port::L2TP,
        udp_port::GTP_U,
        udp_port::GTP_0,
        udp_port::TEREDO,
        udp_port::BATMAN_GATEWAY,
        udp_port::AYIYA,
        udp_port::CAPWAP_DATA,
        udp_port::LWAPP_DATA,
        udp_port::LWAPP_CONTROL,
        udp_port::TZSP,
    ]);
    /// Of the destination.
    pub(super) const TUNNELS_TO: [u32; 8] = super::widened([
        udp_port::LISP,
        udp_port::GRE,
        udp_port::VXLAN,
        udp_port::VXLAN_GPE,
        udp_port::GENEVE,
        udp_port::MPLS,
        udp_port::VXLAN_LINUX,
        udp_port::JUNIPER_MIRROR,
    ]);
}

/// Numbers as the program compares them.
const fn widened<const N: usize>(numbers: [u16; N]) -> [u32; N] {
    let mut wide = [0; N];
    let mut at = 0;
    while at < N {
        wide[at] = numbers[at] as u32;
        at += 1;
    }
    wide
}

/// More than any packet has.
pub(in crate::live) const WHOLE: u32 = 0x4_0000;
/// A random number with none of these bits is one in eight.
const ONE_IN_EIGHT: u32 = 0x07;
/// The packet is sent by this machine (`linux/if_packet.h`).
const PACKET_OUTGOING: u32 = 4;
/// Shifts for lengths in units of 4 and 8 bytes.
const UNIT_OF_4: u32 = 2;
const UNIT_OF_8: u32 = 3;
/// The memory's word for a protocol number.
const PROTOCOL_WORD: u32 = 0;

/// The program for an interface.
pub(crate) fn program(rules: &Rules) -> Vec<BpfInsn> {
    let mut to = Assembler::default();
    let (pass, whole, drop) = (to.label(), to.label(), to.label());
    let ends = Ends { pass, whole, drop, tunnel: if rules.tunnels { pass } else { drop } };
    if rules.is_loopback {
        to.load_ancillary(Ancillary::PacketType);
        to.jump_if(If::Equals(PACKET_OUTGOING), ends.drop);
    }
    match (rules.copied, rules.link_type) {
        (CaptureFilter::All, _) => to.jump(ends.pass),
        (_, LinkType::ETHERNET) => ethernet_frame(&mut to, &ends, rules.copied),
        (_, LinkType::RAW) => raw_packet(&mut to, &ends, rules.copied),
        // Wireless frames and the like: rare enough.
        _ => to.jump(ends.pass),
    }
    to.place(ends.pass);
    to.copy(rules.snap_length);
    to.place(ends.whole);
    to.copy(WHOLE);
    to.place(ends.drop);
    to.copy(0);
    to.finish()
}

fn ethernet_frame(to: &mut Assembler, ends: &Ends, copied: CaptureFilter) {
    let (v4, v6) = (to.label(), to.label());
    to.set_x(0);
    for _ in 0..=ethernet::MAX_TAGS {
        let tag = to.label();
        to.load_u16(ethernet::ETHER_TYPE);
        to.jump_if(If::Equals(ethernet::IPV4), v4);
        to.jump_if(If::Equals(ethernet::IPV6), v6);
        to.jump_if_any(&ethernet::TAGS, tag);
        to.jump_if_any(&ethernet::TUNNELS, ends.tunnel);
        to.jump_if(If::Above(ethernet::MAX_LENGTH), ends.drop);
        to.jump(ends.tunnel);
        to.place(tag);
        to.advance(ethernet::TAG_LEN);
    }
    to.jump(ends.pass);
    ip_packet(to, ends, ethernet::LEN, [v4, v6], copied);
}

fn raw_packet(to: &mut Assembler, ends: &Ends, copied: CaptureFilter) {
    const VERSION_SHIFT: u32 = 4;
    let (v4, v6) = (to.label(), to.label());
    to.set_x(0);
    to.load_byte(0);
    to.shift_right(VERSION_SHIFT);
    to.jump_if(If::Equals(4), v4);
    to.jump_if(If::Equals(6), v6);
    to.jump(ends.drop);
    ip_packet(to, ends, 0, [v4, v6], copied);
}

/// An IP header `at` bytes from X, of the version of the label that was jumped to.
fn ip_packet(
    to: &mut Assembler,
    ends: &Ends,
    at: u32,
    [v4, v6]: [Label; 2],
    copied: CaptureFilter,
) {
    let payload = to.label();
    to.place(v4);
    if copied == CaptureFilter::Openings {
        openings::note_end(to, at + ipv4::TOTAL_LEN, at);
    }
    to.load_u16(at + ipv4::FRAGMENT);
    to.jump_if(If::AnyOf(ipv4::FRAGMENT_OFFSET), ends.drop);
    to.load_byte(at + ipv4::PROTOCOL);
    to.store(PROTOCOL_WORD);
    to.load_byte(at + ipv4::HEADER_LEN);
    to.and(ipv4::HEADER_LEN_MASK);
    to.advance_by_a(UNIT_OF_4, at);
    to.jump(payload);

    to.place(v6);
    if copied == CaptureFilter::Openings {
        openings::note_end(to, at + ipv6::PAYLOAD_LEN, at + ipv6::LEN);
    }
    to.load_byte(at + ipv6::NEXT_HEADER);
    to.store(PROTOCOL_WORD);
    to.advance(at + ipv6::LEN);

    to.place(payload);
    let (tcp, other) = (to.label(), to.label());
    // IPv4 knows none of these but authentication; the others come to nothing there.
    for _ in 0..ipv6::MAX_EXTENSIONS {
        extension_header(to, ends, tcp, other);
    }
    to.jump(ends.pass);

    to.place(other);
    to.jump_if_any(&protocol::TUNNELS, ends.tunnel);
    let udp = to.label();
    to.jump_if(If::Equals(protocol::UDP), udp);
    to.jump(ends.drop);
    to.place(udp);
    udp_datagram(to, ends, copied);
    to.place(tcp);
    tcp_segment(to, ends, copied);
}

/// Passes over one extension header at X; jumps where there is none.
fn extension_header(to: &mut Assembler, ends: &Ends, tcp: Label, other: Label) {
    let [options, fragment, authentication, end] = [(); 4].map(|()| to.label());
    to.recall(PROTOCOL_WORD);
    to.jump_if(If::Equals(protocol::TCP), tcp);
    to.jump_if_any(&ipv6::OPTIONS, options);
    to.jump_if(If::Equals(ipv6::FRAGMENT), fragment);
    to.jump_if(If::Equals(ipv6::AUTHENTICATION), authentication);
    to.jump(other);

    to.place(options);
    to.load_byte(ipv6::EXTENSION_NEXT);
    to.store(PROTOCOL_WORD);
    to.load_byte(ipv6::EXTENSION_LEN);
    to.advance_by_a(UNIT_OF_8, ipv6::OPTIONS_MIN_LEN);
    to.jump(end);

    to.place(fragment);
    to.load_u16(ipv6::FRAGMENT_OFFSET_AT);
    to.jump_if(If::AnyOf(ipv6::FRAGMENT_OFFSET), ends.drop);
    to.load_byte(ipv6::EXTENSION_NEXT);
    to.store(PROTOCOL_WORD);
    to.advance(ipv6::FRAGMENT_LEN);
    to.jump(end);

    to.place(authentication);
    to.load_byte(ipv6::EXTENSION_NEXT);
    to.store(PROTOCOL_WORD);
    to.load_byte(ipv6::EXTENSION_LEN);
    to.advance_by_a(UNIT_OF_4, ipv6::AUTHENTICATION_MIN_LEN);
    to.place(end);
}

/// A UDP header at X.
fn udp_datagram(to: &mut Assembler, ends: &Ends, copied: CaptureFilter) {
    to.load_u16(udp::DESTINATION);
    to.jump_if_any(&udp::TUNNELS_TO, ends.tunnel);
    to.jump_if_any(&udp::TUNNELS, ends.tunnel);
    to.load_u16(udp::SOURCE);
    to.jump_if_any(&udp::TUNNELS, ends.tunnel);
    match copied {
        CaptureFilter::Openings => openings::datagram(to, ends, udp::LEN),
        _ => to.jump(ends.drop),
    }
}

/// A TCP header at X.
fn tcp_segment(to: &mut Assembler, ends: &Ends, copied: CaptureFilter) {
    if copied == CaptureFilter::Tcp {
        return to.jump(ends.pass);
    }
    to.load_byte(tcp::FLAGS);
    to.and(tcp::SYN | tcp::FIN | tcp::RST);
    if copied == CaptureFilter::Openings {
        // RFC 7413: a SYN may have payload.
        to.jump_if(If::Equals(tcp::SYN), ends.whole);
    }
    to.jump_if(If::Equals(tcp::SYN), ends.pass);
    to.jump_if(If::AnyOf(tcp::SYN), ends.drop);
    match copied {
        CaptureFilter::Uptimes => later_segment(to, ends),
        CaptureFilter::Openings => openings::segment(to, ends),
        _ => to.jump(ends.drop),
    }
}

/// A segment that is no handshake, with SYN, FIN and RST in A.
fn later_segment(to: &mut Assembler, ends: &Ends) {
    const FLAGS_WORD: u32 = 1;
    let with_timestamp = to.label();
    to.store(FLAGS_WORD);
    to.load_byte(tcp::DATA_OFFSET);
    to.jump_if(If::AtLeast(tcp::DATA_OFFSET_WITH_TIMESTAMP), with_timestamp);
    to.jump(ends.drop);
    to.place(with_timestamp);
    to.recall(FLAGS_WORD);
    to.jump_if(If::AnyOf(tcp::FIN | tcp::RST), ends.pass);
    to.load_ancillary(Ancillary::Random);
    to.jump_if(If::AnyOf(ONE_IN_EIGHT), ends.drop);
    to.jump(ends.pass);
}
