//! Numbered packets of which none may be lost or come twice: what came out is told by its number.

use std::fmt;
use std::net::Ipv4Addr;

use serde_json::Value;

/// What became of numbered packets; see [`crate::load::numbered`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How often each number came out as a SYN's record.
    times: Vec<u32>,
    /// Records that are not of a numbered SYN.
    pub others: usize,
}

impl Outcome {
    /// For numbers from 0 to `packets`.
    #[must_use]
    pub fn new(packets: u32) -> Outcome {
        Outcome { times: vec![0; packets as usize], others: 0 }
    }

    /// Of records, one a line; a line that is cut, which only the last can be, is left out.
    ///
    /// # Panics
    ///
    /// Where another line than the last is no record.
    #[must_use]
    pub fn of_lines(packets: u32, lines: &str) -> Outcome {
        let mut outcome = Outcome::new(packets);
        let whole = lines.rfind('\n').map_or("", |end| &lines[..=end]);
        whole.lines().for_each(|line| outcome.add(line));
        outcome
    }

    /// Adds a record.
    ///
    /// # Panics
    ///
    /// Where it is none.
    pub fn add(&mut self, record: &str) {
        let record: Value = serde_json::from_str(record).expect(record);
        let client: Option<Ipv4Addr> =
            record["client"]["ip"].as_str().and_then(|ip| ip.parse().ok());
        let number = client.map(|client| u32::from(client).wrapping_sub(10 << 24) as usize);
        match number.and_then(|number| self.times.get_mut(number)) {
            Some(times) if record["kind"] == "syn" => *times += 1,
            _ => self.others += 1,
        }
    }

    /// How many numbers came out once at least.
    #[must_use]
    pub fn there(&self) -> usize {
        self.times.iter().filter(|&&times| times > 0).count()
    }

    /// How many numbers did not come out.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.times.len() - self.there()
    }

    /// Records beyond the first of their number.
    #[must_use]
    pub fn repeated(&self) -> usize {
        self.times.iter().map(|&times| times.saturating_sub(1) as usize).sum()
    }

    /// The numbers that came out are the first ones: what is missing is missing at the end.
    #[must_use]
    pub fn is_a_beginning(&self) -> bool {
        self.times.iter().take(self.there()).all(|&times| times > 0)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (packets, missing, repeated) = (self.times.len(), self.missing(), self.repeated());
        write!(
            f,
            "{packets} packets in, {} out, {missing} missing, {repeated} repeated",
            self.there()
        )
    }
}
