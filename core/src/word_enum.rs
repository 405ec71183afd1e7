//! Closed sets of which each member has a word: causes that are counted, protocols that are named.

use core::fmt;

/// A text that is none of a set's words.
///
/// The error of reading a [`Direction`](crate::Direction), and of all sets that have words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord {
    /// The words of the set.
    pub expected: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected one of {}", self.expected.join(", "))
    }
}

impl core::error::Error for UnknownWord {}

/// Defines such a set. Members are numbered from 0, so that `member as usize` is a place in a list of
/// `COUNT` counters.
macro_rules! word_enum {
    (
        $(#[$enum_meta:meta])*
        $name:ident { $($(#[$meta:meta])* $variant:ident = $text:literal,)* }
    ) => {
        $(#[$enum_meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$meta])* $variant,)* }

        impl $name {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// How many there are.
            pub const COUNT: usize = $name::ALL.len();

            /// Returns the name used in counters and records, in `snake_case`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        crate::word_enum::from_word!($name { $($variant = $text,)* });
    };
}

/// Reads a member by its word: [`FromStr`](core::str::FromStr) of a set that has `as_str`.
macro_rules! from_word {
    ($name:ident { $($(#[$meta:meta])* $variant:ident = $text:literal,)* }) => {
        /// Reads the word that `as_str` gives.
        impl core::str::FromStr for $name {
            type Err = crate::word_enum::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($(#[$meta])* $text => Ok($name::$variant),)*
                    _ => Err(crate::word_enum::UnknownWord {
                        expected: &[$($(#[$meta])* $text,)*],
                    }),
                }
            }
        }
    };
}

pub(crate) use {from_word, word_enum};
