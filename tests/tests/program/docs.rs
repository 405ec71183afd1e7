//! What the documents say can be done: command lines are run, or read by the program itself; links
//! lead somewhere; files of configuration are what they have to be.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use stackprint::capture::Decoder;
use stackprint::{Analyzer, Database};
use stackprint_tests::documents::{Block, ScriptFolder, blocks, documents, root};
use stackprint_tests::program::command;
use stackprint_tests::say;
use yaml_rust2::{Yaml, YamlLoader};

/// The command lines of a block: what is after `$ `, or every line if there is none. A line that ends
/// within quotes or with a backslash goes on in the next one.
fn command_lines(text: &str) -> Vec<String> {
    let lines = || text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let prompted: Vec<&str> = lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let lines = if prompted.is_empty() { lines().collect() } else { prompted };
    let mut whole: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in lines {
        match whole.last_mut().filter(|_| is_open) {
            Some(last) => *last = format!("{}\n{line}", last.trim_end_matches('\\')),
            None => whole.push(line.to_owned()),
        }
        let last = whole.last().expect("a line");
        is_open = last.ends_with('\\') || shlex::split(last).is_none();
    }
    whole
}

/// The commands of a line, as words, without variables set before them.
fn commands(line: &str) -> Vec<Vec<String>> {
    let words = shlex::split(line).unwrap_or_else(|| panic!("not a command line: {line}"));
    words
        .split(|word| ["|", "&&", ";", "&"].contains(&word.as_str()))
        .map(|words| {
            let is_variable = |word: &&String| {
                word.split_once('=').is_some_and(|(name, _)| {
                    name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
                })
            };
            let to = words.iter().position(|word| word.starts_with('>')).unwrap_or(words.len());
            words[..to].iter().skip_while(is_variable).cloned().collect()
        })
        .collect()
}

/// The arguments, if it is `stackprint` that is called, by whatever name.
fn of_stackprint(words: &[String]) -> Option<&[String]> {
    let start = match words.first()?.as_str() {
        "sudo" => return of_stackprint(&words[1..]),
        "stackprint" => 1,
        "cargo" => {
            let runs = words.get(1).is_some_and(|word| word == "run");
            let is_other = ["--manifest-path", "--example", "--bin"]
                .iter()
                .any(|other| words.iter().any(|word| word == other));
            words.iter().position(|word| word == "--").filter(|_| runs && !is_other)? + 1
        }
        _ => return None,
    };
    Some(&words[start..])
}

/// The program reads its arguments up to `--help`, and says what it does not know before.
fn is_understood(arguments: &[String], place: &str) {
    let arguments = arguments.iter().filter(|word| !["…", "-h", "--help"].contains(&word.as_str()));
    // A single letter stands for a number.
    let filled_in = |word| if ["N", "S"].contains(&word) { "1" } else { word };
    let arguments: Vec<&str> = arguments.map(|word| filled_in(word.as_str())).collect();
    let ran = command(&arguments).arg("--help").output().expect("the program starts");
    let said = String::from_utf8_lossy(&ran.stderr);
    // A text may name an option without its value.
    let is_named = said.contains("a value is required for");
    assert!(
        ran.status.success() || is_named,
        "{place}: stackprint {}: {said}",
        arguments.join(" ")
    );
}

/// What cargo says of the packages of the workspace.
fn metadata() -> &'static Value {
    static METADATA: OnceLock<Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["metadata", "--no-deps", "--format-version", "1", "--locked"]);
        let output = cargo.current_dir(root()).output().expect("cargo");
        serde_json::from_slice(&output.stdout).expect("JSON")
    })
}

/// The source of a package's test, example or program.
fn source_of(package: &str, target: &str) -> Option<PathBuf> {
    let packages = metadata()["packages"].as_array()?;
    let package = packages.iter().find(|found| found["name"] == package)?;
    let target = package["targets"].as_array()?.iter().find(|found| found["name"] == target)?;
    target["src_path"].as_str().map(PathBuf::from)
}

