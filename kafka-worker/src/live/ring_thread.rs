//! A thread that reads a ring of each interface, and runs a flow stage.

use std::convert::Infallible;
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use stackprint::{ByteOrder, FlowSession, Frame, LinkType, PendingRecord, Timestamp};

use super::listen::Listener;
use super::merge::{Batch, Merge};
use super::spread::Spread;
use super::wake::Wake;
use crate::counters::Counters;
use crate::stop::Stop;

/// Records or frames that are handed over at once.
const BATCH_ITEMS: usize = 256;
/// How long frames of tunnels wait for those that another ring has captured before them: what the
/// kernel may take longer with one block than with another. Their records may then wait for others'.
const TUNNEL_HOLD: Duration = Duration::from_millis(12);
/// Frames of tunnels that may wait so.
const MOST_TUNNEL_FRAMES: usize = 1 << 14;

/// What a thread says.
pub(super) enum Message<'a> {
    Records(Batch<PendingRecord<'a>>),
    /// What it has counted since it said so last.
    Counted(Box<Counters>),
    /// It has ended, and so it says nothing more.
    Ended(io::Result<()>),
}

/// Where a thread's frames come from.
pub(super) trait Rings {
    /// Hands over what is there, with the number of the interface; whether there was something.
    fn read(&mut self, each: impl FnMut(usize, &Frame<'_>)) -> bool;

    /// Whether nothing more can come.
    fn is_empty(&self) -> bool;

    /// Waits until something comes, or there is something to read in `file`, or a signal comes, or the
    /// time is over.
    fn wait(&mut self, file: BorrowedFd<'_>, stop: &Stop, time: Option<Duration>)
    -> io::Result<()>;

    /// Waits until all that was captured up to now can be read.
    fn wait_for_last(&self);

    /// How many packets the kernel has dropped.
    fn dropped(&mut self) -> u64;
}

impl Rings for Listener {
    fn read(&mut self, mut each: impl FnMut(usize, &Frame<'_>)) -> bool {
        let Ok(any) = self.read(|(number, _), frame| {
            each(number, frame);
            Ok::<(), Infallible>(())
        });
        any
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn wait(
        &mut self,
        file: BorrowedFd<'_>,
        stop: &Stop,
        time: Option<Duration>,
    ) -> io::Result<()> {
        self.wait_also_for(Some(file), stop, time)
    }

    fn wait_for_last(&self) {
        self.wait_for_last();
    }

    fn dropped(&mut self) -> u64 {
        self.dropped()
    }
}

/// What all threads know of each other.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) spread: Spread,
    /// How many interfaces there are.
    pub(super) interfaces: usize,
    wakes: Vec<Wake>,
    /// Whether the threads are to end.
    is_over: AtomicBool,
    /// Packets of the rings of each thread.
    pub(super) packets: Vec<AtomicU64>,
    /// What the kernel has dropped of them.
    pub(super) dropped: Vec<AtomicU64>,
    pub(super) tunnel_frames_dropped: AtomicU64,
    pub(super) late_tunnel_frames: AtomicU64,
}

impl Shared {
    pub(super) fn new(threads: usize, interfaces: usize) -> io::Result<Shared> {
        Ok(Shared {
            spread: Spread::over(threads),
            interfaces,
            wakes: (0..threads).map(|_| Wake::new()).collect::<io::Result<_>>()?,
            is_over: AtomicBool::new(false),
            packets: (0..threads).map(|_| AtomicU64::new(0)).collect(),
            dropped: (0..threads).map(|_| AtomicU64::new(0)).collect(),
            tunnel_frames_dropped: AtomicU64::new(0),
            late_tunnel_frames: AtomicU64::new(0),
        })
    }

    /// Threads that begin after this are to work.
    pub(super) fn begin(&self) {
        self.is_over.store(false, Ordering::Release);
    }

    /// The threads are to end, with everything handed over that they have read.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.wakes.iter().for_each(Wake::wake);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }
}

/// A frame that belongs to another thread than that of its ring.
pub(super) struct TunnelFrame {
    link_type: LinkType,
    time: Timestamp,
    wire_len: usize,
    host_order: ByteOrder,
    data: Box<[u8]>,
}

impl TunnelFrame {
    fn copy(frame: &Frame<'_>) -> TunnelFrame {
        let &Frame { link_type, data, wire_len, time, host_order, .. } = frame;
        TunnelFrame { link_type, time, wire_len, host_order, data: data.into() }
    }

    fn frame(&self) -> Frame<'_> {
        Frame::new(self.link_type, &self.data)
            .at(self.time)
            .with_wire_len(self.wire_len)
            .with_host_order(self.host_order)
    }
}

/// The ends of a thread's queues.
pub(super) struct Queues<'a> {
    /// To the thread that merges.
    pub(super) records: SyncSender<Message<'a>>,
    /// To each thread, for the frames that belong to it.
    pub(super) frames: Vec<SyncSender<Batch<TunnelFrame>>>,
    /// From the others.
    pub(super) inbox: Receiver<Batch<TunnelFrame>>,
}

/// One of the threads.
pub(super) struct RingThread<'r, 'a, R> {
    number: usize,
    rings: &'r mut R,
    shared: &'r Shared,
    stop: &'r Stop,
    inbox: Receiver<Batch<TunnelFrame>>,
    /// Frames of tunnels that are this thread's, in the order of their time.
    tunnels: Merge<TunnelFrame>,
    flow: FlowWork<'a>,
    outgoing: Outgoing,
}

/// The flow stage, and what it says.
struct FlowWork<'a> {
    flows: FlowSession<'a>,
    counters: Counters,
    has_counted: bool,
    /// Of which lane what is pending is; see [`lane`].
    lane: usize,
    times: Vec<Timestamp>,
    pending: Vec<PendingRecord<'a>>,
    to: SyncSender<Message<'a>>,
    /// Whether nobody listens any more.
    is_alone: bool,
}

/// Frames of tunnels on their way to the threads that they belong to.
struct Outgoing {
    /// All are of this interface.
    interface: usize,
    frames: Vec<Vec<TunnelFrame>>,
    to: Vec<SyncSender<Batch<TunnelFrame>>>,
}

/// Records of a lane are in the order of their time: those of a thread's own ring, or of tunnels.
fn lane(thread: usize, of_tunnels: bool, interface: usize, shared: &Shared) -> usize {
    (thread * 2 + usize::from(of_tunnels)) * shared.interfaces + interface
}

/// The interface of what is in a lane.
pub(super) fn interface_of(lane: usize, shared: &Shared) -> usize {
    lane % shared.interfaces
}

impl<'r, 'a, R: Rings> RingThread<'r, 'a, R> {
    pub(super) fn new(
        number: usize,
        rings: &'r mut R,
        flows: FlowSession<'a>,
        queues: Queues<'a>,
        (shared, stop): (&'r Shared, &'r Stop),
    ) -> RingThread<'r, 'a, R> {
        let Queues { records, frames, inbox } = queues;
        let flow = FlowWork {
            flows,
            counters: Counters::default(),
            has_counted: false,
            lane: 0,
            times: Vec::new(),
            pending: Vec::new(),
            to: records,
            is_alone: false,
        };
        let outgoing = Outgoing {
            interface: 0,
            frames: frames.iter().map(|_| Vec::new()).collect(),
            to: frames,
        };
        let tunnels = Merge::new(TUNNEL_HOLD, MOST_TUNNEL_FRAMES);
        RingThread { number, rings, shared, stop, inbox, tunnels, flow, outgoing }
    }

