//! What was counted before, and whether it still holds.

use std::fmt::Write as _;
use std::process::Command;

use crate::{TOLERANCE, TOLERANCE_OF_OTHERS};

/// The stored counts.
pub(crate) struct Bounds {
    compiler: String,
    lines: Vec<(String, f64)>,
}

/// `rustc 1.95.0`
fn compiler() -> String {
    let said = Command::new("rustc").arg("--version").output().expect("rustc");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    said.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// The counts as they are stored.
pub(crate) fn text(counted: &[(&str, f64)]) -> String {
    let mut text = format!("# Instructions a packet, by {}\n", compiler());
    for (name, count) in counted {
        let _ = writeln!(text, "{name} {count:.1}");
    }
    text
}

impl Bounds {
    pub(crate) fn parse(text: &str) -> Bounds {
        let (head, lines) = text.split_once('\n').expect("a first line with the compiler");
        let line = |line: &str| {
            let (name, count) = line.split_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        Bounds {
            compiler: head.split_once("by ").expect("a compiler").1.to_owned(),
            lines: lines.lines().map(|text| line(text).expect("a name and a count")).collect(),
        }
    }

    /// Prints counts beside their bounds; whether all hold.
    pub(crate) fn judge(&self, counted: &[(&str, f64)]) -> bool {
        let compiler = compiler();
        let tolerance = if compiler == self.compiler { TOLERANCE } else { TOLERANCE_OF_OTHERS };
        println!("instructions a packet, {compiler}; bounds by {}, ± {}", self.compiler, tolerance);
        let mut holds = true;
        for &(name, count) in counted {
            let Some(&(_, bound)) = self.lines.iter().find(|(bounded, _)| bounded == name) else {
                println!("{name:<16} {count:>9.1}  NO BOUND: add it with --write");
                holds = false;
                continue;
            };
            let change = count / bound - 1.0;
            let verdict = match change {
                change if change > tolerance => {
                    holds = false;
                    "SLOWER"
                }
                change if change < -tolerance => "faster: lower the bound with --write",
                _ => "",
            };
            println!(
                "{name:<16} {count:>9.1}  bound {bound:>9.1}  {:>+6.1} %  {verdict}",
                change * 100.0
            );
        }
        holds
    }
}
