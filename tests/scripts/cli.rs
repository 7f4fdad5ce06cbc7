//! The command from outside: exit status, streams, message formats, and the prompt fed by a pipe.

use assert_cmd::Command;
use std::path::{Path, PathBuf};

/// A small run that is exact, so that it is quick and its claims are certain.
const SMALL: &str = "use std.lattice
use std.spin

param h: Real = 0.5    ## the field

sample scan over T in [1, 2] {
    model: ising(chain(6), h: h)
    temperature: T
    method: exact
    observe { e = energy }
}

show scan.e.at(T: 1)
expect scan.e.at(T: 1) < scan.e.at(T: 2)
";

/// An empty folder of a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The command in a folder, without what the surroundings may say.
fn ann(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ann"));
    command.current_dir(folder).env_remove("NO_COLOR").env("XDG_DATA_HOME", folder.join("data"));
    command
}

struct Said {
    status: i32,
    out: String,
    err: String,
}

fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    Said {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_run_writes_shows_and_goes_on() {
    let folder = folder("run");
    write(&folder, "small.ann", SMALL);
    let first = said(ann(&folder).args(["run", "small.ann"]));
    assert_eq!(first.status, 0, "{}", first.err);
    assert!(folder.join("small.h5").is_file());
    for part in ["scan\n", "scan.e.at(T: 1) = -", "holds  scan.e.at(T: 1) < scan.e.at(T: 2)"] {
        assert!(first.out.contains(part), "{part}: {}", first.out);
    }
    assert!(first.err.contains("2 points computed") && first.err.contains("small.h5"), "{}", first.err);
    assert!(!first.out.contains('\u{1b}') && !first.err.contains('\u{1b}'));
    let second = said(ann(&folder).args(["run", "small.ann"]));
    assert!(second.err.contains("0 points computed, 2 kept"), "{}", second.err);
    assert_eq!(second.out, first.out);
    let fresh = said(ann(&folder).args(["run", "small.ann", "--fresh", "--quiet", "--set", "h=0.25"]));
    assert_eq!((fresh.status, fresh.err.as_str()), (0, ""));
    assert!(!fresh.out.contains("scan\n") && fresh.out.contains("holds"), "{}", fresh.out);
}

#[test]
fn a_false_claim_is_1_and_a_wrong_script_2() {
    let folder = folder("status");
    write(&folder, "false.ann", "expect 1 > 2\n");
    let wrong = said(ann(&folder).args(["run", "false.ann"]));
    assert_eq!(wrong.status, 1, "{}", wrong.err);
    assert!(wrong.out.contains("FAILS  1 > 2"), "{}", wrong.out);
    write(&folder, "wrong.ann", "let x = y\nlet z = ln(-1)\n");
    let wrong = said(ann(&folder).args(["run", "wrong.ann"]));
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("E0201") && wrong.err.contains("E0501") && wrong.out.is_empty(), "{}", wrong.err);
    assert!(!folder.join("wrong.h5").exists());
    for line in [
        &["run", "missing.ann"][..],
        &["run", "false.ann", "--threads", "0"],
        &["run", "false.ann", "--set", "M=1"],
        &["run"],
        &[],
        &["check"],
    ] {
        let wrong = said(ann(&folder).args(line));
        assert_eq!(wrong.status, 2, "{line:?}: {}", wrong.err);
        assert!(!wrong.err.is_empty() && wrong.out.is_empty(), "{line:?}");
    }
}

#[test]
fn messages_have_three_formats() {
    let folder = folder("formats");
    write(&folder, "wrong.ann", "let x = 1\nlet z = y + x\n");
    let human = said(ann(&folder).args(["check", "wrong.ann"]));
    assert!(human.err.contains("wrong.ann:2:9") && human.err.contains("E0201"), "{}", human.err);
    let short = said(ann(&folder).args(["check", "wrong.ann", "--message-format", "short"]));
    assert!(short.err.starts_with("wrong.ann:2:9: error[E0201]: `y` is not defined"), "{}", short.err);
    let json = said(ann(&folder).args(["--message-format", "json", "check", "wrong.ann"]));
    let object: serde_json::Value = serde_json::from_str(json.err.lines().next().unwrap()).unwrap();
    assert_eq!((&object["code"], &object["line"], &object["column"]), (&"E0201".into(), &2.into(), &9.into()));
    let usage = said(ann(&folder).args(["run", "wrong.ann", "--message-format=json", "--nonsense"]));
    let object: serde_json::Value = serde_json::from_str(usage.err.trim()).unwrap();
    assert_eq!((usage.status, &object["code"]), (2, &"E0805".into()));
    let painted = said(ann(&folder).args(["--color", "always", "check", "wrong.ann"]));
    assert!(painted.err.contains('\u{1b}'));
    let plain = said(ann(&folder).args(["check", "wrong.ann"]).env("NO_COLOR", "1"));
    assert!(!plain.err.contains('\u{1b}'));
}

