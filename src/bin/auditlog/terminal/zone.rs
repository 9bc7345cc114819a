//! The time zone of this machine, from the system's database (TZif, RFC 9636).

use std::path::{Path, PathBuf};

/// Where the database is.
const DATABASE: &str = "/usr/share/zoneinfo";

/// The file with the machine's zone.
const LOCAL: &str = "/etc/localtime";

const DAY: i64 = 86_400;

/// A time zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Zone {
    /// The times from which another offset counts, in seconds since 1970, in their order.
    transitions: Vec<(i64, i32)>,
    /// The offset before the first of them.
    first: i32,
    /// What counts behind the last of them.
    rule: Option<Rule>,
}

/// The offset by the season of the year, as in `CET-1CEST,M3.5.0,M10.5.0/3`. Offsets are in seconds, positive in the east.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rule {
    standard: i32,
    summer: Option<(i32, Change, Change)>,
}

/// When the offset changes each year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    day: DayOfYear,
    /// In seconds since midnight, by the clock before the change.
    time: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DayOfYear {
    /// From 1 to 365; February 29 is not counted.
    Julian(u16),
    /// From 0 to 365.
    Counted(u16),
    /// The month, the week from 1 to 5 (the last one), the day of the week from 0 (Sunday) on.
    OfWeek(u8, u8, u8),
}

impl Zone {
    /// Returns the zone that `TZ` names, or else the machine's.
    ///
    /// # Errors
    ///
    /// The place where it was looked for, and the reason.
    pub(crate) fn local() -> Result<Zone, String> {
        let name = std::env::var_os("TZ").map(|name| name.to_string_lossy().into_owned());
        match name.as_deref().map(|name| name.trim_start_matches(':')) {
            None => Zone::in_file(Path::new(LOCAL)),
            Some("") => Ok(Zone::default()),
            Some(name) => match Rule::parse(name.as_bytes()) {
                Some(rule) => Ok(Zone { first: rule.standard, rule: Some(rule), ..Zone::default() }),
                None if name.split('/').any(|part| part == "..") => {
                    Err(format!("`TZ={name}` is no time zone"))
                }
                // An absolute path takes the place of the folder.
                None => Zone::in_file(&PathBuf::from(DATABASE).join(name)),
            },
        }
    }

    fn in_file(path: &Path) -> Result<Zone, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Zone::parse(&bytes).ok_or_else(|| format!("{} is no file of a time zone", path.display()))
    }

    fn parse(bytes: &[u8]) -> Option<Zone> {
        let (mut input, version) = header(bytes)?;
        if version < b'2' {
            return block(&mut input, 4);
        }
        input.skip_block(4)?;
        let (mut input, _) = header(input.rest)?;
        let mut zone = block(&mut input, 8)?;
        let footer = input.rest.strip_prefix(b"\n")?;
        let end = footer.iter().position(|byte| *byte == b'\n')?;
        zone.rule = Rule::parse(&footer[..end]);
        Some(zone)
    }

    /// Returns the offset from UTC at a time, both in seconds.
    pub(crate) fn offset_at(&self, unix: i64) -> i32 {
        let before = self.transitions.partition_point(|(at, _)| *at <= unix);
        match (before, self.rule) {
            (before, Some(rule)) if before == self.transitions.len() => rule.offset_at(unix),
            (0, _) => self.first,
            (before, _) => self.transitions[before - 1].1,
        }
    }
}

/// The rest of a file, and the counts of its block.
struct Input<'a> {
    rest: &'a [u8],
    /// Of UT flags, standard flags, leap seconds, transitions, types, letters.
    counts: [usize; 6],
}

fn header(bytes: &[u8]) -> Option<(Input<'_>, u8)> {
    let (head, rest) = bytes.split_at_checked(44)?;
    let counts = head.strip_prefix(b"TZif")?;
    let (version, counts) = (counts[0], &counts[16..]);
    let mut all = [0; 6];
    for (count, bytes) in all.iter_mut().zip(counts.chunks_exact(4)) {
        *count = usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()?;
    }
    Some((Input { rest, counts: all }, version))
}

impl<'a> Input<'a> {
    fn take(&mut self, count: usize, size: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count.checked_mul(size)?)?;
        self.rest = rest;
        Some(taken)
    }

    fn skip_block(&mut self, time: usize) -> Option<()> {
        let [ut, standard, leaps, times, types, letters] = self.counts;
        for (count, size) in
            [(times, time), (times, 1), (types, 6), (letters, 1), (leaps, time + 4), (standard, 1), (ut, 1)]
        {
            self.take(count, size)?;
        }
        Some(())
    }
}