/// The filters of a command for tests, `SUITE::` or `SUITE::test`, find something.
fn are_tests(words: &[String], folder: &Path, place: &str) {
    for (suite, test) in words.iter().filter_map(|word| word.split_once("::")) {
        // Two executables may be named, of which this one has other suites.
        let Ok(text) = fs::read_to_string(folder.join(format!("{suite}.rs"))) else { continue };
        assert!(text.contains(&format!("fn {test}")), "{place}: no test {suite}::{test}");
    }
}

/// What else a document may tell to run has to be there.
fn is_there(words: &[String], place: &str) {
    let Some(name) = words.first() else { return };
    let value = |option: &str| {
        let at = words.iter().position(|word| word == option)?;
        words.get(at + 1)
    };
    if name == "cargo" {
        let package = value("-p").or_else(|| value("--package"));
        for option in ["--test", "--example", "--bin"] {
            let Some(target) = value(option) else { continue };
            let package = package.unwrap_or_else(|| panic!("{place}: {option} without a package"));
            let source = source_of(package, target)
                .unwrap_or_else(|| panic!("{place}: {package} has no {target}"));
            if option == "--test" {
                are_tests(words, source.parent().expect("a folder"), place);
            }
        }
    } else if name.contains('/') && !name.starts_with('/') {
        assert!(root().join(name).exists(), "{place}: no {name}");
    }
}

