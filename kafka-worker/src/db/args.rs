//! The command line of `stackprint db`.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Subcommand, ValueEnum, ValueHint};
use stackprint::LinkType;

use crate::args::{CompatArgs, DatabaseArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum DatabaseCommand {
    Check(CheckArgs),
    List(ListArgs),
    Lookup(LookupArgs),
    Score(ScoreArgs),
    Explain(ExplainArgs),
    Learn(LearnArgs),
}

/// Check databases: syntax, and signatures that can never be the answer.
///
/// A line for each fault: file, line and column, what kind of fault it is, and which other line is
/// involved. Faults are: what is not in the syntax of p0f.fp, classes that are not declared, labels
/// without signatures, signatures that stand twice, that others always hide, that no packet can
/// show, or that share packets with another label so that the order alone decides, and evidence in
/// comments that is missing or not in its form. The exit status is 1 if there is any.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Databases; `-` for standard input.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) compat: CompatArgs,

    /// How faults are written.
    #[arg(short, long, value_enum, default_value_t, env = "STACKPRINT_FORMAT")]
    pub(crate) format: ListFormat,
}

/// List labels and their signatures.
///
/// For each label: rank, class, quality of an exact match, where its signatures come from, and which
/// systems share its stack.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only what has all of these words, in its label, signature or evidence; case does not matter.
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    /// How labels are written; NDJSON has an object for each signature.
    #[arg(short, long, value_enum, default_value_t, env = "STACKPRINT_FORMAT")]
    pub(crate) format: ListFormat,
}

/// Tell what raw signatures mean.
///
/// Answers with one line of JSON for each signature, in order: the signature, the system or tool
/// (`os`; null where nothing fits), and why the signature could not be read (`error`; else null).
/// Signatures of HTTP, which begin with `0:` or `1:`, have the program (`app`) and the system that the
/// User-Agent names (`system`) instead of `os`.
#[derive(Debug, clap::Args)]
pub(crate) struct LookupArgs {
    /// Raw signatures as records have them; `-` for one a line on standard input.
    #[arg(value_name = "SIGNATURE", required = true)]
    pub(crate) signatures: Vec<String>,

    /// The signatures are those of SYN+ACKs or HTTP responses, not of SYNs or requests.
    #[arg(long, env = "STACKPRINT_RESPONSE", value_parser = BoolishValueParser::new())]
    pub(crate) response: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

/// Measure a database on packets whose senders are known.
///
/// The file has a row for each packet, or for packets that look alike: CSV with a header line, or
/// NDJSON. Of each row are read `signature` (a raw signature as records have it, or a form with `*`
/// for version and MSS), `system` (who sent it: `Windows`, `iOS`, `Android` …), and, where they are
/// there, `count` and `kind` (`syn` or `syn_ack`). Other columns are passed over, so records of
/// `stackprint read --format ndjson` will do with a `system` added.
///
/// Exact: the likeliest system is the sender's, that is the label's first candidate or else its
/// name. Family: Windows, Apple, Linux with Android and ChromeOS, BSD; others are their own.
/// Specific: the family is right, the label specific, the match exact. All are shares of all rows.
///
/// A row that cannot be read is named with its line and the reason, the others are scored, and the
/// exit status is 1.
#[derive(Debug, clap::Args)]
pub(crate) struct ScoreArgs {
    /// The labelled file; `-` for standard input.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    /// Rows that do not say so themselves are SYN+ACKs, not SYNs.
    #[arg(long, env = "STACKPRINT_RESPONSE", value_parser = BoolishValueParser::new())]
    pub(crate) response: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    /// How the result is written; NDJSON is one object.
    #[arg(short, long, value_enum, default_value_t, env = "STACKPRINT_FORMAT")]
    pub(crate) format: ListFormat,
}

/// Tell in words what a signature or a packet says, and what it matches.
///
/// The exit status is 1 if nothing in the database fits.
#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// A raw signature or a signature as databases have it, of TCP or HTTP, a frame in hexadecimal, or
    /// with --frame a capture.
    #[arg(value_name = "SIGNATURE|FRAME|FILE")]
    pub(crate) what: String,

    /// The number of a frame of the capture, from 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) frame: Option<u64>,

    /// The link type of a frame in hexadecimal: a number or name of the registry of libpcap.
    #[arg(long, value_name = "TYPE", default_value = "ETHERNET", env = "STACKPRINT_LINK_TYPE")]
    pub(crate) link_type: LinkType,

    /// The signature is that of a SYN+ACK or HTTP response, not of a SYN or request.
    #[arg(long, env = "STACKPRINT_RESPONSE", value_parser = BoolishValueParser::new())]
    pub(crate) response: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

/// Propose signatures from captures whose senders are known, or for what nothing matches.
///
/// Each capture comes with a label, and the addresses of those that it is meant for:
/// `linux.pcap=s:unix:Linux:6.1@192.0.2.15,2001:db8::15`; without addresses the label is for every
/// SYN and SYN+ACK in the capture. Signatures are written in the syntax of p0f.fp, with how many
/// packets, hosts and captures stand behind each. They are no wider than what was seen, and never
/// fit what was seen of another label. What looks the same under two labels is said in comments.
#[derive(Debug, clap::Args)]
pub(crate) struct LearnArgs {
    /// Captures with their labels; with --unknown without.
    #[arg(value_name = "FILE=LABEL[@ADDRESS,…]", required_unless_present = "list")]
    pub(crate) captures: Vec<String>,

    /// A file with more of them, one a line; empty lines and those that begin with # are skipped.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) list: Option<PathBuf>,

    /// Which share of the packets that look alike a label must have to own that look.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = share)]
    pub(crate) purity: f64,

    /// Propose signatures of HTTP heads instead: for programs, from the requests and responses of the
    /// labelled hosts. Values of headers that p0f does not know are left out.
    #[arg(long, conflicts_with = "purity", env = "STACKPRINT_HTTP_HEADS", value_parser = BoolishValueParser::new())]
    pub(crate) http: bool,

    /// Write what no signature of the database fits, most frequent first, each with an example.
    #[arg(long, conflicts_with = "purity")]
    pub(crate) unknown: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "a number above 0.5 to 1".to_owned())?;
    if share > 0.5 && share <= 1.0 { Ok(share) } else { Err("above 0.5 to 1".to_owned()) }
}

/// How lists are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Ndjson,
}
