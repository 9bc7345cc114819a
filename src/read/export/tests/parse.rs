//! Reading the formats back, each by its own rules.

/// Returns the header and the extension of a message of CEF.
pub(super) fn cef(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    assert!(!line.contains(['\n', '\r']), "{line}");
    let (mut header, mut part, mut chars) = (Vec::new(), String::new(), line.chars());
    while header.len() < 7 {
        match chars.next().unwrap() {
            '\\' => part.push(chars.next().filter(|c| matches!(c, '|' | '\\')).unwrap()),
            '|' => header.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    // A key is what is before an `=` that is not escaped, behind the last space.
    let (mut values, mut text) = (Vec::<(String, String)>::new(), String::new());
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(match chars.next().unwrap() {
                'n' => '\n',
                'r' => '\r',
                c @ ('=' | '\\') => c,
                other => panic!("\\{other} in {line}"),
            }),
            '=' => {
                let key = match text.rfind(' ') {
                    Some(at) => text.split_off(at + 1),
                    None => std::mem::take(&mut text),
                };
                if let Some((_, value)) = values.last_mut() {
                    *value = text.strip_suffix(' ').unwrap().to_owned();
                }
                text.clear();
                assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key:?} in {line}");
                values.push((key, String::new()));
            }
            c => text.push(c),
        }
    }
    if let Some((_, value)) = values.last_mut() {
        *value = text;
    }
    (header, values)
}

/// Returns the parts of the header of a message of syslog, its parameters, and the message.
pub(super) fn syslog(line: &str) -> (Vec<String>, Vec<(String, String)>, String) {
    assert!(!line.contains('\n'), "{line}");
    let mut parts = line.splitn(7, ' ');
    let header = parts.by_ref().take(6).map(str::to_owned).collect::<Vec<_>>();
    let rest = parts.next().unwrap().strip_prefix('[').unwrap();
    let (_, mut rest) = rest.split_once(' ').unwrap();
    let mut params = Vec::new();
    loop {
        let (key, value) = rest.split_once("=\"").unwrap();
        let (mut text, mut chars) = (String::new(), value.char_indices());
        let end = loop {
            match chars.next().unwrap() {
                (at, '"') => break at,
                (_, '\\') => {
                    text.push(
                        chars.next().map(|(_, c)| c).filter(|c| matches!(c, '"' | '\\' | ']')).unwrap(),
                    );
                }
                (_, ']') => panic!("a bracket in {line}"),
                (_, c) => text.push(c),
            }
        };
        params.push((key.to_owned(), text));
        rest = &value[end + 1..];
        match rest.strip_prefix(' ') {
            Some(more) => rest = more,
            None => return (header, params, rest.strip_prefix("] ").unwrap().to_owned()),
        }
    }
}

/// Returns the rows of CSV.
pub(super) fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, is_quoted) {
            ('"', true) if chars.peek() == Some(&'"') => cell.extend(chars.next()),
            ('"', _) => is_quoted = !is_quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) => {
                assert_eq!(chars.next(), Some('\n'));
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (c, _) => cell.push(c),
        }
    }
    assert!(row.is_empty() && cell.is_empty() && !is_quoted);
    rows
}

pub(super) fn get<'a>(values: &'a [(String, String)], key: &str) -> Option<&'a str> {
    values.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}
