//! How many requests and responses of the corpus have a name, with User-Agent and Server hidden from
//! the matcher, and whether the name agrees with them.
//!
//! Signatures that ask for the value of User-Agent or Server are left out here: no other step of
//! matching reads these values. The captures are split in two by the SHA-1 of `NAME.log`: those with
//! an even first byte gave signatures of core/data/http.fp, the others never did.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::{fmt, fs};

use sha1::{Digest as _, Sha1};
use stackprint::{Analyzer, Compat, Database, RecordKind};
use stackprint_tests::{captures, corpus, input, say};

/// What a text in User-Agent or Server says of the program: the first that is found counts. The
/// names are those of labels with which it agrees.
const CLIENTS: &[(&str, &[&str])] = &[
    ("Nmap Scripting Engine", &["Nmap"]),
    ("bingbot", &["Bingbot"]),
    ("Googlebot", &["Googlebot"]),
    ("Android", &["Android", "Chrome", "Chromium", "OkHttp", "Apache HttpClient"]),
    ("AppleCoreMedia/", &["AppleCoreMedia"]),
    ("CFNetwork/", &["CFNetwork"]),
    ("netflix-ios-app", &["Netflix"]),
    ("Konqueror/", &["Konqueror"]),
    ("ELinks/", &["ELinks"]),
    ("Lynx/", &["Lynx"]),
    ("OPR/", &["Opera"]),
    ("Presto/", &["Opera"]),
    ("MSIE ", &["MSIE"]),
    ("Trident/", &["MSIE"]),
    ("Firefox/", &["Firefox"]),
    ("AdobeAIR/", &["Adobe AIR"]),
    ("Chrome/", &["Chrome", "Chromium"]),
    ("Safari/", &["Safari"]),
    ("Gecko/", &["Gecko"]),
    ("curl/", &["curl"]),
    ("Wget/", &["wget"]),
    ("python-requests/", &["Python"]),
    ("Python-urllib/", &["Python"]),
    ("websockets/", &["Python"]),
    ("Go-http-client/", &["Go"]),
    ("APT-HTTP/", &["apt"]),
    ("Apache-HttpClient/", &["Apache HttpClient"]),
    ("Java/", &["Java"]),
    ("VLC/", &["VLC"]),
    ("Microsoft BITS/", &["Microsoft BITS"]),
];
const SERVERS: &[(&str, &[&str])] = &[
    ("openresty", &["nginx"]),
    ("nginx", &["nginx"]),
    ("Apache", &["Apache"]),
    ("Microsoft-IIS/", &["IIS"]),
    ("lighttpd", &["lighttpd"]),
    ("SimpleHTTP/", &["Python"]),
    ("Werkzeug/", &["Python"]),
    ("gunicorn", &["Python"]),
    ("aiohttp/", &["Python"]),
    ("AmazonS3", &["Amazon S3"]),
    ("AkamaiGHost", &["Akamai"]),
    ("Caddy", &["Caddy"]),
    ("Cowboy", &["Cowboy"]),
    ("Jetty", &["Jetty"]),
    ("LiteSpeed", &["LiteSpeed"]),
    ("gws", &["Google Web Server"]),
    ("sffe", &["Google Web Server"]),
    ("GFE/", &["Google Web Server"]),
];

