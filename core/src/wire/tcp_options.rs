//! The walk over TCP options that a fingerprint needs: order, padding and "malformed from here"
//! survive, which general iterators over options do not promise.

use core::ops::Range;

use super::app_options::{self, AppOptions};
use super::option_layout::{MAX_OPTIONS_LEN, OptionLayout, kind};

/// Octets in front of an option's value.
const KIND_AND_LENGTH_LEN: usize = 2;
/// Octets of the options whose length is fixed, kind and length octet included.
const MSS_LEN: usize = 4;
const WINDOW_SCALE_LEN: usize = 3;
const SACK_PERMITTED_LEN: usize = 2;
const TIMESTAMPS_LEN: usize = 10;
/// A SACK option holds one to four blocks of 8 octets.
const SACK_LEN: core::ops::RangeInclusive<u8> = 10..=34;
/// The least and the most that an option of any other kind can claim.
const OTHER_LEN: core::ops::RangeInclusive<u8> = 2..=40;
/// RFC 7323 section 2.3: "the maximum scale exponent is limited to 14".
const WINDOW_SCALE_MAX: u8 = 14;

/// The two values of a timestamps option (RFC 7323 section 3).
///
/// [`Observation::timestamps`](crate::Observation::timestamps) has those of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpTimestamps {
    /// The sender's own clock, in ticks of unknown length.
    pub tsval: u32,
    /// What the sender echoes of its peer's clock.
    pub tsecr: u32,
}

impl TcpTimestamps {
    /// The two values, from the octets after kind and length.
    #[inline]
    fn of(&[v0, v1, v2, v3, e0, e1, e2, e3]: &[u8; TIMESTAMPS_LEN - KIND_AND_LENGTH_LEN]) -> Self {
        let tsval = u32::from_be_bytes([v0, v1, v2, v3]);
        TcpTimestamps { tsval, tsecr: u32::from_be_bytes([e0, e1, e2, e3]) }
    }

    /// The two values that lie `at` octets after the start of a header's options.
    #[inline]
    pub(crate) fn at(options: &[u8], at: usize) -> Option<TcpTimestamps> {
        options.get(at..)?.first_chunk().map(TcpTimestamps::of)
    }
}

/// What a segment's options say, malformed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TcpOptions {
    pub(crate) layout: OptionLayout,
    /// The last MSS option's value, in octets.
    pub(crate) mss: Option<u16>,
    /// The last window scale option's value, as a power of two.
    pub(crate) window_scale: Option<u8>,
    /// The last timestamps option.
    pub(crate) timestamps: Option<TcpTimestamps>,
    /// An option's length contradicts its kind or the header, or options were left over.
    pub(crate) malformed: bool,
    /// Some window scale was above 14.
    pub(crate) excessive_scale: bool,
    /// Some timestamps option had a tsval of 0.
    pub(crate) zero_tsval: bool,
    /// Some timestamps option had a tsecr other than 0.
    pub(crate) nonzero_tsecr: bool,
    /// Where in the padding after the end-of-list option the first byte lies that is not zero;
    /// `None` if all are zero.
    pub(crate) nonzero_padding_at: Option<u8>,
    /// Options that the stack was asked for by a program.
    pub(crate) app: AppOptions,
}

/// What one option did to the walk.
enum Step<'o> {
    Next(&'o [u8]),
    /// The end of the list: everything is used.
    End,
    /// The rest cannot be read as options.
    Abort,
}

impl TcpOptions {
    /// Reads the option octets of a TCP header (at most 40). Never fails: what is malformed is
    /// recorded, with all that could be read before it.
    pub(crate) fn parse(bytes: &[u8]) -> TcpOptions {
        TcpOptions::walk(bytes, |_, _| {})
    }

