//! The Fluent Bit filter in WebAssembly, called by a host that does as Fluent Bit does.

use std::env;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use stackprint::Timestamp;

use crate::require;

/// What `wasm_stack_size` is set to in the documentation, in bytes.
pub const STACK_OCTETS: u32 = 128 << 10;
/// Fluent Bit's own sizes of `wasm_stack_size` and `wasm_heap_size`, in bytes.
pub const DEFAULT_OCTETS: u32 = 8 << 10;

/// The compiled module; none where it cannot be compiled here. `STACKPRINT_FLUENT_BIT` names
/// another.
///
/// # Panics
///
/// Where it does not compile.
#[must_use]
pub fn module() -> Option<&'static Path> {
    static MODULE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let compiled = || {
        let script = repository().join("wasm/compile.sh");
        let there = Command::new(&script).arg("--check").stderr(Stdio::null()).status();
        let there = there.expect("wasm/compile.sh starts").success();
        require("a compiler for WebAssembly", there.then_some(()))?;
        Some(repository().join(last_line(Command::new(script).arg("stackprint-fluent-bit"))))
    };
    let named = || env::var_os("STACKPRINT_FLUENT_BIT").map(PathBuf::from);
    MODULE.get_or_init(|| named().or_else(compiled)).as_deref()
}

fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = || {
        let there = Command::new("cmake").arg("--version").stdout(Stdio::null()).status().is_ok();
        require("cmake", there.then_some(()))?;
        let script = repository().join("tests/fluent-bit/wamr.sh");
        Some(last_line(Command::new(script).arg("build")).into())
    };
    PROGRAM.get_or_init(built).as_deref()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

/// The last line that a script prints.
fn last_line(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("the script starts");
    assert!(output.status.success(), "{command:?} fails");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().last().expect("a line").to_owned()
}

/// One filter at work.
pub struct Host {
    child: Child,
    to: BufWriter<ChildStdin>,
    from: BufReader<ChildStdout>,
}

/// What a host counted.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub calls: u64,
    pub traps: u64,
    /// CPU time of all calls, with the copying around them.
    pub cpu_ns: u64,
    /// The module's whole memory.
    pub memory_octets: u64,
}

impl Host {
    /// Length that says something else; see host.c.
    const NONE: u32 = u32::MAX;

    /// A host of this function of the module, with a stack of that size. None where something is
    /// missing.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    #[must_use]
    pub fn start(function: &str, stack_octets: u32) -> Option<Host> {
        let (program, module) = (program()?, module()?);
        let mut command = Command::new(program);
        command.arg(module).arg(function);
        command.arg(stack_octets.to_string()).arg(DEFAULT_OCTETS.to_string());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the host starts");
        let to = BufWriter::new(child.stdin.take().expect("a pipe"));
        let from = BufReader::new(child.stdout.take().expect("a pipe"));
        Some(Host { child, to, from })
    }

    /// What becomes of an event; none where Fluent Bit would drop it.
    ///
    /// # Panics
    ///
    /// Where the host has ended.
    pub fn filter(&mut self, time: Timestamp, event: &[u8]) -> Option<Vec<u8>> {
        let len = u32::try_from(event.len()).expect("an event below 4 GiB");
        let call = [time.as_seconds() as u32, time.subsecond_nanos(), len];
        self.send(call, event);
        self.answer()
    }

    /// What was counted so far.
    ///
    /// # Panics
    ///
    /// Where the host has ended.
    pub fn figures(&mut self) -> Figures {
        self.send([0, 0, Self::NONE], b"");
        let text = self.answer().expect("figures");
        let figures: Value = serde_json::from_slice(&text).expect("JSON");
        let figure = |name: &str| figures[name].as_u64().expect("a number");
        Figures {
            calls: figure("calls"),
            traps: figure("traps"),
            cpu_ns: figure("cpu_ns"),
            memory_octets: figure("memory_octets"),
        }
    }

    fn send(&mut self, call: [u32; 3], event: &[u8]) {
        for word in call {
            self.to.write_all(&word.to_le_bytes()).expect("the host reads");
        }
        self.to.write_all(event).expect("the host reads");
        self.to.flush().expect("the host reads");
    }

    fn answer(&mut self) -> Option<Vec<u8>> {
        let mut len = [0; 4];
        self.from.read_exact(&mut len).expect("the host answers");
        let len = u32::from_le_bytes(len);
        if len == Self::NONE {
            return None;
        }
        let mut result = vec![0; len as usize];
        self.from.read_exact(&mut result).expect("the host answers");
        Some(result)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It would end by itself, but not before its input is closed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
