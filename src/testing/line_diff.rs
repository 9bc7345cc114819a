//! The lines in which two texts differ.

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

/// The number of equal lines that are shown around lines that differ.
const CONTEXT: usize = 2;

/// Returns the lines of `old` that are not in `new`, each after a `-`, those of `new` that are not
/// in `old`, each after a `+`, and a few lines around them. `…` stands for lines left out before.
pub(super) fn line_diff(old: &str, new: &str) -> String {
    let (old, new) = (old.lines().collect::<Vec<_>>(), new.lines().collect::<Vec<_>>());
    let differences = capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut text = String::new();
    let mut shown = 0;
    for group in group_diff_ops(differences, CONTEXT) {
        if group.first().is_some_and(|first| first.old_range().start > shown) {
            text.push_str("  …\n");
        }
        for operation in &group {
            if let DiffOp::Equal { .. } = operation {
                push_lines(&mut text, ' ', &old[operation.old_range()]);
            } else {
                push_lines(&mut text, '-', &old[operation.old_range()]);
                push_lines(&mut text, '+', &new[operation.new_range()]);
            }
            shown = operation.old_range().end;
        }
    }
    text
}

fn push_lines(text: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        text.push_str(format!("{sign} {line}").trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differing_lines_are_shown_with_a_few_lines_around_them() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9";
        let new = "1\n2\n3\n4\n5\nsix\n7\n8\n9\n10";
        assert_eq!(line_diff(old, new), "  …\n  4\n  5\n- 6\n+ six\n  7\n  8\n  9\n+ 10\n");
        assert_eq!(line_diff(old, old), "");
        assert_eq!(line_diff("", "a"), "+ a\n");
        assert_eq!(line_diff("a\nb", ""), "- a\n- b\n");
    }
}
