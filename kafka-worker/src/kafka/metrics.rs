//! All metrics of the program's workers, and their text for Prometheus.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::counters::Counters;
use crate::kafka_client::statistics::{ClientStatistics, Told};
use crate::query::{Page, Reports, process};
use stackprint_worker::packets::BadMessageKind;

/// What the worker counts while it works; copied into [`Metrics`] now and then.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) packets: Counters,
    pub(crate) messages: u64,
    pub(crate) message_bytes: u64,
    pub(crate) records_delivered: u64,
    /// Messages that could not be read, by reason.
    pub(crate) bad_messages: BTreeMap<&'static str, u64>,
    /// Of these, the ones handed to the dead-letter topic.
    pub(crate) dead_letters: u64,
    /// Dead letters that were too large for the broker, and went without their value or not at
    /// all.
    pub(crate) dead_letters_cut: u64,
    pub(crate) delivery_errors: u64,
    pub(crate) transactions_committed: u64,
    pub(crate) transactions_aborted: u64,
    pub(crate) rebalances: u64,
    /// Of the database that was read again last, if one was.
    pub(crate) signatures: Option<usize>,
    pub(crate) reloads: u64,
    pub(crate) reloads_refused: u64,
    pub(crate) partitions: usize,
    pub(crate) outstanding: usize,
    pub(crate) is_paused: bool,
    pub(crate) batch_seconds: Histogram,
    pub(crate) commit_seconds: Histogram,
}

impl Counts {
    /// Adds those of another worker of this program.
    pub(crate) fn add(&mut self, other: &Counts) {
        self.packets.add(&other.packets);
        self.messages += other.messages;
        self.message_bytes += other.message_bytes;
        self.records_delivered += other.records_delivered;
        for (reason, count) in &other.bad_messages {
            *self.bad_messages.entry(reason).or_default() += count;
        }
        self.dead_letters += other.dead_letters;
        self.dead_letters_cut += other.dead_letters_cut;
        self.delivery_errors += other.delivery_errors;
        self.transactions_committed += other.transactions_committed;
        self.transactions_aborted += other.transactions_aborted;
        self.rebalances += other.rebalances;
        // All workers share the database, and how often it was read.
        self.signatures = other.signatures.or(self.signatures);
        self.reloads = self.reloads.max(other.reloads);
        self.reloads_refused = self.reloads_refused.max(other.reloads_refused);
        self.partitions += other.partitions;
        self.outstanding += other.outstanding;
        self.is_paused |= other.is_paused;
        self.batch_seconds.add(&other.batch_seconds);
        self.commit_seconds.add(&other.commit_seconds);
    }
}

/// How often something took how long.
#[derive(Debug, Clone, Default)]
pub(crate) struct Histogram {
    counts: [u64; Histogram::BOUNDS_SECONDS.len()],
    count: u64,
    sum_seconds: f64,
}

impl Histogram {
    const BOUNDS_SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

    pub(crate) fn record(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bounds = Self::BOUNDS_SECONDS.iter();
        let reached = self.counts.iter_mut().zip(bounds).filter(|(_, bound)| seconds <= **bound);
        reached.for_each(|(count, _)| *count += 1);
        self.count += 1;
        self.sum_seconds += seconds;
    }

    fn add(&mut self, other: &Histogram) {
        self.counts.iter_mut().zip(other.counts).for_each(|(count, other)| *count += other);
        self.count += other.count;
        self.sum_seconds += other.sum_seconds;
    }
}

/// What the server of metrics reads: all workers of this program.
#[derive(Debug)]
pub(crate) struct Metrics {
    workers: Vec<Arc<WorkerMetrics>>,
    signatures: usize,
    began: SystemTime,
}

/// What threads share: a worker writes, the server of metrics reads.
#[derive(Debug)]
pub(crate) struct WorkerMetrics {
    shared: Mutex<Shared>,
    clients: Arc<ClientStatistics>,
}

