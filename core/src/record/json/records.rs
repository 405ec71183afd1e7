//! The records of one packet as one JSON value.

/// The records of one packet as one JSON value: an object for one, a list for several, nothing for
/// none. This is how records are added to the events of other tools.
///
/// ```
/// use stackprint::JsonRecords;
///
/// let mut json = b"{\"stackprint\":".to_vec();
/// let mut records = JsonRecords::at_end_of(&mut json);
/// for record in ["{\"kind\":\"syn\"}", "{\"kind\":\"tls_client\"}"] {
///     records.push(|to| to.extend_from_slice(record.as_bytes()));
/// }
/// assert_eq!(records.finish(), 2);
/// assert_eq!(json, b"{\"stackprint\":[{\"kind\":\"syn\"},{\"kind\":\"tls_client\"}]");
/// ```
#[derive(Debug)]
#[must_use]
pub struct JsonRecords<'t> {
    to: &'t mut Vec<u8>,
    start: usize,
    count: usize,
}

impl<'t> JsonRecords<'t> {
    /// Appends to `to`.
    pub fn at_end_of(to: &'t mut Vec<u8>) -> Self {
        let start = to.len();
        JsonRecords { to, start, count: 0 }
    }

    /// Adds a record, which `write` appends as an object.
    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.count == 1 {
            self.to.insert(self.start, b'[');
        }
        if self.count > 0 {
            self.to.push(b',');
        }
        write(self.to);
        self.count += 1;
    }

    /// Ends the value. Returns how many records it has; it is empty without any.
    pub fn finish(self) -> usize {
        if self.count > 1 {
            self.to.push(b']');
        }
        self.count
    }
}
