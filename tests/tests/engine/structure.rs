//! The layers of each crate: no file imports from a line above its own in the picture of
//! ARCHITECTURE.md, and no files import from each other in a circle.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use stackprint_tests::imports::Sources;
use stackprint_tests::say;

/// Folders of crates whose files keep to their layers.
const CRATES: [&str; 3] = ["core/src", "kafka-worker/src", "wasm/fluent-bit/src"];

/// Cycles of parts that are being rebuilt: to be deleted with the cycle, at the latest.
const BEING_REBUILT: [&str; 0] = [];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// The lines of a picture, top first: the modules of each. A module stands for its file and for the
/// files below it that have no place of their own.
struct Layers(Vec<Vec<String>>);

impl Layers {
    /// From the block that begins with ```` ```layers FOLDER ````. Modules are named as their files
    /// are, without `.rs`; two blanks end them, and what follows is for people.
    fn read(text: &str, folder: &str) -> Layers {
        let (_, block) = text
            .split_once(&format!("```layers {folder}\n"))
            .unwrap_or_else(|| panic!("ARCHITECTURE.md has no layers of {folder}"));
        let (block, _) = block.split_once("```").expect("the end of a block");
        let names = |line: &str| {
            let names = line.split("  ").next().unwrap_or_default();
            names.split_whitespace().map(str::to_owned).collect()
        };
        Layers(block.lines().map(names).filter(|line: &Vec<String>| !line.is_empty()).collect())
    }

    /// The line of a file, counted from the top, and the module that put it there.
    fn of(&self, file: &str) -> Option<(usize, &str)> {
        let lines = self.0.iter().enumerate();
        let modules = lines.flat_map(|(line, modules)| modules.iter().map(move |it| (line, it)));
        let holds = |module: &str| {
            file.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let holding = modules.filter(|(_, module)| holds(module));
        holding.max_by_key(|(_, module)| module.len()).map(|(line, module)| (line, module.as_str()))
    }

    /// What is wrong with a crate by these layers.
    fn faults(&self, sources: &[Sources]) -> Vec<String> {
        let mut faults = Vec::new();
        for sources in sources {
            let mut add = |fault| faults.push(fault);
            for cycle in sources.cycles() {
                add(format!("these import from each other: {}", cycle.join(", ")));
            }
            for file in sources.files().filter(|file| self.of(file).is_none()) {
                add(format!("{file} is on no line of the picture"));
            }
            for import in sources.imports() {
                let lines = self.of(&import.from).zip(self.of(&import.to));
                if lines.is_some_and(|((from, _), (to, _))| to < from) {
                    let (from, to, path) = (import.from, import.to, import.path);
                    add(format!("{from} imports {path} from {to}, which is above it"));
                }
            }
        }
        for module in self.0.iter().flatten() {
            let mut files = sources.iter().flat_map(Sources::files);
            if !files.any(|file| self.of(file).is_some_and(|(_, by)| by == module)) {
                faults.push(format!("{module} is in the picture, and is no file"));
            }
        }
        faults
    }
}

/// The files of a crate: from its library's root on, and from its program's.
fn sources(folder: &Path) -> Vec<Sources> {
    let roots = ["lib.rs", "main.rs"].map(|root| folder.join(root));
    roots.iter().filter(|root| root.is_file()).map(|root| Sources::read(root)).collect()
}

#[test]
fn files_import_from_the_layers_below() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let mut being_rebuilt = BEING_REBUILT.to_vec();
    for folder in CRATES {
        let sources = sources(&root().join(folder));
        let (files, imports) = sources.iter().fold((0, 0), |(files, imports), it| {
            (files + it.files().count(), imports + it.imports().len())
        });
        // What the reader cannot find is no import: all that it finds would then be in order.
        assert!(files > 5 && imports > 2 * files, "{folder}: {files} files, {imports} imports");
        let mut faults = Layers::read(&text, folder).faults(&sources);
        being_rebuilt.retain(|known| {
            let before = faults.len();
            faults.retain(|fault| fault != known);
            faults.len() == before
        });
        assert!(faults.is_empty(), "{folder}:\n{}", faults.join("\n"));
        say(&format!("layers of {folder}: {files} files, {imports} imports, none upward"));
    }
    assert!(being_rebuilt.is_empty(), "no longer so: {being_rebuilt:?}");
}

