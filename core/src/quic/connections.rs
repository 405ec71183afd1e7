//! From datagrams to hellos: the connections that are being opened, within bounds.
#![warn(clippy::indexing_slicing)]

mod budget;
mod table;

use budget::Budget;
use table::{Entry, Pending, Table};

use super::crypto::Crypto;
use super::datagram::Datagram;
use super::frame::CryptoFrames;
use super::header::{ConnectionId, Kind, Packet, Packets};
use super::keys::{Keys, Opened};
use super::{Fault, GiveUp, Opening, Outcome, Protocol, Version, may_open};
use crate::Timestamp;
use crate::tls::dtls::Joiner;
use crate::tls::{ClientHello, Progress};

/// What came of one packet.
enum Step {
    /// The hello is whole, and in `whole`.
    Whole {
        version: Version,
        datagram_len: usize,
    },
    Undecided,
    GivenUp(GiveUp),
    Over,
    Unread(Fault),
}

/// The connections of a process, or of a part of it, that are being opened.
///
/// A hello that lies whole in one datagram is read without being held. What is held otherwise is
/// bounded, together with the list of connections that were decided, which is kept so that a client
/// that repeats its Initial is not told twice. Where there are too many, those that were decided
/// longest ago are forgotten first; of those that wait, the one that began first.
///
/// ```
/// use stackprint::Timestamp;
/// use stackprint::quic::{Connections, Datagram, Ends, Outcome};
///
/// // The hello of DTLS; those of QUIC are taken in the same way.
/// let mut datagram = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 66]; // a record of 66 bytes
/// datagram.extend([1, 0, 0, 54, 0, 0, 0, 0, 0, 0, 0, 54]); // a ClientHello in one fragment
/// datagram.extend([0xfe, 0xfd]); // DTLS 1.2
/// datagram.extend([0; 32]); // random
/// datagram.extend([0, 0, 0, 2, 0x13, 0x01, 1, 0]); // neither session ID nor cookie, one cipher suite
/// datagram.extend([0, 10, 0, 10, 0, 6, 0, 4, 0, 0x1d, 0, 0x17]); // supported_groups
/// let ends = Ends {
///     source: "192.0.2.1:40000".parse()?,
///     destination: "192.0.2.2:443".parse()?,
///     scope: 0,
/// };
/// let mut connections = Connections::new(Connections::DEFAULT_MEMORY);
/// let datagram = Datagram { ends, bytes: &datagram, len: datagram.len(), time: Timestamp::EPOCH };
/// let Outcome::Opened(opening) = connections.push(&datagram) else { panic!("whole") };
/// assert_eq!(opening.version, None); // of QUIC
/// let fingerprints = opening.hello.fingerprints(opening.transport()).expect("not truncated");
/// assert_eq!(fingerprints.ja4().as_str(), "dd2i010100_0f2cb44170f4_a8f3e973773c");
/// // It is said once.
/// assert_eq!(connections.push(&datagram), Outcome::Over);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug)]
pub struct Connections {
    table: Table,
    budget: Budget,
    /// Packets without protection. Kept for its memory.
    plain: Vec<u8>,
    /// The last hello that came whole.
    whole: Crypto,
    faults: [u64; Fault::COUNT],
    given_up: [u64; GiveUp::COUNT],
}

impl Connections {
    /// Bytes that may be held by default.
    pub const DEFAULT_MEMORY: usize = 16 << 20;
    /// Packets that are decrypted at most in a second of capture time, by default.
    pub const DEFAULT_DECRYPTIONS: u32 = 20_000;

    /// With nothing held, for at most `max_memory` bytes.
    #[must_use]
    pub fn new(max_memory: usize) -> Connections {
        Connections {
            table: Table::new(max_memory),
            budget: Budget::new(Self::DEFAULT_DECRYPTIONS),
            plain: Vec::new(),
            whole: Crypto::default(),
            faults: [0; Fault::COUNT],
            given_up: [0; GiveUp::COUNT],
        }
    }

