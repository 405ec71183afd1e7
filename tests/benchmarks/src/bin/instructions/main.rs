//! The gate: instructions a packet on the hot path, counted by valgrind, against stored bounds.
//!
//!     cargo run --profile dist -p stackprint-benchmarks --bin instructions [-- --write | NAME…]
//!
//! Counts do not depend on what else the machine does, and hardly on the machine: they are the same
//! twice. With `--features layers` the engine reads TLS, HTTP and QUIC too, and the classes are
//! others. They do depend on the compiler, whose version the bounds name. More than [`TOLERANCE`]
//! above a bound fails; as much below asks to lower it, which `--write` does.
#![allow(missing_docs, reason = "a program")]

mod bounds;
mod work;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::{env, fs};

use bounds::Bounds;
use work::WORK;

/// The part by which a count may differ from its bound.
const TOLERANCE: f64 = 0.02;
/// The same for a compiler other than that of the bounds.
const TOLERANCE_OF_OTHERS: f64 = 0.10;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [command, name] = args.as_slice()
        && command == "measure"
    {
        work::measure(name);
        return ExitCode::SUCCESS;
    }
    let write = args.iter().any(|arg| arg == "--write");
    let wanted = |name: &str| write || args.is_empty() || args.iter().any(|arg| arg == name);
    let counted: Vec<(&str, f64)> = WORK
        .iter()
        .filter(|work| wanted(work.name))
        .map(|work| (work.name, count(work.name) as f64 / work.packets() as f64))
        .collect();
    assert!(!counted.is_empty(), "no work of that name");
    let path = PathBuf::from(work::BOUNDS);
    if write {
        fs::write(&path, bounds::text(&counted)).expect("bounds");
        return ExitCode::SUCCESS;
    }
    let bounds = Bounds::parse(&fs::read_to_string(&path).expect("bounds"));
    if bounds.judge(&counted) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Instructions of a piece of work, by running this program under valgrind.
fn count(name: &str) -> u64 {
    let out = env::temp_dir().join(format!("stackprint-instructions-{}", std::process::id()));
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*::measured*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe().expect("this program"))
        .args(["measure", name])
        // The C library chooses its copies by the processor; these every processor has.
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX_Fast_Unaligned_Load,-AVX2,-ERMS,-FSRM")
        .output()
        .unwrap_or_else(|error| panic!("valgrind (tests/setup.sh installs it): {error}"));
    assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
    let profile = fs::read_to_string(&out).expect("valgrind's profile");
    if env::var_os("STACKPRINT_KEEP_PROFILE").is_none() {
        fs::remove_file(&out).expect("valgrind's profile goes");
    } else {
        fs::rename(&out, name.replace('/', "-") + ".callgrind").expect("valgrind's profile");
    }
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.and_then(|text| text.trim().parse().ok()).expect("a total");
    assert!(total > 0, "{name}: nothing was counted");
    total
}
