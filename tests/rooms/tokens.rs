//! The tokens of a source file that matter for imports: words, `::`, strings and single signs. Comments
//! and items for tests are left out.

/// Returns the tokens of a file.
pub(crate) fn tokens(code: &str) -> Vec<String> {
    without_tests(&all_tokens(code))
}

fn all_tokens(code: &str) -> Vec<String> {
    let chars = code.chars().collect::<Vec<_>>();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            while i < chars.len() && !(chars[i] == '*' && at(i + 1) == '/') {
                i += 1;
            }
            i += 2;
        } else if c == '"' {
            let (text, end) = string(&chars, i);
            tokens.push(text);
            i = end;
        } else if c == 'r' && (at(i + 1) == '"' || at(i + 1) == '#' && matches!(at(i + 2), '"' | '#')) {
            i = behind_raw_string(&chars, i);
        } else if c == '\'' {
            // A character, or a lifetime.
            if at(i + 1) == '\\' {
                i += 3;
                while at(i) != '\'' && i < chars.len() {
                    i += 1;
                }
                i += 1;
            } else {
                i += if at(i + 2) == '\'' { 3 } else { 1 };
            }
        } else if is_word(c) {
            let start = i;
            while is_word(at(i)) {
                i += 1;
            }
            tokens.push(chars[start..i].iter().collect());
        } else if c == ':' && at(i + 1) == ':' {
            tokens.push("::".to_owned());
            i += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            i += 1;
        }
    }
    tokens
}

/// Returns the string that begins at `start`, with its first quotation mark, and where it ends.
fn string(chars: &[char], start: usize) -> (String, usize) {
    let mut text = String::from('"');
    let mut i = start + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 1 } else { 0 };
        text.extend(chars.get(i));
        i += 1;
    }
    (text, i + 1)
}

fn behind_raw_string(chars: &[char], start: usize) -> usize {
    let marks = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    let mut i = start + 2 + marks;
    while i < chars.len() {
        if chars[i] == '"' && chars[i + 1..].iter().take(marks).filter(|c| **c == '#').count() == marks {
            return i + 1 + marks;
        }
        i += 1;
    }
    i
}

/// Leaves out what follows `#[cfg(test)]` and `#[cfg(all(test, …))]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let is = |at: usize, what: &[&str]| {
        what.iter().enumerate().all(|(offset, token)| tokens.get(at + offset).is_some_and(|t| t == token))
    };
    let mut kept = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let is_test =
            is(i, &["#", "[", "cfg", "(", "test", ")"]) || is(i, &["#", "[", "cfg", "(", "all", "(", "test"]);
        if !is_test {
            kept.push(tokens[i].clone());
            i += 1;
            continue;
        }
        // To the end of the item: its `;`, or the `}` of its body.
        let mut depth = 0;
        while i < tokens.len() {
            match tokens[i].as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => {
                    depth -= 1;
                    if depth == 0 && tokens[i] == "}" {
                        break;
                    }
                }
                ";" if depth == 0 => break,
                _ => {}
            }
            i += 1;
        }
        i += 1;
    }
    kept
}

#[test]
fn comments_strings_and_tests_are_left_out() {
    let code = "use a::b; // c\nconst D: &str = \"e; \\\" f\"; let g = 'h'; fn i<'j>() {}\n\
                #[cfg(test)]\nmod tests { use k; }\nlet l = r#\"m\"n\"#;";
    let words = tokens(code).into_iter().filter(|token| token.len() > 1 || token == "g" || token == "k");
    assert_eq!(
        words.collect::<Vec<_>>(),
        ["use", "::", "const", "str", "\"e; \" f", "let", "g", "fn", "let"]
    );
}
