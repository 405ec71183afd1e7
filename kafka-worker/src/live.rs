//! `stackprint live`: interfaces in, records out.

mod args;
mod bpf;
mod interface;
mod listen;
mod privileges;
mod tag;

use std::convert::Infallible;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use stackprint::{Compat, Origin};

pub(crate) use args::{CaptureArgs, LiveArgs, UsualCapture};
pub(crate) use bpf::CaptureFilter;
pub(crate) use listen::Listener;

use crate::exit::FAILED;
use crate::messages;
use crate::query::{Listeners, Network, Services, Telling, WhenFull};
use crate::recorder::{RecordPlan, Recorder};
use crate::stop::Stop;

pub(crate) fn run(args: &LiveArgs) -> anyhow::Result<ExitCode> {
    let mut plan = RecordPlan::new(&args.records)?;
    let (output_name, summary) = (plan.output_name.clone(), plan.summary);
    let compat = plan.database.compat();
    let payload = plan.layers.read_payload();
    let copied = match compat {
        Compat::Fixed if payload => CaptureFilter::Openings,
        Compat::Fixed => CaptureFilter::Handshakes,
        // p0f keeps a flow by what comes after the handshake.
        Compat::P0fExact => CaptureFilter::Tcp,
    };
    let usual = UsualCapture { copied, payload };
    let sockets = Listeners::open(&args.query)?;
    // Before there is a thread: rights are given up thread by thread.
    let listener = open(&args.interfaces, &args.capture, usual)?;
    let stop = Stop::listen().context("listening for signals")?;
    let network = Network {
        database: &plan.database,
        limits: plan.limits,
        lag: Duration::from_millis(u64::from(listen::HAND_OVER_MS) * 3 / 2),
        when_full: WhenFull::Drop,
    };
    let (mut services, telling) = Services::beside_loop(sockets, &network)?;
    plan.feed = services.feed.take();
    let mut live = Live {
        listener,
        telling,
        recorder: Recorder::new(plan, false)?,
        statistics: args.statistics.map(|seconds| Statistics::new(seconds.into())),
        stop,
    };
    live.work().context(output_name)?;
    if summary {
        let mut text = live.recorder.summary();
        text += &format!("dropped    {} by the kernel\n", live.listener.dropped());
        let _ = io::stderr().write_all(text.as_bytes());
    }
    live.listener.tell_dropped();
    Ok(if live.listener.has_lost() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// Opens interfaces, and gives up the rights that were needed for it.
pub(crate) fn open(
    names: &[String],
    args: &CaptureArgs,
    usual: UsualCapture,
) -> anyhow::Result<Listener> {
    let listener = Listener::open(names, args, usual)?;
    privileges::give_up(args.user.as_deref())?;
    messages::say(&format_args!("listening on {}", listener.names().join(", ")));
    Ok(listener)
}

struct Live<W> {
    listener: Listener,
    recorder: Recorder<W>,
    statistics: Option<Statistics>,
    telling: Telling,
    stop: Stop,
}

impl<W: Write> Live<W> {
    /// Listens until a signal comes, or there is nothing left to listen on. Fails where records
    /// cannot be written.
    fn work(&mut self) -> io::Result<()> {
        while !self.stop.is_asked() && !self.listener.is_empty() {
            self.recorder.renew_database();
            let read = self.read();
            self.recorder.advance(listen::now());
            self.recorder.drain()?;
            self.tell_of_link_types();
            self.tell_statistics();
            let (counters, listener) = (&self.recorder.counters, &mut self.listener);
            self.telling.turn(counters, || Some(listener.dropped()));
            if !read {
                self.recorder.flush()?;
                let time = self.statistics.as_ref().map(Statistics::until_next);
                self.telling.wait(&self.recorder.counters, || Some(self.listener.dropped()));
                // Rows are due when nothing is captured, too.
                let row = self.recorder.has_rows().then_some(Duration::from_secs(1));
                let time = time.into_iter().chain(row).min();
                self.listener.wait(&self.stop, time)?;
                self.telling.resume();
            }
        }
        self.listener.wait_for_last();
        while self.read() {}
        self.recorder.finish()
    }

    fn read(&mut self) -> bool {
        let recorder = &mut self.recorder;
        let Ok(any) = self.listener.read(|name, frame| {
            let origin = || Origin { interface: Some(name.into()), ..Origin::default() };
            recorder.take(frame, || Some(origin()));
            Ok::<(), Infallible>(())
        });
        any
    }

    fn tell_of_link_types(&mut self) {
        for link_type in self.recorder.counters.take_unreported_link_types() {
            messages::say(&format_args!(
                "link type {} is not supported; its frames are skipped",
                link_type.0
            ));
        }
    }

    fn tell_statistics(&mut self) {
        if !self.statistics.as_mut().is_some_and(Statistics::is_due) {
            return;
        }
        let packets = self.recorder.counters.packets;
        let dropped = self.listener.dropped();
        messages::say(&format_args!("{packets} packets captured, {dropped} dropped by the kernel"));
    }
}

/// When statistics are to be told.
struct Statistics {
    interval: Duration,
    next: Instant,
}

impl Statistics {
    fn new(seconds: u64) -> Statistics {
        let interval = Duration::from_secs(seconds);
        Statistics { interval, next: Instant::now() + interval }
    }

    fn until_next(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = now >= self.next;
        if is_due {
            self.next = now + self.interval;
        }
        is_due
    }
}
