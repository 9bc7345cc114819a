//! Which numbers a journal assigns next, by what is in its day files and in its intake.

use std::ops::RangeInclusive;

/// How a journal continues.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Course {
    /// The number of the next record in the day files.
    pub(super) from: u64,
    /// How many of the next records are in the intake.
    pub(super) from_intake: u64,
    /// The number that is assigned next.
    pub(super) next_seq: u64,
    /// Numbers that were assigned, whose records are lost.
    pub(super) lost: Vec<RangeInclusive<u64>>,
}

impl Course {
    /// The day files have the records before `found`, the records before `reached` are known to have
    /// existed, and the intake has those of `intake`, which follow them.
    pub(super) fn new(found: u64, reached: u64, intake: Option<RangeInclusive<u64>>) -> Course {
        let (mut course, behind) = match intake.filter(|numbers| *numbers.end() >= found) {
            Some(numbers) => {
                let (from, end) = (found.max(*numbers.start()), numbers.end() + 1);
                let lost = if found < from { vec![found..=from - 1] } else { Vec::new() };
                (Course { from, from_intake: end - from, next_seq: end.max(reached), lost }, end)
            }
            None => (Course { from: reached, from_intake: 0, next_seq: reached, lost: Vec::new() }, found),
        };
        if behind < course.next_seq {
            course.lost.push(behind..=course.next_seq - 1);
        }
        course
    }

    /// Returns whether the intake is empty, and no record is lost.
    pub(super) fn is_in_order(&self) -> bool {
        self.from_intake == 0 && self.lost.is_empty()
    }

    /// Returns whether records are missing behind those in the intake.
    pub(super) fn is_apart(&self) -> bool {
        self.from_intake > 0 && self.from + self.from_intake < self.next_seq
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_intake_is_used_and_what_is_missing_is_lost() {
        let course = |found, reached, intake, lost: &[RangeInclusive<u64>]| {
            let Course { from, from_intake, next_seq, lost: found_lost } =
                Course::new(found, reached, intake);
            assert_eq!(found_lost, lost);
            (from, from_intake, next_seq)
        };
        assert_eq!(course(0, 0, None, &[]), (0, 0, 0));
        assert_eq!(course(7, 7, None, &[]), (7, 0, 7));
        assert_eq!(course(7, 9, None, &[7..=8]), (9, 0, 9));
        assert_eq!(course(7, 7, Some(3..=6), &[]), (7, 0, 7));
        assert_eq!(course(7, 7, Some(3..=7), &[]), (7, 1, 8));
        assert_eq!(course(7, 7, Some(7..=9), &[]), (7, 3, 10));
        assert_eq!(course(7, 9, Some(3..=6), &[7..=8]), (9, 0, 9));
        assert_eq!(course(7, 9, Some(3..=9), &[]), (7, 3, 10));
        assert_eq!(course(7, 9, Some(9..=9), &[7..=8]), (9, 1, 10));
        assert_eq!(course(7, 20, Some(3..=9), &[10..=19]), (7, 3, 20));
        assert_eq!(course(7, 20, Some(9..=11), &[7..=8, 12..=19]), (9, 3, 20));
    }
}
