//! The window as a multiple of something: stacks choose it by the MSS or the MTU.

use crate::word_enum::from_word;

/// Of what a window is a multiple.
///
/// It is a part of [`WindowMultiple`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowUnit {
    /// The maximum segment size.
    Mss,
    /// The maximum transmission unit.
    Mtu,
}

impl WindowUnit {
    /// p0f's word: `mss` or `mtu`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            WindowUnit::Mss => "mss",
            WindowUnit::Mtu => "mtu",
        }
    }
}

/// p0f's word.
impl core::fmt::Display for WindowUnit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

from_word!(WindowUnit { Mss = "mss", Mtu = "mtu", });

/// A window that is `times` × the MSS or MTU.
///
/// ```
/// use stackprint::{Direction, Observation, WindowUnit};
///
/// let text = "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0";
/// let multiple = Observation::parse(text, Direction::Syn)?.window_multiple().expect("44 segments");
/// assert_eq!((multiple.unit, multiple.times), (WindowUnit::Mss, 44));
/// assert_eq!(multiple.to_string(), "mss*44");
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowMultiple {
    /// What is multiplied.
    pub unit: WindowUnit,
    /// How many times, 1..=32767.
    pub times: u16,
}

/// As signatures write it, `mss*44`.
impl core::fmt::Display for WindowMultiple {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}*{}", self.unit, self.times)
    }
}
