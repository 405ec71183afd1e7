//! The token that clients send from elsewhere.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

/// A secret that a request has to carry. It is shown nowhere.
pub(super) struct Token(Vec<u8>);

impl Token {
    /// A shorter one can be guessed.
    const LEAST_BYTES: usize = 16;

    /// The text of a file, without blanks and line ends around it.
    pub(super) fn read(path: &Path) -> anyhow::Result<Token> {
        let shown = || format!("--http-token-file {}", crate::messages::shown(path));
        let text = fs::read(path).with_context(shown)?;
        let token = text.trim_ascii();
        if token.len() < Self::LEAST_BYTES || !token.iter().all(u8::is_ascii_graphic) {
            bail!("{}: a token has at least 16 visible ASCII characters", shown());
        }
        Ok(Token(token.to_owned()))
    }

    /// Whether an `Authorization` header is `Bearer` with this token. Takes the same time for every
    /// wrong token of its length.
    pub(super) fn is_in_header(&self, value: &[u8]) -> bool {
        const SCHEME: &[u8] = b"bearer ";
        let Some((scheme, token)) = value.split_at_checked(SCHEME.len()) else { return false };
        let token = token.trim_ascii();
        scheme.eq_ignore_ascii_case(SCHEME)
            && token.len() == self.0.len()
            && token.iter().zip(&self.0).fold(0, |all, (one, other)| all | (one ^ other)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_opens() {
        let token = Token(b"0123456789abcdef".to_vec());
        for good in ["Bearer 0123456789abcdef", "bearer  0123456789abcdef "] {
            assert!(token.is_in_header(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer 0123456789abcde",
            "Bearer 0123456789abcdeg",
            "Bearer 0123456789abcdef0",
            "Basic 0123456789abcdef",
            "0123456789abcdef",
        ] {
            assert!(!token.is_in_header(bad.as_bytes()), "{bad}");
        }
    }
}
