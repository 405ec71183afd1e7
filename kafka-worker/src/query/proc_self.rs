//! What the system says of this process, by the names that all of Prometheus' clients use.

use std::fmt::Write as _;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// Nothing where `/proc` is missing. When this process `began` is our own to tell: service units hide the
/// system's start, from which `/proc` counts.
pub(crate) fn process(began: SystemTime) -> String {
    let read = |name: &str| fs::read_to_string(name).unwrap_or_default();
    let (stat, status) = (read("/proc/self/stat"), read("/proc/self/status"));
    let mut text = String::with_capacity(1024);
    let mut one = |name: &str, kind: &str, help: &str, value: Option<f64>| {
        if let Some(value) = value {
            // Writing to a String does not fail.
            let _ = write!(
                text,
                "# HELP process_{name} {help}\n# TYPE process_{name} {kind}\nprocess_{name} {value}\n"
            );
        }
    };
    one("cpu_seconds_total", "counter", "CPU used, by all threads.", cpu_seconds(&stat));
    let start = began.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs_f64());
    one("start_time_seconds", "gauge", "Start, since 1970.", start);
    let kibibytes = |name: &str| first_number(&status, name).map(|number| number * 1024.0);
    one("resident_memory_bytes", "gauge", "Memory in use.", kibibytes("VmRSS:"));
    one("virtual_memory_bytes", "gauge", "Address space.", kibibytes("VmSize:"));
    one("threads", "gauge", "Threads.", first_number(&status, "Threads:"));
    // The folder that is read is open itself.
    let open_files = fs::read_dir("/proc/self/fd").map(|files| files.count().saturating_sub(1));
    let open_files = open_files.ok().and_then(|count| u32::try_from(count).ok()).map(f64::from);
    one("open_fds", "gauge", "Open files and connections.", open_files);
    let max_files = first_number(&read("/proc/self/limits"), "Max open files");
    one("max_fds", "gauge", "The most of them.", max_files);
    text
}

/// Linux tells times of processes in hundredths of a second, whatever its own clock does.
const TICKS_PER_SECOND: f64 = 100.0;

/// A field of `/proc/self/stat`, which proc(5) counts from 1.
fn field(stat: &str, number: usize) -> Option<f64> {
    // The name in parentheses, which may hold blanks, is field 2.
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split_ascii_whitespace().nth(number.checked_sub(3)?)?.parse().ok()
}

fn cpu_seconds(stat: &str) -> Option<f64> {
    const USER: usize = 14;
    const KERNEL: usize = 15;
    Some((field(stat, USER)? + field(stat, KERNEL)?) / TICKS_PER_SECOND)
}

/// The number that follows on a line that begins so; none where a word follows.
fn first_number(text: &str, beginning: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(beginning))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_proc() {
        let stat = "42 (a b) c) S 1 2 3 4 5 6 7 8 9 10 250 150 0 0 20 0 7 0 1000 4096000 25 18";
        assert_eq!(cpu_seconds(stat), Some(4.0));
        assert_eq!(cpu_seconds("42 (a) S"), None);
        let limits = |soft: &str| format!("Max open files            {soft}     4096   files\n");
        assert_eq!(first_number(&limits("1024"), "Max open files"), Some(1024.0));
        assert_eq!(first_number(&limits("unlimited"), "Max open files"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_and_files() {
        let text = process(SystemTime::now());
        for name in ["resident_memory_bytes", "open_fds", "threads", "start_time_seconds"] {
            let beginning = format!("process_{name} ");
            assert!(first_number(&text, &beginning).expect(name) >= 1.0, "{name}: {text}");
        }
    }
}