/// Heads whose User-Agent contradicts the name, by its first words: a script in Python that gives itself
/// Chrome's, and Mozilla 1.6 of 2004, which became Firefox. Both captures gave no signature.
const AGAINST: [(&str, &str, usize); 2] = [
    ("s:!:Firefox:3.5 or older", "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.6) ", 3),
    ("s:!:Python:requests", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/", 1),
];
/// Of all heads that say who sent them, and of those of captures that gave no signature, at least so many
/// in a hundred are named: requests, responses.
const NAMED: [(f64, f64); 2] = [(75.0, 60.0), (70.0, 60.0)];

/// Heads of one kind.
#[derive(Default)]
struct Tally {
    all: usize,
    labelled: usize,
    named: usize,
    agree: usize,
    /// Whose User-Agent or Server names another program.
    against: BTreeMap<(String, String), usize>,
}

impl Tally {
    /// In a hundred.
    fn share(&self) -> f64 {
        100.0 * self.named as f64 / self.labelled as f64
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { all, labelled, named, agree, against } = self;
        let against: usize = against.values().sum();
        write!(
            f,
            "{all} heads, {labelled} labelled, {named} of them named ({:.1} %): {agree} as they say, \
             {against} against it, of {} they say nothing",
            self.share(),
            named - agree - against,
        )
    }
}

/// By whether it is a request, and whether the capture may have given signatures.
type Tallies = BTreeMap<(bool, bool), Tally>;

fn gave_signatures(capture: &Path) -> bool {
    let name = capture.file_name().unwrap_or_default().to_string_lossy();
    Sha1::digest(format!("{name}.log")).first().is_some_and(|byte| byte % 2 == 0)
}

/// The built-in signatures of HTTP that can do without the values of User-Agent and Server. Without
/// stacks, so that p0f's rules keep the flows of scanners, too.
fn database(compat: Compat) -> Arc<Database> {
    let text = Database::BUILTIN_TEXT;
    let (before, http) = text.split_once("[http:request]").expect("the section");
    let classes = before.lines().find(|line| line.starts_with("classes")).expect("the classes");
    let is_blind = |line: &&str| {
        let asks = ["User-Agent=[", "Server=["].iter().any(|asked| line.contains(asked));
        !(line.starts_with("sig") && asks)
    };
    let lines: Vec<&str> = http.lines().filter(is_blind).collect();
    let text = format!("{classes}\n[http:request]\n{}\n", lines.join("\n"));
    Arc::new(Database::parse_with(&text, compat).expect("what is left"))
}

fn tally(corpus: &Path, compat: Compat) -> Tallies {
    let database = database(compat);
    let mut tallies = Tallies::new();
    for path in captures(&corpus.join("captures")) {
        let octets = fs::read(&path).expect("a capture");
        let mut analyzer = Analyzer::new(&database);
        // A damaged capture is read up to the damage.
        let _ = input::decode(&octets, |captured| {
            analyzer.session().analyze_all(&captured.frame, |result| {
                let Ok(Some(record)) = result else { return };
                let (Some(http), Some(_)) =
                    (&record.http, record.http.as_ref().and_then(|it| it.signature.as_ref()))
                else {
                    return;
                };
                let is_request = record.kind == RecordKind::HttpRequest;
                let tally = tallies.entry((is_request, gave_signatures(&path))).or_default();
                tally.all += 1;
                let Some(software) = http.software.as_deref() else { return };
                tally.labelled += 1;
                let Some(app) = &http.app else { return };
                tally.named += 1;
                let table = if is_request { CLIENTS } else { SERVERS };
                match table.iter().find(|(text, _)| software.contains(text)) {
                    None => {}
                    Some((_, names)) if names.contains(&app.label.name()) => tally.agree += 1,
                    Some(_) => {
                        let what = (app.label.to_string(), software.to_owned());
                        *tally.against.entry(what).or_default() += 1;
                    }
                }
            });
        });
    }
    tallies
}

/// p0f's own answers with its own file: how many of each kind, labelled, and named.
fn before(corpus: &Path) -> [[usize; 3]; 2] {
    let mut counts = [[0; 3]; 2];
    for path in captures(&corpus.join("captures")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Ok(log) = fs::read(corpus.join("p0f").join(format!("{name}.log"))) else { continue };
        for line in String::from_utf8_lossy(&log).lines() {
            let kind = if line.contains("mod=http request|") {
                0
            } else if line.contains("mod=http response|") {
                1
            } else {
                continue;
            };
            let params = line.split('|').find(|it| it.starts_with("params=")).unwrap_or_default();
            let is = [true, !params.contains("anonymous"), !line.contains("|app=???|")];
            counts[kind].iter_mut().zip(is).for_each(|(count, is)| *count += usize::from(is));
        }
    }
    counts
}

#[test]
fn labelled_heads_of_the_corpus_have_names() {
    let Some(corpus) = corpus() else { return };
    for (kind, [all, labelled, named]) in ["requests", "responses"].iter().zip(before(&corpus)) {
        say(&format!("p0f, its own file, {kind}: {all} heads, {labelled} labelled, {named} named"));
    }
    for (compat, rules) in [(Compat::P0fExact, "p0f's rules"), (Compat::Fixed, "all heads")] {
        let tallies = tally(&corpus, compat);
        for ((is_request, gave), tally) in &tallies {
            let kind = if *is_request { "requests" } else { "responses" };
            let half = if *gave { "that gave signatures" } else { "that gave none" };
            say(&format!("{rules}, {kind} of captures {half}: {tally}"));
            for ((label, software), count) in &tally.against {
                say(&format!("  against: {count} × {label}: {software}"));
            }
        }
        if compat == Compat::Fixed {
            assert_shares(&tallies);
        }
    }
}

/// What docs/http.md says.
fn assert_shares(tallies: &Tallies) {
    let mut against: BTreeMap<&(String, String), usize> = BTreeMap::new();
    for (is_request, (all, of_others)) in [true, false].into_iter().zip(NAMED) {
        let halves = [true, false].map(|gave| &tallies[&(is_request, gave)]);
        let [labelled, named] = [halves.map(|it| it.labelled), halves.map(|it| it.named)];
        let share = 100.0 * (named[0] + named[1]) as f64 / (labelled[0] + labelled[1]) as f64;
        say(&format!("of all heads with a label {share:.1} % are named"));
        assert!(share >= all && halves[1].share() >= of_others, "{share}, {}", halves[1].share());
        for (what, count) in halves.iter().flat_map(|it| &it.against) {
            *against.entry(what).or_default() += count;
        }
    }
    assert_eq!(against.len(), AGAINST.len(), "{against:?}");
    for (((label, software), count), (known, start, times)) in against.into_iter().zip(AGAINST) {
        assert!(
            label == known && software.starts_with(start) && count == times,
            "{label}: {software}"
        );
    }
}
