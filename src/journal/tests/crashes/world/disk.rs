//! A disk, and what the operating system has of it in memory: what is *written* is what anybody
//! reads, what is *synced* is all that is certain after a loss of power.
//!
//! No more is taken for certain than POSIX says: a file's contents are on disk when the file was
//! synced, its name when the directory was. What was not synced is there or not, page by page,
//! and one name independent of the other. Renaming alone happens whole or not at all.
//!
//! Another program may put another directory in the place of the log's, or of its state. A process that has opened the
//! one before goes on in that one, until it is [entered](Disk::enter) by its path again.

use super::super::dice::Dice;
use crate::journal::storage::layout::Folder;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

/// The size of a page, which is written back as a whole or not at all, in bytes.
pub(super) const PAGE: usize = 4096;

/// The same, where a disk promises it, of what is written in place.
const SECTOR: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    State,
    In(Folder),
    /// What the log's directory is in.
    Parent,
}

/// Which of the directories that there were in turn in the log's place, and in that of its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trees {
    root: u32,
    state: u32,
}

/// A directory, whatever its name leads to now.
type Dir = (u32, Place);

impl Trees {
    fn dir(self, place: Place) -> Dir {
        match place {
            Place::In(Folder::Days | Folder::Seal) => (self.root, place),
            Place::Parent => (0, place),
            Place::State | Place::In(_) => (self.state, place),
        }
    }
}

pub(super) type Entry = (Place, String);

#[derive(Clone, Debug, Default)]
pub(in super::super) struct Disk {
    pub(super) nodes: Vec<Node>,
    pub(super) written: Names,
    synced: Names,
    /// What makes the ones of the others, and the directories in which it was done.
    pending: Vec<(Trees, Change)>,
}

/// A file, whatever its names.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) written: Vec<u8>,
    synced: Vec<u8>,
    /// Once a sync has failed, what it was to bring to disk is taken for clean: it is there or
    /// not, and no later sync brings it there.
    given_up: Vec<Range<usize>>,
    in_place: Option<InPlace>,
}

/// What a file that is written in place was before.
#[derive(Clone, Debug)]
struct InPlace {
    /// The size of a sector, which is written as a whole, in bytes.
    unit: usize,
    /// What stood in which unit since it was synced.
    before: Vec<(usize, Vec<u8>)>,
}

impl InPlace {
    fn new(unit: usize) -> InPlace {
        InPlace { unit, before: Vec::new() }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    folders: BTreeSet<Dir>,
    nodes: BTreeMap<(Dir, String), usize>,
    /// Where the log's path leads to.
    root: u32,
    /// Where `.state` leads to in each directory, if another one was put in place.
    states: BTreeMap<u32, u32>,
    /// What is open: all names are looked up there.
    open: Trees,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    MakeFolder(Place),
    Link(Entry, usize),
    Remove(Entry),
    Rename(Entry, Entry),
    /// Another directory, by its number, is in the place of the log's, or of `.state` in the one that is open.
    Replace(Taken, u32),
}

/// A directory that another program takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Taken {
    Directory,
    State,
}

impl Disk {
    /// Changes names, as readers see them.
    pub(super) fn change(&mut self, change: Change) {
        let trees = self.written.open;
        change.apply(trees, &mut self.written);
        self.pending.push((trees, change));
    }

    pub(super) fn sync_names(&mut self, place: Place) {
        let (pending, dir) = (std::mem::take(&mut self.pending), self.written.open.dir(place));
        let (now, later): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(|(trees, change)| change.is_in(*trees, dir));
        self.pending = later;
        now.iter().for_each(|(trees, change)| change.apply(*trees, &mut self.synced));
    }

    /// Another program takes away a directory: it is somewhere else, or gone with all that is in it.
    pub(super) fn take(&mut self, taken: Taken, is_removed: bool) {
        let open = self.written.open;
        if is_removed {
            let is_taken = |dir: u32, place: Place| {
                let is_in_root = matches!(place, Place::In(Folder::Days | Folder::Seal));
                (taken == Taken::Directory || !is_in_root) && open.dir(place).0 == dir
            };
            let names = self.written.nodes.keys().filter(|((dir, place), _)| is_taken(*dir, *place));
            let entries = names.map(|((_, place), name)| (*place, name.clone())).collect::<Vec<_>>();
            entries.into_iter().for_each(|entry| self.change(Change::Remove(entry)));
        }
        let next =
            1 + self.written.states.values().copied().chain([open.root, open.state]).max().unwrap_or(0);
        self.change(Change::Replace(taken, next));
    }

