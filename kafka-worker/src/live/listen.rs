//! Frames from interfaces.

use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, anyhow};
use netring::{BpfFilter, Capture, FanoutMode, Packet};
use rustix::io::Errno;
use rustix::net::sockopt::socket_error;
use stackprint::{ByteOrder, Frame, LinkType, Timestamp};

use super::args::CaptureArgs;
use super::args::UsualCapture;
use super::bpf::{self, Rules};
use super::fanout::Group;
use super::interface::{self, Interface};
use super::tag::Tag;
use crate::messages;
use crate::stop::Stop;

/// The byte order of this machine.
const HOST_ORDER: ByteOrder =
    if cfg!(target_endian = "big") { ByteOrder::Big } else { ByteOrder::Little };

/// Milliseconds after which the kernel hands over what it has gathered, full block or not.
pub(super) const HAND_OVER_MS: u32 = 20;
/// The same of rings that share their packets. What they say is put in order, and may be no more than
/// 20 ms apart, with what the kernel's clock adds.
pub(super) const SHARED_HAND_OVER_MS: u32 = 10;

/// Interfaces that are listened on, by one ring for each.
pub(crate) struct Listener {
    sources: Vec<Source>,
    hand_over_ms: u32,
    /// Whether this one says what becomes of interfaces, of several that listen on them.
    tells: bool,
    /// A frame with its VLAN tag put back.
    tagged: Vec<u8>,
    /// Whether an interface has gone.
    lost: bool,
    dropped_of_lost: u64,
}

/// An interface with its ring of packets.
struct Source {
    interface: Interface,
    /// Its place among those that were opened.
    number: usize,
    ring: Capture,
    /// That the ring shares the interface's packets with.
    _group: Option<Arc<Group>>,
    /// What was captured before this is not of this interface, or came before the filter.
    since: Timestamp,
    is_up: bool,
    /// Packets that the kernel had no place for.
    dropped: u64,
}

impl Listener {
    /// Opens interfaces with so many rings each, which share the packets: both directions of a
    /// connection go to the same listener. From here on, packets gather.
    pub(super) fn open_shared(
        names: &[String],
        args: &CaptureArgs,
        usual: UsualCapture,
        count: usize,
    ) -> anyhow::Result<Vec<Listener>> {
        let hand_over_ms = if count == 1 { HAND_OVER_MS } else { SHARED_HAND_OVER_MS };
        let mut all: Vec<Listener> = (0..count)
            .map(|number| Listener {
                sources: Vec::new(),
                hand_over_ms,
                tells: number == 0,
                tagged: Vec::new(),
                lost: false,
                dropped_of_lost: 0,
            })
            .collect();
        for (number, interface) in interface::find(names)?.into_iter().enumerate() {
            let group = (count > 1).then(Group::claim).transpose();
            let group = group.context("a number for the rings of an interface")?.map(Arc::new);
            for listener in &mut all {
                let ring = open_ring(&interface, args, usual, (hand_over_ms, group.as_deref()))?;
                listener.sources.push(Source {
                    interface: interface.clone(),
                    number,
                    ring,
                    _group: group.clone(),
                    since: Timestamp::default(),
                    is_up: true,
                    dropped: 0,
                });
            }
        }
        // A socket hears all interfaces before it is bound, and everything before it has its filter,
        // and shares with others only once they are there: what came until now is passed over, and
        // not counted.
        let since = now();
        for source in all.iter_mut().flat_map(|listener| &mut listener.sources) {
            source.since = since;
            source.ring.stats().map_err(|error| failure(error, &source.interface.name))?;
        }
        Ok(all)
    }

    /// The names of the interfaces that are listened on.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.sources.iter().map(|source| &*source.interface.name).collect()
    }

    /// Whether there is nothing left to listen on.
    pub(crate) fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Whether an interface went away.
    pub(crate) fn has_lost(&self) -> bool {
        self.lost
    }

    /// Hands over a block of packets of each interface, with its number and name; whether there was
    /// one.
    pub(crate) fn read<E>(
        &mut self,
        mut each: impl FnMut((usize, &str), &Frame<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let mut any = false;
        for Source { interface, number, ring, since, is_up, .. } in &mut self.sources {
            let Some(block) = ring.next_batch() else { continue };
            let heard_on = (*number, &*interface.name);
            (any, *is_up) = (true, true);
            for packet in &block {
                let (frame, tag) = frame(interface.link_type, &packet);
                if frame.time < *since {
                    continue;
                }
                let Some(tag) = tag else {
                    each(heard_on, &frame)?;
                    continue;
                };
                tag.put_back(frame.data, &mut self.tagged);
                let wire_len = frame.wire_len + Tag::LEN;
                let bytes = &self.tagged;
                each(heard_on, &Frame { data: bytes, wire_len, ..frame })?;
            }
        }
        Ok(any)
    }

    /// Waits for packets, or a signal, or so long, and looks after interfaces that are in trouble.
    pub(crate) fn wait(&mut self, stop: &Stop, time: Option<Duration>) -> std::io::Result<()> {
        self.wait_also_for(None, stop, time)
    }

    /// The same, or until there is something to read in this file.
    pub(super) fn wait_also_for(
        &mut self,
        file: Option<BorrowedFd<'_>>,
        stop: &Stop,
        time: Option<Duration>,
    ) -> std::io::Result<()> {
        /// An interface that is down may go away unheard.
        const LOOK_AFTER: Duration = Duration::from_secs(1);
        let all_up = self.sources.iter().all(|source| source.is_up);
        let time = if all_up { time } else { Some(time.unwrap_or(LOOK_AFTER).min(LOOK_AFTER)) };
        let rings = self.sources.iter().map(|source| source.ring.as_fd());
        let files: Vec<BorrowedFd<'_>> = rings.chain(file).collect();
        stop.wait_for(&files, time)?;
        let Listener { sources, dropped_of_lost, lost, tells, .. } = self;
        sources.retain_mut(|source| {
            let is_there = source.is_there(*tells);
            if !is_there {
                *lost = true;
                *dropped_of_lost += source.count_dropped();
            }
            is_there
        });
        Ok(())
    }

    /// Waits until the kernel has handed over what it has captured up to now.
    pub(crate) fn wait_for_last(&self) {
        std::thread::sleep(Duration::from_millis((self.hand_over_ms * 2).into()));
    }

    /// Packets that the kernel dropped, on all interfaces.
    pub(crate) fn dropped(&mut self) -> u64 {
        self.dropped_of_lost + self.sources.iter_mut().map(Source::count_dropped).sum::<u64>()
    }

    /// Says whether the kernel dropped packets, and what helps.
    #[cfg(feature = "kafka")]
    pub(crate) fn tell_dropped(&mut self) {
        tell_dropped(self.dropped());
    }
}

