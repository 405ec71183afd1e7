//! Several threads that capture, and one that merges what they say and writes.
//!
//! Each thread has a ring of each interface and a flow stage; the kernel gives both directions of a
//! connection to one of them. The host stage needs what all of them say, in order: see
//! [`super::merge`].

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, Scope};
use std::time::{Duration, Instant, SystemTime};

use stackprint::{Database, FlowSession, Origin, PendingRecord, Timestamp};

use super::listen::SHARED_HAND_OVER_MS;
use super::merge::Merge;
use super::ring_thread::{Message, Queues, RingThread, Rings, Shared, interface_of};
use super::statistics::Statistics;
use crate::messages;
use crate::query::{CaptureThreads, Capturing, Telling};
use crate::recorder::{Completing, Recorder};
use crate::stop::Stop;

/// How long records wait for those of earlier packets.
const HOLD: Duration = Duration::from_millis(20);
/// Records that may wait so, for each thread.
const MOST_WAITING: usize = 1 << 14;
/// Batches that a thread may be ahead of the one that merges.
const QUEUE_BATCHES: usize = 16;
/// Batches of frames of tunnels that may wait for their thread.
const QUEUE_FRAMES: usize = 64;

/// How long a packet may be on its way to its record.
pub(super) fn lag() -> Duration {
    HOLD + Duration::from_millis(u64::from(SHARED_HAND_OVER_MS) * 3 / 2)
}

/// The threads of a capture.
pub(super) struct Threads<R> {
    rings: Vec<R>,
    /// Names of the interfaces.
    names: Vec<String>,
    shared: Shared,
    /// Records that came too late to be put in order.
    late: AtomicU64,
    /// The processors of the threads; none if the system chooses.
    cpus: Vec<usize>,
}

/// What is done beside the packets.
pub(super) struct Beside<'b> {
    pub(super) statistics: Option<Statistics>,
    pub(super) telling: Telling,
    pub(super) stop: &'b Stop,
}

impl<R: Rings + Send> Threads<R> {
    pub(super) fn new(
        rings: Vec<R>,
        names: Vec<String>,
        cpus: Vec<usize>,
    ) -> io::Result<Threads<R>> {
        let shared = Shared::new(rings.len(), names.len())?;
        Ok(Threads { rings, names, shared, late: AtomicU64::new(0), cpus })
    }

    /// What the threads had.
    pub(super) fn into_rings(self) -> Vec<R> {
        self.rings
    }

    /// What was dropped, and what came too late.
    pub(super) fn capturing(&self) -> Capturing {
        capturing(&self.shared, &self.late)
    }

    /// Listens until a signal comes, or there is nothing left to listen on. Fails where records
    /// cannot be written, and where a thread panics.
    pub(super) fn work<W: Write>(
        &mut self,
        recorder: &mut Recorder<W>,
        beside: &mut Beside<'_>,
    ) -> io::Result<()> {
        while let Some(database) = self.listen(recorder, beside)? {
            recorder.set_database(&database);
        }
        recorder.finish()
    }

    /// Listens until there is another database, which is returned, or no more to come. All records
    /// are handed on by then.
    fn listen<W: Write>(
        &mut self,
        recorder: &mut Recorder<W>,
        beside: &mut Beside<'_>,
    ) -> io::Result<Option<Arc<Database>>> {
        let Threads { rings, names, shared, late, cpus } = self;
        let (shared, names, late, cpus) = (&*shared, &**names, &*late, &**cpus);
        shared.begin();
        thread::scope(|scope| {
            // Whatever happens here, the threads end, because they hear it or nobody listens.
            let _end = End(shared);
            let (flows, completing) = recorder.apart(scope);
            let (to, from) = sync_channel(QUEUE_BATCHES * rings.len());
            let left = rings.len();
            spawn(scope, (rings, flows), &to, (shared, beside.stop), cpus)?;
            drop(to);
            let most = MOST_WAITING * left;
            let merge = Merge::new(HOLD, most);
            let merging = Merging { completing, merge, names, shared, late, left, database: None };
            merging.run(&from, beside)
        })
    }
}

fn capturing(shared: &Shared, late: &AtomicU64) -> Capturing {
    let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
    let threads = CaptureThreads {
        packets: shared.packets.iter().map(count).collect(),
        dropped: shared.dropped.iter().map(count).collect(),
        tunnel_frames_dropped: count(&shared.tunnel_frames_dropped),
        late_tunnel_frames: count(&shared.late_tunnel_frames),
        late_records: count(late),
    };
    Capturing { dropped: threads.dropped.iter().sum(), threads: Some(threads) }
}

/// Ends the threads when it is dropped.
struct End<'r>(&'r Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Begins a thread for each of `rings`.
fn spawn<'s, 'a: 's, R: Rings + Send>(
    scope: &'s Scope<'s, '_>,
    (rings, flows): (&'s mut [R], Vec<FlowSession<'a>>),
    to: &SyncSender<Message<'a>>,
    (shared, stop): (&'s Shared, &'s Stop),
    cpus: &'s [usize],
) -> io::Result<()> {
    let (frames, inboxes): (Vec<_>, Vec<_>) =
        rings.iter().map(|_| sync_channel(QUEUE_FRAMES)).unzip();
    let all = rings.iter_mut().zip(flows).zip(inboxes);
    for (number, ((rings, flows), inbox)) in all.enumerate() {
        let queues = Queues { records: to.clone(), frames: frames.clone(), inbox };
        let to = to.clone();
        let cpu = cpus.get(number % cpus.len().max(1)).copied();
        let work = move || {
            // What it worked on is gone after a panic, and nobody uses the rest.
            let ended = catch_unwind(AssertUnwindSafe(|| {
                bind_to(cpu)?;
                RingThread::new(number, rings, flows, queues, (shared, stop)).run()
            }));
            let panicked =
                || Err(io::Error::other("a thread panicked, and its records are missing"));
            // Fails only if nobody wants to know.
            let _ = to.send(Message::Ended(ended.unwrap_or_else(|_| panicked())));
        };
        thread::Builder::new().name(format!("ring {number}")).spawn_scoped(scope, work)?;
    }
    Ok(())
}

