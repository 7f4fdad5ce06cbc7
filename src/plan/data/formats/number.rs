//! Numbers as bytes: the types that array files use.

use super::super::arrays::Raw;

/// A type of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Bool,
    Unsigned(u8),
    Signed(u8),
    Float(u8),
}

/// Whole numbers beyond this are not exact in double precision.
const EXACT: u64 = 1 << 53;

impl Form {
    /// Bytes of one number.
    pub fn width(self) -> usize {
        match self {
            Form::Bool => 1,
            Form::Unsigned(w) | Form::Signed(w) | Form::Float(w) => w as usize,
        }
    }

    /// The numbers of whole bytes. Errors: the position of a number that cannot be held, and what it is.
    pub fn decode(self, bytes: Vec<u8>, big: bool) -> Result<Raw, (usize, String)> {
        let data = match self {
            Form::Unsigned(1) => return Ok(Raw::Bytes { data: bytes, unit: 1.0 }),
            Form::Bool => {
                if let Some(k) = bytes.iter().position(|b| *b > 1) {
                    return Err((k, format!("expected a truth value (0 or 1), found {}", bytes[k])));
                }
                return Ok(Raw::Bytes { data: bytes, unit: 1.0 });
            }
            Form::Float(2) => return Ok(Raw::Single(words(&bytes, big).map(|w: [u8; 2]| half(u16::from_le_bytes(w))).collect())),
            Form::Float(4) => return Ok(Raw::Single(words(&bytes, big).map(f32::from_le_bytes).collect())),
            Form::Signed(1) => return Ok(Raw::Single(bytes.iter().map(|b| f32::from(*b as i8)).collect())),
            Form::Unsigned(2) => return Ok(Raw::Single(words(&bytes, big).map(|w| f32::from(u16::from_le_bytes(w))).collect())),
            Form::Signed(2) => return Ok(Raw::Single(words(&bytes, big).map(|w| f32::from(i16::from_le_bytes(w))).collect())),
            Form::Unsigned(4) => words(&bytes, big).map(|w| f64::from(u32::from_le_bytes(w))).collect(),
            Form::Signed(4) => words(&bytes, big).map(|w| f64::from(i32::from_le_bytes(w))).collect(),
            Form::Unsigned(_) => {
                let all: Vec<u64> = words(&bytes, big).map(u64::from_le_bytes).collect();
                exact(all.iter().position(|x| *x > EXACT), |k| all[k].to_string())?;
                all.into_iter().map(|x| x as f64).collect()
            }
            Form::Signed(_) => {
                let all: Vec<i64> = words(&bytes, big).map(i64::from_le_bytes).collect();
                exact(all.iter().position(|x| x.unsigned_abs() > EXACT), |k| all[k].to_string())?;
                all.into_iter().map(|x| x as f64).collect()
            }
            Form::Float(_) => words(&bytes, big).map(f64::from_le_bytes).collect(),
        };
        Ok(Raw::Double(data))
    }
}

fn exact(bad: Option<usize>, shown: impl Fn(usize) -> String) -> Result<(), (usize, String)> {
    bad.map_or(Ok(()), |k| Err((k, format!("expected a whole number of at most 2^53, found {}", shown(k)))))
}

/// Words of N bytes, the least significant byte first; what is left over is dropped.
fn words<const N: usize>(bytes: &[u8], big: bool) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.chunks_exact(N).map(move |chunk| {
        let mut word = [0; N];
        word.copy_from_slice(chunk);
        if big {
            word.reverse();
        }
        word
    })
}

/// A number of half precision (IEEE 754 binary16).
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    match exponent {
        0 => sign * fraction * libm::ldexpf(1.0, -24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        e => sign * (1024.0 + fraction) * libm::ldexpf(1.0, e - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        for (bits, x) in [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (1, 5.960_464_5e-8), (0x7bff, 65504.0), (0, 0.0)]
        {
            assert_eq!(half(bits), x);
        }
        assert!(half(0x7e00).is_nan());
        assert_eq!(half(0xfc00), f32::NEG_INFINITY);
    }

    #[test]
    fn both_orders_of_bytes() {
        let Ok(Raw::Double(x)) = Form::Signed(4).decode(vec![0xff, 0xff, 0xff, 0xfe], true) else { panic!() };
        assert_eq!(x, [-2.0]);
        let Ok(Raw::Double(x)) = Form::Float(8).decode(1.5f64.to_le_bytes().to_vec(), false) else { panic!() };
        assert_eq!(x, [1.5]);
        assert!(Form::Unsigned(8).decode(vec![0xff; 8], false).is_err());
        assert!(Form::Bool.decode(vec![0, 1, 2], false).is_err_and(|(k, _)| k == 2));
    }
}
