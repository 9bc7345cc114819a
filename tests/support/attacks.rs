//! Manipulations of a log's directory, and how a verification must name each.
//!
//! Each changes the files as a person with an editor and without a key would, at a place that dice choose,
//! among the lines before the number `sealed`.

use super::dice::Dice;
use std::path::{Path, PathBuf};

/// How a verification must name a manipulation.
#[derive(Clone, Debug)]
pub struct Expected {
    /// One of these kinds, while the leaves are there.
    pub kinds: &'static [&'static str],
    /// One of these kinds, without leaves.
    pub kinds_without_leaves: &'static [&'static str],
    pub file: Option<String>,
    /// The lines of which one is named; none if no line is. Without leaves, a change may be named by an earlier
    /// line, from which on it is.
    pub lines: Vec<u64>,
}

/// A manipulation: of the directory, of lines before this number. `None` if it can't be done there.
pub type Attack = fn(&Path, u64, &mut Dice) -> Option<Expected>;

/// All manipulations of lines and files, by their names.
pub const ATTACKS: &[(&str, Attack)] = &[
    ("flip a bit", flip_a_bit),
    ("change a value", change_a_value),
    ("delete a line", delete_a_line),
    ("duplicate a line", duplicate_a_line),
    ("insert a line", insert_a_line),
    ("swap two lines", swap_two_lines),
    ("swap two lines that are far apart", swap_far),
    ("move a time", move_a_time),
    ("renumber the rest of a file", renumber),
    ("cut the end", cut_the_end),
    ("forge a line with a huge number", forge_a_huge_number),
    ("append a line with a huge number", append_a_huge_number),
    ("put in a line of another program", foreign_line),
    ("delete a day", delete_a_day),
    ("delete a day and its seal", delete_a_day_and_its_seal),
    ("delete a seal", delete_a_seal),
    ("change a seal", change_a_seal),
    ("delete the checkpoint", delete_the_checkpoint),
    ("change the checkpoint", change_the_checkpoint),
];

/// A sealed line.
struct Chosen {
    path: PathBuf,
    name: String,
    lines: Vec<String>,
    /// The position of the line, among the sealed ones.
    at: usize,
    /// How many of the lines are sealed.
    sealed: usize,
}

impl Chosen {
    /// Whether the last lines are in another file, too: the end of a file that could not be synced, which may be
    /// torn.
    fn ends_elsewhere(&self, dir: &Path) -> bool {
        let last = seq_of(&self.lines[self.sealed - 1]);
        let others = day_files(dir).into_iter().filter(|name| *name != self.name);
        others.flat_map(|name| lines_of(&dir.join(name))).any(|line| seq_of(&line) == last)
    }

    fn write(&self) {
        std::fs::write(&self.path, self.lines.concat()).unwrap();
    }

    fn expected(
        &self,
        kinds: &'static [&'static str],
        without: &'static [&'static str],
        lines: impl IntoIterator<Item = usize>,
    ) -> Option<Expected> {
        self.write();
        let lines = lines.into_iter().map(|at| at as u64 + 1).collect();
        Some(Expected { kinds, kinds_without_leaves: without, file: Some(self.name.clone()), lines })
    }
}

pub fn seq_of(line: &str) -> Option<u64> {
    line.trim_end().strip_suffix('}')?.rsplit_once(",\"seq\":")?.1.parse().ok()
}

fn with_seq(line: &str, seq: u64) -> String {
    let (before, _) = line.trim_end().rsplit_once(",\"seq\":").unwrap();
    format!("{before},\"seq\":{seq}}}\n")
}

pub fn day_files(dir: &Path) -> Vec<String> {
    let names = dir.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names = names.filter(|name| name.starts_with("audit-")).collect::<Vec<_>>();
    names.sort();
    names
}

fn lines_of(path: &Path) -> Vec<String> {
    let text = String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    text.split_inclusive('\n').map(str::to_owned).collect()
}

