//! Text → [`Signature`].

use core::str::FromStr;

use super::{Signature, TtlRule, WindowRule};
use crate::parse_error::{Expected, ParseError};
use crate::tcp::notation::{self, Fields, number};
use crate::tcp::observation::Compat;
use crate::tcp::quirks::{Quirks, UnknownQuirk};
use crate::tcp::window::{WindowMultiple, WindowUnit};
use crate::wire::IpVersion;

/// The largest multiple of MSS or MTU that a signature may ask for (p0f's bound).
pub(crate) const MAX_MULTIPLE: u16 = 1000;

impl FromStr for Signature {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Signature::parse(text, Compat::Fixed)
    }
}

/// Reads a window as it stands in a signature: `mss*44`, `%8192`, `*`.
impl FromStr for WindowRule {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        window_rule(text).ok_or(ParseError::at(0, Expected::WindowRule))
    }
}

impl Signature {
    /// Reads a signature; `compat` decides whether p0f's reader is followed in its bugs.
    ///
    /// # Errors
    ///
    /// Where a field is not in the notation, with its column.
    pub(crate) fn parse(text: &str, compat: Compat) -> Result<Signature, ParseError> {
        let fields =
            Fields::split(text).ok_or(ParseError::at(text.len(), Expected::EightFields))?;
        let error = |field: usize, expected| ParseError::at(fields.offset(field), expected);

        let version = match fields.text(0) {
            "*" => None,
            "4" => Some(IpVersion::V4),
            "6" => Some(IpVersion::V6),
            _ => return Err(error(0, Expected::VersionOrAny)),
        };
        let ttl = ttl_rule(fields.text(1)).ok_or(error(1, Expected::InitialTtl))?;
        let skipped = usize::from(ttl.random && compat.rules().bad_ttl_skips_a_byte);
        let ip_options = fields.text(2).get(skipped..).unwrap_or_default();
        let ip_options_len = number(ip_options).ok_or(error(2, Expected::IpOptionsLen))?;
        let mss = or_any(fields.text(3), number).ok_or(error(3, Expected::MssOrAny))?;
        let (window, scale) =
            fields.text(4).split_once(',').ok_or(error(4, Expected::WindowRule))?;
        let window_scale = or_any(scale, number)
            .ok_or(ParseError::at(fields.offset(4) + window.len() + 1, Expected::WindowScale))?;
        let window = window_rule(window).ok_or(error(4, Expected::WindowRule))?;
        let layout = notation::parse_layout(fields.text(5))
            .map_err(|at| ParseError::at(fields.offset(5) + at, Expected::Layout))?;
        let quirks = fields.text(6).parse().map_err(|unknown: UnknownQuirk| {
            ParseError::at(fields.offset(6) + unknown.at, Expected::Quirks)
        })?;
        if !possible(quirks, version) {
            return Err(error(6, Expected::QuirksOfVersion));
        }
        let has_payload = match fields.text(7) {
            "*" => None,
            "0" => Some(false),
            "+" => Some(true),
            _ => return Err(error(7, Expected::PayloadOrAny)),
        };
        Ok(Signature {
            version,
            ttl,
            ip_options_len,
            mss,
            window,
            window_scale,
            layout,
            quirks,
            has_payload,
        })
    }
}

/// `*` for any, or what `read` makes of the text.
fn or_any<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text == "*" { Some(None) } else { read(text).map(Some) }
}

/// `64`, `54+10`, `64-`.
fn ttl_rule(text: &str) -> Option<TtlRule> {
    let (initial, random): (u8, bool) = if let Some(most) = text.strip_suffix('-') {
        (number(most)?, true)
    } else if let Some((observed, distance)) = text.split_once('+') {
        let (observed, distance): (u8, u8) = (number(observed)?, number(distance)?);
        (observed.checked_add(distance)?, false)
    } else {
        (number(text)?, false)
    };
    (initial > 0).then_some(TtlRule { initial, random })
}

