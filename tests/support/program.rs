//! The built program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::{env, fs, io::Write as _, thread};

/// The program `stackprint`, built as this test is built, so that it is never an old one;
/// `STACKPRINT_PROGRAM` names another.
///
/// # Panics
///
/// Where it cannot be built.
#[must_use]
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM
        .get_or_init(|| env::var_os("STACKPRINT_PROGRAM").map_or_else(|| build(&[]), PathBuf::from))
}

/// The program built with the feature `tls`, beside the one without. None where OpenSSL's headers are
/// missing: says so, and in CI fails.
///
/// # Panics
///
/// Where it cannot be built.
#[must_use]
pub fn program_with_tls() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let pkg_config = Command::new("pkg-config").args(["--exists", "openssl"]).status();
        let is_there = pkg_config.is_ok_and(|status| status.success());
        crate::require("OpenSSL's headers", is_there.then_some(()))?;
        let built = build(&["--features", "tls"]);
        // Aside, for the next build without puts its own in this place.
        let kept = built.with_file_name("stackprint-tls");
        fs::copy(built, &kept).expect("a copy");
        Some(kept)
    };
    PROGRAM.get_or_init(find).as_deref()
}

/// Test programs are in TARGET/PROFILE/deps.
fn build(more: &[&str]) -> PathBuf {
    let test = env::current_exe().expect("the test's path");
    let profile = test.ancestors().nth(2).expect("the profile's directory");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "stackprint-worker", "--target-dir"]);
    cargo.arg(profile.parent().expect("the target directory")).args(more);
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
    command_of(program(), args)
}

/// Another build of the program, likewise.
#[must_use]
pub fn command_of(program: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("STACKPRINT_") {
            command.env_remove(name);
        }
    }
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs a command to its end, with octets on its standard input.
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