    /// As [`parse`](TcpOptions::parse); `each` is told of every option that was passed over: its
    /// kind, and which octets it takes.
    #[inline(always)]
    fn walk(bytes: &[u8], mut each: impl FnMut(u8, Range<usize>)) -> TcpOptions {
        let mut options = TcpOptions {
            layout: OptionLayout::EMPTY,
            mss: None,
            window_scale: None,
            timestamps: None,
            malformed: false,
            excessive_scale: false,
            zero_tsval: false,
            nonzero_tsecr: false,
            nonzero_padding_at: None,
            app: AppOptions::NONE,
        };
        let mut rest = bytes;
        while let Some((&kind, after_kind)) = rest.split_first() {
            if !options.layout.push(kind) {
                options.malformed = true;
                break;
            }
            match options.step(kind, rest, after_kind) {
                Step::Next(next) => {
                    each(kind, bytes.len() - rest.len()..bytes.len() - next.len());
                    rest = next;
                }
                Step::End => break,
                Step::Abort => {
                    options.malformed = true;
                    break;
                }
            }
        }
        options
    }

    /// Takes in one option: `option` begins at its kind, `after_kind` after it.
    #[inline(always)]
    fn step<'o>(&mut self, kind: u8, option: &'o [u8], after_kind: &'o [u8]) -> Step<'o> {
        match kind {
            kind::END => {
                self.layout.set_end_padding(after_kind.len() as u8);
                let nonzero = after_kind.iter().position(|&byte| byte != 0);
                self.nonzero_padding_at = nonzero.map(|at| at as u8);
                Step::End
            }
            kind::NOP => Step::Next(after_kind),
            kind::MSS => match option.split_first_chunk::<MSS_LEN>() {
                Some((&[_, len, high, low], next)) => {
                    self.malformed |= usize::from(len) != MSS_LEN;
                    self.mss = Some(u16::from_be_bytes([high, low]));
                    Step::Next(next)
                }
                None => Step::Abort,
            },
            kind::WINDOW_SCALE => match option.split_first_chunk::<WINDOW_SCALE_LEN>() {
                Some((&[_, len, scale], next)) => {
                    self.malformed |= usize::from(len) != WINDOW_SCALE_LEN;
                    self.excessive_scale |= scale > WINDOW_SCALE_MAX;
                    self.window_scale = Some(scale);
                    Step::Next(next)
                }
                None => Step::Abort,
            },
            kind::SACK_PERMITTED => match option.split_first_chunk::<SACK_PERMITTED_LEN>() {
                Some((&[_, len], next)) => {
                    self.malformed |= usize::from(len) != SACK_PERMITTED_LEN;
                    Step::Next(next)
                }
                None => Step::Abort,
            },
            kind::TIMESTAMPS => match option.split_first_chunk::<TIMESTAMPS_LEN>() {
                Some(([_, len, values @ ..], next)) => {
                    self.malformed |= usize::from(*len) != TIMESTAMPS_LEN;
                    let timestamps = TcpTimestamps::of(values);
                    self.zero_tsval |= timestamps.tsval == 0;
                    self.nonzero_tsecr |= timestamps.tsecr != 0;
                    self.timestamps = Some(timestamps);
                    Step::Next(next)
                }
                None => Step::Abort,
            },
            kind::SACK => skip_by_length(option, SACK_LEN),
            kind if app_options::is_app_option(kind) => {
                let step = skip_by_length(option, OTHER_LEN);
                // Of one that does not fit, what there is.
                let len = match step {
                    Step::Next(next) => option.len() - next.len(),
                    Step::End | Step::Abort => option.len(),
                };
                let value = option.get(KIND_AND_LENGTH_LEN..len).unwrap_or_default();
                self.app |= AppOptions::of(kind, value);
                step
            }
            _ => skip_by_length(option, OTHER_LEN),
        }
    }
}

/// Which octets of a segment's options a fingerprint depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TellingOptions {
    /// 0xff for the octets that matter, whichever they are, and 0 for the others.
    pub(crate) mask: [u8; MAX_OPTIONS_LEN],
    /// Where the values of the timestamps option lie, in octets: of them matters whether they are 0.
    /// `None` without one, and where there are several, all of which matter.
    pub(crate) clocks_at: Option<usize>,
}

