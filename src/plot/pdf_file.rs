//! The objects of a PDF file and its table of places (ISO 32000). Knows nothing of what is drawn.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// The objects of a file, from number 1.
#[derive(Default)]
pub(super) struct Objects {
    all: Vec<Vec<u8>>,
}

impl Objects {
    fn add(&mut self, bytes: Vec<u8>) -> usize {
        self.all.push(bytes);
        self.all.len()
    }

    fn stream(&mut self, dictionary: &str, content: &[u8]) -> usize {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        let packed = encoder.write_all(content).and_then(|()| encoder.finish()).unwrap_or_default();
        let mut bytes = format!("<< {dictionary} /Filter /FlateDecode /Length {} >>\nstream\n", packed.len()).into_bytes();
        bytes.extend(packed);
        bytes.extend(b"\nendstream");
        self.add(bytes)
    }

    /// A picture of `width` × `height` pixels, three bytes of colour and one of opacity for each; its number.
    pub fn picture(&mut self, width: u32, height: u32, colours: &[u8], opacities: &[u8]) -> usize {
        let common =
            format!("/Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 8 /Interpolate false");
        let mask =
            opacities.iter().any(|o| *o < 255).then(|| self.stream(&format!("{common} /ColorSpace /DeviceGray"), opacities));
        let mask = mask.map(|m| format!(" /SMask {m} 0 R")).unwrap_or_default();
        self.stream(&format!("{common} /ColorSpace /DeviceRGB{mask}"), colours)
    }

    /// The file of one page.
    pub fn finish(mut self, page: &str, resources: &str, (width, height): (f32, f32), title: &str) -> Vec<u8> {
        let content = self.stream("", page.as_bytes());
        let parent = self.all.len() + 2;
        let leaf = self.add(
            format!(
                "<< /Type /Page /Parent {parent} 0 R /MediaBox [0 0 {} {}] /Contents {content} 0 R /Resources {resources} /Group << /S /Transparency /CS /DeviceRGB >> >>",
                short(width),
                short(height)
            )
            .into_bytes(),
        );
        self.add(format!("<< /Type /Pages /Kids [{leaf} 0 R] /Count 1 >>").into_bytes());
        let catalogue = self.add(format!("<< /Type /Catalog /Pages {parent} 0 R >>").into_bytes());
        let info = self.add(format!("<< /Title {} /Producer (Ann {}) >>", text(title), env!("CARGO_PKG_VERSION")).into_bytes());
        let mut file = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut places = Vec::new();
        for (k, object) in self.all.iter().enumerate() {
            places.push(file.len());
            file.extend(format!("{} 0 obj\n", k + 1).into_bytes());
            file.extend(object);
            file.extend(b"\nendobj\n");
        }
        let table = file.len();
        file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).into_bytes());
        for place in &places {
            file.extend(format!("{place:010} 00000 n \n").into_bytes());
        }
        let size = places.len() + 1;
        file.extend(
            format!("trailer\n<< /Size {size} /Root {catalogue} 0 R /Info {info} 0 R >>\nstartxref\n{table}\n%%EOF\n")
                .into_bytes(),
        );
        file
    }
}

fn short(v: f32) -> String {
    let text = format!("{v:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// A text string: UTF-16 in hexadecimal digits, so that no letter needs care.
fn text(plain: &str) -> String {
    let digits: String = plain.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    format!("<FEFF{digits}>")
}
