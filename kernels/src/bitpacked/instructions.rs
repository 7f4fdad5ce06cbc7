//! Which vector instructions to use, found out at run time.

/// The instructions to use. All give the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    Portable,
    Avx2,
    Avx512,
}

impl Instructions {
    /// The widest that this processor has.
    pub fn best() -> Instructions {
        *Instructions::available().last().unwrap_or(&Instructions::Portable)
    }

    /// All that this processor has, the widest last.
    pub fn available() -> Vec<Instructions> {
        let mut all = vec![Instructions::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
                all.push(Instructions::Avx2);
                if is_x86_feature_detected!("avx512f") {
                    all.push(Instructions::Avx512);
                }
            }
        }
        all
    }
}
