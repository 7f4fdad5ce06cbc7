//! A run as one HTML page that needs nothing else: no network, no other file, and no script to be read.
//!
//! It owns what stands on the page and how it looks; numbers, tables, figures, kernels' reasons and citations come from the rooms
//! that make them. All text of a run is escaped. The page is well-formed XML too, so that it can be checked.

mod code;
mod escape;
mod figures;
mod parts;
mod provenance;

use crate::cite;
use crate::plan::Plan;
use crate::plot::Figure;
use crate::results::RunResult;
use escape::{escape, paragraphs};
use std::fmt::Write;

/// A figure with its name and what is said below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub name: String,
    pub caption: String,
    pub figure: Figure,
}

/// What a page is made of.
pub struct Report<'a> {
    pub run: &'a RunResult,
    /// Where the plan in the file can be read.
    pub plan: Option<Plan>,
    pub pictures: Vec<Picture>,
    /// The result file's name, for the commands that the page shows.
    pub file: String,
}

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
pub fn page(report: &Report) -> String {
    let header = &report.run.header;
    let title = escape(&cite::title(header));
    let sections = sections(report);
    let mut out = String::new();
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; img-src data:\"/>\n\
         <meta name=\"generator\" content=\"ann {}\"/>\n<title>{title}</title>\n<style>/*<![CDATA[*/\n{STYLE}/*]]>*/</style>\n\
         </head>\n<body>\n<header>\n<h1>{title}</h1>\n",
        escape(&header.ann_version)
    );
    out.push_str(&provenance::byline(report));
    out.push_str("</header>\n<nav aria-label=\"Contents\"><ul>\n");
    for (id, name, _) in &sections {
        let _ = writeln!(out, "<li><a href=\"#{id}\">{name}</a></li>");
    }
    out.push_str("</ul></nav>\n<main>\n");
    for (id, name, body) in &sections {
        let _ = write!(out, "<section id=\"{id}\">\n<h2>{name}</h2>\n{body}</section>\n");
    }
    let _ = write!(
        out,
        "</main>\n<footer><p>Written by ann {} from <code>{}</code>. Everything on this page is in that file.</p></footer>\n\
         <div id=\"tip\" role=\"status\" hidden=\"hidden\"></div>\n<script>//<![CDATA[\n{SCRIPT}//]]></script>\n</body>\n</html>\n",
        escape(env!("CARGO_PKG_VERSION")),
        escape(&report.file)
    );
    out
}

/// What there is to say: identifier, heading and content of each section that has any.
fn sections(report: &Report) -> Vec<(&'static str, &'static str, String)> {
    let run = report.run;
    let all = [
        ("abstract", "Abstract", paragraphs(run.header.doc.as_deref().unwrap_or_default())),
        ("claims", "Claims", parts::claims(run)),
        ("figures", "Figures", figures::figures(&report.pictures)),
        ("results", "Results", parts::results(run)),
        ("parameters", "Parameters", parts::parameters(run)),
        ("script", "Script", code::sources(&run.header)),
        ("kernels", "Kernels and times", provenance::kernels(report)),
        ("warnings", "Warnings", parts::warnings(run)),
        ("again", "Run it again", provenance::again(report)),
        ("cite", "Cite", provenance::citation(&run.header)),
    ];
    all.into_iter().filter(|(_, _, body)| !body.is_empty()).collect()
}
