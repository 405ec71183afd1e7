//! Oddities of a packet's headers: a set, with p0f's spelling.

use core::fmt;
use core::str::FromStr;

use crate::ascii::{Ascii, SIGNATURE_LEN, Text};
use crate::bit_set::bit_set;
use crate::wire::IpVersion;

bit_set! {
    /// A set of header oddities, observed or asked for. Its words are p0f's.
    ///
    /// ```
    /// use stackprint::Quirks;
    ///
    /// let quirks: Quirks = "df,id+".parse()?;
    /// assert_eq!(quirks, Quirks::DF | Quirks::NONZERO_ID);
    /// assert!(quirks.contains(Quirks::DF));
    /// assert_eq!(quirks.without(Quirks::DF).to_string(), "id+");
    /// # Ok::<(), stackprint::UnknownQuirk>(())
    /// ```
    Quirks(u32) {
        /// IPv4 "don't fragment" is set.
        DF = 0, "df";
        /// "Don't fragment" is set, and the IP identification is not 0 all the same.
        NONZERO_ID = 1, "id+";
        /// "Don't fragment" is clear, and the IP identification is 0.
        ZERO_ID = 2, "id-";
        /// Explicit congestion notification is in use: a bit of it in IP or TCP is set.
        ECN = 3, "ecn";
        /// The reserved bit of the IPv4 flags is set.
        RESERVED_BIT = 4, "0+";
        /// The IPv6 flow label is not 0.
        FLOW_LABEL = 5, "flow";
        /// The sequence number is 0.
        ZERO_SEQ = 6, "seq-";
        /// The acknowledgement number is not 0 although ACK is clear.
        NONZERO_ACK = 7, "ack+";
        /// The acknowledgement number is 0 although ACK is set.
        ZERO_ACK = 8, "ack-";
        /// The urgent pointer is not 0 although URG is clear.
        NONZERO_URG = 9, "uptr+";
        /// URG is set.
        URG_FLAG = 10, "urgf+";
        /// PSH is set.
        PUSH_FLAG = 11, "pushf+";
        /// The sender's own timestamp is 0.
        ZERO_TIMESTAMP = 12, "ts1-";
        /// The echoed timestamp of a SYN is not 0.
        NONZERO_PEER_TIMESTAMP = 13, "ts2+";
        /// There is something other than 0 after the end of the options.
        OPTION_PADDING = 14, "opt+";
        /// The window scale is above 14.
        EXCESSIVE_SCALE = 15, "exws";
        /// The options are malformed.
        BAD_OPTIONS = 16, "bad";
    }
}

impl Quirks {
    /// Those that only IPv4 can show.
    pub(crate) const IPV4_ONLY: Quirks =
        Self::DF.union(Self::NONZERO_ID).union(Self::ZERO_ID).union(Self::RESERVED_BIT);
    /// Those that only IPv6 can show.
    pub(crate) const IPV6_ONLY: Quirks = Self::FLOW_LABEL;

    /// Whether a packet of this version can show them all.
    pub(crate) fn possible_in(self, version: IpVersion) -> bool {
        let impossible = match version {
            IpVersion::V4 => Quirks::IPV6_ONLY,
            IpVersion::V6 => Quirks::IPV4_ONLY,
        };
        self.without(impossible) == self
    }

    /// Adds `quirk` if `condition` holds.
    #[inline]
    pub(crate) fn set_if(&mut self, quirk: Quirks, condition: bool) {
        self.0 |= quirk.0 * u32::from(condition);
    }

    pub(crate) fn write_to(self, to: &mut impl Text) {
        let mut bits = self.0;
        while let Some((_, spelling)) = Quirks::ALL.get(bits.trailing_zeros() as usize) {
            to.push(spelling);
            // Without its lowest bit.
            bits &= bits - 1;
            if bits != 0 {
                to.push(",");
            }
        }
    }
}

/// p0f's spelling, comma-separated, in p0f's order; empty for none.
impl fmt::Display for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Ascii::<SIGNATURE_LEN>::new();
        self.write_to(&mut text);
        f.write_str(text.as_str())
    }
}

/// A word that is no quirk.
///
/// The error of reading [`Quirks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownQuirk {
    /// Offset of the word in the text, in bytes.
    pub at: usize,
}

impl fmt::Display for UnknownQuirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown quirk at byte {}", self.at)
    }
}

impl core::error::Error for UnknownQuirk {}

/// Any order, repeats allowed, a trailing comma accepted, as p0f reads them.
impl FromStr for Quirks {
    type Err = UnknownQuirk;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut quirks = Quirks::NONE;
        let mut at = 0;
        for word in text.split_inclusive(',') {
            let spelling = word.strip_suffix(',').unwrap_or(word);
            match Quirks::ALL.iter().find(|(_, known)| *known == spelling) {
                Some(&(quirk, _)) => quirks |= quirk,
                None => return Err(UnknownQuirk { at }),
            }
            at += word.len();
        }
        Ok(quirks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_prints_and_reads_back() {
        for bits in 0..1 << Quirks::ALL.len() {
            let quirks = Quirks::from_bits(bits);
            assert_eq!(quirks.to_string().parse(), Ok(quirks));
        }
    }

    #[test]
    fn unknown_words_have_a_place() {
        assert_eq!("df,id".parse::<Quirks>(), Err(UnknownQuirk { at: 3 }));
        assert_eq!(",df".parse::<Quirks>(), Err(UnknownQuirk { at: 0 }));
        assert_eq!("df,".parse(), Ok(Quirks::DF));
        assert_eq!("DF".parse::<Quirks>(), Err(UnknownQuirk { at: 0 }));
    }
}
