//! Where the elements of a list of JSON are, without reading them.

/// A list that is being read.
#[derive(Debug, Default)]
pub(super) struct List {
    /// 0 before the list and after it, 1 between its elements.
    depth: u32,
    is_in_string: bool,
    /// The byte at hand follows a backslash.
    is_escaped: bool,
}

/// What comes next in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Bytes of an element.
    Inside { len: usize },
    /// One byte that begins the list, divides two elements, or ends the list.
    Separator { ends_list: bool },
}

/// Whether a line begins a list that does not end in it: tshark writes one over many lines.
pub(super) fn begins(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"[") && !line.ends_with(b"]")
}

impl List {
    pub(super) fn step(&mut self, bytes: &[u8]) -> Step {
        for (len, &byte) in bytes.iter().enumerate() {
            let is_separator = self.is_separator(byte);
            if is_separator && len > 0 {
                return Step::Inside { len };
            }
            self.take(byte);
            if is_separator {
                return Step::Separator { ends_list: self.depth == 0 };
            }
        }
        Step::Inside { len: bytes.len() }
    }

    fn is_separator(&self, byte: u8) -> bool {
        match byte {
            b'[' => self.depth == 0,
            b',' | b']' => self.depth == 1 && !self.is_in_string,
            _ => false,
        }
    }

    fn take(&mut self, byte: u8) {
        if self.is_in_string {
            self.is_in_string = self.is_escaped || byte != b'"';
            self.is_escaped = !self.is_escaped && byte == b'\\';
            return;
        }
        match byte {
            b'"' => self.is_in_string = true,
            b'[' | b'{' => self.depth = self.depth.saturating_add(1),
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}
