//! A flood of SYNs, each of another host, and what becomes of it in those who listen.
//!
//! ```text
//! cargo run --release -p stackprint-tests --example live_flood [PROGRAM ARGUMENT…]
//! ```
//!
//! As huginn-net: `target/dist/compare huginn-live` (docs/speed.md builds it).
//!
//! In network namespaces of its own; needs root. `STACKPRINT_FLOOD` is how many SYNs are sent (a
//! million). A program given as arguments is measured, too; it is told the interface in
//! `INTERFACE`, and to stop by SIGINT. The program `stackprint` is built as this is.

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    use std::{env, fs, thread};

    use stackprint_tests::namespace::Link;
    use stackprint_tests::worker::Worker;
    use stackprint_tests::{load, program};

    /// For what is still on its way.
    const SETTLE: Duration = Duration::from_secs(2);
    const END: Duration = Duration::from_secs(60);

    pub(super) fn main() {
        let sent =
            env::var("STACKPRINT_FLOOD").map_or(1_000_000, |sent| sent.parse().expect("a number"));
        let frames: Vec<Vec<u8>> = (0..sent).map(load::numbered).collect();
        let Some(link) = Link::make() else { return };
        let interface = &*link.names[1];
        // p0f tells nothing at its end, so what it wrote is counted.
        let log = env::temp_dir().join(format!("{interface}.p0f"));
        let log = log.to_str().expect("a path");
        println!("{sent} SYNs of as many hosts, as fast as they can be sent\n");
        println!("| listener | SYN/s sent | CPU s | µs a SYN sent | memory MiB | what it says |");
        println!("| --- | --- | --- | --- | --- | --- |");
        let stackprint = program::program().to_str().expect("a path");
        let live = [stackprint, "live", "-f", "ndjson", "-i", interface, "--summary"];
        let mut listeners: Vec<(&str, Vec<&str>)> = vec![
            ("stackprint live", live.to_vec()),
            ("stackprint live --buffer 256", [&live[..], &["--buffer", "256"]].concat()),
            ("p0f -i", vec!["p0f", "-i", interface, "-o", log]),
            ("tcpdump", vec!["tcpdump", "-ni", interface, "-w", "/dev/null", "tcp[13] & 2 != 0"]),
        ];
        let given: Vec<String> = env::args().skip(1).collect();
        if let Some(name) = given.first() {
            listeners.push((name, given.iter().map(String::as_str).collect()));
        }
        for (name, arguments) in listeners {
            measure(&link, name, &arguments, &frames);
            if let Ok(text) = fs::read_to_string(log) {
                println!("p0f wrote {} SYNs", text.matches("mod=syn|").count());
                fs::remove_file(log).expect("it goes");
            }
        }
    }

    fn measure(link: &Link, name: &str, arguments: &[&str], frames: &[Vec<u8>]) {
        let mut command = link.command(1, Path::new(arguments[0]), &arguments[1..]);
        let worker = Worker::run(command.env("INTERFACE", &link.names[1]).stdout(Stdio::null()));
        thread::sleep(SETTLE);
        let (cpu_before, _) = used(worker.id());
        let start = Instant::now();
        link.flood(0, frames.iter().map(Vec::as_slice));
        let rate = frames.len() as f64 / start.elapsed().as_secs_f64();
        thread::sleep(SETTLE);
        let (cpu, memory_mib) = used(worker.id());
        worker.signal("INT");
        let ended = worker.wait(END);
        let says: Vec<&str> = ended
            .stderr
            .lines()
            .filter(|line| ["packets", "dropped", "records"].iter().any(|word| line.contains(word)))
            .map(str::trim)
            .collect();
        let cpu_s = cpu - cpu_before;
        println!(
            "| {name} | {rate:.0} | {cpu_s:.2} | {:.2} | {memory_mib} | {} |",
            cpu_s * 1e6 / frames.len() as f64,
            says.join("; ")
        );
    }

    /// Seconds of CPU, and the most memory in MiB, of a process with all of its threads.
    fn used(process: u32) -> (f64, u64) {
        let ticks_a_second: f64 = {
            let asked = Command::new("getconf").arg("CLK_TCK").output().expect("getconf");
            String::from_utf8_lossy(&asked.stdout).trim().parse().expect("a number")
        };
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("a process");
        // Behind the name, which may hold anything: user time is the 12th, system time the 13th.
        let fields: Vec<&str> =
            stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        let ticks: f64 =
            fields[11..13].iter().map(|ticks| ticks.parse::<f64>().expect("ticks")).sum();
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        let kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("kB");
        (ticks / ticks_a_second, kib >> 10)
    }
}
