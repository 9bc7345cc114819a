//! The lines in which two texts differ.

/// How many equal lines are shown around lines that differ.
const CONTEXT: usize = 2;

/// The lines of `old` that are not in `new` with a `-`, those of `new` that are not in
/// `old` with a `+`, and a few lines around them.
pub(super) fn diff(old: &str, new: &str) -> String {
    let (old, new) = (old.lines().collect::<Vec<_>>(), new.lines().collect::<Vec<_>>());
    let lines = merged(&old, &new);
    let differs = |at: usize| lines.get(at).is_some_and(|(sign, _)| *sign != ' ');
    let mut text = String::new();
    let mut skipped = false;
    for (at, (sign, line)) in lines.iter().enumerate() {
        if (at.saturating_sub(CONTEXT)..=at + CONTEXT).any(differs) {
            if std::mem::take(&mut skipped) {
                text.push_str("  …\n");
            }
            text.push_str(format!("{sign} {line}").trim_end());
            text.push('\n');
        } else {
            skipped = true;
        }
    }
    text
}

/// All lines, with the sign of each: along the longest common subsequence.
fn merged<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let (rows, columns) = (old.len(), new.len());
    // How many lines `old[row..]` and `new[column..]` have in common.
    let mut common = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            common[row][column] = if old[row] == new[column] {
                common[row + 1][column + 1] + 1
            } else {
                common[row + 1][column].max(common[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::new();
    while row < rows || column < columns {
        if row < rows && column < columns && old[row] == new[column] {
            lines.push((' ', old[row]));
            (row, column) = (row + 1, column + 1);
        } else if column == columns || (row < rows && common[row + 1][column] >= common[row][column + 1]) {
            lines.push(('-', old[row]));
            row += 1;
        } else {
            lines.push(('+', new[column]));
            column += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_shown_with_a_little_around_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9";
        let new = "1\n2\n3\n4\n5\nsix\n7\n8\n9\n10";
        assert_eq!(diff(old, new), "  …\n  4\n  5\n- 6\n+ six\n  7\n  8\n  9\n+ 10\n");
        assert_eq!(diff(old, old), "");
        assert_eq!(diff("", "a"), "+ a\n");
        assert_eq!(diff("a\nb", ""), "- a\n- b\n");
    }
}
