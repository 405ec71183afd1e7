//! A host as a line of a table for people.

use core::fmt;

use super::columns::write_columns;
use super::row::{HostRow, HostUptimeRow};

/// A line of the table; the columns are those of [`HostLine::HEADER`].
///
/// The [module](super) has an example.
#[derive(Debug, Clone, Copy)]
pub struct HostLine<'r>(pub &'r HostRow<'r>);

impl HostLine<'_> {
    /// The names of the columns.
    pub const HEADER: &'static str = "ADDRESS          SYSTEM                       SURE  \
        CONSISTENCY             PORTS            LINK                     HOPS  UPTIME      WHY";
}

impl fmt::Display for HostLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.0;
        let address = match &row.network {
            Some(network) => format!("{} {network}", row.ip),
            None => row.ip.to_string(),
        };
        let sure = row.os.as_ref().map_or("-".to_owned(), |os| format!("{:.2}", os.quality));
        let hops = row.distance.map_or("-".to_owned(), |it| it.last.to_string());
        let uptime = row.uptime.as_ref().map_or("-".to_owned(), uptime);
        write_columns(
            f,
            &[
                (16, address),
                (28, system(row)),
                (5, sure),
                (23, consistency(row)),
                (16, ports(row)),
                (24, link(row)),
                (5, hops),
                (11, uptime),
                (0, why(row)),
            ],
        )
    }
}

/// `Linux 4.19 or newer`, `Android`, or `-`.
fn system(row: &HostRow<'_>) -> String {
    let Some(os) = &row.os else { return "-".to_owned() };
    // `s:unix:Linux:4.19 or newer`
    let flavor = os.label.as_deref().and_then(|label| label.splitn(4, ':').nth(3));
    let name = os.label.as_deref().and_then(|label| label.split(':').nth(2));
    let name = if os.family == "other" { name.unwrap_or(&os.name) } else { &os.name };
    match flavor {
        Some(flavor) if !flavor.is_empty() => format!("{name} {flavor}"),
        _ => name.to_owned(),
    }
}

fn consistency(row: &HostRow<'_>) -> String {
    let it = &row.consistency;
    it.quality.map_or(it.verdict.to_string(), |quality| format!("{} {quality:.2}", it.verdict))
}

/// The first few, and how many more.
fn ports(row: &HostRow<'_>) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = row.ports.iter().take(SHOWN).map(|it| it.port.to_string()).collect();
    match row.ports.len() {
        0 => "-".to_owned(),
        count if count > SHOWN => format!("{} +{}", shown.join(","), count - SHOWN),
        _ => shown.join(","),
    }
}

fn link(row: &HostRow<'_>) -> String {
    let Some(it) = row.links.iter().max_by_key(|it| it.count) else { return "-".to_owned() };
    it.link.as_deref().map_or(it.mtu.to_string(), |link| format!("{link} ({})", it.mtu))
}

/// `12 d 3 h`, with a question mark where it is not reliable.
fn uptime(uptime: &HostUptimeRow<'_>) -> String {
    let hours = uptime.seconds / 3600;
    let sure = if uptime.reliable { "" } else { "?" };
    format!("{} d {} h{sure}", hours / 24, hours % 24)
}

/// `syn 12; tls OpenSSL 3.0, curl 3`: layers with their counts, and what the stack does not say.
fn why(row: &HostRow<'_>) -> String {
    let is_one = |layer: &str| row.why.iter().filter(|it| it.layer == layer).count() == 1;
    let texts: Vec<String> = row
        .why
        .iter()
        .map(|it| match &*it.layer {
            // Of one stack, the column of the system tells which.
            layer @ ("syn" | "syn_ack") if is_one(layer) => format!("{layer} {}", it.count),
            _ => format!("{} {} {}", it.layer, Printable(&it.value), it.count),
        })
        .collect();
    texts.join("; ")
}

/// Text from the network: what a terminal would run is escaped.
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                fmt::Write::write_char(f, character)?;
            }
        }
        Ok(())
    }
}
