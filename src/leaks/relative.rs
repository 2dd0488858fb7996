//! Names of files as seen from the folder the program is in: they are shorter, and the same in another
//! checkout of the program.

use crate::profile::{Dominator, Leaks, Place};

/// A file as seen from a folder, which ends in a slash; as it is where it is elsewhere.
pub(super) fn relative<'a>(file: &'a str, folder: &str) -> &'a str {
    if folder.len() <= 1 { file } else { file.strip_prefix(folder).unwrap_or(file) }
}

/// Makes all places of a document relative to its folder.
pub(super) fn shorten(leaks: &mut Leaks) {
    let folder = leaks.folder.clone();
    let mut shorten = |place: &mut Place| place.file = relative(&place.file, &folder).to_owned();
    for suspect in &mut leaks.suspects {
        suspect.made.iter_mut().for_each(&mut shorten);
        suspect.stored.iter_mut().for_each(|stored| shorten(&mut stored.place));
        if let Some(cycle) = &mut suspect.cycle {
            cycle.disabled_at.iter_mut().for_each(&mut shorten);
        }
        if let Some(closure) = &mut suspect.closure {
            closure.defined.iter_mut().chain(&mut closure.value_made).for_each(&mut shorten);
        }
    }
    let collector = &mut leaks.collector;
    collector.disabled_at.iter_mut().for_each(&mut shorten);
    for shape in &mut collector.cycles {
        shape.linked.iter_mut().chain(&mut shape.cycle.disabled_at).for_each(&mut shorten);
    }
    leaks.groups.iter_mut().flat_map(|group| &mut group.made).for_each(&mut shorten);
    in_tree(&mut leaks.dominators, &mut shorten);
}

fn in_tree(parts: &mut [Dominator], shorten: &mut impl FnMut(&mut Place)) {
    for part in parts {
        part.made.iter_mut().for_each(&mut *shorten);
        in_tree(&mut part.parts, shorten);
    }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn what_is_in_the_folder_is_named_from_there() {
        assert_eq!(relative("/srv/app/web/views.py", "/srv/app/"), "web/views.py");
        assert_eq!(relative("/srv/application/a.py", "/srv/app/"), "/srv/application/a.py");
        assert_eq!(relative("<frozen runpy>", "/srv/app/"), "<frozen runpy>");
        assert_eq!(relative("/usr/a.py", "/"), "/usr/a.py");
        assert_eq!(relative("a.py", ""), "a.py");
    }
}