/// `*`, `%8192`, `mss*44`, `mtu*4`, `65535`.
fn window_rule(text: &str) -> Option<WindowRule> {
    if text == "*" {
        return Some(WindowRule::Any);
    }
    if let Some(divisor) = text.strip_prefix('%') {
        return number(divisor).filter(|&divisor| divisor >= 2).map(WindowRule::Modulo);
    }
    for unit in [WindowUnit::Mss, WindowUnit::Mtu] {
        if let Some(times) =
            text.strip_prefix(unit.as_str()).and_then(|rest| rest.strip_prefix('*'))
        {
            let times = number(times).filter(|times| (1..=MAX_MULTIPLE).contains(times))?;
            return Some(WindowRule::Multiple(WindowMultiple { unit, times }));
        }
    }
    number(text).map(WindowRule::Exact)
}

/// Whether a packet of the signature's version can show all its quirks.
pub(super) fn possible(quirks: Quirks, version: Option<IpVersion>) -> bool {
    version.is_none_or(|version| quirks.possible_in(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(text: &str) -> usize {
        text.parse::<Signature>().expect_err(text).column
    }

    #[test]
    fn a_window_alone_reads_back() {
        for text in ["*", "65535", "mss*44", "mtu*4", "%8192"] {
            assert_eq!(text.parse::<WindowRule>().unwrap().to_string(), text);
        }
        for text in ["mss*0", "mss*1001", "%1", "65536", "mss", "1,2", "-1", "*1"] {
            assert_eq!(text.parse::<WindowRule>().unwrap_err().expected, Expected::WindowRule);
        }
    }

    #[test]
    fn reads_and_writes_the_notation() {
        for text in [
            "*:64:0:*:mss*10,4:mss,sok,ts,nop,ws:df,id+:0",
            "4:128:0:1460:65535,*:mss,nop,nop,sok:df,id+:+",
            "6:255:4:*:%8192,0:?30,mss,eol+3:flow,bad:*",
            "*:64-:0:1460:*,*::ack+:0",
            "*:64:0:0:mtu*4,0:eol+0:ts1-:0",
        ] {
            assert_eq!(text.parse::<Signature>().unwrap().to_string(), text);
        }
        let spellings = "*:54+10:::,:?2,nop,:df,df,:0".parse::<Signature>().unwrap();
        assert_eq!(spellings.to_string(), "*:64:0:0:0,0:mss,nop:df:0");
    }

    #[test]
    fn errors_name_the_column() {
        assert_eq!(column("*:64:0:*:mss*10,4:mss:df:0:0"), 29);
        assert_eq!(column("5:64:0:*:1,4:mss:df:0"), 1);
        assert_eq!(column("*::0:*:1,4:mss:df:0"), 3);
        assert_eq!(column("*:14+?:0:*:1,4:mss:df:0"), 3);
        assert_eq!(column("*:64:0:*:mss*1001,4:mss:df:0"), 10);
        assert_eq!(column("*:64:0:*:1,:256:mss:df:0"), 25);
        assert_eq!(column("*:64:0:*:1,256:mss:df:0"), 12);
        assert_eq!(column("*:64:0:*:1,4:mss,tso:df:0"), 18);
        assert_eq!(column("*:64:0:*:1,4:eol+1,mss:df:0"), 20);
        assert_eq!(column("6:64:0:*:1,4:mss:df:0"), 18);
        assert_eq!(column("*:64:0:*:1,4:mss:df:1"), 21);
    }

    #[test]
    fn p0f_eats_a_character_behind_a_bad_ttl() {
        let text = "*:64-:04:*:1,4:mss:df:0";
        assert_eq!(Signature::parse(text, Compat::P0fExact).unwrap().ip_options_len, 4);
        let text = "*:64-:4:*:1,4:mss:df:0";
        assert_eq!(Signature::parse(text, Compat::P0fExact).unwrap().ip_options_len, 0);
        assert_eq!(Signature::parse(text, Compat::Fixed).unwrap().ip_options_len, 4);
    }
}
