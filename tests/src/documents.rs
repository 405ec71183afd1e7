//! The documents of the repository, and the commands in them.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::program::program;
use crate::require;

/// The repository.
///
/// # Panics
///
/// If it is not there.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// A document: where it is in the repository, and its text.
pub struct Document {
    pub name: String,
    pub text: String,
}

/// Every document of the repository.
///
/// # Panics
///
/// If they cannot be read, or are too few.
#[must_use]
pub fn documents() -> Vec<Document> {
    let mut found = Vec::new();
    gather(&root(), &mut found);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(found.len() > 15, "{} documents", found.len());
    found
}

fn gather(folder: &Path, found: &mut Vec<Document>) {
    const BUILT: [&str; 3] = ["target", "node_modules", ".git"];
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() && !BUILT.contains(&&*name) {
            gather(&path, found);
        } else if name.ends_with(".md") {
            let relative = path.strip_prefix(root()).expect("in the repository");
            let text = fs::read_to_string(&path).expect("a document");
            found.push(Document { name: relative.display().to_string(), text });
        }
    }
}

/// A fenced block of code.
pub struct Block {
    pub language: String,
    pub text: String,
    pub place: String,
}

impl Block {
    /// Whether it is to be run as a whole.
    #[must_use]
    pub fn is_script(&self) -> bool {
        self.language == "sh"
    }

    /// Whether it runs engines that are fetched for `pipelines::loaders`.
    #[must_use]
    pub fn needs_loaders(&self) -> bool {
        uses(&self.text, "duckdb") || uses(&self.text, "clickhouse")
    }
}

/// The fenced blocks of a document.
///
/// # Panics
///
/// If one has no end.
#[must_use]
pub fn blocks(document: &Document) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (index, line) in document.text.lines().enumerate() {
        if let Some(language) = line.strip_prefix("```") {
            is_open = !is_open;
            if is_open {
                let place = format!("{}:{}", document.name, index + 1);
                blocks.push(Block { language: language.to_owned(), text: String::new(), place });
            }
        } else if is_open {
            let text = &mut blocks.last_mut().expect("it is open").text;
            text.push_str(line);
            text.push('\n');
        }
    }
    assert!(!is_open, "{}: a block without end", document.name);
    blocks
}

/// Programs of others that documents use, and that may be missing.
const TOOLS: [&str; 4] = ["p0f", "jq", "tshark", "python3"];

/// A folder that looks like the repository to scripts, and takes the files that they write.
pub struct ScriptFolder {
    folder: PathBuf,
    path: OnceCell<String>,
}

impl ScriptFolder {
    /// Name: of its own, because tests run side by side.
    ///
    /// # Panics
    ///
    /// If the folder cannot be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("stackprint-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        for part in ["core", "tests", "docs", "schemas", "examples"] {
            std::os::unix::fs::symlink(root().join(part), folder.join(part)).expect("a link");
        }
        Self { folder, path: OnceCell::new() }
    }

    /// Our program first, Debian's folder of daemons and the fetched engines last.
    fn path(&self) -> &str {
        self.path.get_or_init(|| {
            format!(
                "{}:{}:/usr/sbin:{}",
                program().parent().expect("a folder").display(),
                std::env::var("PATH").expect("a path"),
                root().join("tests/loaders/bin").display()
            )
        })
    }

    /// Runs a script, which has to succeed and say something. Returns `None` if a program of others
    /// that it uses is missing.
    ///
    /// # Panics
    ///
    /// If it fails or says nothing.
    pub fn run(&self, script: &str, place: &str) -> Option<Output> {
        for tool in TOOLS.into_iter().filter(|tool| uses(script, tool)) {
            let found = self.bash(&format!("command -v {tool}")).output().expect("bash");
            require(&format!("{place}: {tool}"), found.status.success().then_some(()))?;
        }
        // What a script that fails has left running ends with it.
        let ending = "trap 'jobs -p | xargs --no-run-if-empty kill 2>/dev/null || true' EXIT";
        let ran = self.bash(&format!("{ending}\n{script}")).output().expect("bash");
        assert!(ran.status.success(), "{place}: {}", String::from_utf8_lossy(&ran.stderr));
        assert!(!ran.stdout.is_empty(), "{place}: says nothing");
        Some(ran)
    }

    fn bash(&self, script: &str) -> Command {
        let mut bash = Command::new("bash");
        bash.args(["-euc", script]).current_dir(&self.folder).stdin(Stdio::null());
        bash.env("PATH", self.path()).env("PYTHONDONTWRITEBYTECODE", "1");
        bash
    }
}

/// Whether a script has the word, but not as an option's value: `--format p0f`.
fn uses(script: &str, tool: &str) -> bool {
    let words: Vec<&str> = script.split_whitespace().collect();
    let is_value = |at: usize| at > 0 && words[at - 1].starts_with('-');
    (0..words.len()).any(|at| words[at] == tool && !is_value(at))
}

impl Drop for ScriptFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
