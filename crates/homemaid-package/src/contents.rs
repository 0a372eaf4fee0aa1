//! A plugin's files in memory.

use std::mem;

/// What was in a zip: bounded by the limits of (zip §1), paths safe and distinct.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// In the zip's order.
    pub(crate) files: Vec<File>,
    /// Folders that have an entry of their own, without the trailing slash.
    pub(crate) folders: Vec<String>,
    /// Every entry's path in the zip's order.
    pub(crate) order: Vec<String>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) data: Vec<u8>,
}

impl Contents {
    /// Returns the bytes of a file.
    pub(crate) fn get(&self, path: &str) -> Option<&[u8]> {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map(|file| &file.data[..])
    }

    /// Strips the one folder everything lies in, when that folder is the plugin: it holds one of `marks` and the root
    /// has no manifest. Returns the folder.
    pub(crate) fn unwrap_folder(&mut self, marks: &[&str]) -> Option<String> {
        if self.get("manifest.json").is_some() {
            return None;
        }
        let (folder, _) = self.order.first()?.split_once('/')?;
        let prefix = format!("{folder}/");
        let wrapped = self.order.iter().all(|path| path.starts_with(&prefix));
        if !wrapped
            || !marks
                .iter()
                .any(|mark| self.get(&format!("{prefix}{mark}")).is_some())
        {
            return None;
        }
        let folder = folder.to_owned();
        let strip = |path: &mut String| *path = mem::take(path).split_off(prefix.len());
        self.files.iter_mut().map(|file| &mut file.path).for_each(strip);
        self.folders.retain(|path| *path != folder);
        self.folders.iter_mut().for_each(strip);
        self.order.iter_mut().for_each(strip);
        self.order.retain(|path| !path.is_empty());
        Some(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(paths: &[&str]) -> Contents {
        let mut contents = Contents {
            order: paths.iter().map(|path| (*path).to_owned()).collect(),
            ..Contents::default()
        };
        for path in paths {
            match path.strip_suffix('/') {
                Some(folder) => contents.folders.push(folder.to_owned()),
                None => contents.files.push(File {
                    path: (*path).to_owned(),
                    data: Vec::new(),
                }),
            }
        }
        contents
    }

    #[test]
    fn the_one_folder_around_a_plugin_is_stripped() {
        let mut wrapped = contents(&[
            "my-plugin/",
            "my-plugin/manifest.json",
            "my-plugin/lib/",
            "my-plugin/lib/a.py",
        ]);
        assert_eq!(
            wrapped.unwrap_folder(&["manifest.json"]).as_deref(),
            Some("my-plugin")
        );
        assert_eq!(wrapped, contents(&["manifest.json", "lib/", "lib/a.py"]));
    }

    #[test]
    fn anything_else_stays_as_it_is() {
        for paths in [
            &["manifest.json", "a/manifest.json"][..],
            &["a/manifest.json", "b/x.py"],
            &["a/manifest.json", "x.py"],
            &["a/b/manifest.json"],
            &["a/x.py"],
            &["a"],
            &[],
        ] {
            let mut kept = contents(paths);
            assert_eq!(kept.unwrap_folder(&["manifest.json"]), None, "{paths:?}");
            assert_eq!(kept, contents(paths));
        }
    }
}
