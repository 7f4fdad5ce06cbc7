//! The bytes of a saved kernel: little-endian numbers one after another, read back with checks.

/// Collects numbers.
#[derive(Default)]
pub(crate) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn number(&mut self, x: u64) {
        self.0.extend_from_slice(&x.to_le_bytes());
    }

    /// A state of positions 0 and 1, eight to a byte.
    pub fn state(&mut self, state: &[u8]) {
        for chunk in state.chunks(8) {
            self.0.push(chunk.iter().enumerate().fold(0, |byte, (k, s)| byte | (s & 1) << k));
        }
    }
}

/// Reads what a [`Writer`] wrote.
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes as they are.
    pub fn bytes(&mut self, n: usize) -> Result<&'a [u8], String> {
        if self.0.len() < n {
            return Err("the saved kernel is cut short".into());
        }
        let (head, tail) = self.0.split_at(n);
        self.0 = tail;
        Ok(head)
    }

    pub fn number(&mut self) -> Result<u64, String> {
        let mut x = [0; 8];
        x.copy_from_slice(self.bytes(8)?);
        Ok(u64::from_le_bytes(x))
    }

    pub fn state(&mut self, sites: usize) -> Result<Vec<u8>, String> {
        let bytes = self.bytes(sites.div_ceil(8))?;
        Ok((0..sites).map(|i| bytes[i / 8] >> (i % 8) & 1).collect())
    }

    /// Reads a number that must be the one expected.
    pub fn expect(&mut self, x: u64, what: &str) -> Result<(), String> {
        let found = self.number()?;
        if found == x { Ok(()) } else { Err(format!("the saved kernel has another {what}: {found} instead of {x}")) }
    }

    pub fn end(&self) -> Result<(), String> {
        if self.0.is_empty() { Ok(()) } else { Err(format!("the saved kernel has {} bytes too many", self.0.len())) }
    }
}
