//! Sets of named members, each of which is a bit and has a word.

/// Defines a set: a type whose members are constants, and what sets can do.
macro_rules! bit_set {
    (
        $(#[$set_doc:meta])*
        $set:ident($bits:ty) {
            $($(#[$member_doc:meta])* $member:ident = $bit:literal, $word:literal;)*
        }
    ) => {
        $(#[$set_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $set($bits);

        impl $set {
            $($(#[$member_doc])* pub const $member: $set = $set(1 << $bit);)*

            /// The empty set.
            pub const NONE: $set = $set(0);

            /// Every member with its word, in the order of the bits and of printing.
            pub const ALL: &'static [($set, &'static str)] = &[$(($set::$member, $word),)*];

            /// Returns whether all of `other` are in this set.
            #[must_use]
            #[inline]
            pub const fn contains(self, other: $set) -> bool {
                self.0 & other.0 == other.0
            }

            /// Returns whether the set is empty.
            #[must_use]
            #[inline]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Returns what is in one of the two sets or in both; as `|`, but also in constants.
            #[must_use]
            #[inline]
            pub const fn union(self, other: $set) -> $set {
                $set(self.0 | other.0)
            }

            /// Returns what is in this set and not in `other`.
            #[must_use]
            #[inline]
            pub const fn without(self, other: $set) -> $set {
                $set(self.0 & !other.0)
            }

            /// Returns the set as bits, in the order of [`ALL`](Self::ALL) from bit 0.
            #[must_use]
            #[inline]
            pub const fn bits(self) -> $bits {
                self.0
            }

            /// Returns the set of the given [`bits`](Self::bits); unknown ones are dropped.
            #[must_use]
            #[inline]
            pub const fn from_bits(bits: $bits) -> $set {
                $set(bits & ((1 << $set::ALL.len()) - 1))
            }

            /// Iterates over the members with their words, in the order of [`ALL`](Self::ALL).
            pub fn iter(self) -> impl Iterator<Item = ($set, &'static str)> {
                $set::ALL.iter().copied().filter(move |&(member, _)| self.contains(member))
            }

            /// Iterates over the words of the members, in the order of [`ALL`](Self::ALL).
            pub fn words(self) -> impl Iterator<Item = &'static str> {
                self.iter().map(|(_, word)| word)
            }
        }

        impl core::ops::BitOr for $set {
            type Output = $set;

            #[inline]
            fn bitor(self, other: $set) -> $set {
                self.union(other)
            }
        }

        impl core::ops::BitAnd for $set {
            type Output = $set;

            #[inline]
            fn bitand(self, other: $set) -> $set {
                $set(self.0 & other.0)
            }
        }

        impl core::ops::BitXor for $set {
            type Output = $set;

            #[inline]
            fn bitxor(self, other: $set) -> $set {
                $set(self.0 ^ other.0)
            }
        }

        /// The members that are not in the set.
        impl core::ops::Not for $set {
            type Output = $set;

            #[inline]
            fn not(self) -> $set {
                $set::from_bits(!self.0)
            }
        }

        /// As [`without`](Self::without).
        impl core::ops::Sub for $set {
            type Output = $set;

            #[inline]
            fn sub(self, other: $set) -> $set {
                self.without(other)
            }
        }

        /// The union of sets.
        impl FromIterator<$set> for $set {
            fn from_iter<I: IntoIterator<Item = $set>>(sets: I) -> $set {
                sets.into_iter().fold($set::NONE, $set::union)
            }
        }

        impl Extend<$set> for $set {
            fn extend<I: IntoIterator<Item = $set>>(&mut self, sets: I) {
                *self |= sets.into_iter().collect();
            }
        }

        impl core::ops::BitOrAssign for $set {
            #[inline]
            fn bitor_assign(&mut self, other: $set) {
                *self = self.union(other);
            }
        }
    };
}

pub(crate) use bit_set;
