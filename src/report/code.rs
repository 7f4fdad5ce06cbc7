//! Scripts in their colours.

use super::escape::escape;
use crate::results::Header;
use crate::syntax::classes;

/// A script as markup, a line number before each line.
pub(super) fn code(text: &str) -> String {
    let mut out = String::from("<pre class=\"code\"><code>");
    let mut at = 0;
    for (range, class) in classes(text) {
        out.push_str(&escape(&text[at..range.start]));
        out.push_str(&format!("<span class=\"c-{}\">{}</span>", class.name(), escape(&text[range.clone()])));
        at = range.end;
    }
    out.push_str(&escape(text[at..].trim_end()));
    out.push_str("</code></pre>\n");
    out
}

/// The script, and the modules of its own that it used; those of the standard library by name.
pub(super) fn sources(header: &Header) -> String {
    let mut out = String::new();
    let mut library: Vec<String> = Vec::new();
    for (k, (name, text)) in header.sources.iter().enumerate() {
        if name.starts_with("std.") && k > 0 {
            library.push(format!("<code>{}</code>", escape(name)));
            continue;
        }
        let file = name.rsplit('/').next().unwrap_or(name);
        out.push_str(&format!("<h3>{}</h3>\n{}", escape(if k == 0 { file } else { name }), code(text)));
    }
    if !library.is_empty() {
        out.push_str(&format!("<p class=\"small\">Of the standard library: {}.</p>\n", library.join(", ")));
    }
    out
}
