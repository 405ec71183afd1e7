//! What is said to people, on standard error.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;

/// Says one line. That nobody listens is no reason to stop, so `eprintln!`, which panics then, is
/// not used. Control characters, which would be commands to a terminal, are written out.
pub(crate) fn say(message: &dyn fmt::Display) {
    let message = Shown { text: message.to_string(), keeps_lines: true };
    let _ = writeln!(io::stderr(), "stackprint: {message}");
}

/// A path for people: control characters in it are written out.
pub(crate) fn shown(path: &Path) -> impl fmt::Display + use<> {
    Shown { text: path.display().to_string(), keeps_lines: false }
}

/// Text without control characters: `\u{1b}` stands for an escape.
pub(crate) struct Shown {
    pub(crate) text: String,
    /// Whether line ends and tabs stay.
    pub(crate) keeps_lines: bool,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.text.chars() {
            let stays = self.keeps_lines && matches!(character, '\n' | '\t');
            if character.is_control() && !stays {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                f.write_str(character.encode_utf8(&mut [0; 4]))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        let shown = |name: &str| shown(Path::new(name)).to_string();
        assert_eq!(shown("plain näme.pcap"), "plain näme.pcap");
        assert_eq!(
            shown("\u{1b}[31mred\u{7}\n\r\t\u{9b}"),
            "\\u{1b}[31mred\\u{7}\\u{a}\\u{d}\\u{9}\\u{9b}"
        );
    }
}