/// What a block is, and whether it is right.
fn check(block: &Block, counts: &mut [usize; 4]) {
    let Block { language, text, place } = block;
    match language.as_str() {
        // Drawings, of the way through the program.
        "" if text.contains("─→") => {}
        "" if text.contains("sig   = ") => {
            let text = format!("classes = unix\n[tcp:request]\n{text}");
            let database =
                Database::parse(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
            assert!(database.signatures().count() > 0, "{place}");
            counts[3] += 1;
        }
        "" if text.contains(".properties") => {
            let is_property = |line: &str| line.starts_with('#') || line.contains('=');
            assert!(text.lines().all(is_property), "{place}: {text}");
        }
        "" | "sh" | "console" => {
            for line in command_lines(text) {
                for words in commands(&line) {
                    match of_stackprint(&words) {
                        Some(arguments) => {
                            is_understood(arguments, place);
                            counts[0] += 1;
                        }
                        None => is_there(&words, place),
                    }
                }
            }
        }
        "json" => drop(
            serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{place}: {error}")),
        ),
        "yaml" => {
            let parsed = YamlLoader::load_from_str(text);
            assert!(
                !parsed.unwrap_or_else(|error| panic!("{place}: {error}")).is_empty(),
                "{place}"
            );
        }
        // What the filter's tests compare in full; and commands of other programs.
        "text" => assert!(place.starts_with("wasm/fluent-bit/"), "{place}: nobody reads it"),
        // The library's page, whose examples are run with its documentation; and the package's,
        // whose examples are its tests'.
        "rust" => assert!(place.starts_with("core/"), "{place}: nobody compiles it"),
        "html" | "ts" | "js" | "mjs" => {
            assert!(place.starts_with("wasm/npm/"), "{place}: nobody runs it")
        }
        // The input of the structure test.
        layers if layers.starts_with("layers ") => {
            assert!(place.starts_with("ARCHITECTURE.md"), "{place}: nobody reads it");
        }
        other => panic!("{place}: nobody checks blocks of {other}"),
    }
    counts[1] += 1;
}

#[test]
fn blocks_are_what_they_have_to_be() {
    let mut counts = [0; 4];
    for document in documents() {
        blocks(&document).iter().for_each(|block| check(block, &mut counts));
        // In the text, too: `stackprint read --threads 2`.
        let outside = document.text.split("```").step_by(2);
        for code in outside.flat_map(|text| text.split('`').skip(1).step_by(2)) {
            let Some(arguments) = code.strip_prefix("stackprint ") else { continue };
            // Names of what a reader fills in are words as others.
            if let Some(words) = shlex::split(arguments)
                .filter(|words| !words.iter().any(|word| word.contains(['[', '|', '>'])))
            {
                is_understood(&words, &format!("{}: `{code}`", document.name));
                counts[2] += 1;
            }
        }
    }
    let [called, blocks, spans, databases] = counts;
    say(&format!(
        "{blocks} blocks, {called} calls of stackprint in them and {spans} in the text, {databases} databases"
    ));
    assert!(called > 20 && blocks > 20 && spans > 10 && databases > 0);
}

/// What is shown after a command with `$ ` is what comes out of it, whole lines or parts of one with
/// `…` between them; other lines may come between.
#[test]
fn what_is_shown_comes_out() {
    let folder = ScriptFolder::new("shown");
    let mut shown = 0;
    for block in documents().iter().flat_map(blocks) {
        let Some(text) = block.text.strip_prefix("$ ") else { continue };
        for (line, rest) in text.split("\n$ ").map(|one| one.split_once('\n').unwrap_or((one, "")))
        {
            // The program as it was built, where a document builds it.
            let line = line.replace("cargo run --release -- ", "stackprint ");
            let Some(ran) = folder.run(&line, &block.place) else { continue };
            let written = String::from_utf8(ran.stdout).expect("UTF-8");
            let mut lines = written.lines();
            for wanted in rest.lines().filter(|line| !line.trim().is_empty()) {
                let parts: Vec<&str> = wanted.split('…').collect();
                let is_it = |line: &str| {
                    parts.len() == 1 && line == wanted || parts.len() > 1 && in_order(line, &parts)
                };
                assert!(
                    lines.any(is_it),
                    "{}: {wanted}\nis not (any more) in\n{written}",
                    block.place
                );
            }
            shown += 1;
        }
    }
    assert!(shown >= 10, "{shown} commands with output");
}

fn in_order(line: &str, parts: &[&str]) -> bool {
    let mut rest = line;
    parts.iter().enumerate().all(|(index, part)| {
        let found = if index == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
        found.is_some_and(|at| {
            rest = &rest[at + part.len()..];
            true
        })
    })
}

/// Whole scripts are run, but for those with engines that `pipelines::loaders` runs.
#[test]
fn scripts_run() {
    let folder = ScriptFolder::new("docs");
    let scripts: Vec<Block> =
        documents().iter().flat_map(blocks).filter(Block::is_script).collect();
    let run = scripts.iter().filter(|block| !block.needs_loaders());
    let run = run.filter(|block| folder.run(&block.text, &block.place).is_some()).count();
    say(&format!("{run} of {} scripts", scripts.len()));
    assert!(run > 0, "no script");
}

/// Where a heading is found: as GitHub and GitLab name it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept =
        kept.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
    kept.collect::<String>().replace(' ', "-")
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

#[test]
fn links_lead_somewhere() {
    let (mut inside, mut outside) = (0, 0);
    for document in documents() {
        let folder = root().join(&document.name).parent().expect("a folder").to_owned();
        let text: String = document.text.split("```").step_by(2).collect();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let target = link.0.split_whitespace().next().unwrap_or("");
            let place = format!("{}: {target}", document.name);
            if target.contains("://") {
                assert!(target.starts_with("https://") && target.contains('.'), "{place}");
                outside += 1;
                continue;
            }
            let (path, name) = target.split_once('#').unwrap_or((target, ""));
            let path =
                if path.is_empty() { root().join(&document.name) } else { folder.join(path) };
            assert!(path.exists(), "{place} is not there");
            if !name.is_empty() {
                let text = fs::read_to_string(&path).expect("a document");
                assert!(anchors(&text).contains(name), "{place}: no such heading");
            }
            inside += 1;
        }
    }
    say(&format!("{inside} links within the repository, {outside} to elsewhere"));
    assert!(inside > 40, "{inside} links");
}

