//! Through what a segment came: the tags and tunnels around the innermost IP header.

use core::fmt;

/// One tag or tunnel around a packet.
///
/// It is a part of [`Path`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encapsulation {
    /// 802.1Q or 802.1ad tag, with its 12-bit VLAN identifier.
    Vlan(u16),
    /// MPLS label stack entry, with its 20-bit label.
    Mpls(u32),
    /// PPPoE session, with its identifier.
    Pppoe(u16),
    /// IPv4 or IPv6 in IPv4, or IPv4 or IPv6 in IPv6 (RFC 2003, 4213, 2473).
    IpInIp,
    /// GRE (RFC 2784), enhanced GRE of PPTP and ERSPAN included.
    Gre,
    /// Ethernet in IP (RFC 3378).
    EtherIp,
    /// VXLAN, with its 24-bit network identifier (RFC 7348).
    Vxlan(u32),
    /// GENEVE, with its 24-bit network identifier (RFC 8926).
    Geneve(u32),
    /// GTP-U, with its tunnel endpoint identifier (3GPP TS 29.281).
    GtpU(u32),
    /// GTP version 0, with its flow label (GSM 09.60).
    Gtp0(u16),
    /// L2TP data message over UDP, with its session identifier (RFC 2661).
    L2tp(u32),
    /// Teredo: IPv6 in UDP (RFC 4380).
    Teredo,
    /// CAPWAP data, between a wireless access point and its controller (RFC 5415).
    Capwap,
    /// Provider backbone bridge, with its 24-bit service identifier (802.1ah).
    Pbb(u32),
    /// VN-Tag of a virtual interface (802.1Qbh draft).
    VnTag,
    /// Cisco FabricPath.
    FabricPath,
    /// Cisco meta data: a security group tag.
    CiscoMetaData,
    /// MACsec with integrity alone, not encrypted (802.1AE).
    Macsec,
    /// HSR tag of a redundant ring (IEC 62439-3).
    Hsr,
    /// Network service header, with its 24-bit service path identifier (RFC 8300).
    Nsh(u32),
    /// Ethernet in IP by protocol number 143, as SRv6 has it (RFC 8986).
    EthernetInIp,
    /// TZSP: frames mirrored by a sniffer, MikroTik's above all.
    Tzsp,
    /// Juniper's packet mirror, with the identifier of the mirror.
    JuniperMirror(u32),
    /// LWAPP data, between a wireless access point and its controller (RFC 5412).
    Lwapp,
    /// LISP data, with its 24-bit instance identifier, 0 where there is none (RFC 9300).
    Lisp(u32),
    /// AYIYA: IP in UDP, of IPv6 tunnel brokers.
    Ayiya,
    /// TRILL, between bridges (RFC 6325).
    Trill,
    /// B.A.T.M.A.N., between nodes of a mesh.
    Batman,
    /// E-TAG of a port extender (802.1BR).
    ETag,
    /// R-TAG of redundant streams (802.1CB).
    RTag,
    /// The time at which a switch received the frame: Cisco's tag, or Arista's.
    TimestampTag,
}

/// `vlan:20`, `gre`, `vxlan:4096`: the name, and the identifier where there is one.
impl fmt::Display for Encapsulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Encapsulation::Vlan(id) => write!(f, "vlan:{id}"),
            Encapsulation::Mpls(label) => write!(f, "mpls:{label}"),
            Encapsulation::Pppoe(session) => write!(f, "pppoe:{session}"),
            Encapsulation::IpInIp => f.write_str("ipip"),
            Encapsulation::Gre => f.write_str("gre"),
            Encapsulation::EtherIp => f.write_str("etherip"),
            Encapsulation::Vxlan(id) => write!(f, "vxlan:{id}"),
            Encapsulation::Geneve(id) => write!(f, "geneve:{id}"),
            Encapsulation::GtpU(id) => write!(f, "gtpu:{id}"),
            Encapsulation::Gtp0(label) => write!(f, "gtp0:{label}"),
            Encapsulation::L2tp(session) => write!(f, "l2tp:{session}"),
            Encapsulation::Teredo => f.write_str("teredo"),
            Encapsulation::Capwap => f.write_str("capwap"),
            Encapsulation::Pbb(service) => write!(f, "pbb:{service}"),
            Encapsulation::VnTag => f.write_str("vntag"),
            Encapsulation::FabricPath => f.write_str("fabricpath"),
            Encapsulation::CiscoMetaData => f.write_str("cisco_meta_data"),
            Encapsulation::Macsec => f.write_str("macsec"),
            Encapsulation::Hsr => f.write_str("hsr"),
            Encapsulation::Nsh(path) => write!(f, "nsh:{path}"),
            Encapsulation::EthernetInIp => f.write_str("ethernet"),
            Encapsulation::Tzsp => f.write_str("tzsp"),
            Encapsulation::JuniperMirror(id) => write!(f, "juniper_mirror:{id}"),
            Encapsulation::Lwapp => f.write_str("lwapp"),
            Encapsulation::Lisp(instance) => write!(f, "lisp:{instance}"),
            Encapsulation::Ayiya => f.write_str("ayiya"),
            Encapsulation::Trill => f.write_str("trill"),
            Encapsulation::Batman => f.write_str("batman"),
            Encapsulation::ETag => f.write_str("etag"),
            Encapsulation::RTag => f.write_str("rtag"),
            Encapsulation::TimestampTag => f.write_str("timestamp_tag"),
        }
    }
}

/// The encapsulations around a segment, outermost first; at most [`Path::MAX`].
///
/// ```
/// use stackprint::{Analyzer, Database, Encapsulation, Frame, LinkType};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// let frame = [[2; 12].as_slice(), &[0x81, 0, 0, 20, 8, 0], syn].concat(); // 802.1Q, VLAN 20
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// let record = analyzer.analyze(&Frame::new(LinkType::ETHERNET, &frame))?.expect("a SYN");
/// assert_eq!(record.path.as_slice(), [Encapsulation::Vlan(20)]);
/// assert_eq!(record.path.as_slice()[0].to_string(), "vlan:20");
/// # Ok::<(), stackprint::Skip>(())
/// ```
#[derive(Clone, Copy)]
pub struct Path {
    len: u8,
    items: [Encapsulation; Path::MAX],
}

impl Path {
    /// More encapsulations than this are not followed.
    pub const MAX: usize = 8;

    pub(crate) const EMPTY: Path = Path { len: 0, items: [Encapsulation::IpInIp; Path::MAX] };

    /// Adds an inner encapsulation; `false` when the path is full.
    #[must_use]
    pub(crate) fn push(&mut self, item: Encapsulation) -> bool {
        match self.items.get_mut(usize::from(self.len)) {
            Some(slot) => {
                *slot = item;
                self.len += 1;
                true
            }
            None => false,
        }
    }

    /// The encapsulations, outermost first.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> &[Encapsulation] {
        self.items.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether the packet came bare.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// By the encapsulations alone: most paths have none, and places that are not used cost nothing.
impl PartialEq for Path {
    #[inline]
    fn eq(&self, other: &Path) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Path {}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}
