use super::*;

fn ok(name: &str, text: &str) -> CouplingFile {
    parse(name, text).unwrap_or_else(|e| panic!("{e}"))
}

#[track_caller]
fn bad(name: &str, text: &str, parts: &[&str]) {
    let reason = parse(name, text).expect_err(text);
    for part in parts {
        assert!(reason.contains(part), "`{reason}` does not say `{part}`");
    }
}

#[test]
fn edge_lists() {
    let f = ok("g.txt", "# a comment\n0 1\n\n2 1   # here too\r\n");
    assert_eq!((f.format, f.n, f.edges, f.weights), (Format::EdgeList, 3, vec![(0, 1), (1, 2)], None));
    let f = ok("g.csv", "source,target,weight\n0, 3, -1.5\n1,2,2e-1\n");
    assert_eq!((f.n, f.edges, f.weights), (4, vec![(0, 3), (1, 2)], Some(vec![-1.5, 0.2])));
    assert_eq!(ok("g", "% n = 10\n0 1 1").n, 10);
    assert_eq!(ok("g", "# n: about ten\n0 1 1").n, 2);
}

#[test]
fn malformed_edge_lists() {
    bad("g", "0 1\n1 2 3\n", &["g:2:", "expected 2 fields as on line 1", "found 3"]);
    bad("g", "0 1\n1\n", &["g:2:", "found 1 fields"]);
    bad("g", "0 1\n\n1 -2\n", &["g:3:", "whole number from 0", "`-2`"]);
    bad("g", "0 1\n1 two\n", &["g:2:", "`two`"]);
    bad("g", "0 1 nan\n", &["g:1:", "finite weight", "`nan`"]);
    bad("g", "0 1 inf\n", &["g:1:", "finite"]);
    bad("g", "0 1 1.5x\n", &["g:1:", "a number", "`1.5x`"]);
    bad("g", "0 1\n4 4\n", &["g:2:", "site 4 to itself"]);
    bad("g", "0 1\n1 2\n1 0\n", &["g:3:", "between sites 0 and 1 is already on line 1"]);
    bad("g", "# n = 3\n0 3\n", &["g:2:", "site 3 is out of range", "3 sites"]);
    bad("g", "0 99999999999\n", &["g:1:", "2^32"]);
    bad("g", "# nothing\n", &["found none"]);
    bad("g", "", &["g is empty"]);
    bad("g", "0 1\ni j\n", &["g:2:", "`i`"]);
}

#[test]
fn matrix_market() {
    let text = "%%MatrixMarket matrix coordinate real symmetric\n% a comment\n4 4 3\n2 1 0.5\n4 2 -1\n3 3 0\n";
    let f = ok("j.dat", text);
    assert_eq!((f.format, f.n, f.edges, f.weights), (Format::MatrixMarket, 4, vec![(0, 1), (1, 3)], Some(vec![0.5, -1.0])));
    let f = ok("j.mtx", "%%MatrixMarket matrix coordinate pattern general\n3 3 3\n1 2\n2 1\n2 3\n");
    assert_eq!((f.edges, f.weights), (vec![(0, 1), (1, 2)], None));
    assert!(f.note.contains("one coupling"));
    let f = ok("j.mtx", "%%MatrixMarket matrix coordinate integer general\n3 3 2\n3 1 7\n2 3 -2");
    assert_eq!((f.edges, f.weights), (vec![(0, 2), (1, 2)], Some(vec![7.0, -2.0])));
}

