//! Why an undecided stream was given up: a closed, countable set.

use crate::word_enum::word_enum;

word_enum! {
    /// Why an undecided stream was given up. Indexable: `reason as usize` is below
    /// [`GiveUp::COUNT`].
    ///
    /// [`Streams::given_up`](super::Streams::given_up) counts them.
    GiveUp {
        /// More bytes in order than may be held, and still undecided.
        TooLong = "too_long",
        /// A segment further ahead of the first missing byte than is held.
        TooFarAhead = "too_far_ahead",
        /// More gaps than are followed.
        TooManyPieces = "too_many_pieces",
        /// All streams together held too much, and this one for the longest.
        Evicted = "evicted",
        /// Its sender closed, or its bytes were not captured, before it was decided.
        Ended = "ended",
        /// Its flow was forgotten, reset or replaced.
        FlowGone = "flow_gone",
    }
}
