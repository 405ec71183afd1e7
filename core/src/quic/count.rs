//! What was not read, and why: closed, countable sets.

use crate::word_enum::word_enum;

word_enum! {
    /// Why a packet, or a datagram, was not read. Indexable: `fault as usize` is below
    /// [`Fault::COUNT`].
    ///
    /// [`Connections::faults`](super::Connections::faults) counts them, and
    /// [`open_initial`](super::open_initial) returns one.
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
        /// The limit of packets to decrypt in this second was reached.
        OverBudget = "over_budget",
    }
}

impl core::error::Error for Fault {}

word_enum! {
    /// Why a connection was given up before its hello was whole. Indexable: `reason as usize` is
    /// below [`GiveUp::COUNT`].
    ///
    /// [`Connections::given_up`](super::Connections::given_up) counts them.
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
