//! The walk of all objects, for tests: numbers of it, and what leads where.

use pyo3::exceptions::{PyIndexError, PyMemoryError, PyRuntimeError};
use pyo3::prelude::*;

use crate::objects::{self, Fault, Objects, Reach, Root};

/// Registers what this file has.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Walked>()?;
    module.add_function(wrap_pyfunction!(objects_walk, module)?)
}

/// The objects alive at one moment, as numbers. It holds none of them.
#[pyclass(module = "rsprofile._core", frozen)]
pub struct Walked {
    objects: Objects,
    reach: Vec<Reach>,
}

#[pyfunction]
#[pyo3(signature = (own, /, *, listed = false))]
fn objects_walk(py: Python<'_>, own: &str, listed: bool) -> PyResult<Walked> {
    let objects = objects::walk_from(py, own, listed).map_err(raised)?;
    let reach = objects.reach().map_err(raised)?;
    Ok(Walked { objects, reach })
}

/// Why the objects cannot be walked, as an exception.
pub(super) fn raised(fault: Fault) -> PyErr {
    match fault {
        Fault::Memory | Fault::Number => PyMemoryError::new_err(fault.to_string()),
        Fault::Unknown(_) => PyRuntimeError::new_err(fault.to_string()),
    }
}

impl Walked {
    fn check(&self, node: u32) -> PyResult<usize> {
        let there = node > 0 && (node as usize) < self.objects.addresses.len();
        there
            .then_some(node as usize)
            .ok_or_else(|| PyIndexError::new_err(format!("no node {node}")))
    }
}

#[pymethods]
impl Walked {
    #[getter]
    fn len(&self) -> usize {
        self.objects.addresses.len() - 1
    }

    #[getter]
    fn edges(&self) -> usize {
        (0..).take(self.objects.graph.len()).map(|node| self.objects.graph.edges(node).len()).sum()
    }

    #[getter]
    fn bytes(&self) -> u64 {
        self.objects.sizes.iter().sum()
    }

    #[getter]
    fn tracked(&self) -> (u64, u64, u64) {
        self.objects.tracked.into()
    }

    #[getter]
    fn frozen(&self) -> u64 {
        self.objects.frozen
    }

    #[getter]
    fn untracked(&self) -> u64 {
        self.objects.untracked
    }

    #[getter]
    fn overdrawn(&self) -> Vec<u32> {
        self.objects.overdrawn.clone()
    }

    #[pyo3(signature = (object, /))]
    fn node(&self, object: &Bound<'_, PyAny>) -> Option<u32> {
        self.objects.node(object.as_ptr().addr())
    }

    #[pyo3(signature = (node, /))]
    fn size(&self, node: u32) -> PyResult<u64> {
        Ok(self.objects.sizes[self.check(node)?])
    }

    #[pyo3(signature = (node, /))]
    fn kind(&self, node: u32) -> PyResult<&str> {
        let kind = self.objects.kinds[self.check(node)?];
        Ok(&self.objects.types[kind as usize].name)
    }

    #[pyo3(signature = (node, /))]
    fn edges_of(&self, node: u32) -> PyResult<Vec<u32>> {
        if node > 0 {
            self.check(node)?;
        }
        Ok(self.objects.graph.edges(node).to_vec())
    }

    fn roots(&self) -> Vec<(String, u32)> {
        let roots = self.objects.roots.iter().map(described);
        roots.zip(self.objects.graph.edges(0).iter().copied()).collect()
    }

    #[pyo3(signature = (node, /))]
    fn is_garbage(&self, node: u32) -> PyResult<bool> {
        Ok(self.reach[self.check(node)?] == Reach::Garbage)
    }

    #[pyo3(signature = (node, /))]
    fn is_own(&self, node: u32) -> PyResult<bool> {
        Ok(self.reach[self.check(node)?] == Reach::Own)
    }
}

fn described(root: &Root) -> String {
    match root {
        Root::Module(name) => format!("module {name}"),
        Root::Frame { function, file, line, variable } => {
            format!("local '{variable}' of {function} at {file}:{line}")
        }
        Root::Thread(what) => format!("thread {what}"),
        Root::Context => "context".to_owned(),
        Root::StaticType(name) => format!("type {name}"),
        Root::Interpreter(what) => format!("interpreter {what}"),
        Root::Native(what) => format!("native {what}"),
        Root::Immortal => "immortal".to_owned(),
    }
}
