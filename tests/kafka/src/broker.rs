//! A real Kafka broker of this process's own; see `kafka/broker.sh`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{env, pin, process, thread};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rustix::fs::{FlockOperation, flock};
use stackprint_tests::require;
use stackprint_tests::wait::eventually;

/// A broker on loopback.
pub struct Broker {
    directory: PathBuf,
    port: u16,
    /// Locked while this process runs a broker of its own. None for the broker of the whole run.
    turn: Option<File>,
}

/// `DIRECTORY:PORT` of a broker that `tests/run.sh` has started for the whole run.
const OF_THE_RUN: &str = "STACKPRINT_TEST_BROKER";

/// How long others may keep theirs.
const TURN_LIMIT: Duration = Duration::from_secs(20 * 60);
const ADMIN_LIMIT: Duration = Duration::from_secs(30);
/// A transaction that was left open is aborted after `transaction.timeout.ms`, and looked for every ten
/// seconds.
const TRANSACTION_LIMIT: Duration = Duration::from_secs(90);

impl Broker {
    /// A broker for tests that leave it as it is: that of the run, else one for all tests of this
    /// process that run at a time. None where it cannot run: says why, and in CI fails.
    #[must_use]
    pub fn shared() -> Option<Arc<Broker>> {
        static SHARED: Mutex<Weak<Broker>> = Mutex::new(Weak::new());
        if let Ok(place) = env::var(OF_THE_RUN) {
            let (directory, port) = place.rsplit_once(':').expect(OF_THE_RUN);
            let port = port.parse().expect(OF_THE_RUN);
            return Some(Arc::new(Broker { directory: directory.into(), port, turn: None }));
        }
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(broker) = shared.upgrade() {
            return Some(broker);
        }
        let broker = Arc::new(Broker::own()?);
        *shared = Arc::downgrade(&broker);
        Some(broker)
    }

    /// A broker for one test, which may stop or kill it. It ends when this is dropped, and at the
    /// latest after an hour. Only one at a time on a machine, so that brokers do not exhaust its
    /// memory: a second one waits. None as for [`Broker::shared`].
    #[must_use]
    pub fn own() -> Option<Broker> {
        let found = require("the Kafka broker, or kcat", can_run().then_some(()));
        found.map(|()| Broker::start())
    }

    fn start() -> Broker {
        let turn = Some(wait_for_turn());
        let directory = env::temp_dir().join(format!("stackprint-kafka-{}", process::id()));
        let _ = fs::remove_dir_all(&directory);
        let mut broker = Broker { directory, port: 0, turn };
        broker.script("start");
        let port = fs::read_to_string(broker.directory.join("port")).expect("the broker's port");
        broker.port = port.trim().parse().expect("the broker's port");
        broker
    }

    /// What `--brokers` takes: everything may be done there, by anyone.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The port of [`Broker::address`].
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where SASL/PLAIN is asked for; see `kafka/server.properties` for the users.
    #[must_use]
    pub fn sasl_address(&self) -> String {
        format!("127.0.0.1:{}", self.port + 1)
    }

    /// Where TLS and SASL/SCRAM are asked for; see `kafka/broker.sh` for the user.
    #[must_use]
    pub fn tls_address(&self) -> String {
        format!("127.0.0.1:{}", self.port + 3)
    }

