//! What objects hold without showing it: their bodies are searched for the addresses of objects that have
//! references nobody has explained.

use super::Fault;
use super::classes::Scan;
use super::layout::{LEN, WORD};
use super::raw::read;
use super::walk::Walk;

/// Finds such references; gives pairs of a node and what it refers to, in the order of the nodes.
///
/// # Safety
/// The lock is held, and all objects of the walk are alive.
pub(super) unsafe fn all(walk: &mut Walk) -> Result<Vec<(u32, u32)>, Fault> {
    let mut found = Vec::new();
    for node in (1..).take(walk.addresses.len() - 1) {
        let (bytes, any) = match walk.facts(node).scan {
            Scan::Nothing => continue,
            Scan::Leaves(bytes) => (bytes as usize, false),
            Scan::Anything(bytes) => (bytes as usize, true),
        };
        let object = walk.addresses[node as usize];
        for at in (LEN..(bytes + 1).saturating_sub(WORD)).step_by(WORD) {
            // SAFETY: the caller's promise; the body of the object is as long as its type says.
            let word = unsafe { read::<usize>(object, at) };
            if let Some(target) = walk.nodes.find(word)
                && walk.unexplained[target as usize] > 0
                && (any || walk.is_leaf(target))
            {
                walk.unexplained[target as usize] -= 1;
                if target > walk.own {
                    found.try_reserve(1)?;
                    found.push((node, target));
                }
            }
        }
    }
    Ok(found)
}
