//! Text made safe for HTML and XML, and the small pieces of markup that all sections use.

/// A text as the content of an element or an attribute. What XML cannot hold becomes a replacement character.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A documentation text: paragraphs between blank lines, words between backticks as code.
pub(super) fn paragraphs(text: &str) -> String {
    let mut out = String::new();
    for paragraph in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) {
        out.push_str("<p>");
        out.push_str(&spans(paragraph));
        out.push_str("</p>\n");
    }
    out
}

/// A line of documentation, words between backticks as code.
pub(super) fn spans(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    let mut out = String::new();
    for (k, piece) in pieces.iter().enumerate() {
        let code = k % 2 == 1 && k + 1 < pieces.len();
        match (code, k % 2) {
            (true, _) => out.push_str(&format!("<code>{}</code>", escape(piece))),
            // One without a partner is a character like any other.
            (false, 1) => out.push_str(&format!("`{}", escape(piece))),
            _ => out.push_str(&escape(piece)),
        }
    }
    out
}

/// A table of cells that are markup already; the first `left` columns are text, the others numbers.
pub(super) fn table(head: &[String], rows: &[Vec<String>], left: usize) -> String {
    let side = |k: usize| if k < left { "" } else { " class=\"n\"" };
    let mut out = String::from("<div class=\"scroll\"><table>\n<thead><tr>");
    head.iter().enumerate().for_each(|(k, h)| out.push_str(&format!("<th scope=\"col\"{}>{h}</th>", side(k))));
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        row.iter().enumerate().for_each(|(k, cell)| out.push_str(&format!("<td{}>{cell}</td>", side(k))));
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(escape("<b a='1' c=\"&\">\u{1}"), "&lt;b a=&#39;1&#39; c=&quot;&amp;&quot;&gt;\u{fffd}");
        assert_eq!(
            paragraphs("a <i>\nb\n\n`x < 1` and ` alone"),
            "<p>a &lt;i&gt;\nb</p>\n<p><code>x &lt; 1</code> and ` alone</p>\n"
        );
    }
}