/// Says whether the kernel dropped packets, and what helps.
pub(super) fn tell_dropped(dropped: u64) {
    if dropped > 0 {
        messages::say(&format_args!(
            "{dropped} packets were dropped by the kernel (ring buffer full): increase --buffer"
        ));
    }
}

impl Source {
    /// Whether the interface is still there; says what became of it, if this one `tells`.
    fn is_there(&mut self, tells: bool) -> bool {
        let went_down = matches!(socket_error(&self.ring), Ok(Err(Errno::NETDOWN)) | Err(_));
        if !went_down && self.is_up {
            return true;
        }
        let say = |what: &str| {
            if tells {
                messages::say(&format_args!("{}: the interface {what}", self.interface.name));
            }
        };
        if !self.interface.exists() {
            say("is gone");
            return false;
        }
        if went_down {
            say("went down; waiting until it is up");
            self.is_up = false;
        }
        true
    }

    fn count_dropped(&mut self) -> u64 {
        // The kernel counts anew after each time that it is asked.
        if let Ok(counts) = self.ring.stats() {
            self.dropped += u64::from(counts.drops);
        }
        self.dropped
    }
}

/// A ring for an interface, which may share its packets.
fn open_ring(
    interface: &Interface,
    args: &CaptureArgs,
    usual: UsualCapture,
    (hand_over_ms, group): (u32, Option<&Group>),
) -> anyhow::Result<Capture> {
    const BLOCK_BYTES: usize = 256 << 10;
    let rules = Rules {
        link_type: interface.link_type,
        copied: args.copied(usual),
        tunnels: !args.no_tunnels,
        is_loopback: interface.is_loopback,
        snap_length: args.snap_length(usual),
    };
    let filter = BpfFilter::new(bpf::program(&rules)).context("the kernel's filter")?;
    let ring = Capture::builder()
        .interface(&interface.name)
        .block_size(BLOCK_BYTES)
        .block_count((args.buffer as usize) << 20 >> BLOCK_BYTES.trailing_zeros())
        .block_timeout_ms(hand_over_ms)
        .fill_rxhash(false)
        .promiscuous(args.promiscuous)
        .bpf_filter(filter);
    let ring = match group {
        Some(group) => ring.fanout(FanoutMode::Hash, group.number),
        None => ring,
    };
    ring.build().map_err(|error| failure(error, &interface.name))
}

pub(super) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(since_epoch.as_secs(), since_epoch.subsec_nanos())
}

/// A packet of the ring as a frame, and the tag that the kernel took off it.
fn frame<'p>(link_type: LinkType, packet: &Packet<'p>) -> (Frame<'p>, Option<Tag>) {
    let time = packet.timestamp();
    let frame = Frame::new(link_type, packet.data())
        .at(Timestamp::new(time.sec.into(), time.nsec))
        .with_wire_len(packet.original_len())
        .with_host_order(HOST_ORDER);
    let status = packet.status();
    let tag = (status.vlan_valid && link_type == LinkType::ETHERNET).then(|| Tag {
        protocol: if status.vlan_tpid_valid { packet.vlan_tpid() } else { 0 },
        control: packet.vlan_tci(),
    });
    (frame, tag)
}

/// What went wrong, and what helps.
fn failure(error: netring::Error, name: &str) -> anyhow::Error {
    match error {
        netring::Error::PermissionDenied => {
            let program = std::env::current_exe().unwrap_or_else(|_| "stackprint".into());
            anyhow!(
                "{name}: capturing needs the capability CAP_NET_RAW: run as root, or give it to the \
                 program once: sudo setcap cap_net_raw+ep {}",
                crate::messages::shown(&program)
            )
        }
        error => anyhow!(error).context(name.to_owned()),
    }
}
