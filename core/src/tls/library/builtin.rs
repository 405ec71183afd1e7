//! The built-in database without its comments, which only people read: in WebAssembly, each byte is loaded.
#![allow(
    clippy::indexing_slicing,
    reason = "runs while this is compiled, which fails if it panics"
)]

/// With its comments.
pub(super) const WHOLE: &str = include_str!("../../../data/tls.fp");

/// What is parsed. Lines keep their numbers.
pub(super) const TEXT: &str = match str::from_utf8(&BYTES) {
    Ok(text) => text,
    Err(_) => "",
};

static BYTES: [u8; LEN] = kept(ALL);
const LEN: usize = kept_len(ALL);
const ALL: &[u8] = WHOLE.as_bytes();

/// Whether a line that begins there is a comment to this library: lines with `;@` are none.
const fn is_comment(text: &[u8], start: usize) -> bool {
    text[start] == b';' && !(start + 1 < text.len() && text[start + 1] == b'@')
}

const fn kept_len(text: &[u8]) -> usize {
    let (mut at, mut len, mut drops) = (0, 0, false);
    while at < text.len() {
        if at == 0 || text[at - 1] == b'\n' {
            drops = is_comment(text, at);
        }
        if !drops || text[at] == b'\n' {
            len += 1;
        }
        at += 1;
    }
    len
}

const fn kept<const LEN: usize>(text: &[u8]) -> [u8; LEN] {
    let mut kept = [0; LEN];
    let (mut at, mut len, mut drops) = (0, 0, false);
    while at < text.len() {
        if at == 0 || text[at - 1] == b'\n' {
            drops = is_comment(text, at);
        }
        if !drops || text[at] == b'\n' {
            kept[len] = text[at];
            len += 1;
        }
        at += 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::Libraries;

    #[test]
    fn without_comments_it_is_the_same_database() {
        assert_eq!(TEXT.lines().count(), WHOLE.lines().count());
        assert!(TEXT.len() < WHOLE.len());
        let comments = |text: &str| text.lines().filter(|line| line.starts_with(';')).count();
        let marked = |text: &str| text.lines().filter(|line| line.starts_with(";@")).count();
        assert_eq!(comments(TEXT), marked(WHOLE));
        let all = Libraries::parse(WHOLE).unwrap();
        let kept = Libraries::parse(TEXT).unwrap();
        assert!(!kept.is_empty());
        assert_eq!(format!("{:?}", kept.entries), format!("{:?}", all.entries));
        assert_eq!(format!("{:?}", kept.labels), format!("{:?}", all.labels));
    }
}