#[test]
fn each_difference_from_p0f_is_named_in_the_document() {
    let code = fs::read_to_string(root().join("core/src/compat.rs")).expect("compat.rs");
    let document = root().join("docs/differences-from-p0f.md");
    let document = fs::read_to_string(document).expect("the document");
    let (_, list) = document.split_once("## The rules by name").expect("the list");
    let fields = code.lines().filter_map(|line| line.trim().strip_prefix("pub(crate) "));
    let fields: Vec<_> =
        fields.filter_map(|it| it.split_once(": ")).filter(|(_, of)| of.ends_with(',')).collect();
    assert!(fields.len() > 20, "{fields:?}");
    for (rule, _) in &fields {
        assert!(list.contains(&format!("`{rule}`")), "{rule} is not in the document");
    }
    let named = list.matches('`').count() / 2 - 2;
    assert_eq!(named, fields.len(), "the document names rules that there are not");
}

/// A crate of a few files, in a folder of its own.
fn made_up(name: &str, files: &[(&str, &str)]) -> Vec<Sources> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("structure_{name}"));
    let _ = fs::remove_dir_all(&folder);
    for (file, text) in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    sources(&folder)
}

#[test]
fn a_cycle_is_found_through_re_exports_and_paths_in_code() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\npub use c::Deep;\n"),
        ("a.rs", "fn of() -> u8 { crate::Deep::new(); 1 }\npub(crate) struct A;"),
        (
            "b.rs",
            "use crate::a::A as Renamed;\npub(crate) mod inner { pub(crate) const B: u8 = 1; }",
        ),
        ("c.rs", "mod deep;\npub use deep::Deep;\n"),
        ("c/deep.rs", "use crate::{b::{inner::{self, B}}, Deep as D};\npub struct Deep;"),
    ];
    let sources = made_up("cycle", &files);
    assert_eq!(sources[0].cycles(), [["a", "b", "c/deep"]]);
}

#[test]
fn a_parent_that_re_exports_is_in_no_cycle_and_one_that_works_with_its_child_is() {
    let child = "use super::Shared;\npub struct Child(Shared);\nimpl Child { pub fn new() {} }";
    let parent =
        |code: &str| format!("mod child;\npub use child::Child;\npub struct Shared;\n{code}");
    let cycles = |name, code: &str| {
        let files =
            [("lib.rs", "mod parent;"), ("parent.rs", &parent(code)), ("parent/child.rs", child)];
        made_up(name, &files)[0].cycles().len()
    };
    assert_eq!(cycles("re_export", "// Child::new()\nconst TEXT: &str = \"Child::new()\";"), 0);
    assert_eq!(cycles("type", "fn of(_: Child) {}"), 1);
    assert_eq!(cycles("path", "fn of() { child::Child::new() }"), 1);
    assert_eq!(
        cycles("test", "#[cfg(test)]\nmod tests {\n    fn of() { super::Child::new() }\n}"),
        0
    );
    assert_eq!(
        cycles("quote", "const Q: char = '\"'; fn of(_: Child) {} const R: char = '\"';"),
        1
    );
}

#[test]
fn what_is_not_in_order_is_named() {
    let files = [
        ("lib.rs", "mod high;\nmod low;\n"),
        ("high.rs", "pub(crate) struct High;"),
        ("low.rs", "use crate::high::High;\nmod part;"),
        ("low/part.rs", ""),
    ];
    let sources = made_up("upward", &files);
    let faults =
        |picture: &str| Layers::read(&format!("```layers x\n{picture}\n```"), "x").faults(&sources);
    assert!(faults("lib  all\nlow\nhigh").is_empty());
    assert!(faults("lib\nhigh low").is_empty());
    let upward = "low imports crate::high::High from high, which is above it";
    assert_eq!(faults("lib\nhigh\nlow  text\nlow/part"), [upward]);
    assert_eq!(faults("lib\nlow"), ["high is on no line of the picture"]);
    assert_eq!(faults("lib\nlow\nhigh\nhi"), ["hi is in the picture, and is no file"]);
}
