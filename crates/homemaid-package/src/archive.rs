//! Reads a hostile zip.
//!
//! The central directory is the one truth: every entry's local header must agree with it, the entries must lie
//! side by side from the first byte on, and nothing may follow the archive. What the library does not check is
//! checked here before anything is inflated; sizes are then counted as really inflated.

use std::io::Read;

use flate2::bufread::DeflateDecoder;
use homemaid_protocol::limits::{ZIP_BYTES, ZIP_ENTRIES, ZIP_INFLATED_BYTES};
use rawzip::{
    CompressionMethod, EntryFlags, ZipArchiveEntryWayfinder, ZipFileHeaderRecord, ZipSliceArchive,
    ZipSliceEntry,
};

use crate::contents::{Contents, File};
use crate::path::{self, Names};
use crate::refusal::{Reason, Refusal, show};

/// The end record without its comment, and the longest comment.
const END_BYTES: usize = 22;
const COMMENT_BYTES: usize = 0xffff;
/// Before the end record of an archive of the 64-bit format.
const ZIP64_LOCATOR: (usize, &[u8]) = (20, b"PK\x06\x07");

/// What a streaming writer of the 64-bit format leaves in place of a size.
const EMPTY_IN_64_BIT_FORMAT: u64 = u32::MAX as u64;

/// One entry of the central directory that passed its own checks.
struct Entry<'a> {
    path: &'a str,
    method: CompressionMethod,
    place: ZipArchiveEntryWayfinder,
    /// Where its local header is.
    start: u64,
}

/// Reads every file of `zip` that is not an operating system's junk.
pub(crate) fn read(zip: &[u8]) -> Result<Contents, Refusal> {
    if zip.len() > ZIP_BYTES {
        return Err(Refusal::TooLarge { bytes: zip.len() });
    }
    let archive = open(zip)?;
    let entries = entries(&archive)?;
    let data = locate(&archive, &entries)?;
    let mut names = Names::default();
    for entry in entries.iter().filter(|entry| !path::is_junk(entry.path)) {
        names.add(entry.path)?;
    }
    names.finish()?;

    let mut contents = Contents::default();
    let mut room = ZIP_INFLATED_BYTES;
    for (entry, data) in entries.iter().zip(data) {
        if path::is_junk(entry.path) {
            continue;
        }
        if let Some(folder) = entry.path.strip_suffix('/') {
            contents.folders.push(folder.to_owned());
        } else {
            let data = inflate(entry, &data, room)?;
            room -= data.len();
            contents.files.push(File {
                path: entry.path.to_owned(),
                data,
            });
        }
        contents.order.push(entry.path.to_owned());
    }
    Ok(contents)
}

/// Finds the directory and makes sure that the archive is the whole file.
fn open(zip: &[u8]) -> Result<ZipSliceArchive<&[u8]>, Refusal> {
    let unreadable = |reason: &str| Refusal::Unreadable(reason.to_owned());
    let search = END_BYTES + COMMENT_BYTES;
    let archive = rawzip::ZipArchive::with_max_search_space(search as u64)
        .locate_in_slice(zip)
        .map_err(|(_, error)| Refusal::Unreadable(error.to_string()))?;
    if archive.end_offset() != zip.len() as u64 {
        return Err(unreadable("data follows the end of the archive"));
    }
    let end = usize::try_from(archive.eocd_offset()).map_err(|_| unreadable("its end lies outside"))?;
    let (back, signature) = ZIP64_LOCATOR;
    if end
        .checked_sub(back)
        .is_some_and(|at| zip[at..].starts_with(signature))
    {
        return Err(unreadable(
            "it is of the 64-bit format, which only archives over 4 GB need",
        ));
    }
    let record = &zip[end..];
    if record[4..8] != [0; 4] || record[8..10] != record[10..12] {
        return Err(unreadable("it is one part of several"));
    }
    let number = |at: usize| {
        u64::from(u32::from_le_bytes([
            record[at],
            record[at + 1],
            record[at + 2],
            record[at + 3],
        ]))
    };
    if number(16) != archive.directory_offset() {
        return Err(unreadable("data precedes the archive"));
    }
    if number(12) != end as u64 - archive.directory_offset() {
        return Err(unreadable("its directory is not as large as its end says"));
    }
    Ok(archive)
}

/// Reads the central directory.
fn entries<'a>(archive: &'a ZipSliceArchive<&[u8]>) -> Result<Vec<Entry<'a>>, Refusal> {
    if archive.entries_hint() > ZIP_ENTRIES as u64 {
        return Err(Refusal::TooManyEntries);
    }
    let mut entries = Vec::new();
    for record in archive.entries() {
        let record = record.map_err(|error| Refusal::Unreadable(error.to_string()))?;
        if entries.len() == ZIP_ENTRIES {
            return Err(Refusal::TooManyEntries);
        }
        entries.push(entry(&record)?);
    }
    if entries.len() as u64 != archive.entries_hint() {
        let reason = format!(
            "{} entries where its end says {}",
            entries.len(),
            archive.entries_hint()
        );
        return Err(Refusal::Unreadable(reason));
    }
    Ok(entries)
}

