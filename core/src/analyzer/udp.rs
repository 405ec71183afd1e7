//! The way of UDP datagrams through the analyzer, and what it counts of them.

use super::datagram::{DatagramStage, Said};
use super::host_stage::HostStage;
use super::{Analyzer, Session};
use crate::database::Database;
use crate::filter::Filter;
use crate::frame::Frame;
use crate::quic;
use crate::record::Record;
use crate::skip::Skip;
use crate::state::Scope;
use crate::wire;

impl Analyzer {
    /// How many packets of QUIC and datagrams of DTLS were not read so far, by reason.
    pub fn quic_faults(&self) -> impl Iterator<Item = (quic::Fault, u64)> + '_ {
        quic::Fault::ALL
            .iter()
            .map(|&fault| (fault, self.datagram_stages().map(|it| it.faults(fault)).sum()))
    }

    /// How many connections over UDP were given up so far before their hello was whole, by reason.
    pub fn quic_given_up(&self) -> impl Iterator<Item = (quic::GiveUp, u64)> + '_ {
        quic::GiveUp::ALL
            .iter()
            .map(|&reason| (reason, self.datagram_stages().map(|it| it.given_up(reason)).sum()))
    }

    /// How many connections over UDP wait for the rest of their hello. Takes time in proportion to
    /// the connections.
    #[must_use]
    pub fn quic_undecided(&self) -> usize {
        self.datagram_stages().map(DatagramStage::undecided).sum()
    }
}

/// What a datagram says that may open a connection, by itself and by its flow; `skip` if it is other
/// UDP.
#[cold]
#[inline(never)]
pub(super) fn read<'d>(
    (database, filter): (&'d Database, &Filter),
    datagrams: &mut DatagramStage,
    frame: &Frame<'_>,
    number: u16,
    skip: Skip,
) -> Result<Option<Record<'d>>, Skip> {
    let Some(datagram) = wire::open_datagram(frame, number) else { return Err(skip) };
    filter.admit_datagram(&datagram, skip)?;
    match datagrams.take(database.libraries(), &datagram, frame.time) {
        Said::Nothing => Err(skip),
        Said::Part => Ok(None),
        Said::Hello(record) => Ok(filter.keeps(record.client, record.server).then_some(record)),
    }
}

/// Names the system of the client, which the record's own bytes do not tell.
pub(super) fn set_system<'d>(
    record: &mut Record<'d>,
    database: &'d Database,
    hosts: &mut HostStage,
    scope: Scope,
) {
    if let Some(tls) = &mut record.tls {
        // No signature has the features of this one; so that much is said of the host.
        let system = hosts.system(record.client.ip, scope);
        tls.tcp = system.and_then(|id| database.get(id, true));
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
        let asked = (self.database, self.filter);
        let mut said = read(asked, self.datagrams, frame, number, skip)?;
        if let Some(record) = &mut said {
            let scope = self.stages.flows.context().scope(&record.path);
            set_system(record, self.database, &mut self.stages.hosts, scope);
        }
        Ok(said)
    }
}
