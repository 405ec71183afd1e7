//! Texts of JSON that come again and again, each once, by their number.

/// The items of a JSON list.
pub(super) struct Texts {
    /// Each with a comma after it.
    json: Vec<u8>,
    /// Where each ends, before its comma.
    ends: Vec<usize>,
    /// Cache of numbers plus 1, by the hash of the text.
    slots: Vec<u32>,
}

/// Slots of the cache. Texts that collide only have two numbers.
const SLOTS: usize = 4096;

impl Texts {
    pub(super) fn new() -> Texts {
        Texts { json: Vec::new(), ends: Vec::new(), slots: vec![0; SLOTS] }
    }

    pub(super) fn clear(&mut self) {
        self.json.clear();
        self.ends.clear();
        self.slots.fill(0);
    }

    /// Returns the number of the text that `write` appends, and whether it is a new one. It is that of
    /// an equal text, if the cache has one and `is_same` agrees.
    pub(super) fn number(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>),
        is_same: impl FnOnce(u32) -> bool,
    ) -> (u32, bool) {
        let start = self.json.len();
        write(&mut self.json);
        let text = self.json.get(start..).unwrap_or_default();
        let slot = hash(text) as usize % SLOTS;
        let found = self.slots.get(slot).and_then(|number| number.checked_sub(1));
        if let Some(number) = found.filter(|&number| self.get(number) == Some(text))
            && is_same(number)
        {
            self.json.truncate(start);
            return (number, false);
        }
        self.ends.push(self.json.len());
        self.json.push(b',');
        let count = self.ends.len() as u32;
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = count;
        }
        (count - 1, true)
    }

    fn get(&self, number: u32) -> Option<&[u8]> {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(Some(0), |it| Some(self.ends.get(it)? + 1))?;
        self.json.get(start..*self.ends.get(number)?)
    }

    /// Returns all of them as a JSON list.
    pub(super) fn list(&self) -> String {
        let items = self.json.strip_suffix(b",").unwrap_or_default();
        format!("[{}]", String::from_utf8_lossy(items))
    }
}

/// Appends a string of JSON.
#[cfg(feature = "tls")]
pub(super) fn write_string(text: &str, to: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    to.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' | b'\\' => to.extend([b'\\', byte]),
            // Control characters are below 0x20.
            0..0x20 => {
                let [high, low] = [byte >> 4, byte & 15].map(|it| HEX[usize::from(it)]);
                to.extend([b'\\', b'u', b'0', b'0', high, low]);
            }
            _ => to.push(byte),
        }
    }
    to.push(b'"');
}

/// FNV-1a, 32 bits.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let mut texts = Texts::new();
        let mut number = |text: &str| texts.number(|to| to.extend(text.as_bytes()), |_| true);
        assert_eq!([number("1"), number("22"), number("1")], [(0, true), (1, true), (0, false)]);
        // Equal, but not the same by what is told of it elsewhere.
        assert_eq!(texts.number(|to| to.push(b'1'), |_| false), (2, true));
        assert_eq!(texts.list(), "[1,22,1]");
        texts.clear();
        assert_eq!(texts.list(), "[]");
    }

    #[cfg(feature = "tls")]
    #[test]
    fn strings_are_escaped() {
        let mut json = Vec::new();
        write_string("a\"b\\c\n\u{1f}é\u{7f}", &mut json);
        assert_eq!(str::from_utf8(&json), Ok("\"a\\\"b\\\\c\\u000a\\u001fé\u{7f}\""));
    }
}
