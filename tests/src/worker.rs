//! Workers: processes that run until they are told to stop, or killed.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::program;

/// A running worker; killed when dropped.
pub struct Worker {
    child: Child,
    stderr: PathBuf,
}

/// An address on loopback that nobody listens at.
///
/// # Panics
///
/// Where there is none.
#[must_use]
pub fn free_address() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").to_string()
}

/// What a worker left behind.
#[derive(Debug)]
pub struct Ended {
    pub status: Option<i32>,
    pub stderr: String,
    pub after: Duration,
}

impl Worker {
    /// Starts `stackprint` with these arguments.
    #[must_use]
    pub fn start(args: &[&str]) -> Worker {
        Worker::run(program::command(args).stdout(Stdio::null()))
    }

    /// Starts a command, without input.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    #[must_use]
    pub fn run(command: &mut Command) -> Worker {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("stackprint-worker-{}-{number}.log", std::process::id());
        let stderr = std::env::temp_dir().join(name);
        let file = File::create(&stderr).expect("a file for messages");
        command.stdin(Stdio::null()).stderr(file);
        Worker { child: command.spawn().expect("the program starts"), stderr }
    }

    /// Its process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.stderr).unwrap_or_default()).into_owned()
    }

    /// Its page at this path, of the address given as `--metrics`. None where nobody listens there yet.
    #[must_use]
    pub fn page(&self, address: &str, path: &str) -> Option<String> {
        let mut connection = TcpStream::connect(address).ok()?;
        write!(connection, "GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).ok()?;
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
    }

    /// A number of its `/metrics`, by its name and labels, without the prefix.
    #[must_use]
    pub fn metric(&self, address: &str, name: &str) -> Option<f64> {
        let page = self.page(address, "/metrics")?;
        let mut samples = page.lines().filter_map(|line| line.rsplit_once(' '));
        let name = format!("stackprint_{name}");
        samples.find(|(found, _)| *found == name)?.1.parse().ok()
    }

    /// Waits until it has said something.
    ///
    /// # Panics
    ///
    /// Where it does not say it.
    pub fn wait_until_said(&self, text: &str) {
        const LIMIT: Duration = Duration::from_secs(30);
        let start = Instant::now();
        while !self.stderr().contains(text) {
            assert!(start.elapsed() < LIMIT, "{text:?} is not said, but: {}", self.stderr());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("it ends");
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let kill = Command::new("kill").args(["-s", name, &id]).status().expect("kill");
        assert!(kill.success(), "kill -s {name}");
    }

    /// SIGTERM, and its end.
    #[must_use]
    pub fn terminate(self, limit: Duration) -> Ended {
        self.signal("TERM");
        self.wait(limit)
    }

    /// Its end, which has to come within the limit.
    ///
    /// # Panics
    ///
    /// Where it does not: that is a fault in each test.
    #[must_use]
    pub fn wait(mut self, limit: Duration) -> Ended {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                let stderr = self.stderr();
                return Ended { status: status.code(), stderr, after: start.elapsed() };
            }
            if start.elapsed() > limit {
                panic!("runs longer than {limit:?}; it said:\n{}", self.stderr());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its end, which has to be a good one.
    pub fn finish(self, limit: Duration) -> Ended {
        let ended = self.wait(limit);
        assert_eq!(ended.status, Some(0), "{}", ended.stderr);
        ended
    }

    /// Its end by itself, with status 1 and one message that says why: that message is given, too.
    ///
    /// # Panics
    ///
    /// Where it ends otherwise.
    #[must_use]
    pub fn refused(self, limit: Duration) -> (Ended, String) {
        let ended = self.wait(limit);
        assert_eq!(ended.status, Some(1), "{}", ended.stderr);
        let message = ended.stderr.lines().find(|line| line.starts_with("stackprint: "));
        let message = message.unwrap_or_else(|| panic!("no message: {}", ended.stderr)).to_owned();
        (ended, message)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            crate::say(&format!("worker {} said:\n{}", self.id(), self.stderr()));
        }
        let _ = fs::remove_file(&self.stderr);
    }
}