/// Reads a block with times of so many bytes.
fn block(input: &mut Input<'_>, time: usize) -> Option<Zone> {
    let [ut, standard, leaps, times, types, letters] = input.counts;
    let (at, kinds) = (input.take(times, time)?, input.take(times, 1)?);
    let offsets = input.take(types, 6)?;
    let offsets = offsets.chunks_exact(6).map(|kind| Some(i32::from_be_bytes(kind[..4].try_into().ok()?)));
    let offsets = offsets.collect::<Option<Vec<_>>>()?;
    for (count, size) in [(letters, 1), (leaps, time + 4), (standard, 1), (ut, 1)] {
        input.take(count, size)?;
    }
    let at = at.chunks_exact(time).map(|bytes| match time {
        4 => Some(i64::from(i32::from_be_bytes(bytes.try_into().ok()?))),
        _ => Some(i64::from_be_bytes(bytes.try_into().ok()?)),
    });
    let transitions = at.zip(kinds).map(|(at, kind)| Some((at?, *offsets.get(usize::from(*kind))?)));
    let transitions = transitions.collect::<Option<Vec<_>>>()?;
    transitions.is_sorted().then_some(Zone { transitions, first: *offsets.first()?, rule: None })
}

impl Rule {
    fn parse(text: &[u8]) -> Option<Rule> {
        let mut text = Text(text);
        text.name()?;
        let standard = -text.time()?;
        if text.0.is_empty() {
            return Some(Rule { standard, summer: None });
        }
        text.name()?;
        let summer =
            if matches!(text.0.first(), Some(b',') | None) { standard + 3600 } else { -text.time()? };
        let (start, end) = (text.change()?, text.change()?);
        text.0.is_empty().then_some(Rule { standard, summer: Some((summer, start, end)) })
    }

    fn offset_at(&self, unix: i64) -> i32 {
        let Some((summer, start, end)) = self.summer else {
            return self.standard;
        };
        let year = civil((unix + i64::from(self.standard)).div_euclid(DAY)).0;
        let start = start.in_year(year) - i64::from(self.standard);
        let end = end.in_year(year) - i64::from(summer);
        let is_summer =
            if start < end { (start..end).contains(&unix) } else { !(end..start).contains(&unix) };
        if is_summer { summer } else { self.standard }
    }
}

impl Change {
    /// Returns when it is in a year, in seconds since 1970 by the local clock.
    fn in_year(self, year: i64) -> i64 {
        let first = days(year, 1, 1);
        let day = match self.day {
            DayOfYear::Counted(day) => first + i64::from(day),
            DayOfYear::Julian(day) => {
                let is_leap = days(year, 3, 1) - days(year, 2, 1) == 29;
                first + i64::from(day) - 1 + i64::from(is_leap && day > 59)
            }
            DayOfYear::OfWeek(month, week, weekday) => {
                let (month, first) = (i64::from(month), days(year, i64::from(month), 1));
                let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
                // 1970 began with a Thursday.
                let ahead = (i64::from(weekday) - (first + 4)).rem_euclid(7);
                let day = first + ahead + 7 * (i64::from(week) - 1);
                if day < next { day } else { day - 7 }
            }
        };
        day * DAY + i64::from(self.time)
    }
}

/// Returns the days from 1970-01-01 to a day.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Returns the year, month and day of a number of days from 1970-01-01 on.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days - era * 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// What is left of the text of a rule.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    fn skip(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(&[byte]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn name(&mut self) -> Option<()> {
        let len = match self.0.first()? {
            b'<' => self.0.iter().position(|byte| *byte == b'>')? + 1,
            _ => self.0.iter().take_while(|byte| byte.is_ascii_alphabetic()).count(),
        };
        self.0 = &self.0[len..];
        (len >= 3).then_some(())
    }

    fn number(&mut self) -> Option<i32> {
        let len = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(len);
        self.0 = rest;
        std::str::from_utf8(digits).ok().filter(|digits| digits.len() <= 4)?.parse().ok()
    }

    /// Hours, and perhaps minutes and seconds, in seconds.
    fn time(&mut self) -> Option<i32> {
        let sign = if self.skip(b'-') { -1 } else { 1 };
        self.skip(b'+');
        let mut time = self.number().filter(|hours| *hours <= 167)? * 3600;
        for unit in [60, 1] {
            if self.skip(b':') {
                time += self.number().filter(|count| *count < 60)? * unit;
            }
        }
        Some(sign * time)
    }

    fn change(&mut self) -> Option<Change> {
        let within = |number: i32, least: i32, most: i32| {
            u16::try_from(number).ok().filter(|_| (least..=most).contains(&number))
        };
        if !self.skip(b',') {
            return None;
        }
        let day = if self.skip(b'M') {
            let month = within(self.number()?, 1, 12)? as u8;
            let week = if self.skip(b'.') { within(self.number()?, 1, 5)? as u8 } else { return None };
            let weekday = if self.skip(b'.') { within(self.number()?, 0, 6)? as u8 } else { return None };
            DayOfYear::OfWeek(month, week, weekday)
        } else if self.skip(b'J') {
            DayOfYear::Julian(within(self.number()?, 1, 365)?)
        } else {
            DayOfYear::Counted(within(self.number()?, 0, 365)?)
        };
        let time = if self.skip(b'/') { self.time()? } else { 2 * 3600 };
        Some(Change { day, time })
    }
}

