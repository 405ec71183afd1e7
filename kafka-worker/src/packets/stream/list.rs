//! Where the elements of a list of JSON are, without reading them.

/// A list that is being read.
#[derive(Debug, Default)]
pub(super) struct List {
    /// 0 before the list and behind it, 1 between its elements.
    depth: u32,
    is_in_string: bool,
    /// The octet at hand follows a backslash.
    is_escaped: bool,
}

/// What comes next in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// So many octets of an element.
    Inside { len: usize },
    /// One octet that begins the list, divides two elements, or ends the list.
    Separator { ends_list: bool },
}

/// Whether a line begins a list that does not end in it: tshark writes one over many lines.
pub(super) fn begins(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"[") && !line.ends_with(b"]")
}

impl List {
    pub(super) fn step(&mut self, octets: &[u8]) -> Step {
        for (len, &octet) in octets.iter().enumerate() {
            let is_separator = self.is_separator(octet);
            if is_separator && len > 0 {
                return Step::Inside { len };
            }
            self.take(octet);
            if is_separator {
                return Step::Separator { ends_list: self.depth == 0 };
            }
        }
        Step::Inside { len: octets.len() }
    }

    fn is_separator(&self, octet: u8) -> bool {
        match octet {
            b'[' => self.depth == 0,
            b',' | b']' => self.depth == 1 && !self.is_in_string,
            _ => false,
        }
    }

    fn take(&mut self, octet: u8) {
        if self.is_in_string {
            self.is_in_string = self.is_escaped || octet != b'"';
            self.is_escaped = !self.is_escaped && octet == b'\\';
            return;
        }
        match octet {
            b'"' => self.is_in_string = true,
            b'[' | b'{' => self.depth = self.depth.saturating_add(1),
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}
