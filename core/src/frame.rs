//! What a capture hands over: bytes, and what only the capturer knows about them.

use core::fmt;
use core::ops::{Add, Sub};
use core::str::FromStr;
use core::time::Duration;
use std::time::SystemTime;

/// A captured frame, borrowed from wherever its bytes are.
///
/// ```
/// use stackprint::{Frame, LinkType, Timestamp};
///
/// // The first 4 bytes of a packet of 60, without a link layer.
/// let frame = Frame::new(LinkType::RAW, b"\x45\0\0\x3c").with_wire_len(60).at(Timestamp::new(1, 0));
/// assert_eq!((frame.data.len(), frame.wire_len), (4, 60));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame<'a> {
    /// How the bytes begin. Obeyed, never guessed.
    pub link_type: LinkType,
    /// The captured bytes, from the first byte of the link header.
    pub data: &'a [u8],
    /// Length of the frame on the wire in bytes; larger than `data.len()` if the capture cut it.
    pub wire_len: usize,
    /// When it was captured.
    pub time: Timestamp,
    /// Byte order of the capturing machine: some link headers hold numbers in it. A capture file's
    /// own order tells.
    pub host_order: ByteOrder,
}

/// The order of bytes in a number: that of the machine that wrote it.
///
/// That of a capturing machine is set by [`Frame::with_host_order`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// `little-endian` or `big-endian`.
impl fmt::Display for ByteOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ByteOrder::Little => "little-endian",
            ByteOrder::Big => "big-endian",
        })
    }
}

impl<'a> Frame<'a> {
    /// A frame captured whole by a little-endian machine at the epoch; see [`Frame::at`],
    /// [`Frame::with_wire_len`] and [`Frame::with_host_order`].
    #[must_use]
    pub const fn new(link_type: LinkType, data: &'a [u8]) -> Self {
        Frame {
            link_type,
            data,
            wire_len: data.len(),
            time: Timestamp::EPOCH,
            host_order: ByteOrder::Little,
        }
    }

    /// The same frame, captured at `time`.
    #[must_use]
    pub const fn at(self, time: Timestamp) -> Self {
        Frame { time, ..self }
    }

    /// The same frame, `wire_len` bytes long before the capture cut it.
    #[must_use]
    pub const fn with_wire_len(self, wire_len: usize) -> Self {
        Frame { wire_len, ..self }
    }

    /// The same frame, captured by a machine of this byte order.
    #[must_use]
    pub const fn with_host_order(self, host_order: ByteOrder) -> Self {
        Frame { host_order, ..self }
    }
}

/// Nanoseconds since 1970-01-01T00:00:00Z: the capture's time, good until the year 2554.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use stackprint::Timestamp;
///
/// let time = Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_millis(1500));
/// assert_eq!(time.as_millis(), 1500);
/// assert_eq!(time - Timestamp::EPOCH, Duration::from_millis(1500));
/// assert_eq!(SystemTime::from(time), SystemTime::UNIX_EPOCH + Duration::from_millis(1500));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const NANOS_PER_MILLI: u64 = 1_000_000;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Timestamp = Timestamp(0);

    /// From nanoseconds since the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Timestamp(nanos)
    }

    /// From whole seconds and nanoseconds; more than 10⁹ of the latter carry over, and times
    /// beyond the year 2554 stay there.
    #[must_use]
    pub const fn new(seconds: u64, nanos: u32) -> Self {
        Timestamp(seconds.saturating_mul(NANOS_PER_SECOND).saturating_add(nanos as u64))
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / NANOS_PER_MILLI
    }

    /// Whole seconds since the epoch.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.0 / NANOS_PER_SECOND
    }

    /// Time since an earlier one; 0 if that is later.
    #[must_use]
    pub const fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Nanoseconds within the second, below 10⁹.
    #[must_use]
    pub const fn subsecond_nanos(self) -> u32 {
        (self.0 % NANOS_PER_SECOND) as u32
    }

    /// The UTC calendar fields of this time.
    #[must_use]
    pub(crate) fn civil(self) -> Civil {
        let seconds = self.as_seconds();
        let (days, in_day) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil_date(days);
        Civil {
            year,
            month,
            day,
            hour: (in_day / 3600) as u32,
            minute: (in_day % 3600 / 60) as u32,
            second: (in_day % 60) as u32,
        }
    }
}

/// Times before the epoch become the epoch, and those beyond the year 2554 stay there.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Timestamp {
        Timestamp::EPOCH + time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_nanos(time.0)
    }
}

/// As [`Timestamp::since`].
impl Sub for Timestamp {
    type Output = Duration;

    fn sub(self, earlier: Timestamp) -> Duration {
        self.since(earlier)
    }
}

/// Times beyond the year 2554 stay there.
impl Add<Duration> for Timestamp {
    type Output = Timestamp;

    fn add(self, duration: Duration) -> Timestamp {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Timestamp(self.0.saturating_add(nanos))
    }
}

/// RFC 3339 in UTC with nanoseconds: `2026-11-23T00:18:35.000000001Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second } = self.civil();
        let nanos = self.subsecond_nanos();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z")
    }
}

