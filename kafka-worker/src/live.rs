//! `stackprint live`: interfaces in, records out.

mod args;
mod bpf;
mod fanout;
mod interface;
mod listen;
mod merge;
mod privileges;
mod ring_thread;
mod spread;
mod statistics;
mod tag;
mod threads;
mod wake;

use std::convert::Infallible;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use stackprint::{Compat, Origin};

pub(crate) use args::{CaptureArgs, LiveArgs, UsualCapture};
pub(crate) use bpf::CaptureFilter;
pub(crate) use listen::Listener;

use crate::exit::{FAILED, UsageError};
use crate::messages;
use crate::query::{Capturing, Listeners, Network, Services, Telling, WhenFull};
use crate::recorder::{RecordPlan, Recorder};
use crate::stop::Stop;
use statistics::Statistics;
use threads::{Beside, Threads};

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
    let threads = args.threads();
    if args.threads != 1 && compat == Compat::P0fExact {
        let message = "--p0f-exact takes one thread: by p0f's rules, hosts decide which connections \
                       are forgotten";
        return Err(UsageError::conflict(message).into());
    }
    let sockets = Listeners::open(&args.query)?;
    // Before there is a thread: rights are given up thread by thread.
    let mut listeners = open_shared(&args.interfaces, &args.capture, usual, threads)?;
    let stop = Stop::listen().context("listening for signals")?;
    let network = Network {
        database: &plan.database,
        limits: plan.limits,
        lag: match threads {
            1 => Duration::from_millis(u64::from(listen::HAND_OVER_MS) * 3 / 2),
            _ => threads::lag(),
        },
        when_full: WhenFull::Drop,
    };
    let (mut services, telling) = Services::beside_loop(sockets, &network)?;
    plan.feed = services.feed.take();
    let flow_stages = u32::try_from(threads).unwrap_or(1);
    let mut recorder = Recorder::with_flow_stages(plan, false, flow_stages)?;
    let statistics = args.statistics.map(|seconds| Statistics::new(seconds.into()));
    let (capturing, listeners) = if threads == 1 {
        let listener = listeners.pop().context("no listener")?;
        let mut live = Live { listener, telling, recorder: &mut recorder, statistics, stop };
        live.work().context(output_name)?;
        (capturing(&mut live.listener), vec![live.listener])
    } else {
        let names = listeners.first().map(Listener::names).unwrap_or_default();
        let names = names.into_iter().map(str::to_owned).collect();
        let mut threads = Threads::new(listeners, names, args.cpus())?;
        let mut beside = Beside { statistics, telling, stop: &stop };
        threads.work(&mut recorder, &mut beside).context(output_name)?;
        (threads.capturing(), threads.into_rings())
    };
    if summary {
        let mut text = recorder.summary();
        text += &format!("dropped    {} by the kernel\n", capturing.dropped);
        threads::lines(&capturing).iter().for_each(|line| text += &format!("{line}\n"));
        let _ = io::stderr().write_all(text.as_bytes());
    }
    listen::tell_dropped(capturing.dropped);
    let has_lost = listeners.iter().any(Listener::has_lost);
    Ok(if has_lost { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// Opens interfaces, and gives up the rights that were needed for it.
#[cfg(feature = "kafka")]
pub(crate) fn open(
    names: &[String],
    args: &CaptureArgs,
    usual: UsualCapture,
) -> anyhow::Result<Listener> {
    open_shared(names, args, usual, 1)?.pop().context("no listener")
}

/// The same for so many listeners that share the packets.
fn open_shared(
    names: &[String],
    args: &CaptureArgs,
    usual: UsualCapture,
    count: usize,
) -> anyhow::Result<Vec<Listener>> {
    let listeners = Listener::open_shared(names, args, usual, count)?;
    privileges::give_up(args.user.as_deref())?;
    if let Some(listener) = listeners.first() {
        messages::say(&format_args!("listening on {}", listener.names().join(", ")));
    }
    Ok(listeners)
}

/// One thread that captures and writes.
struct Live<'r, W> {
    listener: Listener,
    recorder: &'r mut Recorder<W>,
    statistics: Option<Statistics>,
    telling: Telling,
    stop: Stop,
}

impl<W: Write> Live<'_, W> {
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
            self.telling.turn(counters, || Some(capturing(listener)));
            if !read {
                self.recorder.flush()?;
                let time = self.statistics.as_ref().map(Statistics::until_next);
                let counters = &self.recorder.counters;
                self.telling.wait(counters, || Some(capturing(&mut self.listener)));
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
        let Ok(any) = self.listener.read(|(_, name), frame| {
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

/// What is told of the capture of one thread.
fn capturing(listener: &mut Listener) -> Capturing {
    Capturing { dropped: listener.dropped(), threads: None }
}
