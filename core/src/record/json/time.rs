//! The time of a record as text: RFC 3339, as [`Timestamp`] prints it.

use core::ops::Range;

use crate::frame::{Civil, Timestamp};

const TEMPLATE: &[u8; 30] = b"0000-00-00T00:00:00.000000000Z";
const NANOS: Range<usize> = 20..29;

/// The text of a second, of which packets share many.
#[derive(Debug)]
pub(super) struct Second {
    of: Option<u64>,
    text: [u8; TEMPLATE.len()],
}

impl Second {
    pub(super) const fn new() -> Second {
        Second { of: None, text: *TEMPLATE }
    }

    /// The text of a time, in ASCII.
    #[inline]
    pub(super) fn text(&mut self, time: Timestamp) -> &[u8] {
        let seconds = time.as_seconds();
        if self.of != Some(seconds) {
            self.of = Some(seconds);
            self.begin(time.civil());
        }
        digits(&mut self.text, NANOS, time.subsecond_nanos());
        &self.text
    }

    fn begin(&mut self, Civil { year, month, day, hour, minute, second }: Civil) {
        let parts = [(0..4, year as u32), (5..7, month as u32), (8..10, day as u32)];
        let time = [(11..13, hour), (14..16, minute), (17..19, second)];
        for (place, number) in parts.into_iter().chain(time) {
            digits(&mut self.text, place, number);
        }
    }
}

/// Writes a number with leading zeros into its place, two digits at a time.
#[inline]
fn digits(text: &mut [u8], place: Range<usize>, mut number: u32) {
    let mut pairs = text.get_mut(place).unwrap_or_default().rchunks_exact_mut(2);
    for pair in &mut pairs {
        pair.copy_from_slice(&PAIRS[number as usize % PAIRS.len()]);
        number /= PAIRS.len() as u32;
    }
    if let [first] = pairs.into_remainder() {
        *first = b'0' + (number % 10) as u8;
    }
}

/// The numbers from 0 to 99 in two digits.
static PAIRS: [[u8; 2]; 100] = {
    let mut all = [[0; 2]; 100];
    let mut number = 0;
    while number < all.len() {
        all[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    all
};