/// A UTC date and time of day, in the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
}

/// Year, month and day of a day number counted from 1970-01-01.
///
/// Counts in years that begin on 1 March, so that a leap day is the last day of its year, and in
/// eras of 400 years (146,097 days), after which the calendar repeats.
fn civil_date(days_since_epoch: u64) -> (u64, u64, u64) {
    const DAYS_FROM_0000_03_01: u64 = 719_468;
    const DAYS_PER_ERA: u64 = 146_097;
    let days = days_since_epoch + DAYS_FROM_0000_03_01;
    let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// The LINKTYPE number of a capture: how its frames begin.
///
/// Numbers and names are those of <https://www.tcpdump.org/linktypes.html>. Every number is
/// representable; the names below are those that this library can open or name.
///
/// ```
/// use stackprint::LinkType;
///
/// assert_eq!("linux_sll2".parse(), Ok(LinkType::LINUX_SLL2));
/// assert_eq!("276".parse(), Ok(LinkType::LINUX_SLL2));
/// assert_eq!(LinkType(276).to_string(), "LINUX_SLL2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

macro_rules! link_types {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        impl LinkType {
            $($(#[$doc])* pub const $name: LinkType = LinkType($number);)*

            /// Names and numbers, in the order of the numbers.
            const NAMED: &'static [(&'static str, LinkType)] =
                &[$((stringify!($name), LinkType($number)),)*];
        }
    };
}

link_types! {
    /// BSD loopback: a 4-byte address family in the byte order of the capturing machine.
    NULL = 0,
    /// Ethernet.
    ETHERNET = 1,
    /// AX.25, of amateur radio.
    AX25 = 3,
    /// Token Ring.
    IEEE802_5 = 6,
    /// ARCNET with BSD encapsulation.
    ARCNET_BSD = 7,
    /// SLIP with a 16-byte pseudo header.
    SLIP = 8,
    /// PPP, with or without the HDLC address and control bytes.
    PPP = 9,
    /// FDDI.
    FDDI = 10,
    /// LLC/SNAP-encapsulated ATM, number used by BSD/OS.
    ATM_RFC1483_BSDOS = 11,
    /// Raw IP, number used by some systems' captures (DLT_RAW of most BSDs).
    RAW_BSD = 12,
    /// Raw IP, number used by OpenBSD.
    RAW_OPENBSD = 14,
    /// Classical IP over ATM, number used by Linux before it had one of its own.
    ATM_CLIP = 19,
    /// PPP in HDLC-like framing.
    PPP_HDLC = 50,
    /// PPPoE: session header, then PPP.
    PPP_ETHER = 51,
    /// Symantec's firewall.
    SYMANTEC_FIREWALL = 99,
    /// LLC/SNAP-encapsulated ATM (RFC 1483).
    ATM_RFC1483 = 100,
    /// Raw IP: the first nibble is the version.
    RAW = 101,
    /// Cisco HDLC.
    C_HDLC = 104,
    /// 802.11 without radio information.
    IEEE802_11 = 105,
    /// Classical IP over ATM (RFC 2225).
    ATM_CLIP_LINUX = 106,
    /// Frame Relay.
    FRELAY = 107,
    /// OpenBSD loopback: a 4-byte address family in network byte order.
    LOOP = 108,
    /// OpenBSD encapsulating interface.
    ENC = 109,
    /// Cisco HDLC, number used by some before there was an assignment.
    C_HDLC_OLD = 112,
    /// Linux "cooked" capture.
    LINUX_SLL = 113,
    /// OpenBSD packet filter log.
    PFLOG = 117,
    /// 802.11 after a Prism header.
    IEEE802_11_PRISM = 119,
    /// IP over Fibre Channel (RFC 2625).
    IP_OVER_FC = 122,
    /// SunATM.
    SUNATM = 123,
    /// 802.11 after a radiotap header.
    IEEE802_11_RADIOTAP = 127,
    /// TZSP, the header of a sniffer, with the link type inside.
    TZSP = 128,
    /// ARCNET with Linux encapsulation.
    ARCNET_LINUX = 129,
    /// Juniper, multilink PPP.
    JUNIPER_MLPPP = 130,
    /// Juniper, multilink Frame Relay.
    JUNIPER_MLFR = 131,
    /// Juniper, gateway GPRS support node.
    JUNIPER_GGSN = 133,
    /// Juniper, ATM2 card.
    JUNIPER_ATM2 = 135,
    /// Juniper, services card.
    JUNIPER_SERVICES = 136,
    /// Juniper, ATM1 card.
    JUNIPER_ATM1 = 137,
    /// IP over IEEE 1394, as Apple has it.
    APPLE_IP_OVER_IEEE1394 = 138,
    /// DOCSIS cable modems.
    DOCSIS = 143,
    /// Apple's packet-tap header by the number that macOS wrote (`DLT_USER2`, for private use).
    PKTAP_APPLE = 149,
    /// 802.11 after an AVS header.
    IEEE802_11_AVS = 163,
    /// PPP after a byte of direction, as pppd has it.
    PPP_PPPD = 166,
    /// Juniper, PPPoE.
    JUNIPER_PPPOE = 167,
    /// Juniper, Ethernet.
    JUNIPER_ETHER = 178,
    /// Juniper, PPP.
    JUNIPER_PPP = 179,
    /// Juniper, Frame Relay.
    JUNIPER_FRELAY = 180,
    /// Juniper, Cisco HDLC.
    JUNIPER_CHDLC = 181,
    /// Multilink Frame Relay (FRF.16.1).
    MFR = 182,
    /// Juniper, voice card.
    JUNIPER_VP = 183,
    /// Per-packet information header, with the link type inside.
    PPI = 192,
    /// Endace extensible record format.
    ERF = 197,
    /// Juniper, secure tunnel.
    JUNIPER_ST = 200,
    /// AX.25 after a byte of KISS.
    AX25_KISS = 202,
    /// PPP after a byte of direction.
    PPP_WITH_DIR = 204,
    /// Cisco HDLC after a byte of direction.
    C_HDLC_WITH_DIR = 205,
    /// Frame Relay after a byte of direction.
    FRELAY_WITH_DIR = 206,
    /// MPLS label stack.
    MPLS = 219,
    /// Solaris IP interface.
    IPNET = 226,
    /// Raw IPv4.
    IPV4 = 228,
    /// Raw IPv6.
    IPV6 = 229,
    /// Linux netfilter log messages.
    NFLOG = 239,
    /// Ethernet after a netANALYZER header.
    NETANALYZER = 240,
    /// Ethernet with its preamble, after a netANALYZER header.
    NETANALYZER_TRANSPARENT = 241,
    /// IP over InfiniBand (RFC 4391).
    IPOIB = 242,
    /// Apple's packet-tap header, with the link type inside.
    PKTAP = 258,
    /// Ethernet with its preamble, on a passive optical network.
    EPON = 259,
    /// Ethernet with its preamble, that may be interrupted (802.3br).
    ETHERNET_MPACKET = 274,
    /// Linux "cooked" capture, version 2.
    LINUX_SLL2 = 276,
    /// Ethernet with a Broadcom switch tag after the addresses.
    DSA_TAG_BRCM = 281,
    /// Ethernet after a Broadcom switch tag.
    DSA_TAG_BRCM_PREPEND = 282,
    /// Ethernet with a Marvell DSA switch tag.
    DSA_TAG_DSA = 284,
    /// Ethernet with a Marvell EDSA switch tag.
    DSA_TAG_EDSA = 285,
}

