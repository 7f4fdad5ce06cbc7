//! The page of a result, what is beside a paper, and how two results are compared: through the command, read as others read it.

use crate::common;

use common::Folder;
use roxmltree::{Document, Node};
use std::path::Path;
use std::process::{Command, Output};

const ANN: &str = env!("CARGO_BIN_EXE_ann");

/// Exact, so that it is quick and its claims are certain; with texts that would be markup if they were not escaped.
const SCRIPT: &str = "## A ring & <b>its</b> energy, with `T < 3`.
##
## Second paragraph </script><evil/>.
experiment \"Rings <script>alert(1)</script> & co\" { seed: 7, authors: [\"A. One\", \"B. <Two>\"], doi: \"10.1/x\" }
use std.lattice
use std.spin
param h: Real = 0.5    ## the \"field\" <h>
sample scan over L in [4, 6], T in [1, 2, 3] {
    model: ising(chain(L), h: h)
    temperature: T
    method: exact
    observe { e = energy, m = mean(s) }
}
let gap = scan.e.at(T: 2, L: 4) - scan.e.at(T: 1, L: 4)
show gap
expect gap > 0
expect scan.m.at(T: 1, L: 4) < 0.5
plot energies { x: T, y: scan.e, by: L }
";

fn ann(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(ANN).current_dir(folder).args(arguments).output().expect("ann starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the command says, which must be well.
fn good(folder: &Path, arguments: &[&str]) -> String {
    let out = ann(folder, arguments);
    assert!(out.status.success(), "{arguments:?}\n{}{}", text(&out.stdout), text(&out.stderr));
    text(&out.stdout)
}

/// A folder with a run of the script and its page.
fn with_page(name: &str) -> (Folder, String) {
    let folder = Folder::new(name);
    folder.script("rings.ann", SCRIPT);
    // One of the claims is false.
    assert_eq!(ann(&folder.0, &["run", "rings.ann", "--no-plots"]).status.code(), Some(1));
    assert_eq!(good(&folder.0, &["report", "rings.h5"]), "rings.html\n");
    let page = std::fs::read_to_string(folder.file("rings.html")).unwrap();
    (folder, page)
}

fn all_text(node: Node) -> String {
    node.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect()
}

#[test]
fn the_page_says_everything_and_loads_nothing() {
    let (_folder, page) = with_page("page");
    let xml = page.strip_prefix("<!doctype html>\n").expect("a document of HTML 5");
    let document = Document::parse(xml).expect("well-formed");
    let nodes = || document.descendants().filter(Node::is_element);
    let section = |id: &str| nodes().find(|n| n.attribute("id") == Some(id)).unwrap_or_else(|| panic!("no {id}"));
    // Nothing of the script has become markup.
    assert!(!nodes().any(|n| n.has_tag_name("evil") || n.has_tag_name("Two") || n.has_tag_name("h")));
    assert_eq!(nodes().filter(|n| n.tag_name().name() == "script").count(), 1);
    // Nothing is loaded.
    for n in nodes() {
        assert!(!["link", "iframe", "object", "embed", "audio", "video", "base"].contains(&n.tag_name().name()), "{n:?}");
        for a in n.attributes() {
            let (name, value) = (a.name(), a.value());
            let inside = value.starts_with('#') || value.starts_with("data:");
            assert!(!matches!(name, "src" | "href" | "srcset" | "action" | "poster") || inside, "{name}={value}");
            assert!(!name.starts_with("on"), "{name}");
        }
    }
    assert!(!page.contains("@import") && !page.replace("url(#", "").contains("url("));
    for word in ["fetch(", "XMLHttpRequest", "WebSocket", "import(", "sendBeacon"] {
        assert!(!page.contains(word), "{word}");
    }
    // Identifiers are unique, and the contents lead to what is there.
    let mut ids: Vec<&str> = nodes().filter_map(|n| n.attribute("id")).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for link in nodes().filter_map(|n| n.attribute("href")).filter_map(|h| h.strip_prefix('#')) {
        assert!(ids.contains(&link), "{link}");
    }
    // Every claim with its verdict.
    let claims: Vec<String> = section("claims").descendants().filter(|n| n.tag_name().name() == "li").map(all_text).collect();
    assert_eq!(claims.len(), 2);
    assert!(claims[0].starts_with("holds gap > 0"), "{claims:?}");
    assert!(claims[1].starts_with("fails scan.m.at(T: 1, L: 4) < 0.5"), "{claims:?}");
    // The script, letter by letter.
    let code = section("script").descendants().find(|n| n.attribute("class") == Some("code")).expect("code");
    assert_eq!(all_text(code), SCRIPT.trim_end());
    let coloured = |class: &str| code.descendants().any(|n| n.attribute("class") == Some(class));
    assert!(["c-keyword", "c-number", "c-documentation", "c-setting", "c-function"].into_iter().all(coloured));
    // The figure, and a place to point at for each number.
    let figures = section("figures");
    assert_eq!(figures.descendants().filter(|n| n.tag_name().name() == "svg").count(), 1);
    let told: Vec<String> = figures.descendants().filter(|n| n.tag_name().name() == "title").map(all_text).collect();
    assert_eq!(told.len(), 6, "{told:?}");
    assert!(told[0].contains("T = 1") && told[0].contains('4'), "{told:?}");
    for (id, part) in [
        ("abstract", "Second paragraph </script><evil/>."),
        ("results", "gap"),
        ("parameters", "the \"field\" <h>"),
        ("kernels", "exact"),
        ("warnings", "None."),
        ("again", "ann run rings.ann --seed 7"),
        ("again", "ann reproduce rings.h5"),
        ("cite", "@misc{run"),
        ("cite", "A. One and B. <Two>"),
    ] {
        let said = all_text(section(id));
        assert!(said.contains(part), "{id}: {part}\n{said}");
    }
    let heading = nodes().find(|n| n.tag_name().name() == "h1").map(all_text);
    assert_eq!(heading.as_deref(), Some("Rings <script>alert(1)</script> & co"));
}

/// Run in the page: points at a number, zooms, and says what came of it.
const PROBE: &str = "<script>//<![CDATA[
window.addEventListener('load', function () {
  var svg = document.querySelector('.plot svg'), circle = svg.querySelector('.spots circle');
  var box = circle.getBoundingClientRect(), before = svg.getAttribute('viewBox');
  svg.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, pointerId: 1 }));
  var tip = document.getElementById('tip'), told = tip.hidden ? 'nothing' : tip.textContent;
  document.querySelector('.tools button').click();
  var after = svg.getAttribute('viewBox'), root = document.documentElement;
  window.parent.postMessage([told, before !== after, root.scrollWidth - root.clientWidth, window.innerWidth,
    getComputedStyle(document.body).backgroundColor].join('|'), '*');
});
//]]></script></body>";