fn yaml(path: &str) -> Yaml {
    let text = fs::read_to_string(root().join(path)).expect(path);
    YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}")).remove(0)
}

/// What the services of the compose file run is understood by the program, variables included; each
/// that is waited for is there, and has a check of its health.
#[test]
fn the_compose_file_starts_what_there_is() {
    let file = yaml("docs/kafka/compose.yaml");
    let services = file["services"].as_hash().expect("services");
    let mut ours = 0;
    for (name, service) in services {
        let name = name.as_str().expect("a name");
        let image = service["image"].as_str().expect("an image");
        for waited in service["depends_on"].as_hash().into_iter().flatten() {
            let other = services.get(waited.0).unwrap_or_else(|| panic!("{name} waits for nobody"));
            let is_healthy = waited.1["condition"].as_str() == Some("service_healthy");
            assert!(!is_healthy || other["healthcheck"]["test"].as_vec().is_some(), "{name}");
        }
        if image != "stackprint" {
            assert!(image.starts_with("apache/kafka:"), "{name}: {image}");
            continue;
        }
        let words = |key: &str| -> Vec<String> {
            let list = service[key].as_vec().into_iter().flatten();
            list.map(|word| word.as_str().expect("a word").to_owned()).collect()
        };
        let script = words("entrypoint").last().map(|script| shlex::split(script).expect("words"));
        let arguments = match &script {
            Some(script) => {
                &script
                    [script.iter().position(|word| word == "stackprint").expect("stackprint") + 1..]
            }
            None => &words("command")[..],
        };
        is_understood(arguments, name);
        let help = command(&[&arguments[0], "--help"]).output().expect("the program starts");
        let help = String::from_utf8(help.stdout).expect("UTF-8");
        for (variable, _) in service["environment"].as_hash().into_iter().flatten() {
            let variable = variable.as_str().expect("a name");
            assert!(
                help.contains(variable),
                "{name}: {variable} is no variable of {}",
                arguments[0]
            );
        }
        ours += 1;
    }
    assert_eq!(ours, 2, "worker and sensor");
}

/// The names of metrics in alerts and dashboard are those that the worker has.
#[test]
fn alerts_and_dashboard_ask_for_metrics_that_there_are() {
    let source: String = ["kafka/metrics.rs", "query/page.rs"]
        .iter()
        .map(|file| fs::read_to_string(root().join("kafka-worker/src").join(file)).expect("it"))
        .collect();
    let alerts = fs::read_to_string(root().join("docs/kafka/alerts.yaml")).expect("alerts");
    let dashboard =
        fs::read_to_string(root().join("docs/kafka/grafana.json")).expect("a dashboard");
    assert!(
        yaml("docs/kafka/alerts.yaml")["groups"].as_vec().is_some_and(|groups| !groups.is_empty())
    );
    let panels: Value = serde_json::from_str(&dashboard).expect("JSON");
    assert!(panels["panels"].as_array().is_some_and(|panels| panels.len() > 3));
    let mut asked = BTreeSet::new();
    for text in [&alerts, &dashboard] {
        let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        asked.extend(
            text.split(|letter| !word(letter)).filter(|name| name.starts_with("stackprint_")),
        );
    }
    for name in &asked {
        // Counters end in `_total`, histograms have parts; the source names what is before.
        let base = ["_total", "_bucket", "_sum", "_count"]
            .iter()
            .fold(*name, |name, end| name.strip_suffix(end).unwrap_or(name));
        let base = base.strip_prefix("stackprint_").expect("it has it");
        assert!(source.contains(base), "{name} is no metric of the worker");
    }
    assert!(asked.len() > 5, "{asked:?}");
}

