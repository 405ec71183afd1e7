//! At least once: the offsets of messages are committed once their records were delivered.

use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tracing::warn;

use super::super::offsets::Span;
use super::super::session::Session;
use crate::kafka_client::events::Source;
use crate::kafka_client::failure::Failure;

/// Stores offsets up to which all is delivered; the client commits them every second.
pub(super) fn settle(session: &mut Session, source: &Source) {
    let mut spans = Vec::new();
    // Of each partition the last: later batches come later, and their offsets are higher.
    session.output.offsets.settled(|span: Span| {
        match spans.iter_mut().find(|it: &&mut Span| it.slot == span.slot) {
            Some(earlier) => *earlier = span,
            None => spans.push(span),
        }
    });
    // A partition that was given back is another worker's.
    let list = session.partitions.positions(&spans);
    session.partitions.set_committed(&spans);
    if list.count() > 0
        && let Err(error) = source.store_offsets(&list)
    {
        // Another worker begins at the offset before, and nothing is lost.
        warn!("offsets were not stored: {error}");
    }
}

/// Waits until all records are delivered, or it is too late.
fn deliver(session: &mut Session, source: &Source, deadline: Instant) -> Result<(), Failure> {
    const STEP: Duration = Duration::from_millis(5);
    // Do not wait for records that would gladly wait for company.
    while session.output.offsets.outstanding() > 0 && Instant::now() < deadline {
        session.output.serve(STEP)?;
    }
    settle(session, source);
    Ok(())
}

fn commit_stored(session: &mut Session, source: &Source) {
    let began = Instant::now();
    // The client commits no offset again of which only the metadata has changed.
    let of_rows = session.partitions.committed();
    let committed = match of_rows.count() {
        0 => source.commit_consumer_state(CommitMode::Sync),
        _ => source.commit(&of_rows, CommitMode::Sync),
    };
    match committed {
        Ok(()) => session.counts.commit_seconds.record(began.elapsed()),
        Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => {}
        // What was not committed comes again.
        Err(error) => warn!("offsets were not committed: {error}"),
    }
}

/// Delivers and commits what was read of partitions that are revoked. The group waits for it; what is
/// not delivered in time is read again.
pub(super) fn on_revoke(session: &mut Session, source: &Source) -> Result<(), Failure> {
    if source.assignment_lost() && session.partitions.hosts().next().is_some() {
        // Another worker has these hosts by now, and writes their rows.
        session.output.offsets.give_up();
        session.end_batch();
        return Ok(());
    }
    after_batch(session, source)?;
    let deadline = Instant::now() + session.config.drain;
    deliver(session, source, deadline)?;
    if !source.assignment_lost() {
        commit_stored(session, source);
    }
    Ok(())
}

/// Lets the offsets of the open batch be stored once its records are delivered.
pub(super) fn after_batch(session: &mut Session, source: &Source) -> Result<(), Failure> {
    session.write_hosts(source)?;
    session.end_batch();
    session.note_rows();
    session.output.offsets.close();
    Ok(())
}

/// Delivers and commits what was read.
pub(super) fn at_end(
    session: &mut Session,
    source: &Source,
    deadline: Instant,
) -> Result<(), Failure> {
    after_batch(session, source)?;
    deliver(session, source, deadline)?;
    match session.output.offsets.outstanding() {
        0 => {
            commit_stored(session, source);
            Ok(())
        }
        // Brokers that take no records commit nothing either.
        outstanding => Err(Failure::Drain { outstanding }),
    }
}
