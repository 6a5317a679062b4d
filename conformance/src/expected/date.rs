//! A day of the calendar, in UTC.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A day, written `YYYY-MM-DD`; whoever makes one vouches that it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl Date {
    /// The day of a time.
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self::of_day(since.as_secs() / 86_400)
    }

    /// The day that many days after 1970-01-01: whole years and months are taken off until what
    /// is left lies within a month.
    fn of_day(mut days: u64) -> Self {
        let (mut year, mut month) = (1970, 1);
        while year < u16::MAX && days >= 365 + u64::from(leap(year)) {
            days -= 365 + u64::from(leap(year));
            year += 1;
        }
        while month < 12 && days >= u64::from(length(year, month)) {
            days -= u64::from(length(year, month));
            month += 1;
        }
        Self { year, month, day: u8::try_from(days + 1).unwrap_or(u8::MAX) }
    }
}

fn leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn length(year: u16, month: u8) -> u8 {
    match month {
        2 => 28 + u8::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = text.split('-');
        let mut next = || parts.next().and_then(|part| part.parse::<u16>().ok());
        let date = (|| {
            let (year, month, day) = (next()?, next()?, next()?);
            let date = Self { year, month: month.try_into().ok()?, day: day.try_into().ok()? };
            let exists = (1..=12).contains(&date.month)
                && (1..=length(year, date.month)).contains(&date.day);
            (exists && date.to_string() == text).then_some(date)
        })();
        date.ok_or_else(|| format!("`{text}` is no date such as 2026-12-31"))
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_become_dates() {
        for (days, text) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (364, "1970-12-31"),
            (365, "1971-01-01"),
            (789, "1972-02-29"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_454, "2026-01-01"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            let date = Date::of_day(days);
            assert_eq!(date.to_string(), text);
            assert_eq!(Date::try_from(text.to_owned()), Ok(date));
        }
    }

    #[test]
    fn what_is_no_date_is_told() {
        for text in ["2026-02-29", "2026-13-01", "2026-1-1", "2026-01-01-01", "tomorrow", ""] {
            assert!(Date::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
