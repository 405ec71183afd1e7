//! What was not read, and why: closed, countable sets.

use core::fmt;

macro_rules! reasons {
    ($(#[$enum_doc:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// How many there are.
            pub const COUNT: usize = $name::ALL.len();

            /// The name used in counters, in `snake_case`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

reasons! {
    /// Why a packet, or a datagram, was not read. Indexable: `fault as usize` is below
    /// [`Fault::COUNT`].
    Fault {
        /// Not a long header of a version that can be opened.
        NotInitial = "not_initial",
        /// The capture ends before the packet does, so its tag cannot be verified.
        Cut = "cut",
        /// A length in a header contradicts the datagram, or a connection ID has more than 20 bytes.
        BadHeader = "bad_header",
        /// The tag does not verify: damaged, forged, or of a connection whose first Initial was not
        /// captured. An Initial of a server looks the same where its client's was not.
        WrongTag = "wrong_tag",
        /// A frame that contradicts the packet's length, or that no Initial may have.
        BadFrame = "bad_frame",
        /// As many packets as may be were decrypted in this second.
        OverBudget = "over_budget",
    }
}

impl core::error::Error for Fault {}

reasons! {
    /// Why a connection was given up before its hello was whole. Indexable: `reason as usize` is
    /// below [`GiveUp::COUNT`].
    GiveUp {
        /// A hello of more bytes than are held.
        TooLong = "too_long",
        /// More gaps than are followed.
        TooManyPieces = "too_many_pieces",
        /// What came is no ClientHello, or one whose lengths contradict each other.
        NotHello = "not_hello",
        /// All connections together held too much, and this one for the longest.
        Evicted = "evicted",
        /// Its missing pieces did not come in time.
        TimedOut = "timed_out",
        /// Another connection began between the same ports.
        Replaced = "replaced",
        /// The capture ended before.
        Ended = "ended",
    }
}
