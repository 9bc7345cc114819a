//! The files of a crate and what each imports from which other one, with `super`, `self` and chains of
//! `use` resolved to the file that defines a name.

use crate::tokens::tokens;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How long a chain of imports may be.
const LONGEST_CHAIN: usize = 16;

/// A file of the crate: a module, or one of several that are chosen by the target or the features.
pub(crate) struct File {
    /// The path below `src`.
    pub(crate) path: PathBuf,
    parent: usize,
    tokens: Vec<String>,
    children: BTreeMap<String, Vec<usize>>,
    /// The names that it imports, each with its path.
    uses: Vec<(String, Vec<String>)>,
    defines: BTreeSet<String>,
}

/// The files of a crate. The first one is its root.
pub(crate) struct Files(pub(crate) Vec<File>);

/// What a path leads to.
#[derive(Clone, Copy)]
enum Target {
    Module(usize),
    /// An item that this file defines.
    ItemOf(usize),
}

impl Files {
    /// Reads the files, except those for tests.
    pub(crate) fn read(src: &Path) -> Files {
        let mut files = Files(Vec::new());
        files.add(src, &src.join("lib.rs"), 0);
        files
    }

    fn add(&mut self, src: &Path, path: &Path, parent: usize) -> usize {
        let tokens = tokens(&std::fs::read_to_string(path).unwrap());
        let index = self.0.len();
        let folder = path.parent().unwrap();
        let stem = path.file_stem().unwrap();
        let below = if stem == "mod" || stem == "lib" { folder.to_owned() } else { folder.join(stem) };
        let modules = modules(&tokens);
        self.0.push(File {
            path: path.strip_prefix(src).unwrap().to_owned(),
            parent,
            uses: uses(&tokens),
            defines: defines(&tokens),
            children: BTreeMap::new(),
            tokens,
        });
        for (name, paths) in modules {
            let mut paths = paths.iter().map(|path| folder.join(path)).collect::<BTreeSet<_>>();
            paths.insert(below.join(format!("{name}.rs")));
            paths.insert(below.join(&name).join("mod.rs"));
            let children = paths.iter().filter(|path| path.is_file());
            let children = children.map(|path| self.add(src, path, index)).collect::<Vec<_>>();
            assert!(!children.is_empty(), "{name} of {}", path.display());
            self.0[index].children.insert(name, children);
        }
        index
    }

    /// Returns the files that a file imports from.
    pub(crate) fn imports_of(&self, file: usize) -> BTreeSet<usize> {
        let uses = self.0[file].uses.iter().map(|(_, path)| path.clone());
        let paths = uses.chain(paths(&self.0[file].tokens));
        let targets = paths.flat_map(|path| self.resolve(file, &path, 0));
        let items = targets.filter_map(|target| match target {
            Target::ItemOf(of) => Some(of),
            Target::Module(_) => None,
        });
        items.filter(|of| *of != file).collect()
    }

    /// Returns what a path in a file leads to; nothing if it leads out of the crate.
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Vec<Target> {
        if depth > LONGEST_CHAIN {
            return Vec::new();
        }
        match path[0].as_str() {
            "crate" => self.walk(0, &path[1..], depth),
            "self" => self.walk(from, &path[1..], depth),
            "super" => {
                let mut at = self.0[from].parent;
                let mut rest = &path[1..];
                while rest.first().is_some_and(|segment| segment == "super") {
                    (at, rest) = (self.0[at].parent, &rest[1..]);
                }
                self.walk(at, rest, depth)
            }
            name if self.0[from].children.contains_key(name) => self.walk(from, path, depth),
            name => {
                let named = self.0[from].uses.iter().filter(|(alias, path)| alias == name && path[0] != name);
                let targets = named.flat_map(|(_, used)| self.resolve(from, used, depth + 1));
                targets.flat_map(|target| self.go_on(target, &path[1..], depth)).collect()
            }
        }
    }

    fn go_on(&self, target: Target, rest: &[String], depth: usize) -> Vec<Target> {
        match target {
            Target::Module(module) => self.walk(module, rest, depth),
            Target::ItemOf(_) => vec![target],
        }
    }

    /// Returns what a path leads to, from a module on.
    fn walk(&self, module: usize, path: &[String], depth: usize) -> Vec<Target> {
        let Some(segment) = path.first() else {
            return vec![Target::Module(module)];
        };
        let file = &self.0[module];
        if segment == "*" {
            return vec![Target::ItemOf(module)];
        }
        let is_last = path.len() == 1;
        let used = file.uses.iter().filter(|(alias, _)| alias == segment).map(|(_, used)| used);
        let used = used.flat_map(|used| self.resolve(module, used, depth + 1)).collect::<Vec<_>>();
        if let Some(children) = file.children.get(segment).filter(|_| !is_last || used.is_empty()) {
            return children.iter().flat_map(|child| self.walk(*child, &path[1..], depth)).collect();
        }
        if !used.is_empty() {
            return used.into_iter().flat_map(|target| self.go_on(target, &path[1..], depth)).collect();
        }
        // Names that macros define are not found. The root defines none, but exports macros.
        if module == 0 && !file.defines.contains(segment) {
            return Vec::new();
        }
        vec![Target::ItemOf(module)]
    }

