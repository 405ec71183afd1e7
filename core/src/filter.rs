//! Which flows are looked at: by the ports and addresses of their ends, one by one, and by IP version.

mod addresses;
mod connections;
mod ports;
mod ranges;

use core::net::IpAddr;

use crate::endpoint::{Endpoint, Ends, Side};
#[cfg(feature = "quic")]
use crate::quic;
use crate::wire::{self, PlainTcp, Segment};
use crate::{Frame, IpVersion, Skip, SkipReason};
pub use addresses::AddressSet;
pub use connections::ConnectionSet;
pub use ports::PortSet;

/// Which flows are looked at. Without conditions, all are.
///
/// A flow is kept if every *allow* condition holds for it and no *deny* condition does:
/// conditions are joined by AND, what one of them lists by OR, and deny wins.
///
/// Conditions are about a flow, not a packet: client is the end that opens it, whichever way a
/// packet goes. So a flow is kept or dropped whole; `allow` of server port 443 keeps the SYN+ACKs
/// that come from port 443, and drops the SYNs that someone sends from there. In a tunnel, the
/// innermost addresses count. The flow of a fragment or of anything else that cannot be read is
/// not known, so nothing of that kind passes.
///
/// | filter | flow 10.0.0.1:40000 → 192.0.2.1:443 | 192.0.2.1:40000 → 10.0.0.1:443 | 10.0.0.1:443 → 192.0.2.1:22 |
/// | --- | --- | --- | --- |
/// | none | kept | kept | kept |
/// | allow server port 443 | kept | kept | dropped |
/// | allow either port 443 | kept | kept | kept |
/// | allow client net 10.0.0.0/8 | kept | dropped | kept |
/// | deny server port 22 | kept | kept | dropped |
/// | allow either port 443, deny server port 22 | kept | kept | dropped |
/// | allow client net 10.0.0.0/8, allow server port 443 | kept | dropped | dropped |
/// | deny IP version 4 | dropped | dropped | dropped |
///
/// ```
/// use stackprint::{AddressSet, Condition, End, Filter, PortSet};
///
/// # fn main() -> Result<(), stackprint::ParseError> {
/// let filter = Filter::default()
///     .allow(Condition::Port(End::Server, "443,8000-8999".parse()?))
///     .deny(Condition::Address(End::Either, "10.0.0.0/8,2001:db8::1".parse()?));
/// let end = |text: &str, port| stackprint::Endpoint { ip: text.parse().unwrap(), port };
/// assert!(filter.keeps(end("192.0.2.1", 40_000), end("192.0.2.2", 443)));
/// assert!(!filter.keeps(end("192.0.2.1", 443), end("192.0.2.2", 40_000)));
/// assert!(!filter.keeps(end("192.0.2.1", 40_000), end("10.1.2.3", 443)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    allow: Vec<Condition>,
    deny: Vec<Condition>,
}

/// What may hold for a flow.
///
/// ```
/// use stackprint::{Condition, End, Filter, IpVersion, PortSet};
///
/// let from_ssh = Condition::Port(End::Server, PortSet::from(22));
/// let filter = Filter::default().allow(from_ssh).deny(Condition::Version(IpVersion::V6));
/// let end = |text: &str| text.parse().expect("an address and port");
/// assert!(filter.keeps(end("192.0.2.1:40000"), end("192.0.2.2:22")));
/// assert!(!filter.keeps(end("[2001:db8::1]:40000"), end("[2001:db8::2]:22")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The port of this end is in the set.
    Port(End, PortSet),
    /// The address of this end is in the set.
    Address(End, AddressSet),
    /// The flow is one of these connections.
    Connection(ConnectionSet),
    /// The flow is of this IP version: that of the innermost header.
    Version(IpVersion),
}

/// The end of a flow that a condition is about.
///
/// An example is at [`Condition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// One of the two, or both.
    Either,
    /// The one that opens the connection: who sends the SYN.
    Client,
    /// The one that answers.
    Server,
}

impl Filter {
    /// The same filter, for which this must hold, too.
    #[must_use]
    pub fn allow(mut self, condition: Condition) -> Filter {
        self.allow.push(condition);
        self
    }

    /// The same filter, for which this must not hold.
    #[must_use]
    pub fn deny(mut self, condition: Condition) -> Filter {
        self.deny.push(condition);
        self
    }

    /// Conditions that must hold.
    #[must_use]
    pub fn allowed(&self) -> &[Condition] {
        &self.allow
    }

    /// Conditions of which none may hold.
    #[must_use]
    pub fn denied(&self) -> &[Condition] {
        &self.deny
    }

    /// Whether there is no condition: all passes, even what cannot be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    /// Whether the flow from `client` to `server` is looked at.
    #[must_use]
    #[inline]
    pub fn keeps(&self, client: Endpoint, server: Endpoint) -> bool {
        self.allow.iter().all(|condition| condition.holds(client, server))
            && !self.deny.iter().any(|condition| condition.holds(client, server))
    }

    /// The same, where it is not known who opened the flow.
    #[inline]
    fn keeps_either_way(&self, one: Endpoint, other: Endpoint) -> bool {
        self.keeps(one, other) || self.keeps(other, one)
    }

