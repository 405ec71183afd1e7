//! How likely a label is right. `docs/quality.md` has the method and how it was calibrated.

use crate::database::Rank;

/// Share of right families where the database records none: exact matches of specific labels, and
/// of generic ones, whose layouts proxies and gateways share.
const SPECIFIC: f64 = 0.9;
const GENERIC: f64 = 0.5;
/// What is left of it where TTL or quirks are not as asked: middleboxes change these, and seldom
/// does another system hide behind the difference.
const FUZZY: f64 = 0.97;

/// Of the label of a match, exact and with tolerances; `recorded` is what the database says of it.
pub(crate) fn of_label(rank: Rank, recorded: Option<f64>) -> Quality {
    let exact = recorded.unwrap_or(match rank {
        Rank::Specific => SPECIFIC,
        Rank::Generic => GENERIC,
    });
    Quality { exact: two_decimals(exact), fuzzy: two_decimals(exact * FUZZY) }
}

/// Of a label by how its signature fits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quality {
    pub(crate) exact: f64,
    pub(crate) fuzzy: f64,
}

/// Of a signature that does not fit, from a distance of 1; beyond the last one, as there.
const NEAR: [f64; 5] = [0.9, 0.65, 0.45, 0.1, 0.03];

/// Of a signature that does not fit, by its distance.
pub(crate) fn of_near(distance: u16) -> f64 {
    let at = usize::from(distance).saturating_sub(1).min(NEAR.len() - 1);
    NEAR.get(at).copied().unwrap_or_default()
}

fn two_decimals(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}