fn entry<'a>(record: &ZipFileHeaderRecord<'a>) -> Result<Entry<'a>, Refusal> {
    let path = path::check(record.file_path().as_bytes())?;
    let refuse = |reason| Err(Refusal::entry(path, reason));
    let method = record.compression_method();
    if is_encrypted(record.flags()) {
        return refuse(Reason::Encrypted);
    }
    if ![CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&method) {
        return refuse(Reason::Method(method.as_u16()));
    }
    // Whoever made the archive: a link nobody else honours must not be one here either.
    let folder = path.ends_with('/');
    match (record.external_attributes() >> 16) & 0o170_000 {
        0 => {}
        0o100_000 if !folder => {}
        0o040_000 if folder => {}
        0o120_000 => return refuse(Reason::Special("symbolic link")),
        0o020_000 | 0o060_000 => return refuse(Reason::Special("device")),
        0o010_000 => return refuse(Reason::Special("named pipe")),
        0o140_000 => return refuse(Reason::Special("socket")),
        0o040_000 => return refuse(Reason::Special("folder by its mode and a file by its name")),
        0o100_000 => return refuse(Reason::Special("file by its mode and a folder by its name")),
        _ => return refuse(Reason::Special("file of an unknown kind")),
    }
    if folder && record.uncompressed_size_hint() != 0 {
        return refuse(Reason::FolderWithData);
    }
    Ok(Entry {
        path,
        method,
        place: record.wayfinder(),
        start: record.local_header_offset(),
    })
}

/// Finds every entry's data and makes sure that no two share a byte.
fn locate<'a>(
    archive: &'a ZipSliceArchive<&[u8]>,
    entries: &[Entry<'a>],
) -> Result<Vec<ZipSliceEntry<'a>>, Refusal> {
    let mut found = Vec::with_capacity(entries.len());
    let mut spans = Vec::with_capacity(entries.len());
    for entry in entries {
        let damaged = |error: rawzip::Error| Refusal::entry(entry.path, Reason::Damaged(error.to_string()));
        let data = archive.get_entry(entry.place).map_err(damaged)?;
        compare_headers(entry, &data)?;
        spans.push((entry.start, data.compressed_data_range().1, entry.path));
        found.push(data);
    }
    spans.sort_unstable();
    let ends_at = archive.directory_offset();
    if spans.first().map_or(ends_at, |first| first.0) != 0 {
        return Err(Refusal::Unreadable("data precedes its first entry".to_owned()));
    }
    for pair in spans.windows(2) {
        if pair[0].1 > pair[1].0 {
            return Err(Refusal::entry(
                pair[1].2,
                Reason::Overlap(show(pair[0].2.as_bytes())),
            ));
        }
    }
    match spans.last() {
        Some((_, end, path)) if *end > ends_at => {
            Err(Refusal::entry(path, Reason::Overlap("the directory".to_owned())))
        }
        _ => Ok(found),
    }
}

/// Refuses an entry another tool would read differently.
fn compare_headers(entry: &Entry<'_>, data: &ZipSliceEntry<'_>) -> Result<(), Refusal> {
    let local = data.local_header();
    // A streaming writer leaves what it does not know yet empty and repeats it behind the data.
    let streamed = local.flags().has_data_descriptor();
    let agrees =
        |claim: u64, truth: u64| claim == truth || streamed && matches!(claim, 0 | EMPTY_IN_64_BIT_FORMAT);
    let expected = data.claim_verifier();
    let same_sizes = agrees(local.compressed_size_hint(), entry.place.compressed_size_hint())
        && agrees(
            local.uncompressed_size_hint(),
            entry.place.uncompressed_size_hint(),
        )
        && agrees(local.crc32().into(), expected.crc.into());
    let what = match () {
        () if local.file_path().as_bytes() != entry.path.as_bytes() => "name",
        () if local.compression_method() != entry.method => "compression",
        () if is_encrypted(local.flags()) => "encryption",
        () if !same_sizes => "size",
        () => return Ok(()),
    };
    Err(Refusal::entry(entry.path, Reason::HeadersDisagree(what)))
}

/// Bits 0, 6 and 13: encrypted, strongly encrypted, headers masked.
fn is_encrypted(flags: EntryFlags) -> bool {
    flags.is_encrypted() || flags.has_strong_encryption() || flags.is_masked()
}

/// Inflates one file to at most `room` bytes, whatever its headers promise.
fn inflate(entry: &Entry<'_>, data: &ZipSliceEntry<'_>, room: usize) -> Result<Vec<u8>, Refusal> {
    let refuse = |reason| Refusal::entry(entry.path, reason);
    let raw = data.data();
    let mut inflated = Vec::new();
    let consumed = if entry.method == CompressionMethod::STORE {
        inflated.extend_from_slice(&raw[..raw.len().min(room + 1)]);
        raw.len()
    } else {
        let mut decoder = DeflateDecoder::new(raw);
        let limit = room as u64 + 1;
        decoder
            .by_ref()
            .take(limit)
            .read_to_end(&mut inflated)
            .map_err(|error| refuse(Reason::Damaged(error.to_string())))?;
        usize::try_from(decoder.total_in()).unwrap_or(usize::MAX)
    };
    if inflated.len() > room {
        return Err(Refusal::ExpandsTooLarge {
            path: show(entry.path.as_bytes()),
        });
    }
    if inflated.len() as u64 != entry.place.uncompressed_size_hint() || consumed != raw.len() {
        return Err(refuse(Reason::SizeLies));
    }
    if rawzip::crc32(&inflated) != data.claim_verifier().crc {
        return Err(refuse(Reason::Damaged("its checksum is wrong".to_owned())));
    }
    Ok(inflated)
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
