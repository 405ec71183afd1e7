//! Heads as nearly all are: whole in one segment, with nothing odd in them. One pass finds their end,
//! their names and their values.
#![warn(clippy::indexing_slicing)]

use super::head::{check_begin, first_line};
use super::header::{Lines, Span, is_token};
use super::{Head, HeadReader, MAX_HEAD_LEN, MAX_HEADERS, Progress};

/// Where names and values are.
pub(super) struct Fields([(Span, Span); Fields::MAX]);

impl Fields {
    /// More are rare, and read otherwise.
    const MAX: usize = 40;

    pub(super) const fn new() -> Fields {
        Fields([(Span::NONE, Span::NONE); Fields::MAX])
    }
}

const _: () = assert!(Fields::MAX <= MAX_HEADERS);

impl HeadReader {
    /// As [`read`](HeadReader::read), faster where it is the first time and the head is plain. `fields`
    /// gets where its names and values are.
    pub(super) fn read_into<'b>(
        &mut self,
        bytes: &'b [u8],
        fields: &'b mut Fields,
    ) -> Progress<Head<'b>> {
        if *self == HeadReader::default()
            && let Some(head) = read(bytes, fields)
        {
            return Progress::Complete(head);
        }
        self.read(bytes)
    }
}

/// The head that these bytes begin with, if all of it is there and nothing is odd: no line that is no
/// header, none that is folded, no control characters but the ends of lines. Returns None for every
/// other head, and for what is none.
#[inline]
pub(super) fn read<'b>(bytes: &'b [u8], fields: &'b mut Fields) -> Option<Head<'b>> {
    let window = bytes.get(..MAX_HEAD_LEN).unwrap_or(bytes);
    check_begin(window).ok()?;
    let end = line_end(window, 0)?;
    let first = first_line(window.get(..end.at)?, 0).ok()?;
    let mut at = end.next;
    let mut count = 0;
    loop {
        let rest = window.get(at..)?;
        let name_len = rest.iter().position(|&byte| !is_token(byte))?;
        match rest.get(name_len..)? {
            [b':', ..] if name_len > 0 => {}
            [b'\r', b'\n', ..] if name_len == 0 => {
                at += 2;
                break;
            }
            [b'\n', ..] if name_len == 0 => {
                at += 1;
                break;
            }
            _ => return None,
        }
        let value_at = at + name_len + 1;
        let end = line_end(window, value_at)?;
        if matches!(window.get(end.next)?, b' ' | b'\t') {
            return None;
        }
        let value = window.get(value_at..end.at)?;
        let value_at = end.at - value.trim_ascii_start().len();
        let value_end = value_at + value.trim_ascii().len();
        let place = fields.0.get_mut(count)?;
        *place = (Span::new(at, at + name_len), Span::new(value_at, value_end));
        count += 1;
        at = end.next;
    }
    Some(Head::new(window.get(..at)?, &first, Lines::Read(fields.0.get(..count)?)))
}

/// The end of a line: where its CR or LF is, and where the next one begins.
struct LineEnd {
    at: usize,
    next: usize,
}

/// The end of the line that continues at `at`, if it comes before every other control character.
#[inline]
fn line_end(bytes: &[u8], at: usize) -> Option<LineEnd> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const BLANKS: u64 = 0x2020_2020_2020_2020;
    let (words, last) = bytes.get(at..)?.as_chunks();
    let mut at = at;
    let mut found = None;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // The lowest bit that is set is that of the first byte below a blank.
        let controls = word.wrapping_sub(BLANKS) & !word & HIGH;
        if controls != 0 {
            found = Some(controls.trailing_zeros() as usize / 8);
            break;
        }
        at += size_of::<u64>();
    }
    let within = found.or_else(|| last.iter().position(|&byte| byte < b' '))?;
    let at = at + within;
    match bytes.get(at..)? {
        [b'\r', b'\n', ..] => Some(LineEnd { at, next: at + 2 }),
        [b'\n', ..] => Some(LineEnd { at, next: at + 1 }),
        _ => None,
    }
}