    /// The certificate of the authority that vouches for [`Broker::tls_address`].
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.directory.join("ca.pem")
    }

    /// Ends it without warning, and starts it again on what is left.
    pub fn kill_and_start(&self) {
        self.script("kill");
        self.script("start");
    }

    /// Ends it without warning; [`Broker::start_again`] starts it.
    pub fn kill(&self) {
        self.script("kill");
    }

    /// Starts it on the data that it left.
    pub fn start_again(&self) {
        self.script("start");
    }

    /// Stops its process (SIGSTOP): connections stay, and nothing is answered.
    pub fn stall(&self) {
        self.script("stall");
    }

    /// Lets a stalled broker go on.
    pub fn go_on(&self) {
        self.script("go-on");
    }

    /// Stops it in an orderly way, and starts it again.
    pub fn restart(&self) {
        self.script("restart");
    }

    fn script(&self, action: &str) {
        let mut command = Command::new(script_path());
        let status = command.arg(action).arg(&self.directory).stdin(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "broker.sh {action}");
    }

    /// Creates topics with these numbers of partitions.
    pub fn create_topics(&self, topics: &[(&str, i32)]) {
        self.create_topics_with(topics, &[]);
    }

    /// Creates topics with these numbers of partitions, and with these settings.
    pub fn create_topics_with(&self, topics: &[(&str, i32)], settings: &[(&str, &str)]) {
        let new = topics.iter().map(|&(name, partitions)| {
            let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
            settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        });
        let topics: Vec<NewTopic<'_>> = new.collect();
        let options = AdminOptions::new().operation_timeout(Some(ADMIN_LIMIT));
        let admin: AdminClient<DefaultClientContext> =
            self.client().create().expect("an admin client");
        for result in wait(admin.create_topics(&topics, &options)).expect("an answer") {
            result.expect("a new topic");
        }
        // Created is not yet known to all: the leader may need another moment.
        for topic in topics {
            self.wait_for_leaders(topic.name);
        }
    }

    /// Deletes a topic.
    pub fn delete_topic(&self, topic: &str) {
        let options = AdminOptions::new().operation_timeout(Some(ADMIN_LIMIT));
        let admin: AdminClient<DefaultClientContext> =
            self.client().create().expect("an admin client");
        for result in wait(admin.delete_topics(&[topic], &options)).expect("an answer") {
            result.expect("a topic that is there");
        }
    }

    /// Lets a user do something with a topic or group (`kafka/permit.py`). None where there is no
    /// Python client: says so, and in CI fails.
    #[must_use]
    pub fn permit(&self, user: &str, operation: &str, kind: &str, name: &str) -> Option<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut python = Command::new(folder.join("python.sh"));
        python.arg("run").arg(folder.join("permit.py"));
        python.args([&self.address(), user, operation, kind, name]);
        let has_run = python.status().is_ok_and(|status| status.success());
        require("the Python client", has_run.then_some(()))
    }

    /// Whether a group has members.
    #[must_use]
    pub fn has_members(&self, group: &str) -> bool {
        let consumer: BaseConsumer = self.client().create().expect("a consumer");
        // A broker that has just started says for a while that it loads its groups.
        let listed = consumer.fetch_group_list(Some(group), ADMIN_LIMIT);
        listed.is_ok_and(|list| {
            let mut groups = list.groups().iter();
            groups.any(|found| found.state() == "Stable" && !found.members().is_empty())
        })
    }

    /// Waits until nothing of a topic is held back: until a killed worker's transaction is aborted,
    /// `read_committed` ends before what others have committed behind it.
    ///
    /// # Panics
    ///
    /// Where a transaction stays open.
    pub fn wait_for_transactions(&self, topic: &str) {
        let ends = |isolation: &str| {
            let mut config = self.client();
            let consumer: BaseConsumer =
                config.set("isolation.level", isolation).create().expect("a consumer");
            let metadata = consumer.fetch_metadata(Some(topic), ADMIN_LIMIT).expect("a topic");
            let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
            let end = |partition: i32| {
                consumer.fetch_watermarks(topic, partition, ADMIN_LIMIT).expect("an end").1
            };
            partitions.map(|partition| end(partition.id())).collect::<Vec<i64>>()
        };
        eventually("every transaction is ended", TRANSACTION_LIMIT, || {
            ends("read_committed") == ends("read_uncommitted")
        });
    }

    fn wait_for_leaders(&self, topic: &str) {
        let list = |command: &mut Command| {
            let output = command.args(["-L", "-t", topic]).output().expect("kcat");
            String::from_utf8(output.stdout).expect("UTF-8")
        };
        eventually("leaders of a new topic", ADMIN_LIMIT, || {
            let listed = list(Command::new("kcat").args(["-b", &self.address()]));
            listed.contains("leader 1") && !listed.contains("leader -1")
        });
    }

    /// Properties of a client to this broker.
    #[must_use]
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.address());
        config
    }

    /// What the broker says of itself, for when a test fails.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("broker.log")).unwrap_or_default()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if self.turn.is_none() {
            return;
        }
        let action = if thread::panicking() { "kill" } else { "stop" };
        let _ = Command::new(script_path()).arg(action).arg(&self.directory).status();
        if thread::panicking() {
            stackprint_tests::say(&format!("the broker's data: {}", self.directory.display()));
        } else {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

fn script_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("broker.sh")
}

/// Whether the parts are there. The script says what is not.
fn can_run() -> bool {
    let runs = |program: &Path, argument: &str| {
        let mut command = Command::new(program);
        command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    runs(&script_path(), "fetch")
        && runs(Path::new("java"), "--version")
        && runs(Path::new("kcat"), "-V")
        && runs(Path::new("openssl"), "version")
}

fn wait_for_turn() -> File {
    let path = env::temp_dir().join("stackprint-kafka.lock");
    let file = File::options().create(true).append(true).open(path).expect("a lock file");
    eventually("no other broker of these tests", TURN_LIMIT, || {
        flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
    });
    file
}

/// The outcome of what runs in threads of its own anyway.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
