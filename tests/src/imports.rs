//! Which file of a crate imports from which, read from the sources.
//!
//! An import is a path in a `use` declaration or in code. It is followed through re-exports to the
//! file that defines what it names, so a module that only declares and re-exports its children
//! (`mod child; pub use child::Item;`) imports nothing. One that also works with its children does
//! import from them; if a child then uses something defined in the parent's file, that is a cycle.
//! Tests (`#[cfg(test)]`) do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

mod tokens;

use tokens::{Token, tokens, without_tests};

/// The files of one crate root (`lib.rs` or `main.rs`), and the imports between them.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<File>,
    by_module: BTreeMap<Vec<String>, usize>,
}

/// One import: what `from` names of `to`. Files are named as modules are, `wire/ip`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The file with the path in it.
    pub from: String,
    /// The file that defines what the path names.
    pub to: String,
    /// The path as it is written.
    pub path: String,
}

#[derive(Debug)]
struct File {
    /// `wire/ip`, `lib`.
    name: String,
    module: Vec<String>,
    uses: Vec<Use>,
    /// Tokens that are no `use` declarations, with the inline modules around them.
    code: Vec<(Vec<String>, Token)>,
    defined: BTreeSet<String>,
}

/// One name that a `use` declaration brings in.
#[derive(Debug, Clone)]
struct Use {
    /// Modules of the file around it.
    inline: Vec<String>,
    path: Vec<String>,
    /// What it is called here; `*` for all, `_` for a trait without a name.
    name: String,
    public: bool,
}

/// What a path leads to.
enum Entity {
    Module(usize),
    Item(usize),
}

impl Sources {
    /// Reads the files of a crate from its root file on, as `mod` declarations lead to them.
    ///
    /// # Panics
    ///
    /// If a file cannot be read.
    #[must_use]
    pub fn read(root: &Path) -> Sources {
        let mut sources = Sources::default();
        let folder = root.parent().expect("a folder");
        let mut modules = vec![(Vec::new(), root.to_owned())];
        while let Some((module, path)) = modules.pop() {
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            let relative = path.strip_prefix(folder).expect("in the crate").with_extension("");
            let mut file = File::new(relative.display().to_string(), module.clone());
            for child in file.take(without_tests(tokens(&text))) {
                let child_module = [&module[..], &[child]].concat();
                let child_path = folder.join(child_module.join("/")).with_extension("rs");
                modules.push((child_module, child_path));
            }
            sources.by_module.insert(module, sources.files.len());
            sources.files.push(file);
        }
        sources
    }

    /// The names of the files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// Every import between two files.
    #[must_use]
    pub fn imports(&self) -> BTreeSet<Import> {
        let mut imports = BTreeSet::new();
        for (from, file) in self.files.iter().enumerate() {
            let mut add = |inline: &[String], path: &[String]| {
                let module = [&file.module[..], inline].concat();
                let entity = self.resolve(&module, path, &mut Vec::new());
                if let Some(Entity::Item(to)) = entity
                    && to != from
                {
                    let (from, to) = (file.name.clone(), self.files[to].name.clone());
                    imports.insert(Import { from, to, path: path.join("::") });
                }
            };
            for import in &file.uses {
                if !import.public || file.mentions(&import.name) {
                    add(&import.inline, &import.path);
                }
            }
            for (inline, path) in file.paths() {
                add(&inline, &path);
            }
        }
        imports
    }

