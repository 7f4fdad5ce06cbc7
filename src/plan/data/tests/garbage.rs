//! No file whatsoever stops the program: bytes at random, and good files cut at every place or changed in one byte.

use super::*;
use proptest::prelude::*;

/// A file under test and how it is read.
fn subjects() -> Vec<(&'static str, Vec<u8>)> {
    let x = npy("<f4", false, "2, 2", &[0; 16]);
    let y = npy("|u1", false, "2,", &[1, 0]);
    let mut png = Vec::new();
    let mut e = png::Encoder::new(&mut png, 3, 2);
    e.set_color(png::ColorType::Rgb);
    e.write_header().and_then(|mut w| w.write_image_data(&[7; 18])).expect("an image");
    vec![
        ("idx", idx(8, &[2, 2, 3], &[5; 12])),
        ("idx", gzip(&idx(13, &[2], &[0; 8]))),
        ("npy", npy(">i2", true, "2, 3", &[1; 12])),
        ("npz", archive(&[("x.npy", &x), ("y.npy", &y)], false)),
        ("npz", archive(&[("x.npy", &x), ("y.npy", &y)], true)),
        ("csv", b"a,\"b\nc\",class\n1,2,cat\n#\n3,4e5,\"d\"\"og\"\n".to_vec()),
        ("csv", gzip(b"1;2;3\n4;5;6\n")),
        ("cifar", [0; 2 * 3073].to_vec()),
        ("image", b"P3 2 1 255 10 20 30 40 50 60".to_vec()),
        ("image", b"P6\n# x\n2 1 300\n123456789012".to_vec()),
        ("image", png),
    ]
}

/// Reads as whatever it is said to be; the outcome does not matter.
fn attempt(f: &Folder, kind: &str, bytes: &[u8]) {
    let source = match kind {
        "idx" => Source::Idx { inputs: f.file("a", bytes), targets: Some(f.file("a", bytes)), wanted: LABEL },
        "npy" => Source::Npy { inputs: f.file("a", bytes), targets: Some(f.file("a", bytes)), wanted: Wanted::Values },
        "npz" => Source::Npz { path: f.file("a", bytes), inputs: "x".into(), targets: Some("y".into()), wanted: LABEL },
        "csv" => Source::Csv(Csv {
            path: f.file("a", bytes),
            header: None,
            inputs: vec![],
            targets: vec![Column::Number(-1)],
            wanted: LABEL,
            classes: vec![],
        }),
        "cifar" => {
            f.file("test_batch.bin", bytes);
            Source::Cifar10 { folder: f.at(""), test: true }
        }
        _ => {
            f.file("d/c/a.png", bytes);
            Source::Images { folder: f.at("d") }
        }
    };
    let d = set(source);
    let (facts, examples) = (d.facts(), d.materialise());
    if let (Ok(facts), Ok(examples)) = (facts, examples) {
        assert_eq!((facts.examples, facts.shape), (examples.count, examples.shape));
    }
}

#[test]
fn files_cut_anywhere() {
    let f = Folder::new("cut");
    for (kind, bytes) in subjects() {
        let step = if kind == "cifar" { 97 } else { 1 };
        for end in (0..bytes.len()).step_by(step) {
            attempt(&f, kind, &bytes[..end]);
        }
        attempt(&f, kind, &bytes);
    }
}

#[test]
fn files_with_one_byte_changed() {
    let f = Folder::new("flip");
    for (kind, mut bytes) in subjects() {
        let step = if kind == "cifar" { 397 } else { 1 };
        for at in (0..bytes.len()).step_by(step) {
            let value = if at % 2 == 0 { 0xff } else { bytes[at] ^ (1 << (at / 2 % 8)) };
            let was = std::mem::replace(&mut bytes[at], value);
            attempt(&f, kind, &bytes);
            bytes[at] = was;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_at_random(which in 0usize..11, keep in 0usize..40, tail in proptest::collection::vec(any::<u8>(), 0..200)) {
        let f = Folder::new("random");
        let (kind, bytes) = subjects().swap_remove(which);
        let mut bytes = bytes[..keep.min(bytes.len())].to_vec();
        bytes.extend(tail);
        attempt(&f, kind, &bytes);
    }

    #[test]
    fn text_at_random(text in "[0-9a,;\"\n\t #.e+-]{0,80}") {
        let f = Folder::new("text");
        attempt(&f, "csv", text.as_bytes());
        attempt(&f, "image", format!("P2 {text}").as_bytes());
        attempt(&f, "npy", &npy("<f4", false, &text.replace(['\n', '\t'], ""), &[0; 8]));
    }
}
