//! Time as the processor counts it: the clock on the wall counts what others do meanwhile, too.

use std::fmt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};
use nix::time::{ClockId, clock_gettime};

/// What a piece of work took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Seconds of processor, of the system's work for it, too.
    pub(crate) cpu_s: f64,
    pub(crate) wall_s: f64,
}

/// The cost of work in this thread.
pub(crate) fn here<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (cpu, wall) = (thread_cpu(), Instant::now());
    let result = work();
    let cost =
        Cost { cpu_s: (thread_cpu() - cpu).as_secs_f64(), wall_s: wall.elapsed().as_secs_f64() };
    (result, cost)
}

fn thread_cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock for threads").into()
}

/// The cost of a program, from its start to its end; its output goes nowhere.
pub(crate) fn of_command(command: &mut Command) -> Cost {
    let (cpu, wall) = (children_cpu(), Instant::now());
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
    Cost { cpu_s: (children_cpu() - cpu).as_secs_f64(), wall_s: wall.elapsed().as_secs_f64() }
}

fn children_cpu() -> Duration {
    let usage: Usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("accounting of children");
    let micros = |time: TimeVal| Duration::from_micros(time.num_microseconds().unsigned_abs());
    micros(usage.user_time()) + micros(usage.system_time())
}

/// The least, the middle and the most of several rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Spread { min: values[0], median: values[values.len() / 2], max: values[values.len() - 1] }
    }
}

/// `median (min–max)`.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.median < 10.0 {
            2
        } else if self.median < 100.0 {
            1
        } else {
            0
        };
        let Spread { min, median, max } = self;
        write!(f, "{median:.digits$} ({min:.digits$}–{max:.digits$})")
    }
}

/// Times several ways of doing the same in turn, round after round, so that what else happens on
/// the machine meets all of them.
pub(crate) fn in_turn(rounds: usize, ways: &mut [&mut dyn FnMut() -> Cost]) -> Vec<Vec<Cost>> {
    let mut costs = vec![Vec::with_capacity(rounds); ways.len()];
    for _ in 0..rounds {
        for (way, costs) in ways.iter_mut().zip(&mut costs) {
            costs.push(way());
        }
    }
    costs
}

/// How many times as much CPU the second took, round by round.
pub(crate) fn ratio(ours: &[Cost], theirs: &[Cost]) -> Spread {
    Spread::of(ours.iter().zip(theirs).map(|(ours, theirs)| theirs.cpu_s / ours.cpu_s))
}
