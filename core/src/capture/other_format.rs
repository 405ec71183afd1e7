//! Formats that are not read, recognized by their first bytes, each with a remedy.

use core::fmt;

/// A format that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OtherFormat {
    name: &'static str,
    remedy: Remedy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// A command writes what is inside to its output.
    Unpack(&'static str),
    /// Wireshark reads it.
    Convert,
    /// UTF-16 or UTF-32.
    Recode,
    /// Bytes are lost: the capture has to be written again.
    WriteAgain,
}

/// `compressed with xz: unpack it first (xz -dc)`.
impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        match self.remedy {
            Remedy::Unpack(command) => write!(f, "packed with {name}: unpack it first ({command})"),
            Remedy::Convert => {
                write!(f, "{name}: convert it first (editcap -F pcap IN OUT, of Wireshark)")
            }
            Remedy::Recode => {
                write!(f, "text in {name}: convert it to UTF-8 first (iconv -t UTF-8)")
            }
            Remedy::WriteAgain => write!(
                f,
                "{name}: let the capturing program write the file (-w FILE), or pipe in cmd.exe; \
                 PowerShell changes bytes in > and |"
            ),
        }
    }
}

/// Returns the format whose files begin so, if it is a known one.
pub(super) fn other_format(first: &[u8]) -> Option<OtherFormat> {
    use Remedy::{Convert, Recode, Unpack, WriteAgain};
    /// What the first bytes of pcap and pcapng become where a shell takes them for text in code page
    /// 437, 850 or 1252 or in UTF-8, and writes UTF-8 or UTF-16.
    const MANGLED: &str = "a capture that a shell has changed as if it were text";
    const KNOWN: &[(&[u8], &str, Remedy)] = &[
        (b"\x1f\x8b", "gzip", Unpack("gzip -dc")),
        (b"\x28\xb5\x2f\xfd", "zstd", Unpack("zstd -dc")),
        (b"\xfd7zXZ\0", "xz", Unpack("xz -dc")),
        (b"BZh", "bzip2", Unpack("bzip2 -dc")),
        (b"\x04\x22\x4d\x18", "lz4", Unpack("lz4 -dc")),
        (b"\x02\x21\x4c\x18", "lz4", Unpack("lz4 -dc")),
        (b"LZIP", "lzip", Unpack("lzip -dc")),
        (b"\x1f\x9d", "compress", Unpack("gzip -dc")),
        (b"\x5d\0\0", "lzma", Unpack("xz -dc")),
        (b"PK\x03\x04", "zip", Unpack("unzip -p")),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip", Unpack("7z x -so")),
        // RFC 1761.
        (b"snoop\0\0\0", "a capture of snoop", Convert),
        // Formats like pcap, with longer headers before the frames; numbers of Wireshark's wiretap.
        (b"\xa1\xb2\x34\xcd", "a modified pcap", Convert),
        (b"\xcd\x34\xb2\xa1", "a modified pcap", Convert),
        (b"\xa1\x2b\x3c\x4d", "a modified pcap", Convert),
        (b"\x4d\x3c\x2b\xa1", "a modified pcap", Convert),
        (b"\x1c\x00\x01\xac", "a pcap of Ixia", Convert),
        (b"\xac\x01\x00\x1c", "a pcap of Ixia", Convert),
        (b"\x1c\x00\x01\xab", "a pcap of Ixia", Convert),
        (b"\xab\x01\x00\x1c", "a pcap of Ixia", Convert),
        (b"RTSS", "a capture of Microsoft Network Monitor", Convert),
        (b"GMBU", "a capture of Microsoft Network Monitor", Convert),
        (b"TRSNIFF ", "a capture of Sniffer", Convert),
        (b"XCP\0", "a capture of NetXRay or Sniffer", Convert),
        (b"iptrace ", "a capture of AIX's iptrace", Convert),
        (b"\xe2\x95\x98\xe2\x94\x9c", MANGLED, WriteAgain),
        (b"\xc3\x88\xe2\x94\x9c", MANGLED, WriteAgain),
        (b"\xc3\x94\xc3\x83\xc2\xb2", MANGLED, WriteAgain),
        (b"\xef\xbf\xbd\xc3\xb2\xef\xbf\xbd", MANGLED, WriteAgain),
        (b"\xff\xfe\x58\x25\x1c\x25", MANGLED, WriteAgain),
        (b"\xff\xfe\xc8\0\x1c\x25", MANGLED, WriteAgain),
        (b"\xff\xfe\xd4\0\xc3\0", MANGLED, WriteAgain),
        (b"\xff\xfe\xfd\xff\xf2\0\xfd\xff", MANGLED, WriteAgain),
        (b"M<\xe2\x96\x93\xc3\xad", MANGLED, WriteAgain),
        (b"M<\xc2\xb2\xc2\xa1", MANGLED, WriteAgain),
        (b"M<\xef\xbf\xbd", MANGLED, WriteAgain),
        (b"\xff\xfeM\0<\0", MANGLED, WriteAgain),
        (b"\r\n\r", MANGLED, WriteAgain),
        (b"\xff\xfe\r\0\n\0\r\0", MANGLED, WriteAgain),
        (b"\xff\xfe\0\0", "UTF-32", Recode),
        (b"\xff\xfe", "UTF-16", Recode),
        (b"\xfe\xff", "UTF-16", Recode),
        // JSON without a byte-order mark.
        (b"{\0", "UTF-16", Recode),
        (b"[\0", "UTF-16", Recode),
        (b"\0{", "UTF-16", Recode),
        (b"\0[", "UTF-16", Recode),
    ];
    let &(_, name, remedy) = KNOWN.iter().find(|(magic, ..)| first.starts_with(magic))?;
    Some(OtherFormat { name, remedy })
}
