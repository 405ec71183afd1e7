//! What is promised of records: at least once, or exactly once.

mod at_least_once;
mod exactly_once;

use std::time::Instant;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer as _;

use self::exactly_once::Transactions;
use super::args::DeliveryKind;
use super::session::Session;
use crate::kafka_client::events::Source;
use crate::kafka_client::failure::Failure;

/// How batches end.
pub(super) enum Delivery {
    /// Offsets are committed after the records that come of their messages are delivered.
    AtLeastOnce,
    /// Records and offsets are committed together.
    ExactlyOnce(Transactions),
}

impl Delivery {
    pub(super) fn new(kind: DeliveryKind) -> Delivery {
        match kind {
            DeliveryKind::AtLeastOnce => Delivery::AtLeastOnce,
            DeliveryKind::ExactlyOnce => Delivery::ExactlyOnce(Transactions::default()),
        }
    }

    /// Opens a batch, before its first message is read.
    pub(super) fn before_batch(&self, session: &mut Session) -> Result<(), Failure> {
        if let Delivery::ExactlyOnce(_) = self {
            exactly_once::begin(&session.output.target)?;
        }
        session.begin_batch();
        Ok(())
    }

    /// Ends the open batch.
    pub(super) fn after_batch(
        &mut self,
        session: &mut Session,
        source: &Source,
    ) -> Result<(), Failure> {
        match self {
            Delivery::AtLeastOnce => at_least_once::after_batch(session, source),
            Delivery::ExactlyOnce(transactions) => transactions.commit(session, source, None),
        }
    }

    /// Stores the offsets of what was delivered since the last call; transactions have their own.
    pub(super) fn settle(&self, session: &mut Session, source: &Source) {
        match self {
            Delivery::AtLeastOnce => at_least_once::settle(session, source),
            Delivery::ExactlyOnce(_) => {}
        }
    }

    /// Goes back to the beginning of a batch of which a record was refused.
    pub(super) fn restart_batch(
        &mut self,
        session: &mut Session,
        source: &Source,
    ) -> Result<(), Failure> {
        match self {
            // Never asked for: what was refused is left out.
            Delivery::AtLeastOnce => Ok(()),
            Delivery::ExactlyOnce(transactions) => transactions.abort(session, source, None),
        }
    }

    /// Finishes what was read of partitions that are revoked, or gives it up where they are lost.
    pub(super) fn on_revoke(
        &mut self,
        session: &mut Session,
        source: &Source,
        gone: &TopicPartitionList,
    ) -> Result<(), Failure> {
        match self {
            Delivery::AtLeastOnce => at_least_once::on_revoke(session, source),
            Delivery::ExactlyOnce(transactions) => match source.assignment_lost() {
                true => transactions.abort(session, source, Some(gone)),
                false => transactions.commit(session, source, Some(gone)),
            },
        }
    }

    /// Gives up what was read and not committed: its consumer is of no use any more.
    pub(super) fn give_up(
        &mut self,
        session: &mut Session,
        source: &Source,
        all: &TopicPartitionList,
    ) -> Result<(), Failure> {
        match self {
            Delivery::AtLeastOnce => Ok(()),
            Delivery::ExactlyOnce(transactions) => transactions.abort(session, source, Some(all)),
        }
    }

    /// Ends what may keep the group's committed offsets unstable.
    pub(super) fn end_pending_offsets(
        &mut self,
        session: &mut Session,
        source: &Source,
        partitions: &TopicPartitionList,
    ) -> Result<(), Failure> {
        match self {
            Delivery::AtLeastOnce => Ok(()),
            Delivery::ExactlyOnce(transactions) => {
                transactions.end_pending_offsets(session, source, partitions)
            }
        }
    }

    /// Finishes what was read, until the deadline.
    pub(super) fn at_end(
        &mut self,
        session: &mut Session,
        source: &Source,
        deadline: Instant,
    ) -> Result<(), Failure> {
        match self {
            Delivery::AtLeastOnce => at_least_once::at_end(session, source, deadline),
            Delivery::ExactlyOnce(transactions) => transactions.at_end(session, source, deadline),
        }
    }
}