#[test]
fn slips_on_the_command_line_are_met_with_advice() {
    let folder = folder("slips");
    write(&folder, "a.ann", "show 1\n");
    let verb = said(ann(&folder).arg("chekc"));
    assert_eq!(verb.status, 2);
    assert!(verb.err.contains("check"), "{}", verb.err);
    let file = said(ann(&folder).arg("a.ann"));
    assert_eq!(file.status, 2);
    assert!(file.err.contains("ann run a.ann"), "{}", file.err);
    let result = said(ann(&folder).arg("a.h5"));
    assert!(result.err.contains("ann show a.h5"), "{}", result.err);
    for flag in ["--help", "--version"] {
        let help = said(ann(&folder).arg(flag));
        assert_eq!(help.status, 0);
        assert!(help.out.contains("ann") && help.err.is_empty());
    }
}

#[test]
fn check_takes_folders_and_standard_input() {
    let folder = folder("check");
    std::fs::create_dir(folder.join("inner")).unwrap();
    write(&folder, "a.ann", "show 1\n");
    write(&folder, "inner/b.ann", SMALL);
    write(&folder, "inner/c.txt", "let let let");
    let good = said(ann(&folder).args(["check", "."]));
    assert_eq!(good.status, 0, "{}", good.err);
    assert!(good.out.contains("a.ann: no errors") && good.out.contains("b.ann: no errors, 1 task, 2 points"), "{}", good.out);
    let stdin = said(ann(&folder).args(["check", "-"]).write_stdin("let x = 1 +\n"));
    assert_eq!(stdin.status, 2);
    assert!(stdin.err.contains("E0101"), "{}", stdin.err);
    std::fs::write(folder.join("bytes.ann"), b"let x = \xff\xfe\n").unwrap();
    let bytes = said(ann(&folder).args(["check", "bytes.ann"]));
    assert_eq!(bytes.status, 2);
    assert!(bytes.err.contains("E0801") && bytes.err.contains("UTF-8"), "{}", bytes.err);
}

#[test]
fn fmt_changes_only_what_it_must() {
    let folder = folder("fmt");
    write(&folder, "ugly.ann", "let   x=1+2\n");
    write(&folder, "wrong.ann", "let = 3\n");
    let check = said(ann(&folder).args(["fmt", "--check", "ugly.ann"]));
    assert_eq!((check.status, check.out.as_str()), (1, "ugly.ann\n"));
    assert_eq!(std::fs::read_to_string(folder.join("ugly.ann")).unwrap(), "let   x=1+2\n");
    let done = said(ann(&folder).args(["fmt", "ugly.ann"]));
    assert_eq!((done.status, done.out.as_str(), done.err.as_str()), (0, "", ""));
    assert_eq!(std::fs::read_to_string(folder.join("ugly.ann")).unwrap(), "let x = 1 + 2\n");
    assert_eq!(said(ann(&folder).args(["fmt", "--check", "ugly.ann"])).status, 0);
    assert_eq!(said(ann(&folder).args(["fmt", "wrong.ann"])).status, 2);
    assert_eq!(std::fs::read_to_string(folder.join("wrong.ann")).unwrap(), "let = 3\n");
    let stdin = said(ann(&folder).args(["fmt", "-"]).write_stdin("let y=2"));
    assert_eq!(stdin.out, "let y = 2\n");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn doc_knows_names_and_codes() {
    let folder = folder("doc");
    for (name, part) in [
        ("linspace", "linspace(first"),
        ("sample", "warmup"),
        ("e0203", "Wrong"),
        ("square", "lattice square"),
        ("sample.chains", "R-hat"),
    ] {
        let page = said(ann(&folder).args(["doc", name]));
        assert_eq!(page.status, 0, "{name}: {}", page.err);
        assert!(page.out.contains(part), "{name}: {}", page.out);
    }
    let index = said(ann(&folder).arg("doc"));
    assert!(index.out.contains("wolff") && index.out.contains("std.spin") && index.out.contains("E0101"));
    let missing = said(ann(&folder).args(["doc", "linspacee"]));
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("`linspace`"), "{}", missing.err);
    let reference = said(ann(&folder).args(["doc", "--markdown"]));
    assert!(
        reference.out.starts_with("# Reference")
            && reference.out.contains("### `ann run`")
            && reference.out.contains("### E0203")
    );
}

