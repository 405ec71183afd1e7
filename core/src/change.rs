//! Host-change detection: signs of NAT, of load balancing, of another system.
//!
//! Pure: what a host looked like before is an argument.

mod evidence;
mod p0f;
mod ports;
mod signs;

use core::fmt;

use crate::bit_set::bit_set;
use crate::database::Database;
use crate::frame::Timestamp;
use crate::label::Label;
use crate::tcp::quirks::Quirks;
use crate::tcp::signature::SignatureId;
use crate::uptime::Reading;
use crate::wire::OptionKinds;
use crate::word_enum::from_word;
pub use evidence::{Evidence, Value};
pub(crate) use p0f::Comparison;
pub(crate) use ports::{PortStep, Ports};
pub(crate) use signs::{Signs, set_out_otherwise};

bit_set! {
    /// Why a host looks changed: a set, with p0f's words.
    ///
    /// It is a part of [`Change`].
    ChangeReasons(u16) {
        /// A tool that does not run on this host's system.
        TOOL_VS_SYSTEM = 0, "app_vs_os";
        /// Another system, or another version of it.
        SYSTEM = 1, "os_diff";
        /// Other quirks or options, with the system unknown.
        SIGNATURE = 2, "sig_diff";
        /// The system was known and is not now, or the other way round.
        KNOWN = 3, "x_known";
        /// A timestamp clock that was steady across peers jumped, or two of them run; by p0f's rules,
        /// the clock jumped.
        TIMESTAMP = 4, "tstamp";
        /// Another TTL.
        TTL = 5, "ttl";
        /// Client ports towards one server come from two counters; by p0f's rules, the port went back.
        PORT = 6, "port";
        /// Another MSS.
        MTU = 7, "mtu";
        /// The same signature fits less or more closely.
        FUZZY = 8, "fuzzy";
        /// Another window or window scale towards the same peer; not among p0f's rules.
        WINDOW = 9, "window";
        /// A proxy names itself in an HTTP head, or whom it speaks for; by p0f's rules.
        VIA = 10, "via";
        /// The date of a server went back, or ran ahead; by p0f's rules.
        DATE = 11, "date";
        /// Another HTTP server; by p0f's rules.
        SERVER = 12, "srv_sig_lb";
        /// User-Agent names another system; by p0f's rules.
        USER_AGENT = 13, "ua_vs_os";
    }
}

/// Words separated by blanks.
impl fmt::Display for ChangeReasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}

/// What is kept of a host's last SYN or SYN+ACK.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    /// Capture time in milliseconds.
    pub(crate) time_ms: u64,
    /// Own timestamp, 0 if none.
    pub(crate) own_timestamp: u32,
    pub(crate) quirks: Quirks,
    /// The kinds of the options: their hash by p0f's rules, else [`OptionKinds`].
    pub(crate) layout_hash: u32,
    /// MSS in bytes, 0 if none.
    pub(crate) mss: u16,
    pub(crate) matched: Option<SignatureId>,
    /// Tells peers apart; not unique.
    pub(crate) peer_tag: u16,
    pub(crate) window: u16,
    /// [`NO_SCALE`] if none.
    pub(crate) window_scale: u8,
    pub(crate) ttl: u8,
    pub(crate) fuzzy: bool,
}

impl Seen {
    /// The clock as the packet shows it.
    pub(crate) fn reading(&self) -> Option<Reading> {
        let ticks = self.own_timestamp;
        (ticks != 0).then_some(Reading { time_ms: self.time_ms, ticks })
    }

    /// Whether nothing differs that is compared. Most hosts look the same every time.
    #[inline]
    pub(crate) fn looks_like(&self, other: &Seen) -> bool {
        let looks = |seen: &Seen| {
            let Seen { quirks, layout_hash, mss, window, window_scale, ttl, .. } = *seen;
            (quirks, layout_hash, mss, window, window_scale, ttl)
        };
        self.matched == other.matched && self.fuzzy == other.fuzzy && looks(self) == looks(other)
    }

    /// Returns it as records show it. `port` is that of the client where it is compared.
    pub(crate) fn appearance<'d>(&self, database: &'d Database, port: u16) -> Appearance<'d> {
        Appearance {
            time: Timestamp::from_nanos(self.time_ms.saturating_mul(1_000_000)),
            label: self.matched.and_then(|id| database.get(id, self.fuzzy)).map(|it| it.label),
            ttl: self.ttl,
            mss: self.mss,
            window: self.window,
            window_scale: Some(self.window_scale).filter(|&scale| scale != NO_SCALE),
            options: OptionKinds::from_bits(self.layout_hash),
            quirks: self.quirks,
            port,
            own_timestamp: self.own_timestamp,
        }
    }
}

/// No window scale was announced.
pub(crate) const NO_SCALE: u8 = u8::MAX;