/// Returns `2026-05-28 11:30:00.123+02:00` of a time in seconds since 1970 and its digits behind the second, such as `.123`.
pub(crate) fn shown(unix: i64, fraction: &str, zone: &Zone) -> String {
    let offset = zone.offset_at(unix);
    let local = unix + i64::from(offset);
    let (year, month, day) = civil(local.div_euclid(DAY));
    let second = local.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    format!(
        "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}{sign}{:02}:{:02}",
        minutes / 60,
        minutes % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: i64, month: i64, day: i64, hour: i64) -> i64 {
        days(year, month, day) * DAY + hour * 3600
    }

    fn of_rule(text: &str) -> Zone {
        let rule = Rule::parse(text.as_bytes()).unwrap();
        Zone { first: rule.standard, rule: Some(rule), ..Zone::default() }
    }

    #[test]
    fn days_and_dates_are_inverse() {
        for day in (-1_000_000..1_000_000).step_by(37) {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day);
        }
        assert_eq!((civil(0), civil(11_016)), ((1970, 1, 1), (2000, 2, 29)));
    }

    #[test]
    fn summer_begins_and_ends_as_the_rule_says() {
        let berlin = of_rule("CET-1CEST,M3.5.0,M10.5.0/3");
        for (unix, offset) in [
            (at(2026, 3, 29, 1) - 1, 3600),
            (at(2026, 3, 29, 1), 7200),
            (at(2026, 10, 25, 1) - 1, 7200),
            (at(2026, 10, 25, 1), 3600),
        ] {
            assert_eq!(berlin.offset_at(unix), offset, "{unix}");
        }
        let sydney = of_rule("AEST-10AEDT,M10.1.0,M4.1.0/3");
        assert_eq!(sydney.offset_at(at(2026, 1, 1, 0)), 11 * 3600);
        assert_eq!(sydney.offset_at(at(2026, 7, 1, 0)), 10 * 3600);
        assert_eq!(of_rule("<+0545>-5:45").offset_at(0), 20_700);
        assert_eq!(of_rule("EST5EDT,J60/0,300").offset_at(at(2026, 3, 1, 5)), -4 * 3600);
        for wrong in [
            "",
            "CET",
            "CET-1CEST",
            "CET-1CEST,M13.1.0,M1.1.0",
            "Europe/Berlin",
            "CET-1CEST,M3.5.0,M10.5.0/3x",
        ] {
            assert_eq!(Rule::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_is_read_up_to_its_last_change_and_then_by_its_rule() {
        let mut file = Vec::new();
        let mut part = |times: &[i64], size: usize| {
            file.extend(b"TZif2");
            file.extend([0; 15]);
            for count in [0, 0, 0, times.len() as u32, 2, 4] {
                file.extend(count.to_be_bytes());
            }
            times.iter().for_each(|time| file.extend(&time.to_be_bytes()[8 - size..]));
            file.extend(times.iter().map(|_| 1));
            for offset in [600_i32, 3600] {
                file.extend(offset.to_be_bytes());
                file.extend([0, 0]);
            }
            file.extend(b"LMT\0");
        };
        part(&[1000], 4);
        part(&[1000], 8);
        file.extend(b"\nCET-1CEST,M3.5.0,M10.5.0/3\n");
        let zone = Zone::parse(&file).unwrap();
        assert_eq!(
            (zone.offset_at(999), zone.offset_at(1000), zone.offset_at(at(2026, 7, 1, 0))),
            (600, 3600, 7200)
        );
        for len in 0..file.len() {
            assert!(Zone::parse(&file[..len]).is_none(), "{len}");
        }
        assert_eq!(shown(at(2026, 7, 1, 23), ".5", &zone), "2026-07-02 01:00:00.5+02:00");
    }
}
