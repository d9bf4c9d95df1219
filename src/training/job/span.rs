use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time as people write it: `90s`, `30m`, `72h`, `3d`, `1h30m`; a number alone is seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is no length of time: write 90s, 30m, 72h, 3d or 1h30m, more than nothing");
        let mut seconds: u64 = 0;
        let mut digits = String::new();
        let add = |seconds: u64, digits: &str, unit: u64| {
            let number: u64 = digits.parse().ok()?;
            seconds.checked_add(number.checked_mul(unit)?)
        };
        for character in text.trim().chars() {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            let unit = UNITS.iter().find(|(letter, _)| *letter == character.to_ascii_lowercase());
            let (_, unit) = unit.ok_or_else(fault)?;
            seconds = add(seconds, &digits, *unit).ok_or_else(fault)?;
            digits.clear();
        }
        if !digits.is_empty() {
            seconds = add(seconds, &digits, 1).ok_or_else(fault)?;
        }
        if seconds == 0 { Err(fault()) } else { Ok(Self(Duration::from_secs(seconds))) }
    }
}

/// Two units are enough: `1 d 2 h`, `3 min 5 s`, `12 s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let two = |large: u64, large_unit: &str, small: u64, small_unit: &str| match small {
            0 => format!("{large} {large_unit}"),
            small => format!("{large} {large_unit} {small} {small_unit}"),
        };
        f.pad(&match (days, hours, minutes) {
            (0, 0, 0) => format!("{seconds} s"),
            (0, 0, minutes) => two(minutes, "min", seconds % 60, "s"),
            (0, hours, minutes) => two(hours, "h", minutes, "min"),
            (days, hours, _) => two(days, "d", hours, "h"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_said() {
        let cases = [
            ("90", "1 min 30 s"),
            ("90s", "1 min 30 s"),
            ("30m", "30 min"),
            ("1h30m", "1 h 30 min"),
            ("72h", "3 d"),
            ("3D", "3 d"),
            ("1d1h", "1 d 1 h"),
            ("7", "7 s"),
        ];
        for (text, said) in cases {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), said, "{text}");
        }
        for bad in ["", "0", "0s", "h", "5x", "-3", "1.5h", "99999999999999999999d", "99999999999999999d"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
