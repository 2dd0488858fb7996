//! The processes below a recorded one: each by itself, or laid on top of each other.

use crate::profile::{Child, Sample};

/// Processes with a curve of their own; of more, those with the highest peaks.
const SHOWN: usize = 12;

/// A process, or several that have no curve of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// What it is called in a picture: `process 77`.
    pub name: String,
    /// In order of time.
    pub samples: Vec<Sample>,
}

/// The processes below, in the order they began; if there are many, the smallest as one.
pub fn processes(children: &[Child], start: f64) -> Vec<Process> {
    let mut children: Vec<_> = children.iter().filter(|child| !child.samples.is_empty()).collect();
    let mut rest = Vec::new();
    if children.len() > SHOWN {
        let mut order = children.clone();
        order.sort_by_key(|child| std::cmp::Reverse(child.peak().map(|sample| sample.bytes)));
        let shown: Vec<i32> = order[..SHOWN].iter().map(|child| child.pid).collect();
        (children, rest) = children.into_iter().partition(|child| shown.contains(&child.pid));
    }
    let from_start = |child: &Child| super::from_start(&child.samples, start);
    let mut all: Vec<_> = children
        .into_iter()
        .map(|child| Process { name: format!("process {}", child.pid), samples: from_start(child) })
        .collect();
    if !rest.is_empty() {
        let name = format!("{} smaller processes", rest.len());
        let parts: Vec<_> = rest.into_iter().map(from_start).collect();
        let times = times(&parts);
        let mut total = vec![0; times.len()];
        for part in &parts {
            add(&mut total, &times, part);
        }
        all.push(Process { name, samples: at(&times, &total) });
    }
    all
}

/// The curves of processes laid on top of each other: the first is that of the program alone, and
/// each after it what it and all before it have together.
pub fn stacked(program: &[Sample], processes: &[Process]) -> Vec<Vec<Sample>> {
    // A recorder reads the program first and then the others: one round, one time.
    let times: Vec<f64> = if program.is_empty() {
        times(&processes.iter().map(|process| process.samples.clone()).collect::<Vec<_>>())
    } else {
        program.iter().map(|sample| sample.time).collect()
    };
    let mut total = vec![0; times.len()];
    let mut layers = Vec::new();
    add(&mut total, &times, program);
    layers.push(at(&times, &total));
    for process in processes {
        add(&mut total, &times, &process.samples);
        layers.push(at(&times, &total));
    }
    layers
}

/// All times there are, in order.
fn times(parts: &[Vec<Sample>]) -> Vec<f64> {
    let mut times: Vec<f64> = parts.iter().flatten().map(|sample| sample.time).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    times
}

/// Adds a curve to a sum: each sample counts at the last time before it, the highest of several,
/// and stays until the next one. Before its first and after its last one there is nothing.
fn add(total: &mut [i64], times: &[f64], samples: &[Sample]) {
    let place = |sample: &Sample| times.partition_point(|time| *time <= sample.time).max(1) - 1;
    let mut rest = samples.iter().peekable();
    while let Some(sample) = rest.next() {
        let (from, mut highest) = (place(sample), sample.bytes);
        while let Some(more) = rest.next_if(|next| place(next) == from) {
            highest = highest.max(more.bytes);
        }
        let to = rest.peek().map_or(from + 1, |next| place(next));
        for sum in total.get_mut(from..to).unwrap_or_default() {
            *sum = sum.saturating_add(highest);
        }
    }
}

fn at(times: &[f64], bytes: &[i64]) -> Vec<Sample> {
    times.iter().zip(bytes).map(|(&time, &bytes)| Sample { time, bytes }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(pid: i32, samples: &[(f64, i64)]) -> Child {
        Child { pid, samples: samples.iter().copied().map(Sample::from).collect() }
    }

    fn bytes(samples: &[Sample]) -> Vec<i64> {
        samples.iter().map(|sample| sample.bytes).collect()
    }

    #[test]
    fn a_process_is_on_top_as_long_as_it_lives() {
        let program = [(0.0, 1), (1.0, 2), (2.0, 3), (3.0, 4)].map(Sample::from);
        // Read a little after the program in each round, but for one.
        let below = processes(&[child(7, &[(1.1, 10), (3.1, 20)]), child(8, &[(2.2, 100)])], 0.0);
        let layers = stacked(&program, &below);
        assert_eq!(bytes(&layers[0]), [1, 2, 3, 4]);
        assert_eq!(bytes(&layers[1]), [1, 12, 13, 24]);
        assert_eq!(bytes(&layers[2]), [1, 12, 113, 24]);
    }

    #[test]
    fn a_program_without_samples_is_nothing_below_its_children() {
        let below = processes(&[child(7, &[(1.0, 10)]), child(8, &[(2.0, 5)])], 1.0);
        let layers = stacked(&[], &below);
        assert_eq!(bytes(&layers[2]), [10, 5]);
        assert_eq!(layers[2][1], Sample { time: 1.0, bytes: 5 });
    }

    #[test]
    fn many_processes_are_one_but_for_the_largest() {
        let children: Vec<_> =
            (0..40).map(|pid| child(pid, &[(0.0, 100 - i64::from(pid)), (1.0, 1)])).collect();
        let below = processes(&children, 0.0);
        assert_eq!(below.len(), SHOWN + 1);
        assert_eq!(below[0].name, "process 0");
        assert_eq!(below[SHOWN].name, "28 smaller processes");
        assert_eq!(bytes(&below[SHOWN].samples), [(61..=88).sum(), 28]);
    }
}
