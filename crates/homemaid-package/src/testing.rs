//! Zips made by hand for tests, right or wrong in any field.

use std::io::Write;
use std::ops::Deref;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A temporary folder that can be removed with read-only folders in it.
pub(crate) struct Root(tempfile::TempDir);

impl Root {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Deref for Root {
    type Target = Path;

    fn deref(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        crate::remove_tree(self.0.path()).unwrap();
    }
}

/// A manifest without findings.
pub(crate) const MANIFEST: &str = r#"{"id": "hello_maid", "name": "Hello", "version": "1.0.0"}"#;

/// An entry; every field goes into the zip as it is here.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    /// The name in the local header.
    pub(crate) local_name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) local_method: u16,
    pub(crate) crc: u32,
    /// What lies in the zip.
    pub(crate) raw: Vec<u8>,
    pub(crate) compressed: u32,
    pub(crate) inflated: u32,
    /// Sizes and checksum in the local header: compressed, inflated, crc.
    pub(crate) local: (u32, u32, u32),
    pub(crate) attributes: u32,
    /// Another local header than its own.
    pub(crate) offset: Option<u32>,
    pub(crate) extra: Vec<u8>,
    /// Whether it gets a local header and data at all.
    pub(crate) body: bool,
}

impl Entry {
    /// A stored file.
    pub(crate) fn stored(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        let (name, raw) = (name.as_ref().to_vec(), data.as_ref().to_vec());
        let (size, crc) = (u32::try_from(raw.len()).unwrap(), rawzip::crc32(&raw));
        Self {
            local_name: name.clone(),
            name,
            flags: 0,
            method: 0,
            local_method: 0,
            crc,
            raw,
            compressed: size,
            inflated: size,
            local: (size, size, crc),
            attributes: 0o100_644 << 16,
            offset: None,
            extra: Vec::new(),
            body: true,
        }
    }

    /// A compressed file.
    pub(crate) fn deflated(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data.as_ref()).unwrap();
        let mut entry = Self::stored(name, data);
        entry.raw = encoder.finish().unwrap();
        entry.compressed = u32::try_from(entry.raw.len()).unwrap();
        entry.local.0 = entry.compressed;
        (entry.method, entry.local_method) = (8, 8);
        entry
    }

    /// A folder's own entry.
    pub(crate) fn folder(name: &str) -> Self {
        Self {
            attributes: 0o040_755 << 16,
            ..Self::stored(name, "")
        }
    }

    /// The same with changes.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// A zip that would be taken in but for `more`.
pub(crate) fn plugin(more: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let base = [
        Entry::stored("manifest.json", MANIFEST),
        Entry::deflated("__main__.py", "print('hello')\n"),
    ];
    zip(base.into_iter().chain(more))
}

/// A zip of exactly these entries.
pub(crate) fn zip(entries: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for entry in entries {
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap();
        let offset = entry.offset.unwrap_or(u32::try_from(out.len()).unwrap());
        if entry.body {
            put(&mut out, &[0x0403_4b50]);
            put16(&mut out, &[20, entry.flags, entry.local_method, 0, 0]);
            put(&mut out, &[entry.local.2, entry.local.0, entry.local.1]);
            put16(&mut out, &[length(&entry.local_name), 0]);
            out.extend(&entry.local_name);
            out.extend(&entry.raw);
        }
        put(&mut directory, &[0x0201_4b50]);
        put16(&mut directory, &[0x0314, 20, entry.flags, entry.method, 0, 0]);
        put(&mut directory, &[entry.crc, entry.compressed, entry.inflated]);
        put16(
            &mut directory,
            &[length(&entry.name), length(&entry.extra), 0, 0, 0],
        );
        put(&mut directory, &[entry.attributes, offset]);
        directory.extend(&entry.name);
        directory.extend(&entry.extra);
        count += 1;
    }
    let (start, size) = (
        u32::try_from(out.len()).unwrap(),
        u32::try_from(directory.len()).unwrap(),
    );
    out.extend(directory);
    put(&mut out, &[0x0605_4b50]);
    put16(&mut out, &[0, 0, count, count]);
    put(&mut out, &[size, start]);
    put16(&mut out, &[0]);
    out
}

fn put(out: &mut Vec<u8>, numbers: &[u32]) {
    out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn put16(out: &mut Vec<u8>, numbers: &[u16]) {
    out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}
