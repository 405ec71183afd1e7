//! The workers of this program, each on a thread of its own: from joining the group to leaving it.

use std::process::{self, ExitCode};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::RDKafkaErrorCode;
use tracing::{error, info, warn};

use super::connecting::Connecting;
use super::metrics::{Counts, WorkerMetrics};
use super::summary;
use super::worker::Worker;
use crate::exit::FAILED;
use crate::kafka_client::events::Source;
use crate::kafka_client::failure::Failure;
use crate::kafka_client::remedy::Names;
use crate::stop::Stop;

/// A worker whose clients are connected.
pub(super) struct Connected<'c> {
    pub(super) worker: Worker,
    pub(super) source: Source,
    pub(super) connecting: Connecting<'c>,
    pub(super) names: Names,
    pub(super) metrics: Arc<WorkerMetrics>,
}

/// Works until a signal, the end of all partitions, or an error of one worker. An error ends the others,
/// too: whatever starts the program again knows no part of it.
pub(super) fn work(crew: Vec<Connected<'_>>, stop: &Stop) -> ExitCode {
    let tally = &Tally::new(crew.len());
    let mut crew = crew.into_iter();
    let first = crew.next();
    let is_well = thread::scope(|scope| {
        let others: Vec<_> = (2..)
            .zip(crew)
            .map(|(number, it)| {
                let thread = thread::Builder::new().name(format!("worker {number}"));
                thread.spawn_scoped(scope, move || it.work(stop, tally)).inspect_err(|error| {
                    error!("starting a thread: {error}");
                    stop.ask();
                })
            })
            .collect();
        let first = first.is_some_and(|it| it.work(stop, tally));
        // Each is waited for, also after one that failed.
        let others = others.into_iter().map(|it| it.is_ok_and(|it| it.join().unwrap_or(false)));
        others.fold(first, |all, it| all & it)
    });
    if is_well { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }
}

/// The counts of the workers that have ended.
struct Tally(Mutex<(usize, Counts)>);

impl Tally {
    fn new(workers: usize) -> Tally {
        Tally(Mutex::new((workers, Counts::default())))
    }

    /// Takes the counts of a worker that ends. Returns the sum with the last one.
    fn add(&self, counts: &Counts) -> Option<Counts> {
        let mut tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, sum) = &mut *tally;
        sum.add(counts);
        *left = left.saturating_sub(1);
        (*left == 0).then(|| sum.clone())
    }
}

impl Connected<'_> {
    /// Works, drains, and gives partitions back. Returns whether nothing failed.
    fn work(self, stop: &Stop, tally: &Tally) -> bool {
        let _panic_stops = PanicStops(stop);
        let Connected { mut worker, mut source, connecting, names, metrics } = self;
        let mut result = loop {
            source.context().attach_worker();
            let result = worker.run(&source);
            match result {
                Err(Failure::Fatal { code: Some(RDKafkaErrorCode::FencedInstanceId), .. })
                    if connecting.member.errors.forgive_fence() =>
                {
                    warn!("brokers were away for longer than the session; joining the group anew");
                    match rejoin(&mut worker, source, connecting) {
                        Ok(joining) => source = joining,
                        Err(failure) => {
                            error!("{}", names.explain(&failure));
                            stop.ask();
                            return false;
                        }
                    }
                }
                result => break result,
            }
        };
        let drain = Duration::from_secs(connecting.args.drain_seconds.into());
        // Closing must not take for ever after an error either.
        let deadline = Deadline::set(if result.is_ok() { drain } else { Duration::ZERO });
        if result.is_ok() {
            info!("finishing what was read");
            result = worker.drain(&source);
        }
        if result.is_err() {
            stop.ask();
        }
        // Said before closing, which may take its time.
        if let Some(sum) = tally.add(worker.counts()) {
            info!("{}", summary::of(&sum));
        }
        if let Err(failure) = &result {
            error!("{}", names.explain(failure));
        }
        source.context().detach_worker();
        drop(source);
        drop(worker);
        drop(deadline);
        metrics.ended();
        result.is_ok()
    }
}

/// Asks the other workers to stop if the thread that has this panics.
struct PanicStops<'s>(&'s Stop);

impl Drop for PanicStops<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.ask();
        }
    }
}

/// Another consumer of the same name, in place of one that brokers no longer know.
fn rejoin(
    worker: &mut Worker,
    fenced: Source,
    connecting: Connecting<'_>,
) -> Result<Source, Failure> {
    worker.forget_partitions(&fenced)?;
    fenced.context().detach_worker();
    drop(fenced);
    let source = connecting.consumer()?;
    connecting.subscribe(&source)?;
    Ok(source)
}

/// Ends the program where brokers that are away would keep a worker from ending, unless this is dropped
/// before.
struct Deadline(#[expect(dead_code, reason = "closed when dropped")] Sender<()>);

impl Deadline {
    fn set(drain: Duration) -> Deadline {
        /// For leaving the group, and for the clients to close.
        const CLOSING: Duration = Duration::from_secs(5);
        let (closing, closed) = mpsc::channel();
        let end = move || {
            if closed.recv_timeout(drain + CLOSING) == Err(RecvTimeoutError::Timeout) {
                error!("brokers unreachable; exiting without leaving the group");
                process::exit(i32::from(FAILED));
            }
        };
        // Without the thread, closing takes as long as it takes.
        let _ = thread::Builder::new().name("deadline".to_owned()).spawn(end);
        Deadline(closing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_worker_tells_the_sum() {
        let tally = Tally::new(3);
        let counts = |messages| Counts { messages, ..Counts::default() };
        assert!(tally.add(&counts(1)).is_none());
        assert!(tally.add(&counts(2)).is_none());
        assert_eq!(tally.add(&counts(4)).map(|sum| sum.messages), Some(7));
    }

    /// Nothing hangs: the others are asked to stop, as by a signal.
    #[test]
    fn a_panic_asks_the_others_to_stop() {
        let stop = Stop::listen().expect("signals");
        let panicked = thread::scope(|scope| {
            let work = || {
                let _panic_stops = PanicStops(&stop);
                std::panic::panic_any("injected")
            };
            scope.spawn(work).join().is_err()
        });
        assert!(panicked && stop.is_asked());
        assert_eq!(stop.exit_status(), None, "no signal");
    }
}