/// Keeps this thread on a processor, if there is one for it.
fn bind_to(cpu: Option<usize>) -> io::Result<()> {
    let Some(cpu) = cpu else { return Ok(()) };
    let mut set = rustix::thread::CpuSet::new();
    set.set(cpu);
    rustix::thread::sched_setaffinity(None, &set)
        .map_err(|error| io::Error::other(format!("--cpus: processor {cpu}: {error}")))
}

/// The thread that merges at work.
struct Merging<'m, 's, 'a, W> {
    completing: Completing<'s, 'a, W>,
    merge: Merge<PendingRecord<'a>>,
    names: &'a [String],
    shared: &'m Shared,
    late: &'m AtomicU64,
    /// Threads that have not ended.
    left: usize,
    /// For which the threads are to end.
    database: Option<Arc<Database>>,
}

impl<'s, 'a: 's, W: Write> Merging<'_, 's, 'a, W> {
    fn run(
        mut self,
        from: &Receiver<Message<'a>>,
        beside: &mut Beside<'_>,
    ) -> io::Result<Option<Arc<Database>>> {
        while self.left > 0 {
            match from.try_recv() {
                Ok(message) => self.take(message)?,
                Err(TryRecvError::Empty) => self.wait(from, beside)?,
                Err(TryRecvError::Disconnected) => break,
            }
            self.release(Instant::now());
            self.completing.drain()?;
            self.tell(beside);
            if self.database.is_none() {
                self.database = self.completing.new_database();
                if self.database.is_some() {
                    self.shared.end();
                }
            }
        }
        let Merging { completing, merge, names, shared, .. } = &mut self;
        merge.release_all(|lane, pending| completing.take(pending, origin(names, lane, shared)));
        self.count_late();
        self.completing.flush()?;
        Ok(self.database)
    }

    fn take(&mut self, message: Message<'a>) -> io::Result<()> {
        match message {
            Message::Records(batch) => self.merge.push(batch),
            Message::Counted(counters) => self.completing.counters.add(&counters),
            Message::Ended(result) => {
                self.left -= 1;
                return result;
            }
        }
        Ok(())
    }

    /// Hands on what there is, and waits until more comes, or something is due.
    fn wait(&mut self, from: &Receiver<Message<'a>>, beside: &mut Beside<'_>) -> io::Result<()> {
        self.completing.flush()?;
        let statistics = beside.statistics.as_ref().map(Statistics::until_next);
        let due = self.merge.next_due();
        let due = due.map(|due| due.saturating_duration_since(Instant::now()));
        // Rows are due when nothing is captured, too.
        let rows = self.completing.has_rows().then_some(Duration::from_secs(1));
        let time = statistics.into_iter().chain(due).chain(rows).min();
        let (shared, late) = (self.shared, self.late);
        beside.telling.wait(self.completing.counters, || Some(capturing(shared, late)));
        let message = match time {
            Some(time) => from.recv_timeout(time),
            None => from.recv().map_err(RecvTimeoutError::from),
        };
        beside.telling.resume();
        message.map_or(Ok(()), |message| self.take(message))
    }

    fn release(&mut self, now: Instant) {
        let Merging { completing, merge, names, shared, .. } = self;
        merge.release(now, |lane, pending| completing.take(pending, origin(names, lane, shared)));
        self.count_late();
    }

    fn count_late(&mut self) {
        let late = self.merge.take_late();
        if late > 0 {
            self.late.fetch_add(late, Ordering::Relaxed);
        }
    }

    fn tell(&mut self, beside: &mut Beside<'_>) {
        self.completing.advance(now_of_records());
        for link_type in self.completing.counters.take_unreported_link_types() {
            messages::say(&format_args!(
                "link type {} is not supported; its frames are skipped",
                link_type.0
            ));
        }
        let (shared, late) = (self.shared, self.late);
        beside.telling.turn(self.completing.counters, || Some(capturing(shared, late)));
        if beside.statistics.as_mut().is_some_and(Statistics::is_due) {
            let packets = self.completing.counters.packets;
            let capturing = capturing(shared, late);
            messages::say(&format_args!(
                "{packets} packets captured, {} dropped by the kernel",
                capturing.dropped
            ));
            for line in lines(&capturing) {
                messages::say(&line);
            }
        }
    }
}

/// Lines for people of what several threads count; none of one.
pub(super) fn lines(capturing: &Capturing) -> Vec<String> {
    let Some(threads) = &capturing.threads else { return Vec::new() };
    let rings = threads.packets.iter().zip(&threads.dropped);
    let rings = rings.map(|(packets, dropped)| format!("{packets} packets, {dropped} dropped"));
    vec![
        format!("rings      {}", rings.collect::<Vec<_>>().join("; ")),
        format!(
            "threads    {} frames of tunnels dropped, {} late; {} records late",
            threads.tunnel_frames_dropped, threads.late_tunnel_frames, threads.late_records
        ),
    ]
}

/// Records name the interface.
fn origin<'n>(names: &'n [String], lane: usize, shared: &Shared) -> Option<Origin<'n>> {
    let name = names.get(interface_of(lane, shared))?;
    Some(Origin { interface: Some(name.into()), ..Origin::default() })
}

/// The time up to which records have come.
fn now_of_records() -> Timestamp {
    Timestamp::from(SystemTime::now() - lag())
}

#[cfg(test)]
mod tests;
