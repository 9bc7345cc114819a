//! Checkpoints in any text: a note, records as JSON lines, an OTLP export, a syslog line, XML of the Windows
//! Event Log.
//!
//! All of these have a note's lines in some spelling: with `\n`, `#012` or `&#10;` for the ends of lines, and
//! with escapes for the dash before a signature. Once these are undone, a note is three lines, an empty
//! one, and lines with signatures.

use crate::seal::SignedNote;

/// Spellings of characters that a note has. Longer ones come first where one begins another.
const SPELLINGS: &[(&str, &str)] = &[
    ("#342#200#224", "—"),
    ("\\342\\200\\224", "—"),
    ("&#8212;", "—"),
    ("&#x2014;", "—"),
    ("&mdash;", "—"),
    ("#012", "\n"),
    ("\\012", "\n"),
    ("&#10;", "\n"),
    ("&#xA;", "\n"),
    ("&#xa;", "\n"),
    ("&#13;", ""),
    ("&#xD;", ""),
    ("&#xd;", ""),
    ("#015", ""),
    ("&#43;", "+"),
    ("&#x2B;", "+"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#x22;", "\""),
    ("\r\n", "\n"),
];

/// Spellings behind one or more backslashes, as JSON has them: more than one where JSON is in JSON.
const ESCAPES: &[(&str, &str)] = &[
    ("u2014", "—"),
    ("u000a", "\n"),
    ("u000A", "\n"),
    ("u002b", "+"),
    ("u002B", "+"),
    ("u002f", "/"),
    ("u002F", "/"),
    ("u003d", "="),
    ("u003D", "="),
    ("r", ""),
    ("n", "\n"),
    ("/", "/"),
    ("\"", "\""),
];

/// Returns all signed notes in a text whose form is that of a checkpoint.
pub(in crate::read) fn notes(text: &str) -> Vec<SignedNote> {
    let text = plain(text);
    let lines = text.split('\n').collect::<Vec<_>>();
    let mut notes = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        // The empty line before the signatures.
        if at < 3 || !line.trim_start().is_empty() || signature(lines.get(at + 1)).is_none() {
            continue;
        }
        let (root, size) = (lines[at - 1].trim_start(), lines[at - 2].trim_start());
        let signatures = lines[at + 1..].iter().map_while(|line| signature(Some(line)));
        let signatures = signatures.map(|line| line + "\n").collect::<String>();
        let note = format!("{}\n{size}\n{root}\n\n{signatures}", last_word(lines[at - 3]));
        if let Ok(note) = note.parse::<SignedNote>()
            && note.text().parse::<crate::seal::Checkpoint>().is_ok()
            && !notes.contains(&note)
        {
            notes.push(note);
        }
    }
    notes
}

/// Returns the text with the escapes of various formats undone.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '#', '&', '\r']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((spelling, c)) = SPELLINGS.iter().find(|(spelling, _)| rest.starts_with(spelling)) {
            plain.push_str(c);
            rest = &rest[spelling.len()..];
            continue;
        }
        let escaped = rest.trim_start_matches('\\');
        let escape = ESCAPES.iter().find(|(spelling, _)| escaped.starts_with(spelling));
        if let (true, Some((spelling, c))) = (escaped.len() < rest.len(), escape) {
            plain.push_str(c);
            rest = &escaped[spelling.len()..];
            continue;
        }
        let end = rest.chars().next().map_or(0, char::len_utf8);
        plain.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    plain + rest
}

/// Returns the word at the end of a line: what may be an origin, behind whatever a format puts before it.
fn last_word(line: &str) -> &str {
    let is_before = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '>' | '=' | '\\');
    line.rsplit(is_before).next().unwrap_or(line)
}

/// Returns the signature that a line begins with.
fn signature(line: Option<&&str>) -> Option<String> {
    let (name, rest) = line?.trim_start().strip_prefix("— ")?.split_once(' ')?;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let end = rest.find(|c| !is_base64(c)).unwrap_or(rest.len());
    (end > 0).then(|| format!("— {name} {}", &rest[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::{Checkpoint, SigningKey, TreeRange};

    fn note(size: u64) -> SignedNote {
        let key = SigningKey::of_seed("example.com/host7/app/0123456789abcdef", &[7; 32]).unwrap();
        let root = TreeRange::at(0).root();
        let checkpoint = Checkpoint { origin: key.name().to_owned(), size, root };
        SignedNote::sign(checkpoint.to_string(), &key)
    }

    #[test]
    fn a_checkpoint_is_found_in_whatever_it_was_sent_through() {
        // Roots and signatures of many sizes have all characters of base64.
        for size in 0..40 {
            let note = note(size);
            let text = note.to_string();
            let json = serde_json::to_string(&text).unwrap();
            let record = format!(
                r#"{{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"log.checkpoint","actor":{{}},"resource":{{"checkpoint":{json}}},"outcome":"success","seq":41}}"#
            );
            let otlp = format!(r#"{{"body":{{"stringValue":{}}}}}"#, serde_json::to_string(&record).unwrap());
            let twice = serde_json::to_string(&otlp).unwrap();
            let escaped = json.replace('—', "\\u2014").replace('/', "\\/").replace('+', "\\u002B");
            let syslog = format!("<110>1 host app - - {}", text.replace('\n', "#012"));
            let octal = syslog.replace('—', "#342#200#224");
            let xml = format!("<Data Name=\"checkpoint\">{}</Data>", text.replace('\n', "&#10;"));
            let raw_xml = format!("<Message>log.checkpoint: {}</Message>", text.replace('\n', "\r\n"));
            let xml_record = format!("<Data>{}</Data>", record.replace('"', "&quot;"));
            for spelled in
                [&text, &record, &otlp, &twice, &escaped, &syslog, &octal, &xml, &raw_xml, &xml_record]
            {
                let found = notes(&format!("before\n\n{spelled}\nbehind"));
                assert_eq!(found, std::slice::from_ref(&note), "{spelled}");
            }
        }
    }

    #[test]
    fn each_checkpoint_counts_once_and_other_text_is_none() {
        let text = format!("{}\n{}{}\n", note(1), note(2), note(1));
        assert_eq!(notes(&text), [note(1), note(2)]);
        for text in ["", "\n\n— a b\n", "a\nb\nc\n\n— a b\n", "a\n1\nx\n\n— a AAAAAAA=\n", "\\", "#01", "&#1"]
        {
            assert_eq!(notes(text), [], "{text:?}");
        }
    }
}