#[derive(Debug)]
struct Shared {
    counts: Counts,
    /// When the worker last asked for messages.
    last_poll: Instant,
    has_joined: bool,
    /// The worker has read all partitions to their ends, and is gone.
    has_ended: bool,
}

impl WorkerMetrics {
    /// Without asking for messages for as long, the worker counts as stuck.
    const STUCK: Duration = Duration::from_secs(60);

    pub(crate) fn new(clients: Arc<ClientStatistics>) -> WorkerMetrics {
        let shared = Shared {
            counts: Counts::default(),
            last_poll: Instant::now(),
            has_joined: false,
            has_ended: false,
        };
        WorkerMetrics { shared: Mutex::new(shared), clients }
    }

    /// A thread that panicked while it wrote numbers is no reason not to read them.
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn publish(&self, counts: &Counts) {
        let mut shared = self.shared();
        shared.counts.clone_from(counts);
        shared.last_poll = Instant::now();
    }

    /// The group has handed out its partitions, of which these are ours.
    pub(crate) fn assigned(&self, owned: &[(String, i32)]) {
        self.shared().has_joined = true;
        self.clients.assigned(owned);
    }

    /// The worker is gone: that it asks for no messages is no fault.
    pub(crate) fn ended(&self) {
        self.shared().has_ended = true;
    }

    fn is_alive(&self) -> bool {
        let shared = self.shared();
        shared.has_ended || shared.last_poll.elapsed() < Self::STUCK
    }

    fn is_ready(&self) -> bool {
        let shared = self.shared();
        let is_polling = shared.last_poll.elapsed() < Self::STUCK;
        let is_working = shared.has_joined && is_polling && !self.clients.are_brokers_down();
        shared.has_ended || is_working
    }

    /// Since messages were last asked for; nothing once the worker is gone.
    fn poll_age(&self) -> Option<Duration> {
        let shared = self.shared();
        (!shared.has_ended).then(|| shared.last_poll.elapsed())
    }
}

impl Metrics {
    pub(crate) fn new(signatures: usize, workers: Vec<Arc<WorkerMetrics>>) -> Metrics {
        Metrics { workers, signatures, began: SystemTime::now() }
    }

    fn counts(&self) -> Counts {
        let mut all = Counts::default();
        self.workers.iter().for_each(|worker| all.add(&worker.shared().counts));
        all
    }

    fn told(&self) -> Told {
        let mut all = Told::default();
        self.workers.iter().for_each(|worker| all.add(worker.clients.told()));
        all
    }
}

impl Reports for Metrics {
    fn is_alive(&self) -> bool {
        self.workers.iter().all(|worker| worker.is_alive())
    }

    fn is_ready(&self) -> bool {
        self.workers.iter().all(|worker| worker.is_ready())
    }

    fn text(&self) -> String {
        let counts = self.counts();
        let oldest_poll = self.workers.iter().filter_map(|worker| worker.poll_age()).max();
        let mut page = Page::default();
        // Writing to a String does not fail.
        let _ = page.packets(&counts.packets);
        let _ = page.messages(&counts);
        let _ = page.kafka(oldest_poll.unwrap_or_default(), &self.told());
        let signatures = counts.signatures.unwrap_or(self.signatures);
        let _ = page.database(&counts, signatures).and_then(|()| page.build());
        page.0 += &process(self.began);
        page.0
    }
}

