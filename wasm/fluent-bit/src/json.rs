//! Just enough JSON to find a few members of an object in one pass, without building anything.
//!
//! What is passed over is not checked in depth: strings end where they should, and brackets pair.
//! Fluent Bit writes these texts itself.
#![forbid(unsafe_code)]

use memchr::{memchr, memchr2};

/// A value as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'j> {
    /// What is between the quotes.
    Text(&'j [u8]),
    /// A number, `true` or `false`.
    Word(&'j [u8]),
    /// An object or a list.
    Nested,
    Null,
}

/// Reads JSON from its start on. `None` from any step means that the text is no JSON, or is cut.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'j> {
    text: &'j [u8],
    at: usize,
}

impl<'j> Cursor<'j> {
    pub(crate) fn new(text: &'j [u8]) -> Cursor<'j> {
        Cursor { text, at: 0 }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(crate) fn is_at_object(&self) -> bool {
        self.peek() == Some(b'{')
    }

    /// Reads an object. `member` has the name of each member, escapes resolved, and has to read
    /// the value. Hands over where the closing brace is.
    pub(crate) fn object(
        &mut self,
        mut member: impl FnMut(&[u8], &mut Self) -> Option<()>,
    ) -> Option<usize> {
        self.byte(b'{')?;
        self.blanks();
        if self.peek() == Some(b'}') {
            return self.close();
        }
        let mut unescaped = Vec::new();
        loop {
            let name = resolved(self.string()?, &mut unescaped);
            self.blanks();
            self.byte(b':')?;
            self.blanks();
            member(name, self)?;
            self.blanks();
            if self.peek()? == b'}' {
                return self.close();
            }
            self.byte(b',')?;
            self.blanks();
        }
    }

    /// Reads a value.
    pub(crate) fn value(&mut self) -> Option<Value<'j>> {
        match self.peek()? {
            b'"' => self.string().map(Value::Text),
            b'{' | b'[' => self.nested().map(|()| Value::Nested),
            _ => self.word(),
        }
    }

    pub(crate) fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn close(&mut self) -> Option<usize> {
        let at = self.at;
        self.at += 1;
        Some(at)
    }

    /// What is between the quotes.
    fn string(&mut self) -> Option<&'j [u8]> {
        self.byte(b'"')?;
        let start = self.at;
        loop {
            self.at += memchr2(b'"', b'\\', self.text.get(self.at..)?)?;
            if self.peek()? == b'"' {
                let between = self.text.get(start..self.at);
                self.at += 1;
                return between;
            }
            const ESCAPE_BYTES: usize = 2;
            self.at += ESCAPE_BYTES;
        }
    }

    /// Passes over an object or a list; how deep it is costs no memory.
    fn nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn word(&mut self) -> Option<Value<'j>> {
        let rest = self.text.get(self.at..)?;
        let is_end =
            |byte: &u8| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.');
        let len = rest.iter().position(is_end).unwrap_or(rest.len());
        self.at += len;
        match rest.get(..len)? {
            b"" => None,
            b"null" => Some(Value::Null),
            word => Some(Value::Word(word)),
        }
    }
}

/// What a string stands for. A byte that is in no UTF-8 stands for each character that is not
/// ASCII and written as an escape: nothing that is looked for here has one.
pub(crate) fn resolved<'t>(text: &'t [u8], unescaped: &'t mut Vec<u8>) -> &'t [u8] {
    const NOT_ASCII: u8 = 0xff;
    let mut rest = text;
    if memchr(b'\\', rest).is_none() {
        return text;
    }
    unescaped.clear();
    while let Some((plain, escape)) = memchr(b'\\', rest).and_then(|at| rest.split_at_checked(at)) {
        unescaped.extend_from_slice(plain);
        let (byte, len) = escaped(escape).unwrap_or((NOT_ASCII, 1));
        unescaped.push(byte);
        rest = escape.get(len..).unwrap_or_default();
    }
    unescaped.extend_from_slice(rest);
    unescaped
}

/// The ASCII character of the escape that `text` begins with, and how long the escape is
/// (RFC 8259 section 7).
fn escaped(text: &[u8]) -> Option<(u8, usize)> {
    let plain = match text {
        [_, b'u', digits @ ..] => {
            let mut code = [0; 2];
            hex::decode_to_slice(digits.get(..4)?, &mut code).ok()?;
            let byte = u8::try_from(u16::from_be_bytes(code)).ok();
            return byte.filter(u8::is_ascii).map(|byte| (byte, 6));
        }
        [_, b'b', ..] => 0x08,
        [_, b'f', ..] => 0x0c,
        [_, b'n', ..] => b'\n',
        [_, b'r', ..] => b'\r',
        [_, b't', ..] => b'\t',
        [_, same @ (b'"' | b'\\' | b'/'), ..] => *same,
        _ => return None,
    };
    Some((plain, 2))
}