#[test]
fn results_are_shown_and_reproduced() {
    let folder = folder("show");
    write(&folder, "field.ann", "use std.lattice\nfn ladder(n) = chain(n)\n");
    write(&folder, "small.ann", &format!("use \"./field.ann\" as field\n{SMALL}"));
    let run = said(ann(&folder).args(["run", "small.ann", "-o", "out.h5", "--set", "h=0.3", "--seed", "9"]));
    assert_eq!(run.status, 0, "{}", run.err);
    // The file carries its script and its module, so that it needs neither.
    std::fs::remove_file(folder.join("small.ann")).unwrap();
    std::fs::remove_file(folder.join("field.ann")).unwrap();
    let show = said(ann(&folder).args(["show", "out.h5"]));
    assert_eq!(show.status, 0, "{}", show.err);
    assert!(show.out.contains("seed 9") && show.out.contains("scan") && show.out.contains("holds"), "{}", show.out);
    assert!(said(ann(&folder).args(["show", "out.h5", "/"])).out.contains("scan/e"));
    assert_eq!(said(ann(&folder).args(["show", "out.h5", "scan"])).out.lines().count(), 3);
    assert!(said(ann(&folder).args(["show", "out.h5", "scan/e", "--plot"])).out.contains("scan.e"));
    let missing = said(ann(&folder).args(["show", "out.h5", "scan/f"]));
    assert_eq!(missing.status, 2);
    let foreign = said(ann(&folder).args(["show", "nothing.h5"]));
    assert!(foreign.status == 2 && foreign.err.contains("E0801"));
    let again = said(ann(&folder).args(["reproduce", "out.h5"]));
    assert_eq!(again.status, 0, "{}\n{}", again.out, again.err);
    assert!(
        again.out.contains("scan/e") && again.out.contains("identical") && again.out.contains("\nreproduced: "),
        "{}",
        again.out
    );
}

#[test]
fn test_counts_claims() {
    let folder = folder("test");
    write(&folder, "a.ann", "expect 1 < 2\nexpect 2 < 1\n");
    write(&folder, "b.ann", SMALL);
    let both = said(ann(&folder).args(["test", "."]));
    assert_eq!(both.status, 1, "{}", both.err);
    assert!(both.out.contains("a.ann: FAILS  2 < 1") && both.out.ends_with("2 passed, 1 failed\n"), "{}", both.out);
    assert_eq!(said(ann(&folder).args(["test", "b.ann"])).status, 0);
    write(&folder, "c.ann", "expect nonsense\n");
    assert_eq!(said(ann(&folder).args(["test", "c.ann", "b.ann"])).status, 2);
    assert!(!folder.join("b.h5").exists());
}

#[test]
fn stages_and_kernels_are_explained() {
    let folder = folder("explain");
    write(&folder, "small.ann", SMALL);
    let text = said(ann(&folder).args(["explain", "small.ann"]));
    assert_eq!(text.status, 0, "{}", text.err);
    assert!(text.out.contains("sample scan: 2 points") && text.out.contains("kernel"), "{}", text.out);
    let json = said(ann(&folder).args(["explain", "small.ann", "scan", "--json"]));
    let object: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(object["tasks"][0]["points"], 2);
    let missing = said(ann(&folder).args(["explain", "small.ann", "scam"]));
    assert!(missing.status == 2 && missing.err.contains("`scan`"), "{}", missing.err);
    let plan = said(ann(&folder).args(["run", "small.ann", "--emit", "plan"]));
    assert!(serde_json::from_str::<serde_json::Value>(&plan.out).is_ok());
    assert!(said(ann(&folder).args(["run", "small.ann", "--emit", "ast"])).out.contains("Script"));
    assert!(said(ann(&folder).args(["run", "small.ann", "--emit", "kernels"])).out.contains("scan"));
    assert!(!folder.join("small.h5").exists());
}

const TRAINED: &str = "use std.data
network classifier(width: Int) {
    input x: [2], label: class(2)
    h = relu(dense(x, width))
    y = dense(h, 2)
    loss = cross_entropy(y, label)
    metric accuracy = mean(argmax(y) == label)
}
train fit over width in [4, 8] {
    model: classifier(width)
    data: two_moons(100)
    batch: 10
    epochs: 7
    record every 1 epoch { acc = accuracy }
}
probe look of fit.at(width: 4) {
    observe {
        top = hessian_eigenvalues(largest: 2)
        trace = hessian_trace()
    }
}
";

