//! How many packets may be decrypted.

use crate::Timestamp;

/// Decryptions by the second of capture time.
#[derive(Debug)]
pub(super) struct Budget {
    per_second: u32,
    /// Of two seconds, since the packets of several interfaces do not come in order.
    seconds: [Second; 2],
    spent: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Second {
    number: u64,
    spent: u32,
}

impl Budget {
    pub(super) const fn new(per_second: u32) -> Budget {
        let second = Second { number: 0, spent: 0 };
        Budget { per_second, seconds: [second; 2], spent: 0 }
    }

    /// How much was spent in all.
    pub(super) const fn spent(&self) -> u64 {
        self.spent
    }

    /// Takes one. Returns false if there is none left in this second.
    pub(super) fn spend(&mut self, time: Timestamp) -> bool {
        let number = time.as_seconds();
        let [even, odd] = &mut self.seconds;
        let second = if number.is_multiple_of(2) { even } else { odd };
        if second.number != number {
            *second = Second { number, spent: 0 };
        }
        if second.spent >= self.per_second {
            return false;
        }
        second.spent += 1;
        self.spent += 1;
        true
    }
}
