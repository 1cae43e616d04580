//! What a YAML scalar means to `kubectl`: the rules of `sigs.k8s.io/yaml`, which are those of YAML 1.1 with changes.

/// A scalar after its type is resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar {
    /// Nothing, `~` or `null`.
    Null,
    /// Also `yes`, `no`, `on`, `off`, `y`, `n`.
    Bool(bool),
    /// Also octal (`0777`, `0o17`), hexadecimal, binary, and with `_` between digits.
    Int(i64),
    /// An integer that only fits without a sign.
    Unsigned(u64),
    /// Also infinity and not-a-number.
    Float(f64),
    /// The text itself.
    Text,
}

/// Resolves a plain scalar without a tag.
pub(super) fn resolve(text: &str) -> Scalar {
    match text.bytes().next() {
        None => Scalar::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => word(text),
        Some(b'.') => special_float(text).or_else(|| fraction(text)).map_or(Scalar::Text, Scalar::Float),
        Some(b'+' | b'-' | b'0'..=b'9') => special_float(text).map_or_else(|| number(text), Scalar::Float),
        _ => Scalar::Text,
    }
}

fn word(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => Scalar::Text,
    }
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn number(text: &str) -> Scalar {
    let without;
    let plain = if text.contains('_') {
        without = text.replace('_', "");
        &without
    } else {
        text
    };
    integer(plain).or_else(|| float(plain).map(Scalar::Float)).unwrap_or(Scalar::Text)
}

/// An integer as Go's `strconv` reads it with base 0.
fn integer(plain: &str) -> Option<Scalar> {
    let (negative, unsigned) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(plain)),
    };
    let (radix, digits) = radix_and_digits(unsigned)?;
    let size = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(size).map(Scalar::Int);
    }
    match i64::try_from(size) {
        Ok(int) => Some(Scalar::Int(int)),
        Err(_) => (!plain.starts_with('+')).then_some(Scalar::Unsigned(size)),
    }
}

fn radix_and_digits(unsigned: &str) -> Option<(u32, &str)> {
    let mut letters = unsigned.bytes();
    let (radix, digits) = match (letters.next(), letters.next()) {
        (Some(b'0'), Some(b'x' | b'X')) => (16, unsigned.get(2..)?),
        (Some(b'0'), Some(b'o' | b'O')) => (8, unsigned.get(2..)?),
        (Some(b'0'), Some(b'b' | b'B')) => (2, unsigned.get(2..)?),
        (Some(b'0'), Some(_)) => (8, unsigned.get(1..)?),
        _ => (10, unsigned),
    };
    digits.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some((radix, digits))
}

/// A float that starts with its point. Here `_` may only stand between digits.
fn fraction(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return float(text);
    }
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let between = |at: usize| at > 0 && digit(bytes.get(at - 1)) && digit(bytes.get(at + 1));
    let good = bytes.iter().enumerate().all(|(at, byte)| *byte != b'_' || between(at));
    float(&text.replace('_', "")).filter(|_| good)
}

/// A finite float of the form `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn float(plain: &str) -> Option<f64> {
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_holds = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && all_digits(fraction),
        None => !mantissa.is_empty() && all_digits(mantissa),
    };
    let exponent_holds = exponent.is_none_or(|digits| !digits.is_empty() && all_digits(digits));
    if !(mantissa_holds && exponent_holds) {
        return None;
    }
    plain.parse().ok().filter(|float: &f64| float.is_finite())
}

/// How a float is written when it is a key: as Go's `FormatFloat(f, 'g', -1, 32)`.
pub(super) fn float_key(float: f64) -> String {
    if float.is_nan() {
        return ".nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let single = float as f32;
    let scientific = format!("{single:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if single != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    format!("{single}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_yaml_1_1() {
        assert_eq!(resolve("yes"), Scalar::Bool(true));
        assert_eq!(resolve("Off"), Scalar::Bool(false));
        assert_eq!(resolve("yEs"), Scalar::Text);
        assert_eq!(resolve("~"), Scalar::Null);
        assert_eq!(resolve(""), Scalar::Null);
        assert_eq!(resolve("nULL"), Scalar::Text);
    }

    #[test]
    fn integers_have_go_s_bases() {
        let cases = [("0777", 511), ("0o17", 15), ("0b11", 3), ("1_000", 1000), ("-0x1F", -31), ("+7", 7), ("0", 0)];
        for (text, int) in cases {
            assert_eq!(resolve(text), Scalar::Int(int), "{text}");
        }
        assert_eq!(resolve("-9223372036854775808"), Scalar::Int(i64::MIN));
        assert_eq!(resolve("18446744073709551615"), Scalar::Unsigned(u64::MAX));
    }

    #[test]
    fn what_is_no_number_is_text() {
        for text in ["0x", "0xg", "1:30", "1.2.3", "+", "-", ".", "1e", "1e999", "0x+1", "--1", "10.0.0.0/8", "_1"] {
            assert_eq!(resolve(text), Scalar::Text, "{text}");
        }
    }

    #[test]
    fn floats_may_lack_either_side_of_the_point() {
        for (text, float) in
            [(".5", 0.5), (".5_0", 0.5), ("5.", 5.0), ("12e03", 12000.0), ("08", 8.0), ("+.5e-1", 0.05)]
        {
            assert_eq!(resolve(text), Scalar::Float(float), "{text}");
        }
    }
}
