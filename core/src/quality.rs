//! How likely a label is right. `docs/quality.md` has the method and how it was calibrated.

use crate::database::{Label, Rank};

/// Of a match.
#[inline]
pub(crate) fn of_match(label: &Label, fuzzy: bool) -> f64 {
    match (fuzzy, label.rank()) {
        (false, Rank::Specific) => 0.9,
        (false, Rank::Generic) => 0.7,
        (true, _) => 0.5,
    }
}

/// Of a signature that does not fit, by its distance.
pub(crate) fn of_near(_label: &Label, distance: u16) -> f64 {
    // Two decimals are enough.
    (50.0 * 0.85_f64.powi(i32::from(distance))).round() / 100.0
}