/// The page in a frame as wide as a telephone or a screen: a window of the browser itself has a least width.
fn framed(width: u32) -> String {
    format!(
        "<!doctype html><html><head><meta name=\"color-scheme\" content=\"light dark\"></head><body><script>
         window.addEventListener('message', function (e) {{ document.body.setAttribute('data-probe', e.data); }});
         </script><iframe src=\"probe.html\" style=\"border:0;width:{width}px;height:1500px\"></iframe></body></html>"
    )
}

/// The browser that is installed, if one is.
fn browser() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success()));
    if found.is_none() {
        eprintln!("no Chromium is installed: the page is not opened in a browser");
    }
    found
}

/// What the probe says of `probe.html` in a folder.
fn probed(browser: &str, folder: &Folder, width: u32, dark: bool) -> Vec<String> {
    std::fs::write(folder.file("frame.html"), framed(width)).unwrap();
    let out = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"])
        .args(["--disable-sync", "--hide-scrollbars", "--virtual-time-budget=3000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.file("profile").display()))
        .arg("--window-size=1400,1600")
        .arg(format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }))
        .arg(format!("file://{}", folder.file("frame.html").display()))
        .output()
        .unwrap();
    let dom = text(&out.stdout);
    let said = dom.split("data-probe=\"").nth(1).and_then(|d| d.split('"').next()).unwrap_or_default();
    let parts: Vec<String> = said.split('|').map(str::to_string).collect();
    assert_eq!(parts.len(), 5, "{said}\n{}", text(&out.stderr));
    parts
}

