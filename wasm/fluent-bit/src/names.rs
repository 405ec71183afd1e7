//! The names of members that can be chosen.
#![forbid(unsafe_code)]

/// Names of members at the top of an event. Printable ASCII without quotes and backslashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    pub(crate) result: &'static str,
    pub(crate) base64: &'static str,
    pub(crate) hex: &'static str,
}

impl Names {
    /// `stackprint` for the result, `packet` for a frame in base64, `frame_raw` for one in
    /// hexadecimal.
    pub const DEFAULT: Names = Names { result: "stackprint", base64: "packet", hex: "frame_raw" };

    /// Names chosen when the filter is compiled: Fluent Bit hands no settings to a filter.
    /// `STACKPRINT_RESULT_KEY`, `STACKPRINT_BASE64_KEY` and `STACKPRINT_HEX_KEY` in the
    /// environment of the compiler; else [`Names::DEFAULT`].
    pub const COMPILED: Names = Names {
        result: checked(option_env!("STACKPRINT_RESULT_KEY"), Names::DEFAULT.result),
        base64: checked(option_env!("STACKPRINT_BASE64_KEY"), Names::DEFAULT.base64),
        hex: checked(option_env!("STACKPRINT_HEX_KEY"), Names::DEFAULT.hex),
    };
}

/// Fails while compiling.
#[allow(clippy::panic, reason = "evaluated by the compiler only")]
const fn checked(chosen: Option<&'static str>, default: &'static str) -> &'static str {
    let Some(name) = chosen else { return default };
    let mut rest = name.as_bytes();
    assert!(!rest.is_empty(), "the name of a member is empty");
    while let [byte, others @ ..] = rest {
        let is_plain = matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        assert!(is_plain, "the name of a member needs escapes, or is not ASCII");
        rest = others;
    }
    name
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::checked;

    #[test]
    fn names_that_json_would_escape_do_not_compile() {
        assert_eq!(checked(None, "packet"), "packet");
        assert_eq!(checked(Some("tcp stack"), "packet"), "tcp stack");
        for bad in ["", "a\"b", "a\\b", "a\nb", "\u{e9}"] {
            assert!(catch_unwind(|| checked(Some(bad), "packet")).is_err(), "{bad:?}");
        }
    }
}
