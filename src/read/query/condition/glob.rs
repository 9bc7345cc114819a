//! Patterns of event types.

/// A pattern in which each `*` stands for any characters, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read::query) struct Glob {
    pattern: String,
}

impl Glob {
    pub(in crate::read::query) fn new(pattern: impl Into<String>) -> Glob {
        Glob { pattern: pattern.into() }
    }

    /// Returns the parts that each text which matches has in it, in order.
    pub(in crate::read::query) fn parts(&self) -> impl Iterator<Item = &str> {
        self.pattern.split('*').filter(|part| !part.is_empty())
    }

    pub(in crate::read::query) fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.pattern.split_once('*') else {
            return self.pattern == text;
        };
        let Some(mut text) = text.strip_prefix(first) else {
            return false;
        };
        let mut parts = rest.split('*').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return text.ends_with(part);
            }
            // The first place leaves the most for the rest.
            match text.find(part) {
                Some(at) => text = &text[at + part.len()..],
                None => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the definition.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|at| slow(rest, &text[at..])),
            [one, rest @ ..] => text.first() == Some(one) && slow(rest, &text[1..]),
        }
    }

    #[test]
    fn an_event_type_matches_its_pattern() {
        for (pattern, text, matches) in [
            ("auth.*", "auth.failed", true),
            ("auth.*", "auth.", true),
            ("auth.*", "auth", false),
            ("*.start", "mode.start", true),
            ("*", "", true),
            ("auth.failed", "auth.failed", true),
            ("auth.failed", "auth.failed2", false),
            ("a*a", "a", false),
            ("a*b*c", "abbc", true),
            ("*é*", "aéb", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), matches, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_as_defined(pattern in "[ab*é]{0,8}", text in "[abé]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(Glob::new(&*pattern).matches(&text), slow(&chars(&pattern), &chars(&text)));
        }
    }
}