    /// Returns the groups of files that import one another in a circle, by their paths.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let imports = (0..self.0.len()).map(|file| self.imports_of(file)).collect::<Vec<_>>();
        let reached = (0..self.0.len()).map(|file| reachable(&imports, file)).collect::<Vec<_>>();
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for file in 0..self.0.len() {
            let is_with = |other: &usize| reached[file].contains(other) && reached[*other].contains(&file);
            let circle = (0..self.0.len()).filter(is_with).collect::<Vec<_>>();
            if !circle.is_empty() && seen.insert(circle.clone()) {
                circles.push(circle.into_iter().map(|file| self.name(file)).collect());
            }
        }
        circles
    }

    /// Returns the path of a file below `src`.
    pub(crate) fn name(&self, file: usize) -> String {
        self.0[file].path.to_string_lossy().replace('\\', "/")
    }
}

fn reachable(imports: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(file) = next.pop() {
        next.extend(imports[file].iter().filter(|import| reached.insert(**import)));
    }
    reached
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Returns the modules that are declared, each with the paths of its attributes.
fn modules(tokens: &[String]) -> Vec<(String, Vec<String>)> {
    let mut modules = Vec::new();
    for at in 0..tokens.len().saturating_sub(2) {
        if tokens[at] == "mod" && is_word(&tokens[at + 1]) && tokens[at + 2] == ";" {
            let before = tokens[..at].iter().rposition(|token| matches!(token.as_str(), ";" | "{" | "}"));
            let attributes = &tokens[before.map_or(0, |before| before + 1)..at];
            let paths = attributes
                .windows(3)
                .filter(|window| window[0] == "path" && window[1] == "=")
                .map(|window| window[2].trim_start_matches('"').to_owned());
            modules.push((tokens[at + 1].clone(), paths.collect()));
        }
    }
    modules
}

/// Returns the names of the items that are defined.
fn defines(tokens: &[String]) -> BTreeSet<String> {
    const KINDS: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "union"];
    let defined =
        tokens.windows(2).filter(|window| KINDS.contains(&window[0].as_str()) && is_word(&window[1]));
    defined.map(|window| window[1].clone()).collect()
}

/// Returns the names that are imported, each with its path.
fn uses(tokens: &[String]) -> Vec<(String, Vec<String>)> {
    let mut uses = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at] == "use" {
            let len = tokens[at..].iter().position(|token| token == ";").unwrap_or(0);
            if len > 0 {
                expand(&tokens[at + 1..at + len], &[], &mut uses);
            }
        }
    }
    uses
}

/// Takes a tree of imports apart.
fn expand(tree: &[String], prefix: &[String], uses: &mut Vec<(String, Vec<String>)>) {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while at < tree.len() {
        match tree[at].as_str() {
            "::" => at += 1,
            "{" => {
                let (mut depth, mut start) = (0, at + 1);
                for end in at..tree.len() {
                    match tree[end].as_str() {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ => {}
                    }
                    if (depth == 1 && tree[end] == ",") || depth == 0 {
                        if start < end {
                            expand(&tree[start..end], &path, uses);
                        }
                        start = end + 1;
                    }
                    if depth == 0 {
                        break;
                    }
                }
                return;
            }
            "as" => {
                uses.push((tree[at + 1].clone(), path));
                return;
            }
            segment => {
                path.push(segment.to_owned());
                at += 1;
            }
        }
    }
    if path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    if let Some(last) = path.last() {
        uses.push((last.clone(), path.clone()));
    }
}

/// Returns the paths in code, except imports and those of macros, which begin with `$crate`.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            at += tokens[at..].iter().position(|token| token == ";").unwrap_or(0) + 1;
            continue;
        }
        let start = at;
        let mut path = Vec::new();
        while at < tokens.len() && is_word(&tokens[at]) {
            path.push(tokens[at].clone());
            at += 1;
            if tokens.get(at).is_none_or(|token| token != "::") {
                break;
            }
            at += 1;
        }
        let is_behind = start > 0 && matches!(tokens[start - 1].as_str(), "$" | "::" | ".");
        if path.len() > 1 && !is_behind {
            paths.push(path);
        }
        at = at.max(start + 1);
    }
    paths
}

#[test]
fn paths_and_trees_are_taken_apart() {
    let code = tokens("use a::{b::{self, c as d}, e::*}; fn f() -> g::H { i.j::<k::L>(); $crate::m::n() }");
    let mut uses = uses(&code).into_iter().map(|(name, path)| format!("{name}={}", path.join("::")));
    assert_eq!(uses.by_ref().collect::<Vec<_>>(), ["b=a::b", "d=a::b::c", "*=a::e::*"]);
    let paths = paths(&code).into_iter().map(|path| path.join("::")).collect::<Vec<_>>();
    assert_eq!(paths, ["g::H", "k::L"]);
}
