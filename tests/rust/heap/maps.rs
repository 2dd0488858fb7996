//! Ranges of addresses against an array of pages.

use proptest::prelude::*;
use rsprofile::heap::maps::{Maps, Piece};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn ranges_may_be_cut_anywhere(
        cuts in prop::collection::vec((any::<bool>(), 0usize..64, 1usize..24), 1..60),
    ) {
        let mut maps = Maps::new();
        // The owner of each page.
        let mut pages = [0u32; 128];
        let mut blocks = 0i64;
        for (number, (insert, start, len)) in cuts.into_iter().enumerate() {
            let gone = maps.cut(start, len);
            let bytes: usize = gone.iter().map(|gone| gone.piece.len).sum();
            let known = pages[start..start + len].iter().filter(|&&site| site != 0).count();
            prop_assert_eq!(bytes, known);
            maps.put_back(&gone);
            for (page, &site) in pages.iter().enumerate() {
                prop_assert_eq!(maps.site_of(page), (site != 0).then_some(site));
            }
            blocks -= maps.cut(start, len).iter().map(|gone| gone.blocks).sum::<i64>();
            pages[start..start + len].fill(0);
            if insert {
                let site = u32::try_from(number + 1).unwrap();
                maps.insert(Piece { start, len, site });
                pages[start..start + len].fill(site);
                blocks += 1;
            }
        }
        let mut pieces = 0;
        let mut last = 0;
        for &site in &pages {
            pieces += i64::from(site != last && site != 0);
            last = site;
        }
        prop_assert_eq!(blocks, pieces);
    }
}
