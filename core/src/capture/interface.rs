//! What a pcapng section says of one interface: link type, snapshot length and clock.

use super::error::CaptureErrorKind;
use super::step::max_delivered_len;
use crate::frame::ByteOrder;
use crate::frame::{LinkType, Timestamp};

/// The start of an interface block's body.
mod field {
    pub(super) const LEN: usize = 8;
    pub(super) const LINK_TYPE: usize = 0;
    pub(super) const SNAP_LEN: usize = 4;
}

/// The options behind it: code, length, value, padded to four octets.
mod option {
    pub(super) const HEADER_LEN: usize = 4;
    pub(super) const CODE: usize = 0;
    pub(super) const VALUE_LEN: usize = 2;
    pub(super) const ALIGNMENT: usize = 4;

    pub(super) const END: u16 = 0;
    pub(super) const TIME_RESOLUTION: u16 = 9;
    pub(super) const TIME_OFFSET: u16 = 14;
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// An interface, as packet blocks refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) link_type: LinkType,
    /// The most octets that are handed over of a frame.
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
        while let Some((code, value)) = next_option(order, &mut options)? {
            interface.apply(order, code, value)?;
        }
        Ok(interface)
    }

    fn apply(&mut self, order: ByteOrder, code: u16, value: &[u8]) -> Result<(), CaptureErrorKind> {
        match code {
            option::TIME_RESOLUTION => {
                let &[exponent] = value else { return Err(CaptureErrorKind::BadOption { code }) };
                self.tick = Tick::from_resolution(exponent);
            }
            option::TIME_OFFSET => {
                let octets = value.try_into().map_err(|_| CaptureErrorKind::BadOption { code })?;
                self.offset_nanos = order.i64(octets).saturating_mul(NANOS_PER_SECOND as i64);
            }
            _ => {}
        }
        Ok(())
    }

    /// The time that a packet block of this interface states as `ticks`. Times before the epoch
    /// or beyond the range of [`Timestamp`] stay at its ends.
    #[inline]
    pub(super) fn time(&self, ticks: u64) -> Timestamp {
        Timestamp::from_nanos(self.tick.nanos(ticks).saturating_add_signed(self.offset_nanos))
    }
}

/// Takes one option off `options`; none at their end.
fn next_option<'a>(
    order: ByteOrder,
    options: &mut &'a [u8],
) -> Result<Option<(u16, &'a [u8])>, CaptureErrorKind> {
    if options.is_empty() {
        return Ok(None);
    }
    let (header, rest) = options
        .split_first_chunk::<{ option::HEADER_LEN }>()
        .ok_or(CaptureErrorKind::BlockTooShort)?;
    let code = order.u16_at::<{ option::CODE }, _>(header);
    if code == option::END {
        return Ok(None);
    }
    let value_len = usize::from(order.u16_at::<{ option::VALUE_LEN }, _>(header));
    let (value, rest) = rest
        .split_at_checked(value_len.next_multiple_of(option::ALIGNMENT))
        .ok_or(CaptureErrorKind::BadOption { code })?;
    *options = rest;
    Ok(Some((code, value.get(..value_len).unwrap_or(value))))
}

/// The unit of an interface's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tick {
    /// So many nanoseconds.
    Nanos(u64),
    /// The nanosecond divided by so much.
    NanosOver(u64),
    /// The second divided by two to the power of so much.
    SecondOverTwoTo(u32),
}

impl Tick {
    const MICROSECOND: Tick = Tick::Nanos(1_000);

    /// From the value of the option: the negative of an exponent, to base 2 with the top bit set,
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