#[test]
fn malformed_matrix_market() {
    let real = |rest: &str| format!("%%MatrixMarket matrix coordinate real symmetric\n{rest}");
    bad("j.mtx", "3 3 1\n1 2 1\n", &["j.mtx:1:", "%%MatrixMarket"]);
    bad("j.mtx", "%%MatrixMarket matrix coordinate real\n", &["j.mtx:1:", "found 4 words"]);
    bad("j.mtx", "%%MatrixMarket matrix array real general\n", &["coordinate", "`array`"]);
    bad("j.mtx", "%%MatrixMarket matrix coordinate complex general\n", &["real", "`complex`"]);
    bad("j.mtx", "%%MatrixMarket matrix coordinate real skew-symmetric\n", &["`skew-symmetric`"]);
    bad("j.mtx", &real(""), &["the file ends"]);
    bad("j.mtx", &real("3 4 1\n1 2 1\n"), &["j.mtx:2:", "square", "3 rows and 4 columns"]);
    bad("j.mtx", &real("3 3\n"), &["j.mtx:2:", "found 2 fields"]);
    bad("j.mtx", &real("3 3 2\n1 2 1\n"), &["j.mtx:3:", "expected 2 entries as line 2 says", "after 1"]);
    bad("j.mtx", &real("3 3 1\n1 2 1\n1 3 1\n"), &["j.mtx:4:", "found more"]);
    bad("j.mtx", &real("3 3 1\n0 2 1\n"), &["j.mtx:3:", "from 1", "found 0"]);
    bad("j.mtx", &real("3 3 1\n4 2 1\n"), &["j.mtx:3:", "site 4 is out of range"]);
    bad("j.mtx", &real("3 3 1\n2 1 NaN\n"), &["j.mtx:3:", "finite"]);
    bad("j.mtx", &real("3 3 1\n2 1\n"), &["j.mtx:3:", "`row column value`"]);
    bad("j.mtx", &real("3 3 1\n2 2 1\n"), &["j.mtx:3:", "diagonal", "(2, 2)"]);
    bad("j.mtx", &real("3 3 2\n2 1 1\n1 2 1\n"), &["j.mtx:4:", "already on line 3"]);
    bad("j.mtx", &real("0 0 0\n"), &["j.mtx:2:", "at least one site"]);
    let general = "%%MatrixMarket matrix coordinate real general\n3 3 2\n1 2 1\n2 1 2\n";
    bad("j.mtx", general, &["j.mtx:4:", "not symmetric", "1 on line 3 and 2 here"]);
    let thrice = "%%MatrixMarket matrix coordinate real general\n3 3 3\n1 2 1\n2 1 1\n2 1 1\n";
    bad("j.mtx", thrice, &["j.mtx:5:", "already on line 4"]);
    bad("j.mtx", "%%MatrixMarket matrix coordinate integer general\n3 3 1\n1 2 1.5\n", &["j.mtx:3:", "whole number", "`1.5`"]);
}

#[test]
fn gset() {
    for name in ["G1", "g.rud"] {
        let f = ok(name, "4 3\n1 2 1\n2 3 -1\n4 1 1\n");
        assert_eq!((f.format, f.n, f.edges), (Format::Rudy, 4, vec![(0, 1), (1, 2), (0, 3)]));
        assert_eq!(f.weights, Some(vec![1.0, -1.0, 1.0]));
    }
    assert_eq!(ok("g.rud", "3 1\n1 3\n").weights, None);
    assert_eq!(ok("g.txt", "4 3\n1 2\n").format, Format::EdgeList);
}

#[test]
fn malformed_gset() {
    bad("G1", "4 3\n1 2 1\n2 3 -1\n", &["G1:3:", "expected 3 edges as line 1 says", "after 2"]);
    bad("G1", "4 1\n1 2 1\n2 3 -1\n", &["G1:3:", "found more"]);
    bad("G1", "4 2\n0 2 1\n2 3 -1\n", &["G1:2:", "from 1", "found 0"]);
    bad("G1", "4 2\n1 2 1\n2 5 -1\n", &["G1:3:", "site 5 is out of range"]);
    bad("G1", "4 2\n1 2 1\n2 1 1\n", &["G1:3:", "between sites 1 and 2 is already on line 2"]);
    bad("G1", "4 2\n1 2 1\n3 3 1\n", &["G1:3:", "site 3 to itself"]);
    bad("G1", "4 2\n1 2 1\n2 3\n4 1 NaN\n", &["G1:4:"]);
    bad("g.rud", "4\n1 2 1\n", &["g.rud:1:", "`n m`"]);
    bad("g.rud", "5000000000 1\n1 2 1\n", &["g.rud:1:", "2^32"]);
}

#[test]
fn qubo() {
    let f = ok("q", "c a remark\np qubo 0 4 2 1\n0 0 1.5\n2 2 -1\n0 2 3\n");
    assert_eq!((f.format, f.n, f.edges), (Format::Qubo, 4, vec![(0, 2)]));
    assert_eq!((f.weights, f.linear), (Some(vec![3.0]), Some(vec![1.5, 0.0, -1.0, 0.0])));
    let f = ok("q.coo", "# vartype=BINARY\n0 1 -1\n1 1 2\n");
    assert_eq!((f.n, f.edges, f.linear), (2, vec![(0, 1)], Some(vec![0.0, 2.0])));
}

#[test]
fn malformed_qubo() {
    bad("q", "p qubo 0 4 2\n", &["q:1:", "`p qubo TARGET SITES DIAGONALS COUPLERS`"]);
    bad("q", "p qubo 0 4 1 1\n0 0 1\n", &["q:2:", "1 diagonal entries and 1 couplers as line 1 says", "found 1 and 0"]);
    bad("q", "p qubo 0 4 1 1\n0 0 1\n0 4 1\n", &["q:3:", "site 4 is out of range"]);
    bad("q", "p qubo 0 4 2 0\n0 0 1\n0 0 2\n", &["q:3:", "diagonal entry of site 0 is already on line 2"]);
    bad("q", "p qubo 0 4 0 2\n0 1 1\n1 0 2\n", &["q:3:", "already on line 2"]);
    bad("q", "p qubo 0 4 0 1\np qubo 0 4 0 1\n0 1 1\n", &["q:2:", "second"]);
    bad("q.qubo", "0 1 1\np qubo 0 4 0 1\n", &["q.qubo:2:", "before"]);
    bad("q.qubo", "0 1\n", &["q.qubo:1:", "`i j value`"]);
    bad("q.qubo", "0 1 x\n", &["q.qubo:1:", "`x`"]);
    bad("q.qubo", "c only\n", &["found none"]);
}