/// Chooses a file with sealed lines, each number of which is only there, and one of these lines.
fn choose(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Chosen> {
    let names = day_files(dir);
    let all = names.iter().map(|name| lines_of(&dir.join(name))).collect::<Vec<_>>();
    for _ in 0..100 {
        let file = dice.roll(names.len());
        let lines = &all[file];
        let count = lines.iter().filter(|line| seq_of(line).is_some_and(|seq| seq < sealed)).count();
        if count < 8 || count < lines.len() && seq_of(&lines[count]).is_none() {
            continue;
        }
        let at = dice.roll(count);
        let seq = seq_of(&lines[at]);
        let is_elsewhere = |other: &Vec<String>| other.iter().any(|line| seq_of(line) == seq);
        if all.iter().enumerate().any(|(other, lines)| other != file && is_elsewhere(lines)) {
            continue;
        }
        let (name, path) = (names[file].clone(), dir.join(&names[file]));
        return Some(Chosen { path, name, lines: lines.clone(), at, sealed: count });
    }
    None
}

const CHANGED: &[&str] = &["changed"];

fn flip_a_bit(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let line = &mut chosen.lines[chosen.at];
    loop {
        let (at, bit) = (dice.roll(line.len() - 1), dice.roll(7));
        let flipped = line.as_bytes()[at] ^ 1 << bit;
        if line.is_char_boundary(at) && line.as_bytes()[at].is_ascii() && flipped != b'\n' {
            line.replace_range(at..=at, &char::from(flipped).to_string());
            break;
        }
    }
    let at = chosen.at;
    // In the last digit of a number or a time it may look like something else.
    chosen.expected(
        CHANGED,
        &["changed", "ts_decreasing", "missing", "duplicated", "inserted", "truncated"],
        [at, at + 1],
    )
}

fn change_a_value(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    while !chosen.lines[chosen.at].contains("\"user_id\":\"") {
        chosen.at = (chosen.at + 1) % chosen.sealed;
    }
    let (before, rest) = chosen.lines[chosen.at].split_once("\"user_id\":\"")?;
    let (_, behind) = rest.split_once('"')?;
    chosen.lines[chosen.at] = format!("{before}\"user_id\":\"mallory\"{behind}");
    let at = chosen.at;
    chosen.expected(CHANGED, CHANGED, [at])
}

fn delete_a_line(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    chosen.lines.remove(chosen.at);
    let at = chosen.at;
    if at + 1 == chosen.sealed {
        return chosen.expected(&["truncated", "missing"], &["truncated", "missing"], []);
    }
    chosen.expected(&["missing"], &["missing"], [at])
}

fn duplicate_a_line(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let line = chosen.lines[chosen.at].clone();
    chosen.lines.insert(chosen.at, line);
    let at = chosen.at;
    chosen.expected(&["duplicated"], &["duplicated"], [at, at + 1])
}

fn insert_a_line(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let line = chosen.lines[chosen.at].replace("\"outcome\":\"success\"", "\"outcome\":\"failure\"");
    if line == chosen.lines[chosen.at] {
        return None;
    }
    chosen.lines.insert(chosen.at + 1, line);
    let at = chosen.at;
    chosen.expected(&["duplicated", "inserted"], &["duplicated", "inserted"], [at, at + 1])
}

fn swap_two_lines(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let at = chosen.at.min(chosen.sealed - 2);
    chosen.lines.swap(at, at + 1);
    chosen.expected(&["out_of_order"], &["out_of_order"], [at, at + 1])
}

fn swap_far(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let (one, other) = (dice.roll(chosen.sealed), chosen.at);
    if one.abs_diff(other) < 2 {
        return None;
    }
    chosen.lines.swap(one, other);
    chosen.expected(&["out_of_order"], &["out_of_order"], [one, other])
}

fn move_a_time(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let line = &mut chosen.lines[chosen.at];
    let hour = line.find('T')? + 1;
    let moved = (line[hour..hour + 2].parse::<u32>().ok()? + 20) % 24;
    line.replace_range(hour..hour + 2, &format!("{moved:02}"));
    let at = chosen.at;
    chosen.expected(CHANGED, &["ts_decreasing", "changed"], [at, at + 1])
}

fn renumber(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    if chosen.ends_elsewhere(dir) {
        return None;
    }
    let at = chosen.at;
    for line in &mut chosen.lines[at..] {
        *line = with_seq(line, seq_of(line)? + 1);
    }
    let end = chosen.lines.len();
    chosen.expected(CHANGED, &["changed", "missing", "truncated"], at..end)
}

fn cut_the_end(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let count = 1 + dice.roll(5);
    if chosen.ends_elsewhere(dir) {
        return None;
    }
    chosen.lines.truncate(chosen.sealed - count);
    chosen.expected(&["truncated", "missing"], &["truncated", "missing"], [])
}

fn forge_a_huge_number(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let forged = with_seq(&chosen.lines[chosen.at], 1 << (30 + dice.roll(33)));
    chosen.lines.insert(chosen.at, forged);
    let at = chosen.at;
    chosen.expected(&["inserted"], &["inserted"], [at])
}

fn append_a_huge_number(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let last = chosen.lines.last()?.clone();
    chosen.lines.push(with_seq(&last, 1 << (30 + dice.roll(33))));
    let at = chosen.lines.len() - 1;
    chosen.expected(&["inserted", "foreign_line"], &["inserted", "foreign_line"], [at])
}

fn foreign_line(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let mut chosen = choose(dir, sealed, dice)?;
    let line = dice.pick(&["\n", "hello\n", "{}\n", "{\"a\":1}\n"]);
    chosen.lines.insert(chosen.at, line.to_owned());
    let at = chosen.at;
    chosen.expected(&["inserted"], &["inserted"], [at])
}

fn delete_a_day(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let chosen = choose(dir, sealed, dice)?;
    std::fs::remove_file(&chosen.path).unwrap();
    let has_seal = seal_of(dir, &chosen.name).exists();
    let kinds: &[&str] = if has_seal { &["file_missing"] } else { &["file_missing", "truncated"] };
    let file = has_seal.then_some(chosen.name);
    Some(Expected { kinds, kinds_without_leaves: kinds, file, lines: Vec::new() })
}

fn seal_of(dir: &Path, day_file: &str) -> PathBuf {
    dir.join("seal").join(format!("{}.seal", day_file.strip_suffix(".log").unwrap()))
}

fn delete_a_day_and_its_seal(dir: &Path, sealed: u64, dice: &mut Dice) -> Option<Expected> {
    let chosen = choose(dir, sealed, dice)?;
    let seal = seal_of(dir, &chosen.name);
    if !seal.exists() {
        return None;
    }
    std::fs::remove_file(seal).unwrap();
    std::fs::remove_file(&chosen.path).unwrap();
    let kinds = &["seal_missing", "file_missing", "truncated", "missing"];
    Some(Expected { kinds, kinds_without_leaves: kinds, file: None, lines: Vec::new() })
}

fn any_seal(dir: &Path, dice: &mut Dice) -> Option<PathBuf> {
    let seals = dir.join("seal").read_dir().ok()?.map(|entry| entry.unwrap().path());
    let mut seals =
        seals.filter(|path| path.extension().is_some_and(|ext| ext == "seal")).collect::<Vec<_>>();
    seals.sort();
    (!seals.is_empty()).then(|| dice.pick(&seals))
}

fn delete_a_seal(dir: &Path, _: u64, dice: &mut Dice) -> Option<Expected> {
    std::fs::remove_file(any_seal(dir, dice)?).unwrap();
    let kinds = &["seal_missing", "file_unsealed"];
    Some(Expected { kinds, kinds_without_leaves: kinds, file: None, lines: Vec::new() })
}

fn change_a_seal(dir: &Path, _: u64, dice: &mut Dice) -> Option<Expected> {
    let path = any_seal(dir, dice)?;
    change_a_file(&path, dice);
    let file = format!("seal/{}", path.file_name()?.to_str()?);
    let kinds = &["seal_invalid"];
    Some(Expected { kinds, kinds_without_leaves: kinds, file: Some(file), lines: Vec::new() })
}

/// Flips a bit of a file.
fn change_a_file(path: &Path, dice: &mut Dice) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = dice.roll(bytes.len());
    bytes[at] ^= 1 << dice.roll(8);
    std::fs::write(path, bytes).unwrap();
}

fn delete_the_checkpoint(dir: &Path, _: u64, _: &mut Dice) -> Option<Expected> {
    std::fs::remove_file(dir.join("seal/checkpoint")).ok()?;
    let kinds = &["checkpoint_missing"];
    Some(Expected {
        kinds,
        kinds_without_leaves: kinds,
        file: Some("seal/checkpoint".into()),
        lines: Vec::new(),
    })
}

fn change_the_checkpoint(dir: &Path, _: u64, dice: &mut Dice) -> Option<Expected> {
    change_a_file(&dir.join("seal/checkpoint"), dice);
    let kinds = &["checkpoint_invalid"];
    Some(Expected {
        kinds,
        kinds_without_leaves: kinds,
        file: Some("seal/checkpoint".into()),
        lines: Vec::new(),
    })
}
