//! The page of recordings.

use serde_json::json;

use super::shell::Page;
use crate::profile::Recording;
use crate::report::timeline::{PlotOptions, data};

/// The page of some runs, laid over each other from their starts on.
pub fn plot(recordings: &[Recording], options: &PlotOptions) -> String {
    let plot = data(recordings, options);
    let data = json!({ "plot": plot, "unit": "auto", "precision": 1 });
    let page = Page {
        title: options.title.as_deref().unwrap_or("Memory over time"),
        style: concat!(include_str!("timeline.css"), include_str!("plot.css")),
        body: include_str!("plot.html"),
        scripts: &[include_str!("timeline.js"), include_str!("plot.js")],
        data: &data,
    };
    page.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_data_is_small_and_names_no_address() {
        let page = plot(&[], &PlotOptions::default());
        assert!(page.len() < 150_000, "{}", page.len());
        assert!(!page.contains("http:") && !page.contains("https:"));
    }

    #[test]
    fn a_command_ends_no_element() {
        let evil = "python </script><script>alert(1)</script>".to_owned();
        let samples = vec![(1.0, 2).into()];
        let recording = Recording { command: evil.clone(), samples, ..Recording::default() };
        let options = PlotOptions { title: Some(evil), ..PlotOptions::default() };
        let page = plot(&[recording], &options);
        assert_eq!(page.matches("</script>").count(), 2);
    }
}