impl Page {
    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) -> fmt::Result {
        self.head(name, "histogram", help)?;
        for (bound, count) in Histogram::BOUNDS_SECONDS.iter().zip(histogram.counts) {
            writeln!(self.0, "stackprint_{name}_bucket{{le=\"{bound}\"}} {count}")?;
        }
        let Histogram { count, sum_seconds, .. } = histogram;
        writeln!(self.0, "stackprint_{name}_bucket{{le=\"+Inf\"}} {count}")?;
        writeln!(self.0, "stackprint_{name}_sum {sum_seconds}\nstackprint_{name}_count {count}")
    }

    fn messages(&mut self, counts: &Counts) -> fmt::Result {
        let counter = "counter";
        self.one("messages_total", counter, "Messages read.", counts.messages)?;
        self.one("message_bytes_total", counter, "Bytes of values read.", counts.message_bytes)?;
        // All of them from the start: of a series that begins above 0, nobody sees the increase.
        let count = |reason| counts.bad_messages.get(reason).copied().unwrap_or(0);
        let bad = BadMessageKind::names().map(|reason| (reason, count(reason)));
        self.by("bad_messages_total", "Messages that could not be read.", "reason", bad)?;
        self.one(
            "dead_letters_total",
            counter,
            "Messages to the dead-letter topic.",
            counts.dead_letters,
        )?;
        self.one(
            "dead_letters_cut_total",
            counter,
            "Dead letters too large for the broker.",
            counts.dead_letters_cut,
        )?;
        self.one(
            "records_delivered_total",
            counter,
            "Records that brokers have.",
            counts.records_delivered,
        )?;
        self.one(
            "delivery_errors_total",
            counter,
            "Records that brokers refused.",
            counts.delivery_errors,
        )?;
        self.histogram(
            "batch_seconds",
            "From a batch's first message to its end.",
            &counts.batch_seconds,
        )?;
        self.histogram(
            "commit_seconds",
            "Commits of offsets or transactions.",
            &counts.commit_seconds,
        )?;
        let ends = [
            ("committed", counts.transactions_committed),
            ("aborted", counts.transactions_aborted),
        ];
        self.by("transactions_total", "Transactions, by their end.", "result", ends)?;
        self.one("rebalances_total", counter, "Changes of owned partitions.", counts.rebalances)?;
        self.one("outstanding_records", "gauge", "Records on their way.", counts.outstanding)?;
        self.one("partitions", "gauge", "Partitions owned.", counts.partitions)?;
        self.one("paused", "gauge", "1 while brokers take no records.", u8::from(counts.is_paused))
    }

    fn kafka(&mut self, oldest_poll: Duration, told: &Told) -> fmt::Result {
        let age = oldest_poll.as_secs_f64();
        self.one("last_poll_age_seconds", "gauge", "Since messages were last asked for.", age)?;
        self.one("brokers_up", "gauge", "Connected brokers.", told.brokers_up)?;
        self.one("producer_queue", "gauge", "Records in the client's queue.", told.producer_queue)?;
        self.head("consumer_lag", "gauge", "Messages not read yet, by owned partition.")?;
        for ((topic, partition), lag) in &told.lag {
            // Kafka's topic names need no escapes.
            writeln!(
                self.0,
                "stackprint_consumer_lag{{topic=\"{topic}\",partition=\"{partition}\"}} {lag}"
            )?;
        }
        Ok(())
    }

    fn database(&mut self, counts: &Counts, signatures: usize) -> fmt::Result {
        self.one("database_signatures", "gauge", "Signatures known.", signatures)?;
        let results = [("read", counts.reloads), ("refused", counts.reloads_refused)];
        self.by(
            "database_reloads_total",
            "Databases read again, by what became of them.",
            "result",
            results,
        )
    }

    fn build(&mut self) -> fmt::Result {
        self.head("build_info", "gauge", "Versions.")?;
        let (_, librdkafka) = rdkafka::util::get_rdkafka_version();
        let version = env!("CARGO_PKG_VERSION");
        writeln!(
            self.0,
            "stackprint_build_info{{version=\"{version}\",librdkafka=\"{librdkafka}\"}} 1"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_comment_or_a_sample() {
        let (metrics, worker) = one_worker(3);
        let mut counts = Counts::default();
        counts.bad_messages.insert("empty", 2);
        counts.batch_seconds.record(Duration::from_millis(7));
        (counts.reloads, counts.reloads_refused, counts.signatures) = (2, 1, Some(7));
        worker.publish(&counts);
        let text = metrics.text();
        for line in text.lines() {
            let is_ours =
                |name: &str| ["stackprint_", "process_"].iter().any(|it| name.starts_with(it));
            let sample = line.rsplit_once(' ').filter(|(name, _)| is_ours(name));
            let is_sample = sample.is_some_and(|(_, value)| value.parse::<f64>().is_ok());
            assert!(line.starts_with("# ") || is_sample, "{line}");
        }
        assert!(text.contains("stackprint_bad_messages_total{reason=\"empty\"} 2\n"), "{text}");
        assert!(text.contains("stackprint_database_signatures 7\n"), "{text}");
        assert!(
            text.contains("stackprint_database_reloads_total{result=\"refused\"} 1\n"),
            "{text}"
        );
        assert!(text.contains("stackprint_batch_seconds_bucket{le=\"0.005\"} 0\n"), "{text}");
        assert!(text.contains("stackprint_batch_seconds_bucket{le=\"0.01\"} 1\n"), "{text}");
    }

    /// An alert on `increase()` sees a step only of a series that was there before it.
    #[test]
    fn every_series_is_there_from_the_start() {
        let series = |metrics: &Metrics| {
            let name = |line: &str| line.rsplit_once(' ').map(|(name, _)| name.to_owned());
            let text = metrics.text();
            text.lines().filter(|line| !line.starts_with('#')).filter_map(name).collect::<Vec<_>>()
        };
        let (metrics, worker) = one_worker(0);
        let at_first = series(&metrics);
        let mut counts = Counts::default();
        counts.bad_messages.insert("json_cut", 1);
        (counts.transactions_aborted, counts.reloads_refused) = (1, 1);
        worker.publish(&counts);
        assert_eq!(series(&metrics), at_first);
        for name in [
            "bad_messages_total{reason=\"block_too_short\"}",
            "skipped_total{reason=\"not_tcp\"}",
            "transactions_total{result=\"aborted\"}",
            "records_total{kind=\"uptime\"}",
        ] {
            assert!(at_first.contains(&format!("stackprint_{name}")), "{name}: {at_first:?}");
        }
        assert!(at_first.iter().any(|name| name == "process_cpu_seconds_total"), "{at_first:?}");
    }

    #[test]
    fn ready_is_who_has_joined_and_has_brokers() {
        let (metrics, worker) = one_worker(0);
        assert!(!metrics.is_ready());
        worker.assigned(&[]);
        assert!(metrics.is_ready());
        assert!(worker.clients.note_brokers_down());
        assert!(!worker.clients.note_brokers_down());
        assert!(!metrics.is_ready());
        assert!(metrics.is_alive());
    }

    #[test]
    fn several_workers_are_told_of_as_one() {
        let workers: Vec<_> =
            (0..2).map(|_| Arc::new(WorkerMetrics::new(Arc::default()))).collect();
        let metrics = Metrics::new(0, workers.clone());
        for (worker, messages) in workers.iter().zip([3, 4]) {
            let mut counts = Counts { messages, reloads: 1, partitions: 2, ..Counts::default() };
            counts.bad_messages.insert("empty", messages);
            counts.batch_seconds.record(Duration::from_millis(7));
            worker.publish(&counts);
            worker.clients.lag_at_first("t", messages as i32, 5);
        }
        let text = metrics.text();
        for sample in [
            "messages_total 7",
            "bad_messages_total{reason=\"empty\"} 7",
            "partitions 4",
            "batch_seconds_count 2",
            "database_reloads_total{result=\"read\"} 1",
            "consumer_lag{topic=\"t\",partition=\"3\"} 5",
            "consumer_lag{topic=\"t\",partition=\"4\"} 5",
        ] {
            assert!(text.contains(&format!("stackprint_{sample}\n")), "{sample}: {text}");
        }
        let [first, second] = workers.as_slice() else { panic!("two workers") };
        first.assigned(&[]);
        assert!(!metrics.is_ready(), "the second has not joined");
        second.ended();
        assert!(metrics.is_ready(), "the second has nothing left to do");
    }

    fn one_worker(signatures: usize) -> (Metrics, Arc<WorkerMetrics>) {
        let worker = Arc::new(WorkerMetrics::new(Arc::default()));
        (Metrics::new(signatures, vec![Arc::clone(&worker)]), worker)
    }
}
