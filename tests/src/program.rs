//! The built program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::{env, io::Write as _, thread};

/// The program `stackprint`: `STACKPRINT_PROGRAM`, which `tests/run.sh` sets, else one that is built
/// now, so that it is never an old one. It is built with TLS to brokers where OpenSSL's headers are.
///
/// # Panics
///
/// If it cannot be built.
#[must_use]
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| env::var_os("STACKPRINT_PROGRAM").map_or_else(build, PathBuf::from))
}

/// Whether the program speaks TLS to brokers.
///
/// # Panics
///
/// If the program does not start.
#[must_use]
pub fn has_tls() -> bool {
    static HAS_TLS: OnceLock<bool> = OnceLock::new();
    *HAS_TLS.get_or_init(|| {
        let version = output(&mut command(&["--version"]), b"").stdout;
        String::from_utf8_lossy(&version).contains("kafka-tls")
    })
}

/// Test programs are in TARGET/PROFILE/deps.
fn build() -> PathBuf {
    let test = env::current_exe().expect("the test's path");
    let profile = test.ancestors().nth(2).expect("the profile's directory");
    let pkg_config = Command::new("pkg-config").args(["--exists", "openssl"]).status();
    let has_openssl = pkg_config.is_ok_and(|status| status.success());
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "stackprint-worker", "--target-dir"]);
    cargo.arg(profile.parent().expect("the target directory"));
    if has_openssl {
        cargo.args(["--features", "kafka-tls"]);
    }
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo");
    assert!(status.success(), "the program does not build");
    profile.join("stackprint")
}

/// The program with these arguments, and none of its options from the environment.
#[must_use]
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(program());
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("STACKPRINT_") {
            command.env_remove(name);
        }
    }
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs a command to its end, with bytes on its standard input.
///
/// # Panics
///
/// Where it does not start.
#[must_use]
pub fn output(command: &mut Command, stdin: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    thread::scope(|scope| {
        // The program may end without reading all.
        scope.spawn(move || pipe.write_all(stdin).is_ok());
        child.wait_with_output().expect("the program ends")
    })
}
