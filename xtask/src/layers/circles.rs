//! Finds circles in a graph: its strongly connected components of more than one node.

use std::collections::{BTreeMap, BTreeSet};

/// A directed graph: the targets of each node.
pub(super) type Graph<N> = BTreeMap<N, BTreeSet<N>>;

/// Returns the circles of a graph, largest first.
///
/// Two nodes are in the same circle if each can be reached from the other. Crates have few modules, so comparing what
/// each node reaches is fast enough.
pub(super) fn circles<N: Ord + Clone>(graph: &Graph<N>) -> Vec<BTreeSet<N>> {
    let reachable: BTreeMap<&N, BTreeSet<&N>> = graph.keys().map(|node| (node, reach(graph, node))).collect();
    let mutual = |a: &N, b: &N| reachable[a].contains(b) && reachable.get(b).is_some_and(|back| back.contains(a));
    let mut circles: Vec<BTreeSet<N>> = Vec::new();
    for node in graph.keys() {
        if circles.iter().any(|circle| circle.contains(node)) {
            continue;
        }
        let circle: BTreeSet<N> = graph.keys().filter(|other| *other == node || mutual(node, other)).cloned().collect();
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

/// Returns the nodes that can be reached from a node.
fn reach<'a, N: Ord>(graph: &'a Graph<N>, start: &N) -> BTreeSet<&'a N> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&N> = graph.get(start).into_iter().flatten().collect();
    while let Some(node) = waiting.pop() {
        if reached.insert(node) {
            waiting.extend(graph.get(node).into_iter().flatten());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(u8, u8)]) -> Graph<u8> {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry(*from).or_insert_with(BTreeSet::new).insert(*to);
        }
        graph
    }

    #[test]
    fn separate_circles_are_found_and_the_largest_comes_first() {
        let graph = graph(&[(1, 2), (2, 1), (2, 3), (3, 4), (4, 5), (5, 3), (5, 6)]);
        assert_eq!(circles(&graph), [BTreeSet::from([3, 4, 5]), BTreeSet::from([1, 2])]);
    }

    #[test]
    fn a_graph_without_a_way_back_has_no_circle() {
        assert!(circles(&graph(&[(1, 2), (1, 3), (2, 4), (3, 4)])).is_empty());
    }
}
