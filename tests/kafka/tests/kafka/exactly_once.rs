//! Workers killed, added and taken away, the broker killed and restarted: what becomes of each of
//! many numbered packets.
//!
//! `STACKPRINT_TRIAL_PACKETS` and `STACKPRINT_TRIAL_KILLS` make it longer (defaults: see below);
//! a longer run also restarts the broker twice. `STACKPRINT_TRIAL_SEED` repeats the order of
//! events, though not their timing.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::time::Duration;
use std::{env, process, thread};

use stackprint_tests::say;
use stackprint_tests::worker::Worker;
use stackprint_tests_kafka::broker::Broker;
use stackprint_tests_kafka::kcat;
use stackprint_tests_kafka::load::{self, Balance, Ledger};

const PARTITIONS: i32 = 6;
const DEFAULT_PACKETS: u32 = 60_000;
const DEFAULT_KILLS: u32 = 3;
const MOST_WORKERS: usize = 4;
const END_LIMIT: Duration = Duration::from_secs(180);

fn from_environment(name: &str, default: u32) -> u32 {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// xorshift, for an order of events that can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

struct Trial<'b> {
    broker: &'b Broker,
    delivery: &'static str,
    from: String,
    to: String,
    packets: u32,
    kills: u32,
    chance: Chance,
    /// Partitions stay where they can, and workers have names that outlive them.
    stays: bool,
    /// Each with the number in its name.
    workers: Vec<(u32, Worker)>,
    killed: u32,
    terminated: u32,
}

impl Trial<'_> {
    fn add_worker(&mut self) {
        let address = self.broker.address();
        let mut args = vec!["kafka", "--brokers", &address, "--from", &self.from, "--to", &self.to];
        args.extend(["--group", &self.from, "--delivery", self.delivery]);
        // Small batches, so that many of them are under way while workers die.
        args.extend(["--batch-messages", "500", "--batch-ms", "200", "--packet-format", "raw"]);
        // The dead are missed within seconds, and what they left open is ended.
        for property in
            ["session.timeout.ms=6000", "heartbeat.interval.ms=500", "transaction.timeout.ms=5000"]
        {
            args.extend(["-X", property]);
        }
        let taken = |number: &u32| self.workers.iter().any(|(other, _)| other == number);
        let number = (0..).find(|number| !taken(number)).expect("a number");
        let name = format!("worker-{number}");
        if self.stays {
            args.extend(["--assignment", "cooperative-sticky", "--static-id", &name]);
        }
        // Every other one is two members of the group.
        if number % 2 == 1 {
            args.extend(["--threads", "2"]);
        }
        self.workers.push((number, Worker::start(&args)));
    }

    fn random_worker(&mut self) -> Worker {
        let place = self.chance.below(self.workers.len() as u64) as usize;
        self.workers.swap_remove(place).1
    }

    /// A worker is killed and replaced; now and then one more comes, or one leaves in order.
    fn disturb(&mut self) {
        self.random_worker().kill();
        self.killed += 1;
        self.add_worker();
        match self.chance.below(3) {
            0 if self.workers.len() < MOST_WORKERS => self.add_worker(),
            1 if self.workers.len() > 2 => {
                end_in_order(self.random_worker());
                self.terminated += 1;
            }
            _ => {}
        }
    }

    /// Sends everything in bursts, so that there always is a backlog, and disturbs all the while.
    fn run(&mut self) {
        self.broker.create_topics(&[(&self.from, PARTITIONS), (&self.to, 4)]);
        for _ in 0..3 {
            self.add_worker();
        }
        let producer = load::producer(self.broker);
        let bursts = self.kills + 1;
        let broker_restarts = if self.kills > DEFAULT_KILLS { 2 } else { 1 };
        for burst in 0..bursts {
            let numbers = |burst: u32| {
                (u64::from(self.packets) * u64::from(burst) / u64::from(bursts)) as u32
            };
            let numbers = numbers(burst)..numbers(burst + 1);
            thread::scope(|scope| {
                let (producer, from) = (&producer, self.from.clone());
                scope.spawn(move || load::send_numbered(producer, &from, PARTITIONS, numbers));
                // Somewhere between before the burst and behind it.
                thread::sleep(Duration::from_millis(300 + self.chance.below(3_000)));
                if burst < self.kills {
                    self.disturb();
                }
                if (burst + 1) % (bursts / (broker_restarts + 1)).max(1) == 0 && burst < self.kills
                {
                    self.broker.kill_and_start();
                }
            });
            self.revive();
        }
        self.end();
    }

    /// A worker may end with an error while the broker is away: then it is started anew, as an
    /// orchestrator would.
    fn revive(&mut self) {
        let count = self.workers.len();
        let ended = |(_, worker): &mut (u32, Worker)| !worker.is_running();
        for (_, dead) in self.workers.extract_if(.., ended) {
            let ended = dead.wait(Duration::from_secs(1));
            assert_eq!(ended.status, Some(1), "an error, not a panic: {}", ended.stderr);
            say(&format!(
                "a worker ended by itself: {}",
                ended.stderr.lines().last().unwrap_or("")
            ));
        }
        for _ in self.workers.len()..count {
            self.add_worker();
        }
    }

    fn end(&mut self) {
        let deadline = std::time::Instant::now() + END_LIMIT;
        while load::lag(self.broker, &self.from, &self.from, PARTITIONS) > 0 {
            assert!(std::time::Instant::now() < deadline, "the group stands still");
            self.revive();
            thread::sleep(Duration::from_millis(500));
        }
        for (_, worker) in self.workers.drain(..) {
            end_in_order(worker);
        }
    }

    fn balance(&self) -> Balance {
        let balance = Ledger::read(self.broker, &self.to, self.packets).balance();
        say(&format!(
            "{}{}: {} packets, {} workers killed, {} ended in order: {} records, {} missing, {} \
             repeated; {} with those of transactions that were given up",
            self.delivery,
            if self.stays { ", cooperative-sticky, static names" } else { "" },
            self.packets,
            self.killed,
            self.terminated,
            balance.records,
            balance.missing,
            balance.repeated,
            kcat::count_uncommitted(self.broker, &self.to),
        ));
        balance
    }
}