    /// Returns whether the paths lead elsewhere than to what is open.
    pub(super) fn is_away(&self) -> bool {
        self.written.open != self.written.at_path()
    }

    /// Opens what the paths lead to.
    pub(super) fn enter(&mut self) {
        self.written.open = self.written.at_path();
    }

    /// What a loss of power leaves.
    pub(in super::super) fn after_power_loss(&self, dice: &mut Dice) -> Disk {
        let mut names = self.synced.clone();
        let keeps = dice.roll(4);
        for (trees, change) in &self.pending {
            // None, all, or some.
            if keeps == 1 || keeps > 1 && dice.roll(2) == 0 {
                change.apply(*trees, &mut names);
            }
        }
        let Names { folders, nodes, .. } = &mut names;
        nodes.retain(|(dir, _), _| folders.contains(dir) || dir.1.is_always_there());
        names.open = names.at_path();
        let nodes = self.nodes.iter().map(|node| node.after_power_loss(dice)).collect();
        Disk { nodes, written: names.clone(), synced: names, pending: Vec::new() }
    }
}

impl Place {
    fn is_always_there(self) -> bool {
        matches!(self, Place::State | Place::Parent | Place::In(Folder::Days))
    }

    /// Where its own name is.
    pub(super) fn parent(self) -> Place {
        match self {
            Place::State | Place::In(Folder::Seal) => Place::In(Folder::Days),
            Place::In(Folder::Days) | Place::Parent => Place::Parent,
            Place::In(_) => Place::State,
        }
    }
}

impl Names {
    pub(super) fn has_folder(&self, place: Place) -> bool {
        place.is_always_there() || self.folders.contains(&self.open.dir(place))
    }

    pub(super) fn node(&self, place: Place, name: &str) -> Option<usize> {
        self.nodes.get(&(self.open.dir(place), name.to_owned())).copied()
    }

    pub(super) fn in_place(&self, place: Place) -> impl Iterator<Item = (&String, usize)> {
        let dir = self.open.dir(place);
        let here = self.nodes.iter().filter(move |((at, _), _)| *at == dir);
        here.map(|((_, name), node)| (name, *node))
    }

    /// Returns the directories that the paths lead to.
    fn at_path(&self) -> Trees {
        Trees { root: self.root, state: self.states.get(&self.root).copied().unwrap_or(self.root) }
    }

    /// Returns the node that a path leads to.
    pub(super) fn node_at_path(&self, place: Place, name: &str) -> Option<usize> {
        self.nodes.get(&(self.at_path().dir(place), name.to_owned())).copied()
    }
}

impl Change {
    fn is_in(&self, trees: Trees, dir: Dir) -> bool {
        match self {
            Change::MakeFolder(made) => dir == trees.dir(made.parent()),
            Change::Link((at, _), _) | Change::Remove((at, _)) => trees.dir(*at) == dir,
            Change::Rename((from, _), (to, _)) => trees.dir(*from) == dir || trees.dir(*to) == dir,
            Change::Replace(Taken::Directory, _) => dir == trees.dir(Place::Parent),
            Change::Replace(Taken::State, _) => dir == trees.dir(Place::In(Folder::Days)),
        }
    }

    /// Where it can't be any more, it has not happened.
    fn apply(&self, trees: Trees, names: &mut Names) {
        let key = |(place, name): &Entry| (trees.dir(*place), name.clone());
        match self {
            Change::MakeFolder(place) => {
                names.folders.insert(trees.dir(*place));
            }
            Change::Link(entry, node) => {
                names.nodes.insert(key(entry), *node);
            }
            Change::Remove(entry) => {
                names.nodes.remove(&key(entry));
            }
            Change::Rename(from, to) => {
                if let Some(node) = names.nodes.remove(&key(from)) {
                    names.nodes.insert(key(to), node);
                }
            }
            Change::Replace(Taken::Directory, root) => names.root = *root,
            Change::Replace(Taken::State, state) => {
                names.states.insert(trees.root, *state);
            }
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::MakeFolder(place) => write!(f, "make the folder {place:?}"),
            Change::Link((place, name), _) => write!(f, "create {place:?}/{name}"),
            Change::Remove((place, name)) => write!(f, "remove {place:?}/{name}"),
            Change::Rename((from, name), (to, new)) => write!(f, "rename {from:?}/{name} to {to:?}/{new}"),
            Change::Replace(taken, _) => write!(f, "take away the {taken:?}"),
        }
    }
}

