//! The date of a response as p0f reads it.
#![warn(clippy::indexing_slicing)]

/// The date of a `Date` header in seconds since 1970, as glibc's `strptime` reads it with p0f's format
/// `%a, %d %b %Y %H:%M:%S %Z`, in UTC. The name of the zone is not looked at.
pub(crate) fn date_like_p0f(value: &[u8]) -> Option<i64> {
    const DAYS: [&str; 7] =
        ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    // What C sees of it.
    let value = value.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut text = Text(value);
    text.name(&DAYS)?;
    text.byte(b',')?;
    let day = text.number(1..=31, 2)?;
    text.blanks();
    let month = text.name(&MONTHS)?;
    let year = text.number(0..=9999, 4)?;
    let hour = text.number(0..=23, 2)?;
    text.byte(b':')?;
    let minute = text.number(0..=59, 2)?;
    text.byte(b':')?;
    let second = text.number(0..=61, 2)?;
    let days = days_from_1970(year, month as i64 + 1, day);
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
const fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that a leap day is the last one.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

struct Text<'t>(&'t [u8]);

impl Text<'_> {
    fn blanks(&mut self) {
        while let [b' ' | b'\t'..=b'\r', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        (first == byte).then_some(())
    }

    /// The place of a name in a list: the whole name, or its first three letters, in any case.
    fn name(&mut self, names: &[&str]) -> Option<usize> {
        let starts = |name: &str| {
            self.0.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()))
        };
        for (place, name) in names.iter().enumerate() {
            let short = name.get(..3).unwrap_or(name);
            let found = if starts(name) { name } else { short };
            if starts(found) {
                self.0 = self.0.get(found.len()..)?;
                return Some(place);
            }
        }
        None
    }

    /// A number of at most so many digits, after blanks.
    fn number(&mut self, range: core::ops::RangeInclusive<i64>, digits: usize) -> Option<i64> {
        while let [b' ', rest @ ..] = self.0 {
            self.0 = rest;
        }
        let mut value = 0;
        let mut count = 0;
        while let [digit @ b'0'..=b'9', rest @ ..] = self.0
            && count < digits
            && (count == 0 || value * 10 <= *range.end())
        {
            value = value * 10 + i64::from(digit - b'0');
            count += 1;
            self.0 = rest;
        }
        (count > 0 && range.contains(&value)).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (text, seconds) in [
            // RFC 9110 section 5.6.7.
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Tue, 29 Feb 2000 23:59:59 GMT", Some(951_868_799)),
            ("thursday, 1 january 1970 0:0:1", Some(1)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun Nov  6 08:49:37 1994", None),
            ("", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(date_like_p0f(text.as_bytes()), seconds, "{text}");
        }
    }
}