#[test]
fn the_page_works_in_a_browser_wide_and_narrow_light_and_dark() {
    let Some(browser) = browser() else { return };
    let (folder, page) = with_page("browser");
    std::fs::write(folder.file("probe.html"), page.replacen("</body>", PROBE, 1)).unwrap();
    for (width, dark) in [(1280, false), (390, true)] {
        let parts = probed(browser, &folder, width, dark);
        assert!(parts[0].contains("T = 1"), "pointing at a number tells {parts:?}");
        assert_eq!(parts[1], "true", "the figure is zoomed");
        assert_eq!((parts[2].as_str(), parts[3].as_str()), ("0", width.to_string().as_str()), "nothing is wider than the window");
        assert_eq!(parts[4], if dark { "rgb(21, 24, 28)" } else { "rgb(255, 255, 255)" });
    }
}

#[test]
fn surfaces_and_rasters_tell_their_numbers() {
    for (name, plot, count, first) in [
        ("surface", "field: [[1, 2, 3], [2, 3, 4]], style: surface, label: \"height\"", 6, "column = 0, row = 0: height = 1"),
        ("raster", "events: [[], [7, 9]]", 2, "time = 7, unit = 1"),
    ] {
        let folder = Folder::new(name);
        folder.script("a.ann", &format!("plot figure {{ {plot} }}\n"));
        good(&folder.0, &["run", "a.ann", "--no-plots", "--quiet"]);
        good(&folder.0, &["report", "a.h5"]);
        let page = std::fs::read_to_string(folder.file("a.html")).unwrap();
        let document = Document::parse(page.strip_prefix("<!doctype html>\n").unwrap()).expect("well-formed");
        let told: Vec<String> = document.descendants().filter(|n| n.tag_name().name() == "title").map(all_text).collect();
        let told: Vec<&String> = told.iter().filter(|t| t.contains(" = ")).collect();
        assert_eq!((told.len(), told[0].as_str()), (count, first), "{told:?}");
        let Some(browser) = browser() else { continue };
        std::fs::write(folder.file("probe.html"), page.replacen("</body>", PROBE, 1)).unwrap();
        let parts = probed(browser, &folder, 800, false);
        assert_eq!((parts[0].as_str(), parts[1].as_str()), (first, "true"));
    }
}

const WITH_DATA: &str = "use \"./parts/common.ann\"
use std.lattice
param h: Real = 0.1
couplings J = graph(\"../data/ring.txt\")
model glass() {
    spins s on J in {-1, +1}
    energy = -sum(<i, j> in J: J[i, j] * s[i] * s[j]) - strength * h * sum(i in s: s[i])
}
sample cold over T in [1, 2] { model: glass(), temperature: T, sweeps: 200, warmup: 20, method: heat_bath, observe { e = energy } }
expect cold.e.at(T: 1) < 0
";

/// A run in `work/run`, whose data lie above it, and its archive.
fn archived(name: &str) -> Folder {
    let folder = Folder::new(name);
    std::fs::create_dir_all(folder.file("work/run/parts")).unwrap();
    std::fs::create_dir_all(folder.file("work/data")).unwrap();
    std::fs::create_dir_all(folder.file("elsewhere")).unwrap();
    folder.script("work/run/glass.ann", WITH_DATA);
    folder.script("work/run/parts/common.ann", "let strength = 2\n");
    std::fs::write(folder.file("work/data/ring.txt"), "0 1 1.0\n1 2 -1.0\n2 3 1.0\n3 0 1.0\n").unwrap();
    good(&folder.file("work"), &["run", "run/glass.ann", "--set", "h=0.2", "--seed", "11", "-o", "glass.h5"]);
    good(&folder.file("work"), &["bundle", "glass.h5", "-o", "../elsewhere/glass.zip"]);
    folder
}

#[test]
fn an_archive_runs_elsewhere_and_gives_the_same_numbers() {
    let folder = archived("bundle");
    let (first, zip) = (folder.file("work/glass.h5"), folder.file("elsewhere/glass.zip"));
    let before = ann_lang::store::read(&first).unwrap();
    // Nothing is left of where it was made.
    std::fs::rename(folder.file("work"), folder.file("gone")).unwrap();
    let there = folder.file("elsewhere");
    good(&there, &["run", "glass.zip", "--quiet"]);
    let again = ann_lang::store::read(&there.join("glass.h5")).unwrap();
    assert_eq!(common::numbers(&again), common::numbers(&before));
    assert_eq!((again.header.seed, &again.header.overrides), (11, &before.header.overrides));
    let said = good(&there, &["reproduce", "glass.zip"]);
    assert!(said.contains("cold/e ") && said.contains("reproduced: 3 data sets: 3 identical"), "{said}");
    // A value of one's own goes before that of the archive.
    good(&there, &["run", "glass.zip", "--set", "h=0.3", "-o", "other.h5", "--quiet"]);
    let diff = ann(&there, &["diff", "glass.h5", "other.h5"]);
    let said = text(&diff.stdout);
    assert_eq!(diff.status.code(), Some(1), "{said}");
    assert!(said.contains("differs: the parameter `h`: 0.2 and 0.3"), "{said}");
    let diff = ann(&there, &["diff", "glass.h5", "glass.h5"]);
    assert!(diff.status.success() && text(&diff.stdout).contains("identical"), "{}", text(&diff.stdout));

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packages = root.join(".tools/python");
    assert!(
        packages.join("rocrate").exists(),
        "rocrate is not there: run the tests with `make test`, which installs it into .tools/"
    );
    let checked = Command::new("python3")
        .env("PYTHONPATH", &packages)
        .arg(root.join("tests/python/check_rocrate.py"))
        .arg(&zip)
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}{}", text(&checked.stdout), text(&checked.stderr));
}

