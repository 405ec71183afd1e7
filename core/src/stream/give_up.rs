//! Why an undecided stream was given up: a closed, countable set.

use core::fmt;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Why an undecided stream was given up. Indexable: `reason as usize` is below
        /// [`GiveUp::COUNT`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum GiveUp { $($(#[$doc])* $variant,)* }

        impl GiveUp {
            /// All reasons, in the order of their numbers.
            pub const ALL: &'static [GiveUp] = &[$(GiveUp::$variant,)*];

            /// How many reasons there are.
            pub const COUNT: usize = GiveUp::ALL.len();

            /// The name used in counters, in `snake_case`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(GiveUp::$variant => $name,)* }
            }
        }
    };
}

reasons! {
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

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
