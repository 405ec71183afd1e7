//! Answers, framed as the input is.

use super::args::{Answer, Framing};

/// What has been answered, and waits to be written.
#[derive(Debug)]
pub(super) struct Answers {
    answer: Answer,
    framing: Framing,
    /// `"stackprint":`
    member: Vec<u8>,
    gathered: Vec<u8>,
    /// The answer at hand, where its length is written before it.
    one: Vec<u8>,
}

impl Answers {
    pub(super) fn new(answer: Answer, framing: Framing, key: &str) -> Answers {
        let mut member = Vec::new();
        // A text is always JSON, and writing to memory does not fail.
        let _ = serde_json::to_writer(&mut member, key);
        member.push(b':');
        Answers { answer, framing, member, gathered: Vec::new(), one: Vec::new() }
    }

    /// Nothing was found in the record.
    pub(super) fn unchanged(&mut self, record: &[u8]) {
        match self.answer {
            Answer::Record => self.write(record),
            Answer::Rsyslog => self.write(b"{}"),
        }
    }

    /// `found`, a JSON value, is added to the record, which is a JSON object with or without
    /// blanks around it.
    pub(super) fn changed(&mut self, record: &[u8], found: &[u8]) {
        let mut one = std::mem::take(&mut self.one);
        one.clear();
        match self.answer {
            Answer::Record => {
                let end = memchr::memrchr(b'}', record).unwrap_or(record.len());
                let (front, back) = record.split_at(end);
                one.extend_from_slice(front);
                if !front.trim_ascii_end().ends_with(b"{") {
                    one.push(b',');
                }
                one.extend_from_slice(&self.member);
                one.extend_from_slice(found);
                one.extend_from_slice(back);
            }
            Answer::Rsyslog => {
                one.extend_from_slice(b"{\"$!\":{");
                one.extend_from_slice(&self.member);
                one.extend_from_slice(found);
                one.extend_from_slice(b"}}");
            }
        }
        self.write(&one);
        self.one = one;
    }

    /// The answer to a record that is too long to be held begins: the record itself, part by part.
    pub(super) fn long_start(&mut self, len: Option<u32>) {
        match (self.answer, len) {
            (Answer::Record, Some(len)) => self.start(len as usize),
            (Answer::Record, None) => {}
            (Answer::Rsyslog, _) => self.write(b"{}"),
        }
    }

    pub(super) fn long_part(&mut self, part: &[u8]) {
        if self.answer == Answer::Record {
            self.gathered.extend_from_slice(part);
        }
    }

    pub(super) fn long_end(&mut self) {
        if self.answer == Answer::Record {
            self.end();
        }
    }

    fn write(&mut self, answer: &[u8]) {
        self.start(answer.len());
        self.gathered.extend_from_slice(answer);
        self.end();
    }

    fn start(&mut self, len: usize) {
        match self.framing {
            Framing::Lines => {}
            Framing::LengthPrefixed => {
                // Records and findings are far from this long.
                let len = u32::try_from(len).unwrap_or(u32::MAX);
                self.gathered.extend_from_slice(&len.to_be_bytes());
            }
            Framing::Netstring => self.gathered.extend_from_slice(format!("{len}:").as_bytes()),
        }
    }

    fn end(&mut self) {
        match self.framing {
            Framing::Lines => self.gathered.push(b'\n'),
            Framing::LengthPrefixed => {}
            Framing::Netstring => self.gathered.push(b','),
        }
    }

    /// What waits to be written.
    pub(super) fn gathered(&self) -> &[u8] {
        &self.gathered
    }

    /// It has been written.
    pub(super) fn clear(&mut self) {
        self.gathered.clear();
    }
}