impl Node {
    /// An empty file, to be appended to.
    pub(super) fn new() -> Node {
        Node::synced(Vec::new())
    }

    /// One that is mapped.
    pub(super) fn mapped() -> Node {
        Node { in_place: Some(InPlace::new(PAGE)), ..Node::new() }
    }

    fn synced(contents: Vec<u8>) -> Node {
        Node { written: contents.clone(), synced: contents, given_up: Vec::new(), in_place: None }
    }

    pub(super) fn sync(&mut self) {
        self.synced.clone_from(&self.written);
        if let Some(in_place) = &mut self.in_place {
            in_place.before.clear();
        }
    }

    pub(super) fn give_up(&mut self) {
        self.given_up.push(self.synced.len().min(self.written.len())..self.written.len());
    }

    pub(super) fn cut(&mut self, len: usize) {
        self.written.truncate(len);
        self.given_up.iter_mut().for_each(|range| *range = range.start.min(len)..range.end.min(len));
    }

    /// Writes in place.
    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) {
        let (mut contents, at) = (self.written.clone(), offset as usize);
        contents.resize(contents.len().max(at + bytes.len()), 0);
        contents[at..][..bytes.len()].copy_from_slice(bytes);
        self.overwrite(contents);
    }

    /// Has other contents from here on, written in place.
    pub(super) fn overwrite(&mut self, contents: Vec<u8>) {
        let InPlace { unit, before } = self.in_place.get_or_insert(InPlace::new(SECTOR));
        for (index, old) in self.written.chunks(*unit).enumerate() {
            if contents[index * *unit..][..old.len()] != *old {
                before.push((index, old.to_vec()));
            }
        }
        self.written = contents;
    }

    fn after_power_loss(&self, dice: &mut Dice) -> Node {
        let contents = match &self.in_place {
            Some(in_place) => self.overwritten(in_place, dice),
            None => self.appended(dice),
        };
        let in_place = self.in_place.as_ref().map(|in_place| InPlace::new(in_place.unit));
        Node { in_place, ..Node::synced(contents) }
    }

    /// Each part is what it was at some time since it was synced.
    fn overwritten(&self, InPlace { unit, before }: &InPlace, dice: &mut Dice) -> Vec<u8> {
        let unit = *unit;
        let mut left = Vec::new();
        if self.synced.is_empty() && dice.roll(8) == 0 {
            return left;
        }
        for (index, now) in self.written.chunks(unit).enumerate() {
            let mut versions = vec![now];
            versions.push(self.synced.chunks(unit).nth(index).unwrap_or(&[]));
            versions.extend(before.iter().filter(|(at, _)| *at == index).map(|(_, old)| &old[..]));
            // The last and the first are the ones that matter most.
            let version = if dice.roll(2) == 0 { versions[dice.roll(2)] } else { dice.pick(&versions) };
            left.extend_from_slice(version);
            left.resize(index * unit + now.len(), 0);
        }
        // The length of one that has grown may be of any time since, too.
        let synced = self.synced.len();
        if unit == SECTOR && left.len() > synced && dice.roll(4) == 0 {
            left.truncate(synced + dice.roll(left.len() - synced + 1));
        }
        left
    }

    /// The bytes behind the synced contents are there, or zero, or missing.
    fn appended(&self, dice: &mut Dice) -> Vec<u8> {
        let (written, synced) = (&self.written, &self.synced);
        let same = if written.starts_with(synced) {
            synced.len()
        } else {
            written.iter().zip(synced).take_while(|(new, old)| new == old).count()
        };
        let (short, long) = (written.len().min(synced.len()), written.len().max(synced.len()));
        let len = match dice.roll(4) {
            0 => synced.len(),
            1 | 2 => written.len(),
            _ => short + dice.roll(long - short + 1),
        };
        let mut left = written[..same].to_vec();
        while left.len() < len {
            let page = left.len()..len.min((left.len() / PAGE + 1) * PAGE);
            let source = [&written[..], &written[..], &synced[..], &[]][dice.roll(4)];
            // Where nothing was written since, there is what was there before.
            let byte_at = |at: usize| if at < written.len() { source.get(at) } else { synced.get(at) };
            left.extend(page.map(|at| byte_at(at).copied().unwrap_or(0)));
        }
        for range in &self.given_up {
            let mut at = range.start;
            while at < range.end.min(left.len()) {
                let end = range.end.min(left.len()).min((at / PAGE + 1) * PAGE);
                if dice.roll(2) == 0 {
                    left[at..end].fill(0);
                }
                at = end;
            }
        }
        left
    }
}