/// The library's examples, on captures of the project.
#[test]
fn examples_run() {
    let run_with = |options: &[&str], example: &str, capture: &str, input: &str| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--quiet", "--package", "stackprint"]).args(options);
        cargo.args(["--example", example, "--"]);
        if !capture.is_empty() {
            cargo.arg(format!("tests/captures/{capture}"));
        }
        cargo.current_dir(root());
        let ran = stackprint_tests::program::output(&mut cargo, input.as_bytes());
        assert!(ran.status.success(), "{example}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).expect("UTF-8")
    };
    let run = |example: &str, capture: &str, input: &str| run_with(&[], example, capture, input);
    let ways = run("own_matcher", "recorded/web-clients.pcap", "");
    assert!(ways.contains("SYNs: plain Ethernet"), "{ways}");
    let raw = run_with(&["--no-default-features"], "raw_socket", "", "");
    assert!(raw.contains("Linux") && raw.contains("skipped: 1 "), "{raw}");
    let own = run("own_database", "recorded/web-clients.pcap", "");
    assert!(own.contains("sig   = *:64:0:536:mss*4,*:mss::0\n"), "{own}");
    assert!(own.contains("s:unix:Linux"), "{own}");
    let scanners = run("honeypot", "recorded/tools/nmap-syn-scan.pcap", "");
    assert!(scanners.contains("KnownTool"), "{scanners}");
    let mut analyzer = Analyzer::new(&Database::builtin());
    let capture = fs::read(root().join("tests/captures/recorded/web-clients.pcap")).unwrap();
    let mut of_one_thread = String::new();
    let mut decoder = Decoder::new();
    let decoded = decoder.push(&capture, |captured| {
        analyzer.session().analyze_all(&captured.frame, |result| {
            if let Ok(Some(record)) = result {
                of_one_thread += &format!("{record}\n\n");
            }
        });
    });
    decoded.expect("a capture");
    assert!(!of_one_thread.is_empty());
    assert_eq!(run("two_stages", "recorded/web-clients.pcap", ""), of_one_thread);
    // It asserts what it shows.
    let typed = run("typed", "", "");
    assert!(typed.contains("refused      window: expected window"), "{typed}");
    let log = "{\"client\":\"192.0.2.10\",\"port\":43380,\"time\":\"2026-11-23T00:50:55Z\"}\n\
               {\"client\":\"192.0.2.10\",\"port\":43380,\"time\":\"2026-11-23T00:50:54Z\"}\n\
               {\"client\":\"198.51.100.1\",\"port\":1}\n";
    let lines = run("enrich_http_log", "recorded/web-clients.pcap", log);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0]["stackprint"]["os"].as_str().is_some_and(|os| os.contains("Linux")),
        "{lines:?}"
    );
    // Its SYN came later; and nobody's.
    assert!(lines[1..].iter().all(|line| line.get("stackprint").is_none()), "{lines:?}");
}

/// The parts that `tests/run.sh` takes, from the list that it checks them against.
fn parts_of_the_run() -> Vec<String> {
    let text = fs::read_to_string(root().join("tests/run.sh")).expect("tests/run.sh");
    let list = text.lines().find_map(|line| line.strip_prefix("readonly parts=("));
    let list = list.and_then(|list| list.strip_suffix(')')).expect("the list of parts");
    list.split(' ').map(str::to_owned).collect()
}

/// The steps of a workflow: every value of a key `run`, wherever it is.
fn runs<'a>(yaml: &'a Yaml, found: &mut Vec<&'a str>) {
    match yaml {
        Yaml::Hash(hash) => {
            for (key, value) in hash {
                match (key.as_str(), value.as_str()) {
                    (Some("run"), Some(command)) => found.push(command),
                    _ => runs(value, found),
                }
            }
        }
        Yaml::Array(values) => values.iter().for_each(|value| runs(value, found)),
        _ => {}
    }
}

