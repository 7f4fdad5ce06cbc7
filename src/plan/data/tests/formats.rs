//! Small files, made as the formats are published.

use super::*;

#[test]
fn digits_are_those_of_the_repository() {
    let e = read(&set(Source::Digits));
    assert_eq!((e.count, e.shape.as_slice()), (1797, &[64][..]));
    // As the repository counts its test set.
    let mut counts = [0; 10];
    labels(&e).iter().for_each(|l| counts[*l as usize] += 1);
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    // The first image, row by row.
    let first = [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0];
    (0..24).for_each(|k| assert_eq!(e.inputs.get(k), f64::from(first[k]) / 16.0));
    assert_eq!(labels(&e)[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    let x = e.inputs.into_double();
    assert!(x.iter().all(|v| (0.0..=1.0).contains(v) && (v * 16.0).fract() == 0.0));
    assert_eq!((x.iter().sum::<f64>() * 16.0, x.iter().filter(|v| **v == 1.0).count()), (561_718.0, 10_456));
}

#[test]
fn idx_files_plain_and_packed() {
    let f = Folder::new("idx");
    let pixels: Vec<u8> = (0..24).map(|k| k * 10).collect();
    let images = idx(8, &[2, 3, 4], &pixels);
    let classes = idx(8, &[2], &[7, 1]);
    let plain = Source::Idx { inputs: f.file("x", &images), targets: Some(f.file("y", &classes)), wanted: LABEL };
    let packed =
        Source::Idx { inputs: f.file("x.gz", &gzip(&images)), targets: Some(f.file("y.gz", &gzip(&classes))), wanted: LABEL };
    let e = read(&set(plain));
    assert_eq!((e.shape.as_slice(), labels(&e)), (&[3, 4][..], &[7, 1][..]));
    assert_eq!(e.inputs, Numbers::Single(pixels.iter().map(|p| f32::from(*p) / 255.0).collect()));
    assert_eq!(read(&set(packed)), e);
    let values = idx(14, &[2, 1], &[2.5f64.to_be_bytes(), (-1.0f64).to_be_bytes()].concat());
    let e = read(&set(Source::Idx { inputs: f.at("x"), targets: Some(f.file("v", &values)), wanted: Wanted::Values }));
    assert_eq!(e.targets, Targets::Values { values: vec![2.5, -1.0], shape: vec![1] });
    for (form, bytes, x) in [
        (9, vec![0xff], -1.0),
        (11, vec![0xff, 0xfe], -2.0),
        (12, vec![0, 0, 1, 0], 256.0),
        (13, 1.5f32.to_be_bytes().to_vec(), 1.5),
    ] {
        let e =
            read(&set(Source::Idx { inputs: f.file("one", &idx(form, &[1], &bytes)), targets: None, wanted: Wanted::Nothing }));
        assert_eq!((e.inputs.get(0), e.shape), (x, vec![1]));
    }
}

#[test]
fn mnist_folders() {
    let f = Folder::new("mnist");
    let pixels: Vec<u8> = (0..3 * 784).map(|k| (k % 256) as u8).collect();
    f.file("train-images-idx3-ubyte.gz", &gzip(&idx(8, &[3, 28, 28], &pixels)));
    f.file("train-labels.idx1-ubyte", &idx(8, &[3], &[9, 0, 4]));
    let train = Source::Mnist { folder: f.at(""), fashion: true, test: false };
    let e = read(&set(train.clone()));
    assert_eq!((e.shape.as_slice(), labels(&e)), (&[1, 28, 28][..], &[9, 0, 4][..]));
    assert_eq!(set(train.clone()).facts().expect("facts").classes[9], "ankle boot");
    bad(set(Source::Mnist { folder: f.at(""), fashion: true, test: true }).facts(), &["has no file `t10k-images-idx3-ubyte`"]);
    bad(set(Source::Mnist { folder: f.at("no"), fashion: false, test: true }).facts(), &["there is no such folder"]);
    f.file("train-labels.idx1-ubyte", &idx(8, &[3], &[9, 10, 4]));
    bad(set(train.clone()).facts(), &["byte 9 (element 1)", "a class from 0 to 9", "found 10"]);
    f.file("train-labels.idx1-ubyte", &idx(8, &[2], &[9, 1]));
    bad(set(train.clone()).facts(), &["has 3 examples", "has 2"]);
    f.file("train-images-idx3-ubyte.gz", &gzip(&idx(8, &[3, 28, 27], &pixels)));
    bad(set(train).facts(), &["28 × 28", "3 × 28 × 27"]);
}

#[test]
fn malformed_idx_files() {
    let f = Folder::new("badidx");
    let source = |path: String| set(Source::Idx { inputs: path, targets: None, wanted: Wanted::Nothing });
    bad(source(f.file("a", &[0, 0, 8])).facts(), &["byte 0", "after 3 bytes"]);
    bad(source(f.file("a", b"\x89PNG....")).facts(), &["byte 0", "magic number", "[137, 80, 78, 71]"]);
    bad(source(f.file("a", &[0, 0, 8, 3, 0, 0])).facts(), &["byte 6", "3 directions"]);
    bad(source(f.file("a", &idx(8, &[2, 2], &[1, 2, 3]))).facts(), &["byte 15", "the file ends", "byte 16"]);
    bad(source(f.file("a", &idx(8, &[2, 2], &[1, 2, 3, 4, 5]))).facts(), &["byte 16", "goes on"]);
    bad(source(f.file("a", &gzip(&idx(8, &[2, 2], &[1, 2, 3])))).materialise(), &["byte 15", "the file ends"]);
    bad(source(f.file("a", &idx(8, &[u32::MAX, u32::MAX, u32::MAX], &[]))).facts(), &["byte 4"]);
    bad(source(f.file("a", &idx(8, &[0, 2], &[]))).facts(), &["no examples"]);
    bad(source(f.file("a", &gzip(&idx(8, &[2, 2], &[1, 2, 3, 4]))[..20])).materialise(), &["not a whole gzip file"]);
    bad(source(f.file("a", &idx(14, &[1], &f64::NAN.to_be_bytes()))).materialise(), &["byte 8 (element 0)", "finite", "NaN"]);
    bad(source(f.at("nothing")).facts(), &["nothing: there is no such file"]);
}

#[test]
fn cifar_batches() {
    let f = Folder::new("cifar");
    let record = |label: u8, first: u8| [vec![label, first], vec![9; 3071]].concat();
    for k in 1..=5 {
        f.file(&format!("data_batch_{k}.bin"), &[record(k, k), record(0, 200)].concat());
    }
    let train = set(Source::Cifar10 { folder: f.at(""), test: false });
    let e = read(&train);
    assert_eq!((e.count, e.shape.as_slice()), (10, &[3, 32, 32][..]));
    assert_eq!(labels(&e), [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]);
    assert_eq!(e.inputs.get(3 * 3072), f64::from(200.0f32 / 255.0));
    bad(set(Source::Cifar10 { folder: f.at(""), test: true }).facts(), &["no file `test_batch.bin`"]);
    f.file("data_batch_3.bin", &[record(1, 0), record(11, 0)].concat());
    bad(train.facts(), &["data_batch_3.bin: byte 3073", "found 11"]);
    f.file("data_batch_3.bin", &record(1, 0)[..3000]);
    bad(train.facts(), &["byte 0", "3073 bytes", "byte 3000"]);
}

fn csv(path: String) -> Csv {
    Csv { path, header: None, inputs: vec![], targets: vec![], wanted: Wanted::Nothing, classes: vec![] }
}

#[test]
fn tables_of_text() {
    let f = Folder::new("csv");
    let path =
        f.file("a.csv", b"# iris\nlength,\"width, \"\"w\"\"\",species\n1.5, 2 ,setosa\r\n\n-3e-1,4,\"virginica\"\n0,1,setosa");
    let by_name = Csv { targets: vec![Column::Name("species".into())], wanted: LABEL, ..csv(path.clone()) };
    let d = set(Source::Csv(by_name.clone()));
    let e = read(&d);
    assert_eq!(e.inputs, Numbers::Double(vec![1.5, 2.0, -0.3, 4.0, 0.0, 1.0]));
    assert_eq!(labels(&e), [0, 1, 0]);
    let facts = d.facts().expect("facts");
    assert_eq!(
        (facts.classes, facts.columns),
        (vec!["setosa".to_string(), "virginica".into()], vec!["length".to_string(), "width, \"w\"".into()])
    );
    let listed = Csv { classes: vec!["virginica".into(), "setosa".into(), "none".into()], ..by_name.clone() };
    assert_eq!(labels(&read(&set(Source::Csv(listed)))), [1, 0, 1]);
    let unknown = Csv { classes: vec!["setosa".into()], ..by_name.clone() };
    bad(set(Source::Csv(unknown)).facts(), &["a.csv:5:", "column 3 (`species`)", "a class of `setosa`", "found `virginica`"]);
    let packed = Csv { path: f.file("a.csv.gz", &gzip(&std::fs::read(&path).expect("a file"))), ..by_name };
    assert_eq!(read(&set(Source::Csv(packed))), e);
    // Values, by number, without a header, with other separators.
    let path = f.file("b.tsv", b"1\t2\t3\n4\t5\t6\n");
    let two = Csv { targets: vec![Column::Number(-1), Column::Number(0)], wanted: Wanted::Values, ..csv(path) };
    let e = read(&set(Source::Csv(two)));
    assert_eq!(
        (e.inputs, e.targets),
        (Numbers::Double(vec![2.0, 5.0]), Targets::Values { values: vec![3.0, 1.0, 6.0, 4.0], shape: vec![2] })
    );
    let path = f.file("c.csv", b"3;1\n-1;2\n3;0\n");
    let e = set(Source::Csv(Csv { targets: vec![Column::Number(0)], wanted: LABEL, ..csv(path) }));
    assert_eq!((labels(&read(&e)), e.facts().expect("facts").classes), (&[1, 0, 1][..], vec!["-1".to_string(), "3".into()]));
    let path = f.file("d.csv", b"0.5,2\n1,0\n");
    let e = set(Source::Csv(Csv { targets: vec![Column::Number(1)], wanted: LABEL, ..csv(path) }));
    assert_eq!((labels(&read(&e)), e.facts().expect("facts").target), (&[2, 0][..], Target::Classes(3)));
    let quoted = read(&set(Source::Csv(csv(f.file("e.csv", b"x,y\n\"1\",\"2\"\n\"3\n\",4")))));
    assert_eq!(quoted.count, 2);
}

#[test]
fn malformed_tables() {
    let f = Folder::new("badcsv");
    let read = |text: &str| set(Source::Csv(csv(f.file("t.csv", text.as_bytes())))).facts();
    bad(read(""), &["t.csv is empty"]);
    bad(read("a,b\n"), &["no examples"]);
    bad(read("a,b\n1,2\n3\n"), &["t.csv:3:", "2 fields as on line 1", "found 1"]);
    bad(read("a,b\n1,x\n"), &["t.csv:2: column 2 (`b`)", "a number", "`x`"]);
    bad(read("1,2\n1,\n"), &["t.csv:2: column 2:", "found nothing"]);
    bad(read("1,2\n1,nan\n"), &["finite number", "`nan`"]);
    bad(read("1,2\n1,1e999\n"), &["finite number"]);
    bad(read("1,\"2\n3,4"), &["t.csv:1: a quote is not closed"]);
    bad(read("1,\"2\"3\n"), &["after its closing quote"]);
    bad(set(Source::Csv(csv(f.file("t.csv", b"1,2\n3,\xff\n")))).facts(), &["t.csv:2: expected text in UTF-8"]);
    let with = |column: Column| {
        set(Source::Csv(Csv { targets: vec![column], wanted: LABEL, ..csv(f.file("t.csv", b"a,b\n1,2\n")) })).facts()
    };
    bad(with(Column::Name("c".into())), &["no column `c`", "`a`, `b`"]);
    bad(with(Column::Number(2)), &["no column 2", "2 columns"]);
    bad(with(Column::Number(-3)), &["no column -3"]);
    let twice =
        Csv { inputs: vec![Column::Number(1)], targets: vec![Column::Number(1)], wanted: Wanted::Values, ..csv(f.at("t.csv")) };
    bad(set(Source::Csv(twice)).facts(), &["column 2 (`b`) is both"]);
    let few = Csv { targets: vec![Column::Number(1)], wanted: Wanted::Label { classes: Some(2) }, ..csv(f.at("t.csv")) };
    bad(set(Source::Csv(few)).facts(), &["t.csv:2:", "a class from 0 to 1", "`2`"]);
}

#[test]
fn numpy_arrays() {
    let f = Folder::new("npy");
    let one = |path: String| read(&set(Source::Npy { inputs: path, targets: None, wanted: Wanted::Nothing }));
    let x: Vec<f64> = (0..6).map(f64::from).collect();
    let le: Vec<u8> = x.iter().flat_map(|v| v.to_le_bytes()).collect();
    let be: Vec<u8> = x.iter().flat_map(|v| v.to_be_bytes()).collect();
    assert_eq!(one(f.file("a", &npy("<f8", false, "3, 2", &le))).inputs, Numbers::Double(x.clone()));
    assert_eq!(one(f.file("a", &npy(">f8", false, "3, 2", &be))).inputs, Numbers::Double(x));
    assert_eq!(one(f.file("a", &npy("<f8", true, "3, 2", &le))).inputs, Numbers::Double(vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
    assert_eq!(one(f.file("a", &npy("|b1", false, "2,", &[1, 0]))).inputs, Numbers::Single(vec![1.0, 0.0]));
    let mut third = npy("<f8", false, "3, 2", &le);
    let size = u16::from_le_bytes([third[8], third[9]]);
    third.splice(6..10, [&[3, 0][..], &u32::from(size).to_le_bytes()].concat());
    assert_eq!(one(f.file("a", &third)).count, 3);
    let read =
        |bytes: &[u8]| set(Source::Npy { inputs: f.file("a", bytes), targets: None, wanted: Wanted::Nothing }).materialise();
    bad(read(b"\x93NUMPX"), &["byte 0", "magic number"]);
    bad(read(b"PK\x03\x04...."), &["read it with `npz`"]);
    bad(read(&npy("<c8", false, "1,", &[0; 8])), &["byte 20", "`<c8`"]);
    bad(read(&npy("<f8", false, "2,", &[0; 15])), &["byte 143", "the file ends", "2 numbers of 8 bytes end at byte 144"]);
    bad(read(&npy("<f8", false, "", &[0; 8])), &["single number"]);
    bad(read(&npy("<f8", false, "-1,", &[0; 8])), &["a size of the shape"]);
    bad(read(&npy("<u8", false, "1,", &[255; 8])), &["byte 128", "2^53", "18446744073709551615"]);
    bad(read(&npy("<f4", false, "1,", &f32::INFINITY.to_le_bytes())), &["byte 128 (element 0)", "inf"]);
    let y = f.file("y", &npy("<i8", false, "2,", &[0i64.to_le_bytes(), (-1i64).to_le_bytes()].concat()));
    let x = f.file("a", &npy("|u1", false, "2, 1", &[1, 2]));
    bad(set(Source::Npy { inputs: x, targets: Some(y), wanted: LABEL }).facts(), &["y: byte 136 (element 1)", "found -1"]);
}

#[test]
fn numpy_archives() {
    let f = Folder::new("npz");
    let (x, y) = (npy("|u1", false, "3, 2", &[1, 2, 3, 4, 5, 6]), npy("<i4", false, "3,", &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]));
    let source =
        |path: String, inputs: &str| set(Source::Npz { path, inputs: inputs.into(), targets: Some("y".into()), wanted: LABEL });
    for deflate in [false, true] {
        let bytes = archive(&[("x.npy", &x), ("y.npy", &y)], deflate);
        let path = f.file("a.npz", &bytes);
        let e = read(&source(path.clone(), "x"));
        assert_eq!((e.inputs.clone(), labels(&e)), (Numbers::Single((1..=6).map(|k| k as f32).collect()), &[1, 0, 2][..]));
        bad(source(path, "z").facts(), &["no array `z`", "`x`, `y`"]);
        let mut broken = bytes.clone();
        broken[40] ^= 1;
        let path = f.file("b.npz", &broken);
        assert!(source(path, "x").materialise().is_err());
        bad(source(f.file("b.npz", &bytes[..bytes.len() - 30]), "x").facts(), &["not a whole zip archive"]);
    }
}

#[test]
fn images_in_folders() {
    let f = Folder::new("images");
    f.file("d/10/a.pgm", b"P2\n# grey\n2 1 10\n0 5\n");
    f.file("d/2/a.pgm", b"P5 2 1 255\n\x00\xff");
    let mut data = Vec::new();
    let mut e = png::Encoder::new(&mut data, 2, 1);
    e.set_color(png::ColorType::Grayscale);
    e.set_depth(png::BitDepth::Sixteen);
    e.write_header().and_then(|mut w| w.write_image_data(&[0x80, 0, 0xff, 0xff])).expect("an image");
    f.file("d/2/b.png", &data);
    f.file("d/2/readme.txt", b"no image");
    let d = set(Source::Images { folder: f.at("d") });
    let e = read(&d);
    assert_eq!((e.shape.as_slice(), labels(&e)), (&[1, 1, 2][..], &[0, 0, 1][..]));
    assert_eq!(e.inputs, Numbers::Single(vec![0.0, 1.0, 32768.0 / 65535.0, 1.0, 0.0, 0.5]));
    assert_eq!(d.facts().expect("facts").classes, ["2", "10"]);
    let colours = set(Source::Images { folder: f.at("c") });
    f.file("c/a/1.ppm", b"P6 2 1 255\n\x01\x02\x03\x04\x05\x06");
    f.file("c/b/1.ppm", b"P3 2 1 255 10 20 30 40 50 60");
    let e = read(&colours);
    assert_eq!(
        (e.shape, e.inputs),
        (vec![3, 1, 2], Numbers::Single([1, 4, 2, 5, 3, 6, 10, 40, 20, 50, 30, 60].map(|v| f32::from(v as u8) / 255.0).to_vec()))
    );
    f.file("c/b/1.ppm", b"P5 2 1 255\n\x00\xff");
    bad(colours.materialise(), &["1.ppm: 2 × 1 pixels of 1 channels", "of 3 channels"]);
    f.file("c/b/1.ppm", b"P5 2 1 255\n\x00");
    bad(colours.materialise(), &["1.ppm: byte 12", "end at byte 13"]);
    f.file("c/b/1.ppm", b"P2 2 1 9\n3 12");
    bad(colours.materialise(), &["pixel 1 is 12", "largest value 9"]);
    bad(set(Source::Images { folder: f.at("d/2") }).facts(), &["expected a folder for each class"]);
}

#[test]
fn tables_of_hdf5() {
    let f = Folder::new("hdf5");
    let path = f.at("a.h5");
    let make = || -> hdf5::Result<()> {
        let file = hdf5::File::create(&path)?;
        file.new_dataset_builder().with_data(&[1f32, 2.0, 3.0]).create("a")?;
        file.new_dataset_builder().with_data(&[4u8, 5, 6]).create("b")?;
        file.new_dataset_builder().with_data(&[true, false, true]).create("t")?;
        file.new_dataset_builder().with_data(&[2i64, 0, 1]).create("y")?;
        file.new_dataset_builder().with_data(&[7f64, f64::NAN]).create("short")?;
        file.close()
    };
    make().expect("a file");
    let source = |inputs: &[&str], targets: &[&str], wanted| {
        let names = |n: &[&str]| n.iter().map(|s| s.to_string()).collect();
        set(Source::Hdf5 { path: path.clone(), inputs: names(inputs), targets: names(targets), wanted })
    };
    let e = read(&source(&["a", "b", "t"], &["y"], LABEL));
    assert_eq!(
        (e.inputs.clone(), labels(&e)),
        (Numbers::Double(vec![1.0, 4.0, 1.0, 2.0, 5.0, 0.0, 3.0, 6.0, 1.0]), &[2, 0, 1][..])
    );
    let e = read(&source(&["a"], &["b"], Wanted::Values));
    assert_eq!(
        (e.inputs, e.targets),
        (Numbers::Single(vec![1.0, 2.0, 3.0]), Targets::Values { values: vec![4.0, 5.0, 6.0], shape: vec![1] })
    );
    bad(source(&["z"], &[], Wanted::Nothing).facts(), &["no data set `z`", "`a`"]);
    bad(source(&["a", "short"], &[], Wanted::Nothing).facts(), &["`short` has the shape 2", "`a` 3"]);
    bad(source(&["a"], &["short"], Wanted::Values).facts(), &["has 3 examples", "has 2"]);
    bad(source(&["short"], &[], Wanted::Nothing).materialise(), &["element 1", "NaN"]);
    let no = Source::Hdf5 {
        path: f.file("b.h5", b"\x89HDF\r\n\x1a\nrest"),
        inputs: vec!["a".into()],
        targets: vec![],
        wanted: Wanted::Nothing,
    };
    bad(set(no).facts(), &["not a whole HDF5 file"]);
}