/// Which octets of a TCP header's options (at most 40) matter: kinds and lengths; the values of MSS
/// and window scale; the identifiers of experiments; and all that is left where the options end.
pub(crate) fn telling_options(bytes: &[u8]) -> TellingOptions {
    let mut telling = TellingOptions { mask: [0xff; MAX_OPTIONS_LEN], clocks_at: None };
    let mut clocks = 0;
    TcpOptions::walk(bytes, |kind, at| {
        let value = at.start + KIND_AND_LENGTH_LEN..at.end;
        match kind {
            kind::NOP | kind::MSS | kind::WINDOW_SCALE | kind::SACK_PERMITTED => {}
            kind::TIMESTAMPS => {
                clocks += 1;
                telling.clocks_at = Some(value.start);
            }
            kind if app_options::is_experiment(kind) => {
                let bytes = bytes.get(value.clone()).unwrap_or_default();
                let rest = value.start + app_options::identifier_len(bytes)..value.end;
                telling.mask.get_mut(rest).unwrap_or_default().fill(0);
            }
            _ => telling.mask.get_mut(value).unwrap_or_default().fill(0),
        }
    });
    match telling.clocks_at.filter(|_| clocks == 1) {
        Some(at) => {
            let value = at..at + TIMESTAMPS_LEN - KIND_AND_LENGTH_LEN;
            telling.mask.get_mut(value).unwrap_or_default().fill(0);
        }
        None => telling.clocks_at = None,
    }
    telling
}

/// Passes over an option that is known by its length octet alone.
fn skip_by_length(option: &[u8], allowed: core::ops::RangeInclusive<u8>) -> Step<'_> {
    match option.get(1) {
        Some(len) if allowed.contains(len) => match option.get(usize::from(*len)..) {
            Some(next) => Step::Next(next),
            None => Step::Abort,
        },
        _ => Step::Abort,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_length_is_noted_and_the_value_still_read() {
        let options = TcpOptions::parse(&[2, 3, 5, 0xb4]);
        assert_eq!((options.mss, options.malformed), (Some(1460), true));
    }

    #[test]
    fn an_option_that_does_not_fit_ends_the_walk_but_is_listed() {
        for cut in [&[2u8, 4, 5][..], &[3, 3], &[4], &[8, 10, 0, 0, 0, 1], &[5, 10, 1], &[30, 9]] {
            let options = TcpOptions::parse(cut);
            assert!(options.malformed, "{cut:?}");
            assert_eq!(options.layout.kinds(), &cut[..1]);
        }
    }

    #[test]
    fn the_25th_option_is_malformed() {
        assert!(!TcpOptions::parse(&[1; 24]).malformed);
        let options = TcpOptions::parse(&[1; 28]);
        assert!(options.malformed);
        assert_eq!(options.layout.kinds(), &[1; 24]);
    }

    #[test]
    fn padding_is_counted_and_searched() {
        let padding = |bytes: &[u8]| {
            let options = TcpOptions::parse(bytes);
            (options.layout.end_padding(), options.nonzero_padding_at)
        };
        assert_eq!(padding(&[0, 0, 0, 0]), (3, None));
        assert_eq!(padding(&[1, 0, 0, 7]), (2, Some(1)));
        assert_eq!(padding(&[0, 9, 0, 0]), (3, Some(0)));
    }

    #[test]
    fn end_of_list_is_not_the_empty_place_that_it_looks_like() {
        let hash = |bytes: &[u8]| TcpOptions::parse(bytes).layout.kinds_hash();
        let lists: [&[u8]; 4] = [&[], &[0], &[2, 4, 5, 0xb4], &[2, 4, 5, 0xb4, 0, 0, 0, 0]];
        for (index, list) in lists.iter().enumerate() {
            for other in &lists[index + 1..] {
                assert_ne!(hash(list), hash(other), "{list:?} {other:?}");
            }
        }
    }

    #[test]
    fn no_octets_make_it_fail() {
        for first in 0..=255u8 {
            for second in 0..=255u8 {
                for len in 0..40 {
                    let mut bytes = [second; 40];
                    bytes[0] = first;
                    let _ = TcpOptions::parse(&bytes[..len]);
                }
            }
        }
    }
}
