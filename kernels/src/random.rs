//! Keyed random streams.
//!
//! Every draw in Ann is a pure function of a 128-bit [`Key`] and a position. A key is derived from
//! the seed, the task, the coordinates of the point, the chain and the purpose, never from a thread
//! or from the order of execution.
//!
//! [`Stream`] is Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
//! 1, 2, 3", SC'11): a counter-based generator, so a stream can be positioned anywhere and its
//! whole state is a key and a counter.

/// The identity of a random stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub u64, pub u64);

impl Key {
    /// The key of a sub-stream. Different tags give unrelated streams.
    pub fn derive(self, tag: u64) -> Key {
        let mut s = Stream::new(Key(self.0 ^ 0x9E37_79B9_7F4A_7C15, self.1));
        s.seek(tag, 0x616e_6e00);
        let a = s.next_u64();
        let b = s.next_u64();
        Key(a, b)
    }
}

const M0: u32 = 0xD251_1F53;
const M1: u32 = 0xCD9E_8D57;
const W0: u32 = 0x9E37_79B9;
const W1: u32 = 0xBB67_AE85;

/// One Philox4x32-10 block: 128 random bits for a counter and a key.
#[inline(always)]
pub fn philox(mut c: [u32; 4], mut k: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        let p0 = u64::from(M0) * u64::from(c[0]);
        let p1 = u64::from(M1) * u64::from(c[2]);
        c = [(p1 >> 32) as u32 ^ c[1] ^ k[0], p1 as u32, (p0 >> 32) as u32 ^ c[3] ^ k[1], p0 as u32];
        if round < 9 {
            k = [k[0].wrapping_add(W0), k[1].wrapping_add(W1)];
        }
    }
    c
}

/// A sequential reader of one keyed stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    key: Key,
    block: u64,
    high: u64,
    buffer: [u32; 4],
    used: u32,
}

impl Stream {
    /// A stream at its beginning.
    pub fn new(key: Key) -> Stream {
        Stream { key, block: 0, high: 0, buffer: [0; 4], used: 4 }
    }

    fn seek(&mut self, block: u64, high: u64) {
        self.block = block;
        self.high = high;
        self.used = 4;
    }

    /// The position, for a checkpoint: the number of 32-bit words consumed.
    pub fn position(&self) -> u64 {
        self.block * 4 - u64::from(4 - self.used)
    }

    /// A stream at a position that [`Stream::position`] gave.
    pub fn at(key: Key, position: u64) -> Stream {
        let mut s = Stream::new(key);
        s.block = position / 4;
        let skip = position % 4;
        for _ in 0..skip {
            s.next_u32();
        }
        s
    }

    /// 32 random bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.used == 4 {
            // The key's second half enters through the counter's high half and its high bits.
            let c =
                [self.block as u32, (self.block >> 32) as u32, self.key.1 as u32 ^ self.high as u32, (self.key.1 >> 32) as u32];
            self.buffer = philox(c, [self.key.0 as u32, (self.key.0 >> 32) as u32]);
            self.block += 1;
            self.used = 0;
        }
        let x = self.buffer[self.used as usize];
        self.used += 1;
        x
    }

    /// 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let low = u64::from(self.next_u32());
        low | u64::from(self.next_u32()) << 32
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in 0..n, without bias (Lemire, ACM TOMACS 29, 3 (2019)). `n` must be positive.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        let mut m = u64::from(self.next_u32()) * u64::from(n);
        if (m as u32) < n {
            let threshold = n.wrapping_neg() % n;
            while (m as u32) < threshold {
                m = u64::from(self.next_u32()) * u64::from(n);
            }
        }
        (m >> 32) as u32
    }

    /// A standard normal variate (Box and Muller; the second one is not kept, so that a draw always
    /// consumes the same number of words).
    pub fn normal(&mut self) -> f64 {
        let u = 1.0 - self.uniform();
        let v = self.uniform();
        libm::sqrt(-2.0 * libm::log(u)) * libm::cos(std::f64::consts::TAU * v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the Random123 distribution.
    #[test]
    fn philox_known_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([!0; 4], [!0; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn a_position_is_enough_to_go_on() {
        let key = Key(3, 9).derive(4);
        let mut a = Stream::new(key);
        for _ in 0..37 {
            a.next_u32();
        }
        let mut b = Stream::at(key, a.position());
        for _ in 0..20 {
            assert_eq!(a.next_u32(), b.next_u32());
        }
    }

    #[test]
    fn sub_streams_differ() {
        let keys: Vec<Key> = (0..1000).map(|i| Key(1, 2).derive(i)).collect();
        let mut sorted: Vec<(u64, u64)> = keys.iter().map(|k| (k.0, k.1)).collect();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), 1000);
    }
}
