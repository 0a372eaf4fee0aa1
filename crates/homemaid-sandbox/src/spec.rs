//! What a worker shall run.

use std::path::PathBuf;

use crate::limits::WorkerLimits;

/// The bootstrap in the image, which runs a plugin's entry file.
const BOOT: &str = "/usr/lib/homemaid/boot.py";
/// What stands before everything in a worker until the host has checked it.
const GATE: &str = include_str!("gate.py");

/// What a worker runs, and on what.
#[derive(Debug, Clone)]
pub struct WorkerSpec {
    /// A name for people; parts of it appear in the container's name. It need not be unique.
    pub name: String,
    /// The plugin's unpacked tree, mounted read-only at `/plugin`; readable for everyone.
    pub tree: PathBuf,
    /// A Python SDK to mount in place of the image's own.
    pub sdk: Option<PathBuf>,
    /// What runs.
    pub program: Program,
    /// Its limits.
    pub limits: WorkerLimits,
}

/// The program of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A plugin, by the entry file in its tree.
    Plugin {
        /// Such as `__main__.py`.
        entry: String,
    },
    /// A Python file of the image.
    File {
        /// Its path in the image.
        path: String,
    },
    /// Python source, with its arguments.
    Code {
        /// The source.
        source: String,
        /// What `sys.argv` holds after its first element.
        arguments: Vec<String>,
    },
}

impl WorkerSpec {
    /// Returns the worker of a plugin, with the contract's limits.
    pub fn plugin(name: impl Into<String>, tree: impl Into<PathBuf>, entry: impl Into<String>) -> Self {
        let program = Program::Plugin { entry: entry.into() };
        Self {
            name: name.into(),
            tree: tree.into(),
            sdk: None,
            program,
            limits: WorkerLimits::default(),
        }
    }

    /// Returns the arguments after the interpreter's own: the gate, then what it lets through.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["-c".to_owned(), GATE.to_owned()];
        match &self.program {
            Program::Plugin { entry } => arguments.extend([BOOT.to_owned(), entry.clone()]),
            Program::File { path } => arguments.push(path.clone()),
            Program::Code {
                source,
                arguments: own,
            } => {
                arguments.extend(["-".to_owned(), source.clone()]);
                arguments.extend(own.iter().cloned());
            }
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_stands_before_every_program() {
        let mut spec = WorkerSpec::plugin("p@g", "/tree", "__main__.py");
        assert_eq!(spec.arguments(), ["-c", GATE, BOOT, "__main__.py"]);
        spec.program = Program::Code {
            source: "pass".into(),
            arguments: vec!["a".into()],
        };
        assert_eq!(spec.arguments(), ["-c", GATE, "-", "pass", "a"]);
        spec.program = Program::File { path: "/f.py".into() };
        assert_eq!(spec.arguments(), ["-c", GATE, "/f.py"]);
    }
}
