//! Sets of ports.

use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;

use super::ranges::Ranges;
use crate::parse_error::{Expected, ParseError};

/// Ports, by number and by range; both ends of a range are in it.
///
/// Read and written as `443,8000-8999`. What is written is in order, and overlapping or touching
/// ranges are one: what is read from it is the same set.
///
/// ```
/// use stackprint::PortSet;
///
/// let set: PortSet = "8080-8999,443,8000-8100".parse()?;
/// assert!(set.contains(8050));
/// assert_eq!(set.to_string(), "443,8000-8999");
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortSet(Ranges<u16>);

impl PortSet {
    /// Whether the port is one of them.
    #[must_use]
    #[inline]
    pub fn contains(&self, port: u16) -> bool {
        self.0.contain(port)
    }

    /// Whether it holds no port.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its ranges, in order, with gaps between them.
    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<u16>> {
        self.0.iter().map(|(first, last)| first..=last)
    }
}

impl From<u16> for PortSet {
    fn from(port: u16) -> PortSet {
        PortSet::from(port..=port)
    }
}

impl From<RangeInclusive<u16>> for PortSet {
    fn from(range: RangeInclusive<u16>) -> PortSet {
        [range].into_iter().collect()
    }
}

impl FromIterator<RangeInclusive<u16>> for PortSet {
    fn from_iter<I: IntoIterator<Item = RangeInclusive<u16>>>(ranges: I) -> PortSet {
        let ranges = ranges.into_iter().filter(|range| !range.is_empty());
        PortSet(Ranges::new(ranges.map(RangeInclusive::into_inner).collect()))
    }
}

/// What is in any of the sets.
impl FromIterator<PortSet> for PortSet {
    fn from_iter<I: IntoIterator<Item = PortSet>>(sets: I) -> PortSet {
        let mut ranges = Vec::new();
        for set in sets {
            ranges.extend(set.0.iter());
        }
        PortSet(Ranges::new(ranges))
    }
}

impl FromStr for PortSet {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<PortSet, ParseError> {
        let mut offset = 0;
        let ranges = text.split(',').map(|item| {
            let range = range(item).ok_or(ParseError::at(offset, Expected::Ports));
            offset += item.len() + 1;
            range
        });
        ranges.collect()
    }
}

fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some(first..=last)
}

fn port(text: &str) -> Option<u16> {
    // `parse` would also take a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            if first == last { write!(f, "{first}")? } else { write!(f, "{first}-{last}")? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_ends_of_a_range_are_in_it() {
        let ports: PortSet = "65534-65535,1-2,80".parse().unwrap();
        for (port, is_in) in [
            (0, false),
            (1, true),
            (2, true),
            (3, false),
            (79, false),
            (80, true),
            (81, false),
            (65_533, false),
            (65_534, true),
            (65_535, true),
        ] {
            assert_eq!(ports.contains(port), is_in, "{port}");
        }
        assert_eq!(ports.to_string(), "1-2,80,65534-65535");
        assert_eq!("443,80-90,85-99,100".parse::<PortSet>().unwrap().to_string(), "80-100,443");
    }

    #[test]
    fn faults_are_told_with_their_place() {
        for (text, column) in [
            ("", 1),
            ("x", 1),
            ("80,", 4),
            (",80", 1),
            ("80,,90", 4),
            ("80,65536", 4),
            ("80,90-85", 4),
            ("-80", 1),
            ("80-", 1),
            ("1-2-3", 1),
            ("+80", 1),
            ("80, 90", 4),
            ("1..2", 1),
        ] {
            let error = text.parse::<PortSet>().unwrap_err();
            assert_eq!((error.column, error.expected), (column, Expected::Ports), "{text}");
        }
    }

    #[test]
    fn an_empty_range_holds_nothing() {
        #[expect(clippy::reversed_empty_ranges, reason = "that is what is tested")]
        let ports = PortSet::from(9..=8);
        assert!(ports.is_empty() && !ports.contains(8) && !ports.contains(9));
        assert!(!PortSet::from(0).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            list in prop::collection::vec((any::<u16>(), any::<u16>()), 1..20),
        ) {
            let ports: PortSet = list.iter().map(|&(a, b)| a.min(b)..=a.max(b)).collect();
            prop_assert_eq!(ports.to_string().parse::<PortSet>(), Ok(ports.clone()));
            let parts = ports.ranges().map(PortSet::from);
            prop_assert_eq!(parts.collect::<PortSet>(), ports);
        }
    }
}
