//! The way of UDP datagrams through the analyzer, and what it counts of them.

use super::datagram::Said;
use super::{Analyzer, Session};
use crate::frame::Frame;
use crate::quic;
use crate::record::Record;
use crate::skip::Skip;
use crate::wire;

impl Analyzer {
    /// How many packets of QUIC and datagrams of DTLS were not read so far, by reason.
    pub fn quic_faults(&self) -> impl Iterator<Item = (quic::Fault, u64)> + '_ {
        quic::Fault::ALL.iter().map(|&fault| (fault, self.datagrams.faults(fault)))
    }

    /// How many connections over UDP were given up so far before their hello was whole, by reason.
    pub fn quic_given_up(&self) -> impl Iterator<Item = (quic::GiveUp, u64)> + '_ {
        quic::GiveUp::ALL.iter().map(|&reason| (reason, self.datagrams.given_up(reason)))
    }

    /// How many connections over UDP wait for the rest of their hello. Takes time in proportion to
    /// the connections.
    #[must_use]
    pub fn quic_undecided(&self) -> usize {
        self.datagrams.undecided()
    }
}

impl<'a> Session<'a> {
    /// What a datagram says that may open a connection; `skip` if it is other UDP.
    #[cold]
    #[inline(never)]
    pub(super) fn take_datagram(
        &mut self,
        frame: &Frame<'_>,
        number: u16,
        skip: Skip,
    ) -> Result<Option<Record<'a>>, Skip> {
        let Some(datagram) = wire::open_datagram(frame, number) else { return Err(skip) };
        self.filter.admit_datagram(&datagram, skip)?;
        match self.datagrams.take(self.database.libraries(), &datagram, frame.time) {
            Said::Nothing => Err(skip),
            Said::Part => Ok(None),
            Said::Hello(mut record) => {
                if let Some(tls) = &mut record.tls {
                    // No signature has the features of this one; so that much is said of the host.
                    let scope = self.stages.flows.context().scope(&record.path);
                    let system = self.stages.hosts.system(record.client.ip, scope);
                    tls.tcp = system.and_then(|id| self.database.get(id, true));
                }
                Ok(Some(record).filter(|it| self.filter.keeps(it.client, it.server)))
            }
        }
    }
}
