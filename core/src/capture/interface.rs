//! What a pcapng section says of one interface: link type, snapshot length and clock.

use pcap_parser::nom::IResult;
use pcap_parser::{OptionCode, PcapError, PcapNGOption, parse_option_be, parse_option_le};

use super::error::CaptureErrorKind;
use super::limits::max_delivered_len;
use crate::frame::{ByteOrder, LinkType, Timestamp};

/// The start of an interface block's body.
mod field {
    pub(super) const LEN: usize = 8;
    pub(super) const LINK_TYPE: usize = 0;
    pub(super) const SNAP_LEN: usize = 4;
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// An interface, as packet blocks refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) link_type: LinkType,
    /// The most bytes that are handed over of a frame.
    pub(super) max_delivered_len: u32,
    tick: Tick,
    /// What to add to every time. Whole seconds in the file.
    offset_nanos: i64,
}

impl Interface {
    /// Reads the body of an interface block.
    pub(super) fn read(order: ByteOrder, body: &[u8]) -> Result<Self, CaptureErrorKind> {
        let (head, mut options) =
            body.split_first_chunk::<{ field::LEN }>().ok_or(CaptureErrorKind::BlockTooShort)?;
        let mut interface = Interface {
            link_type: LinkType(order.u16_at::<{ field::LINK_TYPE }, _>(head)),
            max_delivered_len: max_delivered_len(order.u32_at::<{ field::SNAP_LEN }, _>(head)),
            tick: Tick::MICROSECOND,
            offset_nanos: 0,
        };
        while let Some(option) = next_option(order, &mut options)? {
            interface.apply(order, &option)?;
        }
        Ok(interface)
    }

    /// The two options that change times. pcap-parser's own reading of them knows no resolution to
    /// base 2, and reads offsets as little-endian in every section.
    fn apply(
        &mut self,
        order: ByteOrder,
        option: &PcapNGOption<'_>,
    ) -> Result<(), CaptureErrorKind> {
        let bad = CaptureErrorKind::BadOption { code: option.code.0 };
        let value = option.as_bytes().map_err(|_| bad)?;
        match option.code {
            OptionCode::IfTsresol => {
                let &[exponent] = value else { return Err(bad) };
                self.tick = Tick::from_resolution(exponent);
            }
            OptionCode::IfTsoffset => {
                let seconds = order.i64(value.try_into().map_err(|_| bad)?);
                self.offset_nanos = seconds.saturating_mul(NANOS_PER_SECOND as i64);
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns the time that a packet block of this interface states as `ticks`. Times before the epoch
    /// or beyond the range of [`Timestamp`] stay at its ends.
    #[inline]
    pub(super) fn time(&self, ticks: u64) -> Timestamp {
        Timestamp::from_nanos(self.tick.nanos(ticks).saturating_add_signed(self.offset_nanos))
    }
}

/// Takes one option off `options`. Returns `None` at their end.
fn next_option<'b>(
    order: ByteOrder,
    options: &mut &'b [u8],
) -> Result<Option<PcapNGOption<'b>>, CaptureErrorKind> {
    if options.is_empty() {
        return Ok(None);
    }
    let parsed: IResult<_, _, PcapError<&[u8]>> = match order {
        ByteOrder::Little => parse_option_le(options),
        ByteOrder::Big => parse_option_be(options),
    };
    match parsed {
        // pcap-parser would read on past the end of the options.
        Ok((_, option)) if option.code == OptionCode::EndOfOpt => Ok(None),
        Ok((rest, option)) => {
            *options = rest;
            Ok(Some(option))
        }
        Err(_) => cut_option(order, options).map_or(Ok(None), Err),
    }
}

/// Returns what is wrong with an option that is longer than what is left of its block. The end of the
/// options has no value, whatever its length says.
#[cold]
fn cut_option(order: ByteOrder, options: &[u8]) -> Option<CaptureErrorKind> {
    const HEADER_LEN: usize = 4;
    const CODE: usize = 0;
    let Some(header) = options.first_chunk::<HEADER_LEN>() else {
        return Some(CaptureErrorKind::BlockTooShort);
    };
    let code = order.u16_at::<CODE, _>(header);
    (code != OptionCode::EndOfOpt.0).then_some(CaptureErrorKind::BadOption { code })
}

/// The unit of an interface's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tick {
    /// A number of nanoseconds.
    Nanos(u64),
    /// The nanosecond divided by so much.
    NanosOver(u64),
    /// The second divided by two to the power of so much.
    SecondOverTwoTo(u32),
}

impl Tick {
    const MICROSECOND: Tick = Tick::Nanos(1_000);

    /// Reads the value of the option: the negative of an exponent, to base 2 with the top bit set,
    /// to base 10 without.
    const fn from_resolution(exponent: u8) -> Tick {
        const BASE_TWO: u8 = 0x80;
        const NANOSECOND_EXPONENT: u8 = 9;
        if exponent & BASE_TWO != 0 {
            return Tick::SecondOverTwoTo((exponent & !BASE_TWO) as u32);
        }
        if exponent <= NANOSECOND_EXPONENT {
            return Tick::Nanos(10_u64.pow((NANOSECOND_EXPONENT - exponent) as u32));
        }
        match 10_u64.checked_pow((exponent - NANOSECOND_EXPONENT) as u32) {
            Some(divisor) => Tick::NanosOver(divisor),
            // No number of such ticks makes a nanosecond.
            None => Tick::Nanos(0),
        }
    }

    #[inline]
    fn nanos(self, ticks: u64) -> u64 {
        match self {
            Tick::Nanos(factor) => ticks.saturating_mul(factor),
            Tick::NanosOver(divisor) => ticks / divisor,
            Tick::SecondOverTwoTo(exponent) => {
                // Below 2⁹⁴; the exponent is below 128.
                let scaled = (u128::from(ticks) * u128::from(NANOS_PER_SECOND)) >> exponent;
                u64::try_from(scaled).unwrap_or(u64::MAX)
            }
        }
    }
}
