//! How sure a match is, and where the packet differs from what the signature asks.

use core::fmt;

use super::Fingerprint;
use crate::database::Rank;
use crate::quirks::Quirks;
use crate::signature::TtlRule;

/// A field in which a packet differs from the signature that was matched with tolerances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Which field.
    pub field: Field,
}

/// A field that is matched with tolerances, with both values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The TTL is not one with which a packet can arrive from this initial TTL.
    Ttl {
        /// TTL as observed.
        observed: u8,
        /// What the signature asks.
        expected: TtlRule,
    },
    /// Quirks are missing, or there are others.
    Quirks {
        /// Quirks as observed.
        observed: Quirks,
        /// What the signature asks for this IP version.
        expected: Quirks,
    },
}

impl Field {
    /// The field's name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Field::Ttl { .. } => "ttl",
            Field::Quirks { .. } => "quirks",
        }
    }

    /// The packet's value, in the notation of signatures.
    #[must_use]
    pub fn observed(&self) -> &dyn fmt::Display {
        match self {
            Field::Ttl { observed, .. } => observed,
            Field::Quirks { observed, .. } => observed,
        }
    }

    /// The signature's value, in the notation of signatures.
    #[must_use]
    pub fn expected(&self) -> &dyn fmt::Display {
        match self {
            Field::Ttl { expected, .. } => expected,
            Field::Quirks { expected, .. } => expected,
        }
    }
}

impl Fingerprint<'_> {
    /// How likely the label is right, 0 to 1; `None` without a match.
    #[must_use]
    pub fn quality(&self) -> Option<f64> {
        self.found.map(|found| match (found.fuzzy, found.label.rank()) {
            (false, Rank::Specific) => 0.9,
            (false, Rank::Generic) => 0.7,
            (true, _) => 0.5,
        })
    }

    /// Where a packet that was matched with tolerances differs from the signature.
    pub fn differences(&self) -> impl Iterator<Item = Difference> {
        let found = self.found.filter(|found| found.fuzzy);
        let observation = self.observation;
        let ttl = found
            .filter(|_| self.distance_is_guessed())
            .map(|found| Field::Ttl { observed: observation.ttl, expected: found.signature.ttl });
        let quirks = found.map(|found| Field::Quirks {
            observed: observation.quirks,
            expected: found.signature.quirks_for(observation.version),
        });
        let quirks = quirks.filter(
            |field| matches!(field, Field::Quirks { observed, expected } if observed != expected),
        );
        [ttl, quirks].into_iter().flatten().map(|field| Difference { field })
    }
}
