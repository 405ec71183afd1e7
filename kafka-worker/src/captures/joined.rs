//! The note on captures that were joined.

use std::fmt;

use stackprint::capture::Decoder;

/// The note on captures that were joined.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Joined {
    /// Those after the first one.
    others: u64,
    /// Where the first of them begins.
    at: u64,
}

impl Joined {
    /// Returns `None` for one capture alone.
    pub(crate) fn of(decoder: &Decoder) -> Option<Joined> {
        decoder.first_joint().map(|at| Joined { others: decoder.joined(), at })
    }
}

/// `2 captures in one file, read one after the other (the second begins at offset 310)`
impl fmt::Display for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, at) = (self.others + 1, self.at);
        write!(
            f,
            "{count} captures in one file, read one after the other (the second begins at offset {at})"
        )
    }
}