    /// Works until it is to end, a signal comes, or there is nothing left to listen on.
    pub(super) fn run(mut self) -> io::Result<()> {
        let (shared, stop) = (self.shared, self.stop);
        while !shared.is_over() && !stop.is_asked() && !self.rings.is_empty() && !self.flow.is_alone
        {
            if !self.read() {
                self.note_dropped();
                let due = self.tunnels.next_due();
                let time = due.map(|due| due.saturating_duration_since(Instant::now()));
                if let Some(wake) = shared.wakes.get(self.number) {
                    self.rings.wait(wake.as_fd(), stop, time)?;
                    wake.clear();
                }
            }
        }
        if stop.is_asked() {
            self.rings.wait_for_last();
            while self.read() {}
        }
        self.note_dropped();
        // When no thread has more to hand over, all of this thread's frames are here.
        self.outgoing.to.clear();
        while let Ok(batch) = self.inbox.recv() {
            self.tunnels.push(batch);
        }
        let RingThread { tunnels, flow, number, .. } = &mut self;
        tunnels.release_all(|lane, frame| flow.take_of_tunnel(*number, lane, &frame, shared));
        self.end_turn();
        let rest = std::mem::take(&mut self.flow.counters);
        self.flow.send_counted(rest);
        Ok(())
    }

    /// Reads what is there; whether there was something.
    fn read(&mut self) -> bool {
        let RingThread { rings, shared, tunnels, flow, outgoing, number, .. } = self;
        let mut any = rings.read(|interface, frame| {
            flow.count(frame);
            match shared.spread.thread_of(frame) {
                None => flow.take(lane(*number, false, interface, shared), frame),
                Some(owner) => {
                    outgoing.take(*number, owner, (interface, frame), shared, tunnels);
                }
            }
        });
        for owner in 0..outgoing.frames.len() {
            outgoing.hand_over(*number, owner, shared, tunnels);
        }
        while let Ok(batch) = self.inbox.try_recv() {
            any = true;
            self.tunnels.push(batch);
        }
        self.end_turn();
        any
    }

