//! The dominator tree in the order of a walk down it: what lies below what.

use super::keys::Keys;
use crate::graph::Graph;

/// Where each object stands in a walk down the tree.
pub(super) struct Order {
    /// Number at which the walk comes to an object; 0 for the root and for what is not in the tree.
    entered: Vec<u32>,
    /// The last number given out below it.
    last: Vec<u32>,
    /// Whether it is below no other one of its key.
    outermost: Vec<bool>,
}

impl Order {
    /// Walks down the tree, and adds up for each key what its outermost objects retain.
    pub fn walk(tree: &Graph, keys: &Keys, retained: &[u64]) -> (Self, Vec<u64>) {
        let mut order = Self {
            entered: vec![0; tree.len()],
            last: vec![0; tree.len()],
            outermost: vec![false; tree.len()],
        };
        let mut by_key = vec![0_u64; keys.len()];
        // How many objects of each key the walk is below.
        let mut inside = vec![0_u32; keys.len()];
        let mut next = 0_u32;
        // An object comes up twice: on the way down, and when all below it is done.
        let mut rest = vec![(0_u32, false)];
        while let Some((node, done)) = rest.pop() {
            let key = keys.of_node(node) as usize;
            if done {
                inside[key] -= 1;
                order.last[node as usize] = next - 1;
                continue;
            }
            if inside[key] == 0 {
                by_key[key] += retained[node as usize];
                order.outermost[node as usize] = true;
            }
            inside[key] += 1;
            order.entered[node as usize] = next;
            next += 1;
            rest.push((node, true));
            rest.extend(tree.edges(node).iter().map(|&child| (child, false)));
        }
        (order, by_key)
    }

    /// Whether an object is below no other one of its key, and in the tree.
    pub fn is_outermost(&self, node: u32) -> bool {
        self.outermost[node as usize]
    }

    /// Whether every way to `node` leads through `above`, or it is the same object.
    pub fn is_below(&self, node: u32, above: u32) -> bool {
        let (node, above) = (node as usize, above as usize);
        let entered = self.entered[node];
        // What is not in the tree has 0, as the root.
        (node == above) || (entered > self.entered[above] && entered <= self.last[above])
    }
}