    /// Whether a frame may belong to a flow that is looked at. A segment that is neither SYN nor
    /// SYN+ACK does not tell who opened its flow: it passes if either way round would.
    ///
    /// Of such a segment an [`Analyzer`](crate::Analyzer) says nothing, unless it remembers the
    /// flow; and only flows that are kept are remembered.
    ///
    /// # Errors
    ///
    /// [`SkipReason::Filtered`] for what is not looked at, with the position of the TCP header;
    /// and, unless the filter is empty, every reason for which no TCP segment could be read. With the
    /// feature `quic`, a UDP datagram that may open a connection is looked at as well.
    pub fn check(&self, frame: &Frame<'_>) -> Result<(), Skip> {
        if self.is_empty() {
            return Ok(());
        }
        self.prefilter(frame)?;
        match wire::open(frame) {
            Ok(segment) => self.admit(&segment, frame),
            #[cfg(feature = "quic")]
            Err(skip) if quic::may_open_connection(frame, &skip).is_some() => {
                let Some(datagram) = wire::open_datagram(frame, 0) else { return Err(skip) };
                self.admit_datagram(&datagram, skip)
            }
            // As `Analyzer::analyze`: the first subframe with TCP counts.
            Err(skip) => self.admit(&wire::open_others(frame, skip)?, frame),
        }
    }

    /// Drops frames of the most common kind for a few bytes of their headers, before they are
    /// parsed. Says nothing of all others, and then nothing that parsing would not lead to.
    #[inline]
    pub(crate) fn prefilter(&self, frame: &Frame<'_>) -> Result<(), Skip> {
        if self.is_empty() {
            return Ok(());
        }
        match wire::plain_tcp(frame) {
            Some(plain) if !self.passes(&Way::of_plain(&plain)) => {
                Err(Skip::new(SkipReason::Filtered, plain.at))
            }
            _ => Ok(()),
        }
    }

    /// Drops the segments of flows that are not looked at, once they are parsed.
    #[inline]
    pub(crate) fn admit(&self, segment: &Segment<'_>, frame: &Frame<'_>) -> Result<(), Skip> {
        if self.is_empty() { Ok(()) } else { self.admit_by_conditions(segment, frame) }
    }

    /// Apart, so that nothing is called where there is no condition.
    #[inline(never)]
    fn admit_by_conditions(&self, segment: &Segment<'_>, frame: &Frame<'_>) -> Result<(), Skip> {
        if self.passes(&Way::of(segment)) {
            return Ok(());
        }
        Err(Skip::new(SkipReason::Filtered, wire::offset_of(&segment.tcp, frame)))
    }

    /// Drops the datagrams of flows that are not looked at, either way round; `skip` is why its frame
    /// holds no TCP.
    #[cfg(feature = "quic")]
    pub(crate) fn admit_datagram(
        &self,
        datagram: &wire::Datagram<'_>,
        skip: Skip,
    ) -> Result<(), Skip> {
        let (source, destination) = datagram.ends();
        if self.keeps_either_way(source, destination) {
            return Ok(());
        }
        Err(Skip { reason: SkipReason::Filtered, carried: None, ..skip })
    }

    #[inline]
    fn passes(&self, way: &Way) -> bool {
        let Ends { source, destination } = way.ends;
        match way.sender {
            Some(Side::Client) => self.keeps(source, destination),
            Some(Side::Server) => self.keeps(destination, source),
            None => self.keeps_either_way(source, destination),
        }
    }
}

/// Which way a segment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    ends: Ends,
    /// The side of the flow that sent it, where the segment itself tells.
    sender: Option<Side>,
}

impl Way {
    #[inline]
    fn of(segment: &Segment<'_>) -> Way {
        let (ip, tcp) = (&segment.ip, &segment.tcp);
        Way {
            ends: Ends {
                source: Endpoint { ip: ip.source(), port: tcp.source_port() },
                destination: Endpoint { ip: ip.destination(), port: tcp.destination_port() },
            },
            sender: Way::sender(tcp.syn(), tcp.ack()),
        }
    }

    #[inline]
    fn of_plain(plain: &PlainTcp) -> Way {
        let end = |(ip, port)| Endpoint { ip, port };
        Way {
            ends: Ends { source: end(plain.source), destination: end(plain.destination) },
            sender: Way::sender(plain.syn, plain.ack),
        }
    }

    #[inline]
    fn sender(syn: bool, ack: bool) -> Option<Side> {
        syn.then_some(if ack { Side::Server } else { Side::Client })
    }
}

impl Condition {
    /// Whether it holds for the flow from `client` to `server`.
    #[inline]
    fn holds(&self, client: Endpoint, server: Endpoint) -> bool {
        match self {
            Condition::Port(end, ports) => end.is(client, server, |it| ports.contains(it.port)),
            Condition::Address(end, addresses) => {
                end.is(client, server, |it| addresses.contains(it.ip))
            }
            Condition::Connection(connections) => connections.contains(client, server),
            Condition::Version(version) => match client.ip {
                IpAddr::V4(_) => *version == IpVersion::V4,
                IpAddr::V6(_) => *version == IpVersion::V6,
            },
        }
    }
}

impl End {
    #[inline]
    fn is(self, client: Endpoint, server: Endpoint, has: impl Fn(Endpoint) -> bool) -> bool {
        match self {
            End::Either => has(client) || has(server),
            End::Client => has(client),
            End::Server => has(server),
        }
    }
}
