//! Numbers for people: `0.7071(12)`, the last two digits of the error in brackets after the digits of
//! the value that they concern.

/// A value with its standard error, to two significant digits of the error: `0.7071(12)`,
/// `12.3(4.5)`, `1.2340(50)e-7`. An error of zero means exact: [`format_number`].
pub fn format_value(value: f64, error: f64) -> String {
    // An error below the rounding of the value itself says nothing.
    if !value.is_finite() || error <= 1e-15 * value.abs() {
        return format_number(value);
    }
    if !error.is_finite() {
        // One sample has no spread.
        return if error.is_nan() { format!("{}(?)", format_number(value)) } else { format!("{}(inf)", format_number(value)) };
    }
    let (digits, place) = two_digits(error);
    let top = magnitude(value).max(place);
    // Plain digits where they are few, else a power of ten.
    let (exponent, shown) = if (-4..7).contains(&top) { (0, String::new()) } else { (top, format!("e{top}")) };
    let decimals = 1 - (place - exponent);
    // In two steps below the range of normal numbers, where the power itself would be zero.
    let scaled = if exponent < -290 { value * 1e290 / 10f64.powi(exponent + 290) } else { value / 10f64.powi(exponent) };
    let (number, spread) = if decimals >= 0 {
        let decimals = decimals as usize;
        let spread =
            if decimals == 1 && place == exponent { format!("{}.{}", digits / 10, digits % 10) } else { digits.to_string() };
        (format!("{scaled:.decimals$}"), spread)
    } else {
        // The error is 100 or more: digits of the value below it are zeros.
        let unit = 10f64.powi(-decimals);
        (format!("{:.0}", (scaled / unit).round() * unit), format!("{:.0}", digits as f64 * unit))
    };
    format!("{}({spread}){shown}", unsigned_zero(number))
}

/// A number with up to ten significant digits and no trailing zeros.
pub fn format_number(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".to_owned() } else { "-inf".to_owned() };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let top = magnitude(value);
    if (-4..10).contains(&top) {
        let decimals = (9 - top).max(0) as usize;
        return trimmed(&format!("{value:.decimals$}"));
    }
    let text = format!("{value:.9e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{}e{exponent}", trimmed(mantissa)),
        None => text,
    }
}

/// The first two significant digits (10 to 99), rounded, and the power of ten of the first.
fn two_digits(x: f64) -> (u32, i32) {
    let text = format!("{x:.1e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', "").parse().unwrap_or(10), exponent.parse().unwrap_or(0))
}

/// The power of ten of the first digit; very small for zero.
fn magnitude(x: f64) -> i32 {
    if x == 0.0 {
        return i32::MIN / 2;
    }
    // Through text, since a logarithm is off by one near powers of ten.
    format!("{x:.9e}").split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
}

fn trimmed(text: &str) -> String {
    if !text.contains('.') {
        return text.to_owned();
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn unsigned_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_show_two_digits() {
        let cases = [
            (std::f64::consts::FRAC_1_SQRT_2, 0.0012, "0.7071(12)"),
            (-0.80712, 0.0012, "-0.8071(12)"),
            (12.345, 4.5, "12.3(4.5)"),
            (12.345, 0.95, "12.35(95)"),
            (1.0, 0.0996, "1.00(10)"),
            (1.0, 0.996, "1.0(1.0)"),
            (123.4, 45.0, "123(45)"),
            (12344.0, 450.0, "12340(450)"),
            (1.234e-7, 5e-9, "1.234(50)e-7"),
            (0.0, 0.0012, "0.0000(12)"),
            (-0.00001, 0.0012, "0.0000(12)"),
            (0.0, 1.2e-9, "0.0(1.2)e-9"),
            (1e6, 4.5e7, "0.1(4.5)e7"),
            (2.5e12, 3e10, "2.500(30)e12"),
            (2.0, 1e-12, "2.0000000000000(10)"),
            (9.99, 0.96, "9.99(96)"),
        ];
        for (value, error, text) in cases {
            assert_eq!(format_value(value, error), text, "{value} {error}");
        }
    }

    #[test]
    fn exact_and_odd_numbers() {
        let cases = [
            (0.1 + 0.2, 0.0, "0.3"),
            (1.0 / 3.0, 0.0, "0.3333333333"),
            (2.269185314213022, 0.0, "2.269185314"),
            (42.0, 0.0, "42"),
            (-0.0, 0.0, "0"),
            (1e20, 0.0, "1e20"),
            (1234567890.0, 0.0, "1234567890"),
            (9999999999.9, 0.0, "1e10"),
            (1.5e-7, 0.0, "1.5e-7"),
            (-0.00025, 0.0, "-0.00025"),
            (f64::NAN, 0.1, "nan"),
            (f64::NEG_INFINITY, 0.1, "-inf"),
            (1.5, f64::NAN, "1.5(?)"),
            (1.5, f64::INFINITY, "1.5(inf)"),
        ];
        for (value, error, text) in cases {
            assert_eq!(format_value(value, error), text, "{value} {error}");
        }
        for exponent in -320..308 {
            let x: f64 = format!("7.3e{exponent}").parse().unwrap();
            for error in [x / 100.0, x, x * 100.0] {
                assert!(format_value(x, error).len() < 24, "{}", format_value(x, error));
            }
        }
    }
}