/// A score and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Score {
    pub(crate) points: u8,
    pub(crate) reasons: ChangeReasons,
}

impl Score {
    pub(crate) fn add(&mut self, points: u8, reason: ChangeReasons) {
        self.points += points;
        self.reasons |= reason;
    }
}

/// How the scores of one host in one role went: which of the last 32 reached 6, 3, 2 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct History {
    /// The newest in the lowest bit.
    at_least: [u32; 4],
}

/// Scores that count as very high, high, medium, low.
const LEVELS: [u8; 4] = [6, 3, 2, 1];
/// More than this many of the last 32 at a level mean that an address is shared.
const SHARED_ABOVE: [u32; 4] = [2, 4, 6, 8];

impl History {
    pub(crate) fn push(&mut self, points: u8) {
        for (bits, level) in self.at_least.iter_mut().zip(LEVELS) {
            *bits = *bits << 1 | u32::from(points >= level);
        }
    }

    /// How many of the last 32 scores reached each level.
    pub(crate) fn hits(&self) -> [u8; 4] {
        self.at_least.map(|bits| bits.count_ones() as u8)
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.hits().iter().zip(SHARED_ABOVE).any(|(&hits, bound)| u32::from(hits) > bound)
    }
}

/// What became of a host, and why.
///
/// ```
/// use stackprint::{Analyzer, ChangeReasons, Database, Frame, LinkType, Verdict};
///
/// # let syn = b"\x45\0\0\x3c\xb9\xa2\x40\0\x40\x06\xfd\x07\xc0\0\x02\x1e\xc0\0\x02\x50\
/// #     \x9c\x40\0\x50\0\0\0\x01\0\0\0\0\xa0\x02\xfa\xf0\0\0\0\0\
/// #     \x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07";
/// // The same address from another port, but now with the TTL and the options of Windows.
/// let mut other = syn[..52].to_vec();
/// (other[3], other[8], other[21], other[32]) = (52, 128, 0x41, 0x80);
/// other[40..].copy_from_slice(b"\x02\x04\x05\xb4\x01\x03\x03\x08\x01\x01\x04\x02");
///
/// let mut analyzer = Analyzer::new(&Database::builtin());
/// analyzer.analyze(&Frame::new(LinkType::RAW, syn))?;
/// let record = analyzer.analyze(&Frame::new(LinkType::RAW, &other))?.expect("a SYN");
/// let change = record.fingerprint.and_then(|it| it.change).expect("another system");
/// assert_eq!(change.verdict, Verdict::HostChange);
/// assert!(change.reasons.contains(ChangeReasons::SYSTEM));
/// let evidence = record.evidence().find(|it| it.reason == ChangeReasons::TTL).expect("a reason");
/// assert_eq!((evidence.then.to_string(), evidence.now.to_string()), ("64".into(), "128".into()));
/// # Ok::<(), stackprint::Skip>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Change<'d> {
    /// One change, or an address that several share.
    pub verdict: Verdict,
    /// The signs of this packet; for a shared address, all that were gathered.
    pub reasons: ChangeReasons,
    /// How strong this packet's signs are, 1..=20 or so; 8 and more mean another system.
    pub score: u8,
    /// Of the last 32 packets of the host in this role, how many scored at least 6, 3, 2 and 1.
    pub hits: [u8; 4],
    /// What the host looked like before; `None` by p0f's rules.
    pub then: Option<Appearance<'d>>,
    /// The client's port of this packet, 0 if none is compared.
    pub port: u16,
}

/// What a host looked like in an earlier SYN or SYN+ACK.
///
/// It is a part of [`Change`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Appearance<'d> {
    /// When it was captured, to the millisecond.
    pub time: Timestamp,
    /// The label of the signature that fitted, if one did.
    pub label: Option<&'d Label>,
    /// TTL as observed.
    pub ttl: u8,
    /// MSS, 0 if none.
    pub mss: u16,
    /// Window, not scaled.
    pub window: u16,
    /// Window scale, if announced.
    pub window_scale: Option<u8>,
    /// Kinds of the TCP options that a system chooses.
    pub options: OptionKinds,
    /// Oddities of the headers.
    pub quirks: Quirks,
    /// The client's port that is compared, 0 if none is.
    pub port: u16,
    /// Own timestamp, 0 if none.
    pub own_timestamp: u32,
}

/// What a change of a host's looks amounts to.
///
/// It is a part of [`Change`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The host looks different from before: another system, another route, or the first sign of
    /// a shared address.
    HostChange,
    /// Several systems behind one address: NAT or load balancing.
    IpSharing,
}

impl Verdict {
    /// The word used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::HostChange => "host_change",
            Verdict::IpSharing => "ip_sharing",
        }
    }
}

/// The word used in records.
impl core::fmt::Display for Verdict {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

from_word!(Verdict { HostChange = "host_change", IpSharing = "ip_sharing", });
