//! `ua_os`: which text in a User-Agent names which system.

use super::signature::Cursor;
use crate::parse_error::{Expected, ParseError};

/// One entry of a `ua_os` line: `Linux`, or `iOS=[iPhone]`.
///
/// ```
/// use stackprint::http::UserAgentRule;
///
/// let rules = UserAgentRule::parse_list("Linux,iOS=[iPhone]")?;
/// assert_eq!((rules[0].name(), rules[0].text()), ("Linux", None));
/// assert_eq!((rules[1].name(), rules[1].text()), ("iOS", Some("iPhone")));
/// # Ok::<(), stackprint::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserAgentRule {
    pub(super) name: Box<str>,
    pub(super) text: Option<Box<str>>,
    /// Offset in the value of the line.
    pub(super) at: usize,
}

impl UserAgentRule {
    /// Reads the value of a `ua_os` line.
    ///
    /// # Errors
    ///
    /// At the first entry that is not in the notation, with its column.
    pub fn parse_list(text: &str) -> Result<Vec<UserAgentRule>, ParseError> {
        let mut cursor = Cursor { text, at: 0 };
        let mut rules = Vec::new();
        while !cursor.rest().is_empty() {
            while cursor.eat(' ') || cursor.eat('\t') {}
            let at = cursor.at;
            let rest = cursor.rest();
            let len = rest.bytes().position(|byte| !is_system_byte(byte)).unwrap_or(rest.len());
            let name = rest.get(..len).filter(|name| !name.is_empty());
            let name = name.ok_or(cursor.error(Expected::UaOs))?.into();
            cursor.at += len;
            let mut text = None;
            if cursor.eat('=') {
                text = Some(cursor.bracketed().ok_or(cursor.error(Expected::UaOs))?.into());
            }
            if !cursor.eat(',') && !cursor.rest().is_empty() {
                return Err(cursor.error(Expected::UaOs));
            }
            rules.push(UserAgentRule { name, text, at });
        }
        Ok(rules)
    }

    /// The system that it names.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a User-Agent of that system contains; None for the name.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Where it begins in the line's value, in bytes from 0.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.at
    }
}

/// What names of systems are made of, as in labels.
fn is_system_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" ./-_!?()".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_p0f_s_own_line() {
        let rules =
            UserAgentRule::parse_list("Linux,iOS=[iPad], Mac OS X,Solaris=[SunOS]").unwrap();
        let rules: Vec<_> = rules.iter().map(|it| (it.name(), it.text(), it.offset())).collect();
        let expected = [
            ("Linux", None, 0),
            ("iOS", Some("iPad"), 6),
            ("Mac OS X", None, 18),
            ("Solaris", Some("SunOS"), 27),
        ];
        assert_eq!(rules, expected);
    }

    #[test]
    fn errors_name_the_column() {
        for (text, column) in
            [(",a", 1), ("a,=[x]", 3), ("a=x", 3), ("a=[]", 5), ("a=[x]b", 6), ("a;b", 2)]
        {
            let error = UserAgentRule::parse_list(text).expect_err(text);
            assert_eq!((error.column, error.expected), (column, Expected::UaOs), "{text}");
        }
    }
}
