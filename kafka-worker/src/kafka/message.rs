//! One message: its packets, their records, or why it cannot be read.

use std::time::{Duration, Instant};

use stackprint::who::ConnectionRow;
use stackprint::{Analyzer, Frame, LinkType, Origin, Timestamp};
use tracing::warn;

use super::connection_rows::ConnectionRows;
use super::dead_letter::Reason;
use super::host_rows::{HostRows, RowWriter};
use super::metrics::Counts;
use super::native::Message;
use super::output::Output;
use crate::kafka_client::events::Source;
use crate::stop::Stop;
use stackprint_worker::packets::{
    self, BadMessage, CONTENT_TYPE_HEADER, LINK_TYPE_HEADER, PacketDecoder, PacketMeta,
};

/// All that a message has to do with.
pub(crate) struct MessageHandler<'w> {
    pub(crate) analyzer: &'w mut Analyzer,
    /// Rows of connections, if these are written.
    pub(crate) rows: Option<&'w mut ConnectionRows>,
    /// Hosts, if messages are records.
    pub(crate) hosts: Option<&'w mut HostRows>,
    pub(crate) decoder: &'w mut PacketDecoder,
    pub(crate) output: &'w mut Output,
    pub(crate) counts: &'w mut Counts,
    pub(crate) log: &'w mut RateLimitedLog,
    pub(crate) stop: &'w Stop,
}

impl MessageHandler<'_> {
    /// Sends the records of a message; or it to the dead letters, where it cannot be read to its
    /// end.
    pub(crate) fn handle(&mut self, source: &Source, message: Message<'_>) {
        self.counts.messages += 1;
        self.counts.message_bytes += message.value().unwrap_or_default().len() as u64;
        let offset = message.offset();
        let is_new = self.rows.as_mut().is_none_or(|rows| rows.is_new(offset));
        let result = match self.hosts.is_some() {
            true => self.record(source, message),
            false => self.packets(source, message),
        };
        // What is read again for open rows was told before.
        if let Err(bad) = result
            && is_new
        {
            self.bad(source, message, &bad);
        }
        if let Some(rows) = &mut self.rows {
            rows.taken(offset);
        }
    }

    fn record(&mut self, source: &Source, message: Message<'_>) -> Result<(), BadMessage> {
        let MessageHandler { hosts, output, stop, .. } = self;
        let Some(hosts) = hosts else { return Ok(()) };
        let mut writer = RowWriter { output, source, stop, partition: message.partition() };
        hosts.take(message, &mut writer)
    }

    fn packets(&mut self, source: &Source, message: Message<'_>) -> Result<(), BadMessage> {
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        let (content_type, link_type) = headers(message)?;
        let as_message = packets::Message {
            key: message.key(),
            value: message.value().unwrap_or_default(),
            content_type,
            link_type,
            time: time(message),
        };
        let MessageHandler { analyzer, rows, decoder, output, counts, stop, .. } = self;
        let each = |frame: Frame<'_>, meta: PacketMeta<'_>| {
            counts.packets.packet(&frame);
            analyzer.session().analyze_all(&frame, |result| match result {
                Ok(Some(mut record)) => {
                    output.redact(&mut record);
                    counts.packets.record(&record);
                    if let Some(rows) = rows.as_deref_mut() {
                        let mut write = |row: ConnectionRow<'_>| {
                            output.connection(&row, record.time, source, stop);
                        };
                        return rows.take(&record, offset, &mut write);
                    }
                    let origin = Origin {
                        topic: Some(topic.into()),
                        partition: Some(partition),
                        offset: Some(offset),
                        index: Some(meta.index),
                        sensor: meta.sensor.map(Into::into),
                        ..Origin::default()
                    };
                    output.record(&record, &origin, source, stop);
                }
                Ok(None) => {}
                Err(skip) => counts.packets.skip(skip, frame.link_type),
            });
        };
        decoder.decode(&as_message, each).map(|_| ())
    }

    fn bad(&mut self, source: &Source, message: Message<'_>, bad: &BadMessage) {
        let name = bad.kind.name();
        *self.counts.bad_messages.entry(name).or_default() += 1;
        let text = bad.to_string();
        let reason = Reason {
            topic: message.topic(),
            partition: message.partition(),
            offset: message.offset(),
            name,
            text: &text,
        };
        self.log.warn(&reason);
        self.output.dead_letter(message, &reason, source, self.stop);
    }
}

fn time(message: Message<'_>) -> Option<Timestamp> {
    const NANOS_PER_MILLI: u64 = 1_000_000;
    let millis = u64::try_from(message.time_ms()?).ok()?;
    millis.checked_mul(NANOS_PER_MILLI).map(Timestamp::from_nanos)
}

/// Content type and link type, where headers tell them.
fn headers(message: Message<'_>) -> Result<(Option<&str>, Option<LinkType>), BadMessage> {
    let Some(headers) = message.headers() else { return Ok((None, None)) };
    let mut content_type = None;
    let mut link_type = None;
    for (name, value) in headers.iter() {
        let Some(value) = value else { continue };
        if name == CONTENT_TYPE_HEADER.as_bytes() {
            content_type = str::from_utf8(value).ok();
        } else if name == LINK_TYPE_HEADER.as_bytes() {
            link_type = Some(packets::link_type_of_header(value)?);
        }
    }
    Ok((content_type, link_type))
}

/// Says which messages cannot be read, but not all of them when there are many.
#[derive(Debug, Default)]
pub(crate) struct RateLimitedLog {
    began: Option<Instant>,
    logged: u32,
    suppressed: u64,
}

impl RateLimitedLog {
    const PERIOD: Duration = Duration::from_secs(10);
    const A_PERIOD: u32 = 5;

    fn warn(&mut self, reason: &Reason<'_>) {
        if self.began.is_none_or(|began| began.elapsed() >= Self::PERIOD) {
            if self.suppressed > 0 {
                warn!(messages = self.suppressed, "more messages could not be read");
            }
            *self = RateLimitedLog { began: Some(Instant::now()), ..RateLimitedLog::default() };
        }
        if self.logged == Self::A_PERIOD {
            self.suppressed += 1;
            return;
        }
        self.logged += 1;
        let Reason { topic, partition, offset, name, text } = reason;
        warn!(topic, partition, offset, reason = name, "a message cannot be read: {text}");
    }
}
