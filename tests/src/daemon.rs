//! rsyslog and syslog-ng, as `tests/pipelines/daemons.sh` unpacks them, with a configuration of
//! `docs/pipelines`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::program::program;

/// Longer than anything takes here.
const LIMIT: Duration = Duration::from_secs(120);

/// Where the daemons are unpacked; none where they were not fetched.
#[must_use]
pub fn root() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pipelines");
    target.join("fetched-2").exists().then(|| target.join("root"))
}

/// A configuration of `docs/pipelines`, with our program and directory in place of the usual ones,
/// and other places changed as given.
///
/// # Panics
///
/// Where a place to be changed is not there.
#[must_use]
pub fn configuration(name: &str, directory: &Path, changes: &[(&str, &str)]) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pipelines").join(name);
    let mut text = fs::read_to_string(&file).expect("a configuration");
    let program = program().display().to_string();
    let log = format!("{}/", directory.display());
    for (from, to) in changes.iter().chain(&[("/usr/local/bin/stackprint", program.as_str())]) {
        assert!(text.contains(from), "{name} has no {from}");
        text = text.replace(from, to);
    }
    let path = directory.join(name);
    fs::write(&path, text.replace("/var/log/", &log)).expect("written");
    path
}

/// A running daemon; ended when dropped.
pub struct Daemon {
    child: Child,
}

impl Daemon {
    /// Starts rsyslog in the foreground.
    #[must_use]
    pub fn rsyslog(root: &Path, configuration: &Path, directory: &Path) -> Daemon {
        let modules = libraries(root).join("rsyslog");
        let mut command = Command::new(root.join("usr/sbin/rsyslogd"));
        command.arg("-n").arg("-f").arg(configuration).arg("-M").arg(modules);
        command.arg("-i").arg(directory.join("pid"));
        Daemon::start(command, root, directory)
    }

    /// Starts syslog-ng in the foreground.
    #[must_use]
    pub fn syslog_ng(root: &Path, configuration: &Path, directory: &Path) -> Daemon {
        let modules = root.join("usr/lib/syslog-ng");
        let version = fs::read_dir(&modules)
            .expect("modules")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.is_dir())
            .expect("a version");
        let mut module_path = OsString::from("--module-path=");
        module_path.push(version);
        let mut command = Command::new(root.join("usr/sbin/syslog-ng"));
        command.arg("--foreground").arg("--no-caps").arg(module_path);
        for (option, value) in [
            ("--cfgfile=", configuration.to_owned()),
            ("--persist-file=", directory.join("persist")),
            ("--pidfile=", directory.join("pid")),
            ("--control=", directory.join("control")),
        ] {
            let mut argument = OsString::from(option);
            argument.push(value);
            command.arg(argument);
        }
        Daemon::start(command, root, directory)
    }

    fn start(mut command: Command, root: &Path, directory: &Path) -> Daemon {
        let usual = libraries(root);
        // Some packages still put theirs where a machine starts from.
        let early = root.join("lib").join(usual.file_name().expect("the machine's triplet"));
        let libraries = [usual, early, root.join("usr/lib/syslog-ng")];
        command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).expect("paths"));
        let log = File::create(directory.join("daemon.log")).expect("a log");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        Daemon { child: command.spawn().expect("the daemon starts") }
    }

    /// The processes of our program that the daemon has started.
    #[must_use]
    pub fn coprocesses(&self) -> Vec<u32> {
        let parent = format!("PPid:\t{}", self.child.id());
        let numbers = fs::read_dir("/proc")
            .expect("Linux")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
        let is_ours = |number: &u32| {
            let status = fs::read_to_string(format!("/proc/{number}/status")).unwrap_or_default();
            status.starts_with("Name:\tstackprint") && status.lines().any(|line| line == parent)
        };
        numbers.filter(is_ours).collect()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(10) {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `usr/lib/x86_64-linux-gnu` and its like.
fn libraries(root: &Path) -> PathBuf {
    let entries = fs::read_dir(root.join("usr/lib")).expect("libraries");
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| path.join("rsyslog").is_dir()).expect("modules of rsyslog")
}

/// A connection, as soon as somebody listens.
///
/// # Panics
///
/// If nobody ever does.
#[must_use]
pub fn connect(port: u16) -> TcpStream {
    let mut stream = None;
    wait_for("a listening daemon", || {
        stream = TcpStream::connect(("127.0.0.1", port)).ok();
        stream.is_some()
    });
    stream.expect("a connection")
}

/// The lines of a file, as soon as there are `count`.
///
/// # Panics
///
/// If there never are.
#[must_use]
pub fn lines(path: &Path, count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    wait_for(&format!("{count} lines in {}", path.display()), || {
        let text = fs::read_to_string(path).unwrap_or_default();
        lines = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(str::to_owned)
            .collect();
        lines.len() >= count
    });
    lines
}

/// Waits until it is true.
///
/// # Panics
///
/// If it never is.
pub fn wait_for(what: &str, mut is_true: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_true() {
        assert!(since.elapsed() < LIMIT, "no {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A port of 127.0.0.1 that nobody has now.
#[must_use]
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
