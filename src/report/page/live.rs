//! The page of a run that goes on: it asks for its data, second by second.

use serde_json::json;

use super::shell::Page;

/// The page, without data. `title` is what runs.
pub fn live(title: &str) -> String {
    let page = Page {
        title: &format!("rsprofile: {title}"),
        style: include_str!("live.css"),
        body: include_str!("live.html"),
        scripts: &[include_str!("live_chart.js"), include_str!("live.js")],
        data: &json!({ "title": title, "unit": "auto", "precision": 1 }),
    };
    page.build_live()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_asks_its_server_only() {
        let page = live("app.py </script>");
        assert!(page.len() < 60_000, "{}", page.len());
        assert!(page.contains("connect-src 'self'") && page.contains("app.py \\u003c/script>"));
    }
}
