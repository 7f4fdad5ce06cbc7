//! A rectangle of character cells with colours, and a finer canvas of braille dots on it. Must not know figures.

/// Larger pictures than this a side are cut: no terminal shows them.
const LARGEST: usize = 2000;

/// The colour of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Ink {
    #[default]
    Plain,
    /// One of a terminal's 256 colours.
    Indexed(u8),
    /// Foreground and background in sRGB.
    Exact([u8; 3], [u8; 3]),
}

/// Characters with colours; writing outside does nothing.
pub(super) struct Grid {
    pub width: usize,
    pub height: usize,
    /// `None` is the second half of a wide character.
    cells: Vec<(Option<char>, Ink)>,
}

impl Grid {
    pub fn new(width: usize, height: usize) -> Grid {
        let (width, height) = (width.min(LARGEST), height.min(LARGEST));
        Grid { width, height, cells: vec![(Some(' '), Ink::Plain); width * height] }
    }

    pub fn put(&mut self, column: usize, row: usize, c: char, ink: Ink) {
        if column < self.width && row < self.height {
            self.cells[row * self.width + column] = (Some(c), ink);
        }
    }

    pub fn is_blank(&self, column: usize, row: usize) -> bool {
        column < self.width && row < self.height && self.cells[row * self.width + column].0 == Some(' ')
    }

    /// Writes text from a column on, cut at `end` (exclusive).
    pub fn text(&mut self, column: usize, row: usize, end: usize, text: &str, ink: Ink) {
        let end = end.min(self.width);
        let mut at = column;
        for c in text.chars() {
            let w = columns_of(c);
            if w == 0 {
                continue;
            }
            if at + w > end || row >= self.height {
                break;
            }
            self.put(at, row, c, ink);
            if w == 2 {
                self.cells[row * self.width + at + 1] = (None, ink);
            }
            at += w;
        }
    }

    /// Copies another grid onto this one.
    pub fn copy(&mut self, other: &Grid, column: usize, row: usize) {
        for r in 0..other.height.min(self.height.saturating_sub(row)) {
            let wide = other.width.min(self.width.saturating_sub(column));
            let from = &other.cells[r * other.width..][..wide];
            self.cells[(row + r) * self.width + column..][..wide].copy_from_slice(from);
        }
    }

    /// The picture in `height` lines of `width` columns, without a line feed at the end.
    pub fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for row in 0..self.height {
            if row > 0 {
                out.push('\n');
            }
            let mut current = Ink::Plain;
            for (c, ink) in &self.cells[row * self.width..(row + 1) * self.width] {
                let Some(c) = c else { continue };
                // A blank cell shows no foreground, so it need not change it.
                let ink = if *c == ' ' && !matches!(ink, Ink::Exact(..)) { Ink::Plain } else { *ink };
                if colour && ink != current {
                    out.push_str("\x1b[0m");
                    match ink {
                        Ink::Plain => {}
                        Ink::Indexed(i) => out.push_str(&format!("\x1b[38;5;{i}m")),
                        Ink::Exact([r, g, b], [r2, g2, b2]) => {
                            out.push_str(&format!("\x1b[38;2;{r};{g};{b};48;2;{r2};{g2};{b2}m"));
                        }
                    }
                    current = ink;
                }
                out.push(*c);
            }
            if colour && current != Ink::Plain {
                out.push_str("\x1b[0m");
            }
        }
        out
    }
}

/// Columns that a character takes in a terminal (the wide ranges of Unicode's East Asian Width; marks take none).
fn columns_of(c: char) -> usize {
    match c as u32 {
        0..=0x1f | 0x7f..=0x9f | 0x300..=0x36f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 => 2,
        0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x2_0000..=0x3_fffd => 2,
        _ => 1,
    }
}

/// Columns that a text takes.
pub(in crate::plot) fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Dots in an area of a grid, two wide and four high a cell.
pub(super) struct Dots {
    pub columns: usize,
    pub rows: usize,
    bits: Vec<(u8, Ink)>,
}

impl Dots {
    pub fn new(columns: usize, rows: usize) -> Dots {
        Dots { columns, rows, bits: vec![(0, Ink::Plain); columns * rows] }
    }

    /// The dot at a place of the frame, if it is inside.
    pub fn dot_of(&self, (x, y): (f64, f64)) -> Option<(usize, usize)> {
        let inside = |v: f64| (-1e-9..=1.0 + 1e-9).contains(&v);
        if !inside(x) || !inside(y) || self.columns == 0 || self.rows == 0 {
            return None;
        }
        let dot = |v: f64, n: usize| (v.clamp(0.0, 1.0) * (n - 1) as f64).round() as usize;
        Some((dot(x, 2 * self.columns), 4 * self.rows - 1 - dot(y, 4 * self.rows)))
    }

    pub fn set(&mut self, (x, y): (usize, usize), ink: Ink) {
        // Unicode numbers the dots of the upper three rows by columns and adds the lowest row last.
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        if x < 2 * self.columns && y < 4 * self.rows {
            let cell = &mut self.bits[y / 4 * self.columns + x / 2];
            cell.0 |= BITS[y % 4][x % 2];
            cell.1 = ink;
        }
    }

    /// A straight line between two dots.
    pub fn line(&mut self, a: (usize, usize), b: (usize, usize), ink: Ink) {
        let (dx, dy) = (b.0 as f64 - a.0 as f64, b.1 as f64 - a.1 as f64);
        let n = dx.abs().max(dy.abs());
        let mut k = 0.0;
        while k <= n {
            let t = if n > 0.0 { k / n } else { 0.0 };
            self.set(((a.0 as f64 + t * dx).round() as usize, (a.1 as f64 + t * dy).round() as usize), ink);
            k += 1.0;
        }
    }

    /// Writes the dots onto blank cells of a grid.
    pub fn onto(&self, grid: &mut Grid, column: usize, row: usize) {
        for (i, (bits, ink)) in self.bits.iter().enumerate() {
            let (c, r) = (column + i % self.columns, row + i / self.columns);
            if *bits != 0
                && grid.is_blank(c, r)
                && let Some(character) = char::from_u32(0x2800 + u32::from(*bits))
            {
                grid.put(c, r, character, *ink);
            }
        }
    }
}