#[test]
fn trainings_and_probes_are_explained() {
    let folder = folder("explain_training");
    write(&folder, "trained.ann", TRAINED);
    let text = said(ann(&folder).args(["explain", "trained.ann"]));
    assert_eq!(text.status, 0, "{}", text.err);
    for part in [
        "train fit: 2 points",
        "dense(4)",
        "relu",
        "22 weights",
        "sgd: batches of 10, 10 steps an epoch, 7 epochs",
        "in f32",
        "in f64",
    ] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
    let json = said(ann(&folder).args(["explain", "trained.ann", "--json"]));
    let object: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let (fit, look) = (&object["tasks"][0]["descents"], &object["tasks"][1]["descents"]);
    assert_eq!((fit[0]["variables"].as_u64(), fit[1]["variables"].as_u64()), (Some(22), Some(42)));
    let hidden = &fit[0]["layers"][2];
    assert_eq!(
        (hidden["name"].as_str(), hidden["kind"].as_str(), hidden["weights"].as_u64()),
        (Some("h"), Some("dense(4)"), Some(12))
    );
    // Two operations a weight, and one for each bias.
    assert_eq!(hidden["flops"].as_f64(), Some(20.0));
    assert_eq!(fit[0]["looks"][0]["times"].as_u64(), Some(8));
    // Small matrices are decomposed whole; between piecewise-linear layers the trace needs no product.
    assert_eq!(look[0]["looks"][0]["products"].as_f64(), Some(22.0));
    assert_eq!(look[0]["looks"][1]["products"].as_f64(), Some(0.0));
}

/// A reader that has had enough is no reason to fail.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_panic() {
    use std::process::{Command, Stdio};
    let folder = folder("pipe");
    for args in [&["doc", "--markdown"][..], &["--help"], &["doc"]] {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("ann"))
            .args(args)
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf_8_are_no_panic() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder("bytes");
    let name = OsStr::from_bytes(b"\xff\xfe.ann");
    std::fs::write(folder.join(name), "show 1 + 1\n").unwrap();
    let run = ann(&folder).args(["run", "-o", "out.h5"]).arg(name).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    for args in [[OsStr::new("run"), OsStr::new("--set")], [OsStr::new("doc"), name]] {
        let wrong = ann(&folder).args(args).arg(name).output().unwrap();
        assert_eq!(wrong.status.code(), Some(2));
        assert!(!String::from_utf8_lossy(&wrong.stderr).contains("panicked"));
    }
    assert_eq!(ann(&folder).arg(name).output().unwrap().status.code(), Some(2));
}

#[test]
fn the_prompt_reads_a_pipe() {
    let folder = folder("repl");
    let input = "let a = 2\na + 1\nuse std.lattice\nuse std.spin\n\
        sample scan over T in [1, 2] {\n    model: ising(chain(6))\n    temperature: T\n    method: exact\n    observe { e = energy }\n}\n\
        scan.e.at(T: 1) < scan.e.at(T: 2)\nlet a = 5\na\n## the answer\nlet answer = 42\nshow answer\n:doc pi\n:vars\n";
    let good = said(ann(&folder).arg("repl").write_stdin(input));
    assert_eq!((good.status, good.err.as_str()), (0, ""), "{}", good.out);
    let lines: Vec<&str> = good.out.lines().collect();
    assert_eq!(lines[0], "3");
    assert!(lines.contains(&"scan") && lines.contains(&"5") && lines.contains(&"answer = 42"), "{}", good.out);
    assert!(good.out.contains("circumference") && good.out.contains("answer  42"), "{}", good.out);
    assert!(!good.out.contains("ann>"));
    // A wrong line is reported and changes nothing.
    let wrong = said(ann(&folder).arg("repl").write_stdin("let a = 1\nlet a = b\na\n:qiut\n:quit\nlet never = 1 +\n"));
    assert_eq!(wrong.status, 1);
    assert_eq!(wrong.out, "1\n");
    assert!(wrong.err.contains("E0201") && wrong.err.contains(":quit") && !wrong.err.contains("E0101"), "{}", wrong.err);
}

#[test]
fn the_prompt_begins_with_a_script() {
    let folder = folder("repl_script");
    std::fs::create_dir(folder.join("inner")).unwrap();
    write(&folder, "inner/common.ann", "let c = 4\n");
    write(&folder, "inner/a.ann", "use \"./common.ann\" as m\nlet d = m.c + 1\nshow d\n");
    for (args, input) in [(&["repl", "inner/a.ann"][..], "d * 2\n"), (&["repl"], ":load inner/a.ann\nd * 2\n")] {
        let good = said(ann(&folder).args(args).write_stdin(input));
        assert_eq!((good.status, good.out.as_str()), (0, "d = 5\n10\n"), "{}", good.err);
    }
    assert_eq!(said(ann(&folder).args(["repl", "missing.ann"]).write_stdin("")).status, 2);
}