    /// Groups of files that import from each other, directly or not, by name.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<String>> {
        let names: Vec<&str> = self.files().collect();
        let number = |name: &str| names.iter().position(|it| *it == name).expect("a file");
        let mut reaches = vec![vec![false; names.len()]; names.len()];
        for import in self.imports() {
            reaches[number(&import.from)][number(&import.to)] = true;
        }
        for by in 0..names.len() {
            let beyond = reaches[by].clone();
            for row in reaches.iter_mut().filter(|row| row[by]) {
                row.iter_mut().zip(&beyond).for_each(|(it, &is)| *it |= is);
            }
        }
        let reaches = &reaches;
        let both = |one: usize| {
            let others = (0..names.len()).filter(move |&it| reaches[one][it] && reaches[it][one]);
            others.map(|it| names[it].to_owned()).collect::<Vec<_>>()
        };
        let mut cycles: Vec<_> = (0..names.len()).map(both).filter(|it| !it.is_empty()).collect();
        cycles.iter_mut().for_each(|cycle| cycle.sort());
        cycles.sort();
        cycles.dedup();
        cycles
    }

    /// What `path` leads to, seen from `module`; `None` outside of the crate.
    fn resolve(
        &self,
        module: &[String],
        path: &[String],
        passed: &mut Vec<(usize, String)>,
    ) -> Option<Entity> {
        // An inline module is a part of its file.
        let depth =
            (0..=module.len()).rev().find(|&n| self.by_module.contains_key(&module[..n]))?;
        let here = self.by_module[&module[..depth]];
        let (first, rest) = path.split_first()?;
        let (mut entity, rest) = match first.as_str() {
            "crate" => (Entity::Module(self.by_module[&Vec::new()]), rest),
            "self" => (Entity::Module(here), rest),
            "super" => {
                let parents = path.iter().take_while(|it| *it == "super").count();
                let outer = &module[..module.len().checked_sub(parents)?];
                let depth =
                    (0..=outer.len()).rev().find(|&n| self.by_module.contains_key(&outer[..n]))?;
                (Entity::Module(self.by_module[&outer[..depth]]), &path[parents..])
            }
            _ => match self.member(here, first, passed) {
                Some(entity) => (entity, rest),
                // A bare path to something of the file itself, or of another crate.
                None => return None,
            },
        };
        for name in rest {
            entity = match entity {
                Entity::Module(at) => self.member(at, name, passed).unwrap_or(Entity::Item(at)),
                item @ Entity::Item(_) => return Some(item),
            };
        }
        Some(entity)
    }

    /// What a module has under a name, other than by defining it.
    fn member(
        &self,
        module: usize,
        name: &String,
        passed: &mut Vec<(usize, String)>,
    ) -> Option<Entity> {
        let file = &self.files[module];
        let child = [&file.module[..], std::slice::from_ref(name)].concat();
        if let Some(&child) = self.by_module.get(&child) {
            return Some(Entity::Module(child));
        }
        if file.defined.contains(name) || passed.contains(&(module, name.clone())) {
            return None;
        }
        passed.push((module, name.clone()));
        let named = file.uses.iter().filter(|it| it.inline.is_empty() && it.name == *name);
        for import in named {
            // A `use` of the name itself: `use child::name;` does not lead back here.
            if let Some(entity) = self.resolve(&file.module, &import.path, passed) {
                return Some(entity);
            }
        }
        let globs = file.uses.iter().filter(|it| it.inline.is_empty() && it.name == "*");
        for glob in globs {
            if let Some(Entity::Module(of)) = self.resolve(&file.module, &glob.path, passed) {
                if self.files[of].defined.contains(name) {
                    return Some(Entity::Item(of));
                }
                if let Some(entity) = self.member(of, name, passed) {
                    return Some(entity);
                }
            }
        }
        None
    }
}

impl File {
    fn new(name: String, module: Vec<String>) -> File {
        File { name, module, uses: Vec::new(), code: Vec::new(), defined: BTreeSet::new() }
    }