impl LinkType {
    /// The link type that Wireshark numbers so in its own way (`WTAP_ENCAP_…`, the field
    /// `frame.encap_type`), where this library can open it.
    #[must_use]
    pub const fn from_wiretap(encapsulation: u64) -> Option<LinkType> {
        Some(match encapsulation {
            1 => LinkType::ETHERNET,
            4 => LinkType::PPP,
            7 => LinkType::RAW,
            15 => LinkType::NULL,
            20 => LinkType::IEEE802_11,
            23 => LinkType::IEEE802_11_RADIOTAP,
            25 => LinkType::LINUX_SLL,
            28 => LinkType::C_HDLC,
            38 => LinkType::ENC,
            39 => LinkType::PFLOG,
            129 => LinkType::IPV4,
            130 => LinkType::IPV6,
            139 => LinkType::PPP_ETHER,
            174 => LinkType::LOOP,
            210 => LinkType::LINUX_SLL2,
            _ => return None,
        })
    }
}

/// The LINKTYPE name, or the number where this library has no name for it.
impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match LinkType::NAMED.iter().find(|(_, link_type)| link_type == self) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A text that is neither a LINKTYPE name nor a number below 65,536.
///
/// The error of reading a [`LinkType`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownLinkType;

impl fmt::Display for UnknownLinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a LINKTYPE name such as ETHERNET, or its number")
    }
}

impl core::error::Error for UnknownLinkType {}

/// Reads what [`Display`](fmt::Display) writes: a name (case ignored) or a number.
impl FromStr for LinkType {
    type Err = UnknownLinkType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(number) = text.parse() {
            return Ok(LinkType(number));
        }
        LinkType::NAMED
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|&(_, link_type)| link_type)
            .ok_or(UnknownLinkType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_as_rfc3339() {
        // `date -u -d @SECONDS` gives the same dates.
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_400, "2000-02-29T00:00:00"),
            (951_868_799, "2000-02-29T23:59:59"),
            (1_709_251_199, "2024-02-29T23:59:59"),
            (4_107_542_400, "2100-03-01T00:00:00"),
            (1_795_393_115, "2026-11-23T00:18:35"),
        ] {
            assert_eq!(Timestamp::new(seconds, 7).to_string(), format!("{date}.000000007Z"));
        }
    }

    #[test]
    fn link_types_read_back() {
        for number in 0..400 {
            let link_type = LinkType(number);
            assert_eq!(link_type.to_string().parse(), Ok(link_type));
        }
        assert_eq!("ethernet".parse(), Ok(LinkType::ETHERNET));
        assert_eq!("ETHER NET".parse::<LinkType>(), Err(UnknownLinkType));
    }
}
