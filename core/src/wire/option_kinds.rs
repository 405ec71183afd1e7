//! The TCP options that a system chooses, in four bytes: what is kept of a host's options.

use core::fmt;

use super::option_layout::OptionLayout;

/// Kinds of TCP options in order, without padding and without options that programs ask for, so
/// that all connections of one host have the same; at most eight are told apart.
///
/// A host is compared by them: see the example of [`Change`](crate::Change).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct OptionKinds(u32);

/// Numbers of the kinds (IANA, "TCP Option Kind Numbers") with their codes and words.
const CODED: [(u8, u32, &str); 6] =
    [(2, 1, "mss"), (3, 2, "ws"), (4, 3, "sok"), (5, 4, "sack"), (8, 5, "ts"), (19, 6, "md5")];
/// Every other kind.
const OTHER: u32 = 7;
/// The last of more than eight.
const MORE: u32 = 15;
const BITS: u32 = 4;
const MAX: u32 = u32::BITS / BITS;

impl OptionKinds {
    /// The kinds of a layout.
    pub(crate) fn of(layout: &OptionLayout) -> OptionKinds {
        let own = layout.own_options();
        let code = |kind: &u8| {
            let coded = CODED.iter().find(|(number, ..)| number == kind);
            coded.map_or(OTHER, |&(_, code, _)| code)
        };
        let mut word = 0;
        for (index, kind) in (0..).zip(own.kinds()) {
            word |=
                if index < MAX { code(kind) << (index * BITS) } else { MORE << ((MAX - 1) * BITS) };
        }
        OptionKinds(word)
    }

    pub(crate) const fn from_bits(bits: u32) -> OptionKinds {
        OptionKinds(bits)
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }
}

/// `mss,sok,ts,ws`; `?` for a kind without a word.
impl fmt::Display for OptionKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for index in 0..MAX {
            let code = self.0 >> (index * BITS) & MORE;
            if code == 0 {
                return Ok(());
            }
            let coded = CODED.iter().find(|&&(_, coded, _)| coded == code);
            let word = coded.map_or(if code == MORE { "..." } else { "?" }, |&(_, _, word)| word);
            write!(f, "{}{word}", if index > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Direction;
    use crate::tcp::observation::Observation;

    fn kinds(options: &str) -> OptionKinds {
        let text = format!("4:64+0:0:1460:mss*44,7:{options}:df,id+:0");
        OptionKinds::of(&Observation::parse(&text, Direction::Syn).unwrap().layout)
    }

    #[test]
    fn what_programs_ask_for_is_left_out() {
        assert_eq!(kinds("mss,sok,ts,nop,ws").to_string(), "mss,sok,ts,ws");
        for requested in [
            "mss,sok,ts,nop,ws,?34,nop,nop",
            "mss,sok,ts,nop,ws,?30",
            "mss,nop,nop,sok,ts,nop,ws,?254",
        ] {
            assert_eq!(kinds(requested), kinds("mss,sok,ts,nop,ws"), "{requested}");
        }
        assert_ne!(kinds("mss,nop,nop,sok,nop,ws"), kinds("mss,sok,ts,nop,ws"));
        assert_ne!(kinds("mss,ws,sok"), kinds("mss,sok,ws"));
    }

    #[test]
    fn many_and_unknown_kinds_have_words() {
        assert_eq!(kinds("?7,mss").to_string(), "?,mss");
        assert_eq!(kinds("").to_string(), "");
        let many = kinds("mss,mss,mss,mss,mss,mss,mss,ws,sok");
        assert_eq!(many.to_string(), "mss,mss,mss,mss,mss,mss,mss,...");
        assert_eq!(many, kinds("mss,mss,mss,mss,mss,mss,mss,sok,ts,ws"));
    }
}