/// The archive with one entry changed, or one more.
fn changed(from: &Path, to: &Path, name: &str, content: &[u8]) {
    use std::io::{Read, Write};
    let mut archive = zip::ZipArchive::new(std::fs::File::open(from).unwrap()).unwrap();
    let mut out = zip::ZipWriter::new(std::fs::File::create(to).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for k in 0..archive.len() {
        let mut entry = archive.by_index(k).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if entry.name() != name {
            out.start_file(entry.name(), options).unwrap();
            out.write_all(&bytes).unwrap();
        }
    }
    out.start_file(name, options).unwrap();
    out.write_all(content).unwrap();
    out.finish().unwrap();
}

#[test]
fn archives_that_were_changed_are_refused() {
    let folder = archived("tampered");
    let there = folder.file("elsewhere");
    let zip = there.join("glass.zip");
    let metadata = {
        use std::io::Read;
        let mut archive = zip::ZipArchive::new(std::fs::File::open(&zip).unwrap()).unwrap();
        let mut text = String::new();
        archive.by_name("ro-crate-metadata.json").unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let led_out = metadata.replace("experiment/data/ring.txt", "../../stolen.txt");
    assert_ne!(led_out, metadata);
    for (name, content, why) in [
        ("experiment/data/ring.txt", &b"0 1 5.0\n"[..], "checksum"),
        ("../evil.txt", &b"x"[..], "outside"),
        ("/evil.txt", &b"x"[..], "outside"),
        ("ro-crate-metadata.json", led_out.as_bytes(), "outside"),
        ("ro-crate-metadata.json", &b"{}"[..], "@graph"),
    ] {
        changed(&zip, &there.join("bad.zip"), name, content);
        let out = ann(&there, &["run", "bad.zip"]);
        let said = text(&out.stderr);
        assert_eq!(out.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains("E0803") && said.contains(why), "{name}: {said}");
        assert!(!there.join("bad.h5").exists() && !folder.file("evil.txt").exists());
    }
    // Data that nobody else has.
    let script = WITH_DATA.replace("../data/ring.txt", &folder.file("work/data/ring.txt").display().to_string());
    folder.script("work/run/absolute.ann", &script);
    good(&folder.file("work/run"), &["run", "absolute.ann", "--quiet"]);
    let out = ann(&folder.file("work/run"), &["bundle", "absolute.h5"]);
    assert!(text(&out.stderr).contains("absolute path") && out.status.code() == Some(2), "{}", text(&out.stderr));
}

#[test]
fn a_run_says_what_to_cite() {
    let (folder, _) = with_page("cite");
    let said = good(&folder.0, &["cite", "rings.h5"]);
    assert!(
        said.contains("@misc{run") && said.contains("author = {A. One and B. <Two>}") && said.contains("@software{ann,"),
        "{said}"
    );
    let said = good(&folder.0, &["cite"]);
    assert!(said.starts_with("@software{ann,") && said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    let cff = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CITATION.cff")).unwrap();
    assert!(cff.contains(&format!("version: {}", env!("CARGO_PKG_VERSION"))), "{cff}");
    assert!(cff.contains(ann_lang::cite::TITLE) && cff.contains(ann_lang::cite::DEVELOPERS), "{cff}");
}