#[test]
fn json() {
    let f = ok("g.json", r#"{"n": 4, "edges": [[0, 1, -0.5], [3, 2, 2]], "linear": [0, 0, 1, 0]}"#);
    assert_eq!((f.format, f.n, f.edges), (Format::Json, 4, vec![(0, 1), (2, 3)]));
    assert_eq!((f.weights, f.linear), (Some(vec![-0.5, 2.0]), Some(vec![0.0, 0.0, 1.0, 0.0])));
    let f = ok("g", "{\"edges\": [[0, 5]]}");
    assert_eq!((f.n, f.weights), (6, None));
    assert_eq!(ok("g", "{\"n\": 2, \"edges\": []}").edges, vec![]);
}

#[test]
fn malformed_json() {
    bad("g.json", "{\"n\": 4,\n \"edges\": [[0, 1]", &["g.json:2:", "ends inside"]);
    bad("g.json", "{\"n\": 4,\n \"edges\": [[0, 1],]}", &["g.json:2:", "column"]);
    bad("g.json", "[1, 2]", &["object"]);
    bad("g.json", "{\"n\": 4}", &["edges"]);
    bad("g.json", "{\"m\": 4, \"edges\": []}", &["unknown entry `m`"]);
    bad("g.json", "{\"n\": -4, \"edges\": []}", &["`n`", "-4"]);
    bad("g.json", "{\"edges\": []}", &["`n` or at least one edge"]);
    bad("g.json", "{\"n\": 2, \"edges\": [[0, 2]]}", &["edge 0", "out of range"]);
    bad("g.json", "{\"edges\": [[0, 1], [1, 1]]}", &["edge 1", "to itself"]);
    bad("g.json", "{\"edges\": [[0, 1], [1, 0]]}", &["edge 1", "already edge 0"]);
    bad("g.json", "{\"edges\": [[0, 1], [1, 2, 3]]}", &["edge 1", "expected 2 numbers, found 3"]);
    bad("g.json", "{\"edges\": [[0]]}", &["edge 0", "found 1"]);
    bad("g.json", "{\"edges\": [[0, 1, \"x\"]]}", &["edge 0", "weight", "`x`"]);
    bad("g.json", "{\"edges\": [[0, 1.5]]}", &["edge 0", "whole number", "1.5"]);
    bad("g.json", "{\"edges\": [[0, -1]]}", &["edge 0", "-1"]);
    bad("g.json", "{\"edges\": [3]}", &["edge 0", "found 3"]);
    bad("g.json", "{\"n\": 2, \"edges\": [], \"linear\": [1]}", &["2 linear terms", "found 1"]);
    bad("g.json", "{\"n\": 1, \"edges\": [], \"linear\": [null]}", &["linear term 0", "null"]);
}

/// Every prefix of every form is read or refused, and never more than that.
#[test]
fn truncated_files_are_refused_or_read() {
    let texts = [
        "%%MatrixMarket matrix coordinate real symmetric\n4 4 2\n2 1 0.5\n4 2 -1\n",
        "4 2\n1 2 1\n2 3 -1\n",
        "p qubo 0 4 1 1\n0 0 1\n0 2 3\n",
        "{\"n\": 4, \"edges\": [[0, 1, -0.5], [3, 2, 2]]}",
        "# é n = 4\n0 1 2\n1 2 3\n",
    ];
    for name in ["a", "a.mtx", "a.json", "a.qubo", "a.rud", "a.csv"] {
        for text in texts {
            for (at, _) in text.char_indices() {
                if let Err(reason) = parse(name, &text[..at]) {
                    assert!(reason.starts_with(name), "{reason}");
                }
            }
        }
    }
}

#[test]
fn files_that_are_not_text() {
    let folder = std::env::temp_dir().join(format!("ann-coupling-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path, "").map(|f| f.n)
    };
    assert!(write("h.h5", b"\x89HDF\r\n\x1a\n").unwrap_err().contains("HDF5"));
    assert!(write("z.gz", &[0x1f, 0x8b, 8, 0]).unwrap_err().contains("compressed"));
    assert!(write("b.txt", b"0 1\n\xff\xfe 2\n").unwrap_err().contains("b.txt:2:"));
    assert_eq!(write("bom.txt", "\u{feff}0 1\n1 2\n".as_bytes()), Ok(3));
    assert!(read(&folder.join("none.mtx"), "").unwrap_err().contains("no such file"));
    std::fs::remove_dir_all(&folder).unwrap();
}
