//! What all pages have: the frame, the styles and scripts they share, and the data in it.

use serde_json::Value;

/// Styles that all pages share.
const STYLE: &str = include_str!("shell.css");
/// Scripts that all pages share; they come first.
const SCRIPT: &str = include_str!("shell.js");

/// Nothing may be loaded or sent, whatever the data says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:; base-uri 'none'; form-action 'none'";

/// What a page that is refreshed may do beside: ask who gave it.
const ASKS: &str = "; connect-src 'self'";

/// What one page has of its own.
pub struct Page<'a> {
    /// The title of its window.
    pub title: &'a str,
    /// Its styles.
    pub style: &'a str,
    /// The elements of its body, from the header on.
    pub body: &'a str,
    /// Its scripts, in order.
    pub scripts: &'a [&'a str],
    /// Its data.
    pub data: &'a Value,
}

impl Page<'_> {
    /// The whole file.
    pub fn build(&self) -> String {
        self.with_policy("")
    }

    /// The whole page of a server, which may ask that server and nobody else.
    pub fn build_live(&self) -> String {
        self.with_policy(ASKS)
    }

    fn with_policy(&self, more: &str) -> String {
        let title = text(self.title);
        let (style, body, data) = (self.style, self.body, data(self.data));
        let scripts = self.scripts.concat();
        // A block of its own: a browser keeps names at the top for itself.
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\" data-theme=\"light\">\n<head>\n\
             <meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}{more}\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <link rel=\"icon\" href=\"data:,\">\n\
             <title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#main\">Skip to the content</a>\n{body}\
             <script type=\"application/json\" id=\"data\">{data}</script>\n\
             <script>\n\"use strict\";\n{{\n{SCRIPT}{scripts}}}\n</script>\n</body>\n</html>\n"
        )
    }
}

/// JSON that no name can end: `</script>` and `<!--` have a meaning in HTML, and nothing else has.
fn data(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}

/// Text between tags.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_the_program_end_no_element() {
        let evil = "</script><script>alert(1)</script><!--";
        let data = json!({ "name": evil });
        let page =
            Page { title: "</title>&", style: "", body: "", scripts: &[], data: &data }.build();
        assert_eq!(page.matches("</script>").count(), 2, "{page}");
        assert!(!page.contains("<!--") && page.contains("<title>&lt;/title>&amp;</title>"));
        let from = page.find("id=\"data\">").unwrap() + "id=\"data\">".len();
        let text = &page[from..from + page[from..].find("</script>").unwrap()];
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), data);
    }

    #[test]
    fn only_a_page_of_a_server_may_ask() {
        let page = Page { title: "t", style: "", body: "", scripts: &[], data: &Value::Null };
        assert!(!page.build().contains("connect-src"));
        assert!(page.build_live().contains("form-action 'none'; connect-src 'self'\">"));
    }

    #[test]
    fn a_page_names_no_address() {
        let page =
            Page { title: "t", style: "", body: "", scripts: &[], data: &Value::Null }.build();
        assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("//cdn"));
    }
}