/// By SIGTERM, for which a worker listens from its first word on.
fn end_in_order(worker: Worker) {
    worker.wait_until_said("starting");
    let ended = worker.terminate(Duration::from_secs(30));
    assert_eq!(ended.status, Some(0), "ends in order: {}", ended.stderr);
}

fn trial<'b>(broker: &'b Broker, delivery: &'static str) -> Trial<'b> {
    let seed = from_environment("STACKPRINT_TRIAL_SEED", process::id());
    say(&format!("STACKPRINT_TRIAL_SEED={seed}"));
    Trial {
        broker,
        delivery,
        from: format!("{delivery}-packets"),
        to: format!("{delivery}-records"),
        packets: from_environment("STACKPRINT_TRIAL_PACKETS", DEFAULT_PACKETS),
        kills: from_environment("STACKPRINT_TRIAL_KILLS", DEFAULT_KILLS),
        chance: Chance(u64::from(seed) << 20 | 0x9_e377),
        stays: false,
        workers: Vec::new(),
        killed: 0,
        terminated: 0,
    }
}

#[test]
fn exactly_once_is_exactly_once() {
    let Some(broker) = Broker::own() else { return };
    let mut trial = trial(&broker, "exactly-once");
    trial.run();
    let expected = Balance { records: trial.packets as usize, missing: 0, repeated: 0 };
    assert_eq!(trial.balance(), expected);
}

#[test]
fn exactly_once_with_members_that_stay() {
    let Some(broker) = Broker::own() else { return };
    let mut trial = Trial { stays: true, ..trial(&broker, "exactly-once") };
    trial.run();
    let expected = Balance { records: trial.packets as usize, missing: 0, repeated: 0 };
    assert_eq!(trial.balance(), expected);
}

#[test]
fn at_least_once_loses_nothing() {
    let Some(broker) = Broker::own() else { return };
    let mut trial = trial(&broker, "at-least-once");
    trial.run();
    assert_eq!(trial.balance().missing, 0);
}
