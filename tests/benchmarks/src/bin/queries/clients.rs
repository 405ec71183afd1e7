//! Clients that ask at a steady rate, each by a connection and a thread of its own.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use stackprint_benchmarks::queries::{FOUND, P0fClient, number};

/// A client's thread needs little.
const STACK: usize = 64 << 10;

pub(crate) struct Clients {
    threads: Vec<JoinHandle<Latencies>>,
    is_over: Arc<AtomicBool>,
    began: Instant,
}

/// What clients waited for their answers.
#[derive(Default)]
pub(crate) struct Latencies {
    waits: Vec<Duration>,
    /// Of these, answers about hosts that were known.
    known: usize,
    took: Duration,
}

impl Clients {
    /// Connects so many clients, which ask about these hosts in turn.
    pub(crate) fn start(
        socket: &Path,
        count: usize,
        per_second: usize,
        hosts: &[IpAddr],
    ) -> Clients {
        let is_over = Arc::new(AtomicBool::new(false));
        let pause = Duration::from_secs_f64(count as f64 / per_second as f64);
        let hosts: Arc<[IpAddr]> = hosts.into();
        let client = |place: usize| {
            let mut client = P0fClient::connect(socket).expect("a connection");
            let (is_over, hosts) = (Arc::clone(&is_over), Arc::clone(&hosts));
            let ask = move || {
                let mut heard = Latencies::default();
                let began = Instant::now() + pause.mul_f64(place as f64 / count as f64);
                for (number_of_query, ip) in (0..).zip(hosts.iter().cycle().skip(place)) {
                    let due = began + pause * number_of_query;
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let asked = Instant::now();
                    let answer = client.ask(*ip).expect("an answer");
                    heard.waits.push(asked.elapsed());
                    heard.known += usize::from(number(&answer, 4) == FOUND);
                }
                heard
            };
            thread::Builder::new().stack_size(STACK).spawn(ask).expect("a thread")
        };
        let threads = (0..count).map(client).collect();
        Clients { threads, is_over, began: Instant::now() }
    }

    /// Ends all of them; what they waited.
    pub(crate) fn stop(self) -> Latencies {
        self.is_over.store(true, Ordering::Relaxed);
        let took = self.began.elapsed();
        let mut all = Latencies { took, ..Latencies::default() };
        for thread in self.threads {
            all.add(thread.join().expect("a client"));
        }
        all
    }
}

impl Latencies {
    pub(crate) fn add(&mut self, other: Latencies) {
        self.waits.extend(other.waits);
        self.known += other.known;
    }

    /// Answers a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.waits.len() as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn known_share(&self) -> f64 {
        self.known as f64 / self.waits.len() as f64
    }

    /// What this share of all answers took at most.
    pub(crate) fn millis(&mut self, share: f64) -> f64 {
        self.waits.sort_unstable();
        let place = (share * (self.waits.len() - 1) as f64).round() as usize;
        self.waits[place].as_secs_f64() * 1e3
    }
}