/// One command of a workflow: its program is a script of ours that can be executed, or one of those
/// that every runner or image has; its packages are ours.
fn check_workflow_command(words: &[String], members: &str, place: &str) {
    const OF_THE_RUNNER: [&str; 15] = [
        "Compress-Archive",
        "apk",
        "apt-get",
        "cargo",
        "cd",
        "docker",
        "echo",
        "gh",
        "npm",
        "sha256sum",
        "tar",
        "target/dist/stackprint",
        "target/dist/stackprint.exe",
        "tests/run.sh",
        "tests/nightly.sh",
    ];
    let (program, rest) = words.split_first().expect(place);
    if !OF_THE_RUNNER.contains(&&**program) || program.ends_with(".sh") {
        use std::os::unix::fs::PermissionsExt as _;
        let script =
            fs::metadata(root().join(program)).unwrap_or_else(|_| panic!("{place}: {program}"));
        assert!(script.permissions().mode() & 0o111 != 0, "{place}: {program} is not executable");
    }
    for pair in rest.windows(2).filter(|pair| pair[0] == "--package") {
        assert!(members.contains(&format!("\"{}\"", pair[1])), "{place}: no package {}", pair[1]);
    }
}

/// The workflows cannot be run here; what they run can be looked for.
#[test]
fn workflows_run_what_is_here() {
    let members = metadata()["packages"].to_string();
    let parts = parts_of_the_run();
    let mut commands = 0;
    let mut in_matrix = BTreeSet::new();
    for name in ["ci.yml", "release.yml"] {
        let text = fs::read_to_string(root().join(".github/workflows").join(name)).expect(name);
        let workflow = &YamlLoader::load_from_str(&text).expect(name)[0];
        for part in
            workflow["jobs"]["parts"]["strategy"]["matrix"]["part"].as_vec().into_iter().flatten()
        {
            in_matrix.extend(part.as_str().expect(name).split(' ').map(str::to_owned));
        }
        let mut found = Vec::new();
        runs(workflow, &mut found);
        for command in
            found.iter().flat_map(|run| run.split(['\n', '|'])).flat_map(|run| run.split("&&"))
        {
            let command = command.replace("${{ ", "${{").replace(" }}", "}}");
            let words = shlex::split(command.trim()).unwrap_or_else(|| panic!("{name}: {command}"));
            check_workflow_command(&words, &members, &format!("{name}: {command}"));
            commands += 1;
        }
    }
    assert!(commands > 20, "{commands} commands");
    assert_eq!(in_matrix, parts.into_iter().collect(), "the parts of tests/run.sh");
    say(&format!("{commands} commands of workflows"));
}

/// Debian's packages that a script says it needs, in its variable `packages`.
fn packages_of(script: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(script)).expect(script);
    let text = text.replace("\\\n", "");
    let list = text.lines().find_map(|line| line.strip_prefix("readonly packages="));
    let list = shlex::split(list.expect(script)).expect(script);
    list[0].split(' ').map(str::to_owned).collect()
}

/// Nothing may be skipped in the nightly run: what its scripts need is installed before.
#[test]
fn the_nightly_job_installs_what_its_scripts_need() {
    let text = fs::read_to_string(root().join(".github/workflows/ci.yml")).expect("ci.yml");
    let workflow = &YamlLoader::load_from_str(&text).expect("ci.yml")[0];
    let mut commands = Vec::new();
    runs(&workflow["jobs"]["nightly"], &mut commands);
    let installed: Vec<String> = commands
        .iter()
        .filter_map(|command| command.split_once("apt-get install "))
        .flat_map(|(_, words)| words.split(' ').map(str::to_owned))
        .collect();
    for (script, at_least) in [("tests/machines.sh", 7), ("tests/windows.sh", 4)] {
        let packages = packages_of(script);
        assert!(packages.len() >= at_least, "{script}: {packages:?}");
        for package in packages {
            assert!(installed.contains(&package), "{script} needs {package}");
        }
    }
}