    /// Takes the tokens apart. The modules that have files of their own.
    fn take(&mut self, tokens: Vec<Token>) -> Vec<String> {
        let mut children = Vec::new();
        // Inline modules that are open, and how deep in braces each one is.
        let mut inline: Vec<(String, usize)> = Vec::new();
        let (mut depth, mut at) = (0, 0);
        let word = |at: usize| match tokens.get(at) {
            Some(Token::Word(word)) => word.as_str(),
            _ => "",
        };
        let names = |inline: &[(String, usize)]| -> Vec<String> {
            inline.iter().map(|(name, _)| name.clone()).collect()
        };
        let is = |at: usize, wanted: char| tokens.get(at) == Some(&Token::Mark(wanted));
        while let Some(token) = tokens.get(at) {
            match token {
                Token::Word(it) if it == "use" && !is(at + 1, '<') => {
                    let public = match at.checked_sub(1) {
                        Some(before) => word(before) == "pub" || is(before, ')'),
                        None => false,
                    };
                    let end = (at..tokens.len()).find(|&end| is(end, ';')).expect("a use ends");
                    let tree = &tokens[at + 1..end];
                    for (path, name) in use_tree(tree) {
                        self.uses.push(Use { inline: names(&inline), path, name, public });
                    }
                    at = end;
                }
                Token::Word(it) if it == "mod" && is(at + 2, ';') => {
                    children.push(word(at + 1).to_owned());
                    at += 2;
                }
                Token::Word(it) if it == "mod" && is(at + 2, '{') => {
                    self.defined.insert(word(at + 1).to_owned());
                    depth += 1;
                    inline.push((word(at + 1).to_owned(), depth));
                    at += 2;
                }
                other => {
                    const DEFINES: [&str; 8] =
                        ["fn", "struct", "enum", "trait", "const", "static", "type", "union"];
                    match other {
                        Token::Mark('{') => depth += 1,
                        Token::Mark('}') => {
                            inline.retain(|&(_, opened)| opened < depth);
                            depth -= 1;
                        }
                        Token::Word(it) if DEFINES.contains(&it.as_str()) => {
                            self.defined.insert(word(at + 1).to_owned());
                        }
                        Token::Word(it) if it == "macro_rules" => {
                            self.defined.insert(word(at + 2).to_owned());
                        }
                        _ => {}
                    }
                    self.code.push((names(&inline), other.clone()));
                }
            }
            at += 1;
        }
        children
    }

    /// Whether the code itself uses a name that the file re-exports.
    fn mentions(&self, name: &str) -> bool {
        self.code.iter().any(|(_, token)| matches!(token, Token::Word(it) if it == name))
    }

    /// Paths of two and more names in the code.
    fn paths(&self) -> Vec<(Vec<String>, Vec<String>)> {
        let mut paths = Vec::new();
        let mut at = 0;
        let token = |at: usize| self.code.get(at).map(|(_, token)| token);
        while let Some((inline, first)) = self.code.get(at) {
            at += 1;
            let Token::Word(first) = first else { continue };
            let mut path = vec![first.clone()];
            while token(at) == Some(&Token::Path) {
                let Some(Token::Word(next)) = token(at + 1) else { break };
                path.push(next.clone());
                at += 2;
            }
            if path.len() > 1 {
                paths.push((inline.clone(), path));
            }
        }
        paths
    }
}

/// The paths of a `use` declaration, and what each is called.
fn use_tree(tree: &[Token]) -> Vec<(Vec<String>, String)> {
    let mut names = Vec::new();
    let mut prefix: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(token) = tree.get(at) {
        match token {
            Token::Word(word) if word == "as" => {
                let Some(Token::Word(alias)) = tree.get(at + 1) else { break };
                names.push((prefix.clone(), alias.clone()));
                return names;
            }
            Token::Word(word) if word == "self" && !prefix.is_empty() => {}
            Token::Word(word) => prefix.push(word.clone()),
            Token::Mark('*') => {
                names.push((prefix, "*".to_owned()));
                return names;
            }
            Token::Mark('{') => {
                for branch in branches(&tree[at + 1..tree.len() - 1]) {
                    for (path, name) in use_tree(branch) {
                        // `self` in a group is the prefix itself.
                        let path = match path.as_slice() {
                            [only] if only == "self" => prefix.clone(),
                            _ => [&prefix[..], &path[..]].concat(),
                        };
                        let name = match name.as_str() {
                            "self" => prefix.last().cloned().unwrap_or_default(),
                            _ => name,
                        };
                        names.push((path, name));
                    }
                }
                return names;
            }
            _ => {}
        }
        at += 1;
    }
    if let Some(last) = prefix.last().cloned() {
        names.push((prefix, last));
    }
    names
}

/// The parts between the commas of a group.
fn branches(group: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0;
    let parts = group.split(|token| {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => depth -= 1,
            _ => {}
        }
        depth == 0 && *token == Token::Mark(',')
    });
    parts.filter(|part| !part.is_empty()).collect()
}