    /// Hands over what is due.
    fn end_turn(&mut self) {
        let RingThread { tunnels, flow, number, shared, .. } = self;
        if !tunnels.is_empty() {
            tunnels.release(Instant::now(), |lane, frame| {
                flow.take_of_tunnel(*number, lane, &frame, shared);
            });
        }
        let late = tunnels.take_late();
        if late > 0 {
            shared.late_tunnel_frames.fetch_add(late, Ordering::Relaxed);
        }
        flow.send();
        if let Some(packets) = shared.packets.get(*number) {
            packets.fetch_add(flow.counters.packets, Ordering::Relaxed);
        }
        flow.send_counters();
    }

    fn note_dropped(&mut self) {
        if let Some(dropped) = self.shared.dropped.get(self.number) {
            dropped.store(self.rings.dropped(), Ordering::Relaxed);
        }
    }
}

impl<'a> FlowWork<'a> {
    #[inline]
    fn count(&mut self, frame: &Frame<'_>) {
        self.counters.packet(frame);
        self.has_counted = true;
    }

    #[inline]
    fn take(&mut self, lane: usize, frame: &Frame<'_>) {
        if lane != self.lane {
            self.send();
            self.lane = lane;
        }
        let FlowWork { flows, counters, has_counted, times, pending, .. } = self;
        flows.take(frame, pending, |skip| {
            counters.skip(skip, frame.link_type);
            *has_counted = true;
        });
        times.resize(pending.len(), frame.time);
        if pending.len() >= BATCH_ITEMS {
            self.send();
        }
    }

    fn take_of_tunnel(&mut self, thread: usize, from: usize, frame: &TunnelFrame, shared: &Shared) {
        self.take(lane(thread, true, interface_of(from, shared), shared), &frame.frame());
    }

    /// Hands over what is pending. Waits where the other end does not keep up: then the ring fills,
    /// and the kernel counts what it drops.
    fn send(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        // The next batch is likely to be as long.
        let room = self.pending.len();
        let times = std::mem::replace(&mut self.times, Vec::with_capacity(room));
        let pending = std::mem::replace(&mut self.pending, Vec::with_capacity(room));
        let batch = Batch::new(self.lane, Instant::now(), times, pending);
        self.is_alone |= self.to.send(Message::Records(batch)).is_err();
    }

    fn send_counters(&mut self) {
        if std::mem::take(&mut self.has_counted) {
            let counters = self.counters.take();
            self.send_counted(counters);
        }
    }

    fn send_counted(&mut self, counters: Counters) {
        self.is_alone |= self.to.send(Message::Counted(Box::new(counters))).is_err();
    }
}

impl Outgoing {
    fn take(
        &mut self,
        from: usize,
        owner: usize,
        (interface, frame): (usize, &Frame<'_>),
        shared: &Shared,
        own: &mut Merge<TunnelFrame>,
    ) {
        if interface != self.interface {
            for owner in 0..self.frames.len() {
                self.hand_over(from, owner, shared, own);
            }
            self.interface = interface;
        }
        let Some(frames) = self.frames.get_mut(owner) else { return };
        frames.push(TunnelFrame::copy(frame));
        if frames.len() >= BATCH_ITEMS {
            self.hand_over(from, owner, shared, own);
        }
    }

    /// Hands frames over to their thread. Where it does not keep up, they are dropped and counted:
    /// two threads that wait for each other would wait for ever.
    fn hand_over(
        &mut self,
        from: usize,
        owner: usize,
        shared: &Shared,
        own: &mut Merge<TunnelFrame>,
    ) {
        let Some(frames) = self.frames.get_mut(owner).filter(|frames| !frames.is_empty()) else {
            return;
        };
        let frames = std::mem::take(frames);
        let times = frames.iter().map(|frame| frame.time).collect();
        let batch =
            Batch::new(lane(from, false, self.interface, shared), Instant::now(), times, frames);
        if from == owner {
            return own.push(batch);
        }
        let (Some(to), Some(wake)) = (self.to.get(owner), shared.wakes.get(owner)) else { return };
        match to.try_send(batch) {
            Ok(()) => wake.wake(),
            Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) => {
                shared.tunnel_frames_dropped.fetch_add(batch.len() as u64, Ordering::Relaxed);
            }
        }
    }
}