    /// Decrypts so many packets at most in a second of capture time.
    #[must_use]
    pub fn decryptions_per_second(self, most: u32) -> Connections {
        Connections { budget: Budget::new(most), ..self }
    }

    /// Bytes that are allocated for connections.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.table.memory()
    }

    /// How many packets or datagrams were not read for a reason.
    #[must_use]
    pub fn faults(&self, fault: Fault) -> u64 {
        self.faults.get(fault as usize).copied().unwrap_or_default()
    }

    /// How many connections were given up for a reason.
    #[must_use]
    pub fn given_up(&self, reason: GiveUp) -> u64 {
        self.given_up.get(reason as usize).copied().unwrap_or_default()
    }

    /// How many times a packet was decrypted, or that was tried.
    #[must_use]
    pub const fn decryptions(&self) -> u64 {
        self.budget.spent()
    }

    /// Connections whose hello is not whole yet. Takes time in proportion to the connections.
    #[must_use]
    pub fn undecided(&self) -> usize {
        self.table.waiting()
    }

    /// Takes a datagram.
    #[inline]
    pub fn push<'t>(&'t mut self, datagram: &Datagram<'t>) -> Outcome<'t> {
        match may_open(datagram.bytes, datagram.len) {
            None => Outcome::Other,
            Some(Protocol::Quic) => self.push_quic(datagram),
            Some(Protocol::Dtls) => self.push_dtls(datagram),
        }
    }

    /// Says that it is as late as this: gives up those that wait for too long.
    pub fn advance(&mut self, now: Timestamp) {
        while self.table.forget_if_late(now) {
            count(&mut self.given_up, GiveUp::TimedOut as usize);
        }
    }

    /// Says that nothing follows: gives up all that wait.
    pub fn finish(&mut self) {
        while self.table.forget_waiting() {
            count(&mut self.given_up, GiveUp::Ended as usize);
        }
    }

    #[inline(never)]
    fn push_quic<'t>(&'t mut self, datagram: &Datagram<'_>) -> Outcome<'t> {
        self.advance(datagram.time);
        if self.table.find(Protocol::Quic, &datagram.ends.reversed(), datagram.time).is_some() {
            return Outcome::Other;
        }
        let mut outcome = Outcome::Other;
        for packet in Packets::new(datagram.bytes, datagram.len) {
            let step = match packet {
                Ok(packet) if packet.kind == Kind::Initial => self.initial(&packet, datagram),
                Ok(_) => continue,
                Err(fault) => Step::Unread(fault),
            };
            outcome = match step {
                Step::Whole { version, datagram_len } => {
                    return self.opened(version, datagram_len);
                }
                Step::Undecided => Outcome::Undecided,
                Step::Over => Outcome::Over,
                Step::GivenUp(reason) => {
                    count(&mut self.given_up, reason as usize);
                    Outcome::GivenUp(reason)
                }
                Step::Unread(fault) => {
                    count(&mut self.faults, fault as usize);
                    if outcome == Outcome::Other { Outcome::Unread(fault) } else { outcome }
                }
            };
        }
        outcome
    }

    /// The hello in `whole`.
    fn opened(&mut self, version: Version, datagram_len: usize) -> Outcome<'_> {
        let body = self.whole.hello().ok().flatten().unwrap_or_default();
        match ClientHello::parse(body) {
            Ok(hello) => Outcome::Opened(Opening { version: Some(version), datagram_len, hello }),
            Err(_) => {
                count(&mut self.given_up, GiveUp::NotHello as usize);
                Outcome::GivenUp(GiveUp::NotHello)
            }
        }
    }

    fn initial(&mut self, packet: &Packet<'_>, datagram: &Datagram<'_>) -> Step {
        let found = self.table.find(Protocol::Quic, &datagram.ends, datagram.time);
        if let Some(number) = found {
            match self.table.entry(number) {
                Some(Entry { pending: None, source_id, .. }) if *source_id == packet.source_id => {
                    return Step::Over;
                }
                Some(Entry { pending: Some(Pending::Quic(waiting)), .. }) => {
                    let (keys, is_own) = (waiting.keys.clone(), waiting.is_keyed_by(packet));
                    match self.decrypt(&keys, packet, datagram.time) {
                        Ok(opened) => return self.add(number, &opened, datagram.time),
                        // After a Retry, the keys are new ones.
                        Err(Fault::WrongTag) if !is_own => {}
                        Err(fault) => return Step::Unread(fault),
                    }
                }
                _ => {}
            }
        }
        let (keys, opened) = match self.decrypt_with_own(packet, datagram.time) {
            Ok(opened) => opened,
            Err(fault) => return Step::Unread(fault),
        };
        if let Some(number) = found {
            if let Some(Entry { pending: Some(Pending::Quic(waiting)), source_id, .. }) =
                self.table.entry(number)
                && *source_id == packet.source_id
                && waiting.goes_on_with(packet)
            {
                waiting.set_keys(keys, packet);
                return self.add(number, &opened, datagram.time);
            }
            if self.table.forget(number) {
                count(&mut self.given_up, GiveUp::Replaced as usize);
            }
        }
        self.begin(keys, packet, &opened, datagram)
    }

    /// Opens a packet into `plain`, if the budget allows for it.
    fn decrypt(
        &mut self,
        keys: &Keys,
        packet: &Packet<'_>,
        time: Timestamp,
    ) -> Result<Opened, Fault> {
        if !self.budget.spend(time) {
            return Err(Fault::OverBudget);
        }
        self.plain.clear();
        keys.open(packet, &mut self.plain)
    }

    /// The same, with the keys that follow from the packet's own header.
    fn decrypt_with_own(
        &mut self,
        packet: &Packet<'_>,
        time: Timestamp,
    ) -> Result<(Keys, Opened), Fault> {
        // Keys cost as much as what they open.
        if !self.budget.spend(time) {
            return Err(Fault::OverBudget);
        }
        let keys = Keys::of_client(packet.version, packet.destination_id);
        let keys = keys.ok_or(Fault::NotInitial)?;
        self.plain.clear();
        let opened = keys.open(packet, &mut self.plain)?;
        Ok((keys, opened))
    }

    /// The first packet of a connection.
    fn begin(
        &mut self,
        keys: Keys,
        packet: &Packet<'_>,
        opened: &Opened,
        datagram: &Datagram<'_>,
    ) -> Step {
        self.whole.clear();
        let frames = self.plain.get(opened.frames.clone()).unwrap_or_default();
        let added = insert(&mut self.whole, frames, &mut self.faults);
        let progress = added.and_then(|()| self.whole.hello().map(|hello| hello.is_some()));
        let (version, datagram_len) = (packet.version, datagram.len);
        let pending = match progress {
            Ok(false) => {
                // A copy that is as large as it must be.
                let crypto = self.whole.clone();
                Some(Pending::quic(keys, packet, crypto, datagram_len))
            }
            _ => None,
        };
        self.hold(Protocol::Quic, datagram, packet.source_id, pending);
        match progress {
            Ok(true) => Step::Whole { version, datagram_len },
            Ok(false) => Step::Undecided,
            Err(reason) => Step::GivenUp(reason),
        }
    }

    /// A further packet of a connection that waits.
    fn add(&mut self, number: u32, opened: &Opened, now: Timestamp) -> Step {
        let Some(Entry { pending: Some(Pending::Quic(waiting)), .. }) = self.table.entry(number)
        else {
            return Step::Over;
        };
        let frames = self.plain.get(opened.frames.clone()).unwrap_or_default();
        let added = insert(&mut waiting.crypto, frames, &mut self.faults);
        let progress = added.and_then(|()| waiting.crypto.hello().map(|hello| hello.is_some()));
        let (version, datagram_len) = (waiting.version, waiting.datagram_len);
        match progress {
            Ok(true) => {
                self.whole = std::mem::take(&mut waiting.crypto);
                self.table.decide(number, now);
                Step::Whole { version, datagram_len }
            }
            Ok(false) => {
                let evicted = self.table.keep_bound(number);
                self.count_evicted(evicted);
                Step::Undecided
            }
            Err(reason) => {
                self.table.decide(number, now);
                Step::GivenUp(reason)
            }
        }
    }

    #[inline(never)]
    fn push_dtls<'t>(&'t mut self, datagram: &Datagram<'t>) -> Outcome<'t> {
        self.advance(datagram.time);
        let is_cut = datagram.bytes.len() < datagram.len;
        let found = self.table.find(Protocol::Dtls, &datagram.ends, datagram.time);
        let (progress, datagram_len) = match found.and_then(|number| self.table.entry(number)) {
            Some(Entry { pending: Some(Pending::Dtls(waiting)), .. }) if !is_cut => {
                (waiting.joiner.push(datagram.bytes), waiting.datagram_len)
            }
            Some(Entry { pending: None, .. }) => return Outcome::Over,
            Some(_) => return self.cut(),
            None => {
                let mut joiner = Joiner::new();
                let progress = joiner.push(datagram.bytes);
                if is_cut && matches!(progress, Progress::NotTls(_)) {
                    return self.cut();
                }
                let pending = matches!(progress, Progress::NeedsMore)
                    .then(|| Pending::dtls(joiner, datagram.len));
                self.hold(Protocol::Dtls, datagram, ConnectionId::default(), pending);
                return self.dtls_outcome(progress, datagram.len);
            }
        };
        if let Some(number) = found {
            if matches!(progress, Progress::NeedsMore) {
                let evicted = self.table.keep_bound(number);
                self.count_evicted(evicted);
            } else {
                self.table.decide(number, datagram.time);
            }
        }
        self.dtls_outcome(progress, datagram_len)
    }

    /// A datagram that was captured in part.
    fn cut(&mut self) -> Outcome<'static> {
        count(&mut self.faults, Fault::Cut as usize);
        Outcome::Unread(Fault::Cut)
    }

    fn dtls_outcome<'t>(
        &mut self,
        progress: Progress<ClientHello<'t>>,
        datagram_len: usize,
    ) -> Outcome<'t> {
        match progress {
            Progress::Complete(hello) => {
                Outcome::Opened(Opening { version: None, datagram_len, hello })
            }
            Progress::NeedsMore => Outcome::Undecided,
            Progress::NotTls(_) => {
                count(&mut self.given_up, GiveUp::NotHello as usize);
                Outcome::GivenUp(GiveUp::NotHello)
            }
        }
    }

    /// Remembers a connection: as decided, or with what is to be held for it.
    fn hold(
        &mut self,
        protocol: Protocol,
        datagram: &Datagram<'_>,
        source_id: ConnectionId,
        pending: Option<Pending>,
    ) {
        let evicted = self.table.insert(protocol, datagram, source_id, pending);
        self.count_evicted(evicted);
    }

    fn count_evicted(&mut self, evicted: u64) {
        if let Some(count) = self.given_up.get_mut(GiveUp::Evicted as usize) {
            *count += evicted;
        }
    }

    #[cfg(test)]
    pub(super) fn check(&self) {
        self.table.check();
    }
}

/// Puts what CRYPTO frames hold where it belongs.
fn insert(
    crypto: &mut Crypto,
    frames: &[u8],
    faults: &mut [u64; Fault::COUNT],
) -> Result<(), GiveUp> {
    for frame in CryptoFrames::new(frames) {
        match frame {
            Ok((offset, bytes)) => crypto.insert(offset, bytes)?,
            Err(fault) => count(faults, fault as usize),
        }
    }
    Ok(())
}

fn count(counts: &mut [u64], number: usize) {
    if let Some(count) = counts.get_mut(number) {
        *count += 1;
    }
}
