//! What the services tell of the program that they are part of.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::page::Page;
use super::proc_self::process;
use crate::counters::Counters;

/// The answers to `/metrics`, `/healthz` and `/readyz`.
pub(crate) trait Reports: Send + Sync {
    /// Whether the program works at all.
    fn is_alive(&self) -> bool;

    /// Whether it does what it is there for.
    fn is_ready(&self) -> bool;

    /// All metrics, in Prometheus' text format.
    fn text(&self) -> String;
}

/// What is told of packets that come from the kernel.
#[derive(Debug, Clone, Default)]
pub(crate) struct Capturing {
    /// Packets that the kernel dropped.
    pub(crate) dropped: u64,
    /// None where one thread captures.
    pub(crate) threads: Option<CaptureThreads>,
}

/// What is told of several threads that capture.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaptureThreads {
    /// Packets of the rings of each thread.
    pub(crate) packets: Vec<u64>,
    /// Those that the kernel dropped.
    pub(crate) dropped: Vec<u64>,
    /// Frames of tunnels that were dropped between threads.
    pub(crate) tunnel_frames_dropped: u64,
    /// Frames of tunnels that came to their thread after later ones.
    pub(crate) late_tunnel_frames: u64,
    /// Records that came to the host stage after later ones.
    pub(crate) late_records: u64,
}

/// What the packet loop of `read` and `live` tells now and then.
pub(super) struct LoopReports {
    told: Mutex<Told>,
    began: SystemTime,
}

struct Told {
    counters: Counters,
    /// None where packets do not come from the kernel.
    capturing: Option<Capturing>,
    /// When the loop last said something; `None` while it waits for input, or has no more.
    last_turn: Option<Instant>,
}

impl LoopReports {
    /// A loop that is silent for as long counts as stuck.
    const STUCK: Duration = Duration::from_secs(60);

    fn new() -> LoopReports {
        let told = Told {
            counters: Counters::default(),
            capturing: None,
            last_turn: Some(Instant::now()),
        };
        LoopReports { told: Mutex::new(told), began: SystemTime::now() }
    }

    /// A thread that panicked while it wrote numbers is no reason not to read them.
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn packets(&self, page: &mut Page) -> fmt::Result {
        let told = self.told();
        page.packets(&told.counters)?;
        if let Some(capturing) = &told.capturing {
            capturing.write(page)?;
        }
        page.head("build_info", "gauge", "Versions.")?;
        page.0 += concat!("stackprint_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1\n");
        Ok(())
    }
}

impl Capturing {
    fn write(&self, page: &mut Page) -> fmt::Result {
        let counter = "counter";
        let help = "Packets that the kernel dropped.";
        page.one("kernel_dropped_total", counter, help, self.dropped)?;
        let Some(threads) = &self.threads else { return Ok(()) };
        let numbers: Vec<String> = (0..threads.dropped.len()).map(|at| at.to_string()).collect();
        let by_thread = |counts: &[u64]| {
            numbers.iter().map(String::as_str).zip(counts.to_vec()).collect::<Vec<_>>()
        };
        let help = "Packets, by the thread of the ring.";
        page.by("ring_packets_total", help, "thread", by_thread(&threads.packets))?;
        let help = "Packets that the kernel dropped, by the thread of the ring.";
        page.by("ring_dropped_total", help, "thread", by_thread(&threads.dropped))?;
        let help = "Frames of tunnels that were dropped between threads.";
        page.one("tunnel_frames_dropped_total", counter, help, threads.tunnel_frames_dropped)?;
        let help = "Frames of tunnels that came to their thread after later ones.";
        page.one("late_tunnel_frames_total", counter, help, threads.late_tunnel_frames)?;
        let help = "Records that came to the host stage after later ones.";
        page.one("late_records_total", counter, help, threads.late_records)
    }
}

impl Reports for LoopReports {
    fn is_alive(&self) -> bool {
        self.told().last_turn.is_none_or(|turn| turn.elapsed() < Self::STUCK)
    }

    /// The services begin when the input is open.
    fn is_ready(&self) -> bool {
        self.is_alive()
    }

    fn text(&self) -> String {
        let mut page = Page::default();
        // Writing to a String does not fail.
        let _ = self.packets(&mut page);
        page.0 += &process(self.began);
        page.0
    }
}

/// The packet loop's end of its reports, which costs nothing where nobody asks for them.
pub(crate) struct Telling {
    reports: Option<Arc<LoopReports>>,
    next: Instant,
}

impl Telling {
    /// How often counts are told where the loop does not wait.
    const EVERY: Duration = Duration::from_millis(250);

    /// For nobody.
    pub(crate) fn none() -> Telling {
        Telling { reports: None, next: Instant::now() }
    }

    pub(super) fn new() -> (Telling, Arc<LoopReports>) {
        let reports = Arc::new(LoopReports::new());
        (Telling { reports: Some(Arc::clone(&reports)), next: Instant::now() }, reports)
    }

    /// After a piece of the input: tells the counts if it is time again.
    pub(crate) fn turn(
        &mut self,
        counters: &Counters,
        capturing: impl FnOnce() -> Option<Capturing>,
    ) {
        if let Some(reports) = &self.reports
            && Instant::now() >= self.next
        {
            let capturing = capturing();
            let now = Instant::now();
            self.next = now + Self::EVERY;
            reports.told().tell(counters, capturing, Some(now));
        }
    }

    /// The loop waits for input, or has come to its end.
    pub(crate) fn wait(
        &mut self,
        counters: &Counters,
        capturing: impl FnOnce() -> Option<Capturing>,
    ) {
        if let Some(reports) = &self.reports {
            let capturing = capturing();
            reports.told().tell(counters, capturing, None);
        }
    }

    /// The loop no longer waits.
    pub(crate) fn resume(&mut self) {
        if let Some(reports) = &self.reports {
            reports.told().last_turn = Some(Instant::now());
        }
    }
}

impl Told {
    fn tell(&mut self, counters: &Counters, capturing: Option<Capturing>, turn: Option<Instant>) {
        self.counters.clone_from(counters);
        (self.capturing, self.last_turn) = (capturing, turn);
    }
}
