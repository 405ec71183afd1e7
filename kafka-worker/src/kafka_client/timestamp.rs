//! Which times a message may have: brokers delete by them, and refuse what is far in the future.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Kafka keeps messages for seven days, if nobody has changed a topic's retention.
const OLD_MS: i64 = 6 * DAY_MS;

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// The time, if it is within the last day: so far from every retention that it does no harm.
pub(crate) fn recent(time_ms: i64, now_ms: i64) -> Option<i64> {
    (now_ms - DAY_MS..=now_ms).contains(&time_ms).then_some(time_ms)
}

/// So long ago that a topic that nobody has changed keeps it for less than a day.
pub(crate) fn is_old(time_ms: i64, now_ms: i64) -> bool {
    time_ms < now_ms - OLD_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_recent() {
        let now_ms = 1_795_000_000_000;
        for (age_ms, is_recent, old) in [
            (-1, false, false),
            (0, true, false),
            (DAY_MS, true, false),
            (DAY_MS + 1, false, false),
            (OLD_MS, false, false),
            (OLD_MS + 1, false, true),
            (now_ms, false, true),
        ] {
            let time_ms = now_ms - age_ms;
            assert_eq!(recent(time_ms, now_ms), is_recent.then_some(time_ms), "{age_ms}");
            assert_eq!(is_old(time_ms, now_ms), old, "{age_ms}");
        }
    }
}
