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
mod tests {
    use homemaid_protocol::limits::{ZIP_FILES, ZIP_FOLDERS};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Entry, plugin, zip};

    /// Returns why a zip that is fine but for `entry` is refused.
    fn reason(entry: Entry) -> Reason {
        match read(&plugin([entry])) {
            Err(Refusal::Unsafe { reason, .. }) => reason,
            other => panic!("not refused for an entry: {other:?}"),
        }
    }

    fn unreadable(zip: &[u8]) -> String {
        match read(zip) {
            Err(Refusal::Unreadable(reason)) => reason,
            other => panic!("readable: {other:?}"),
        }
    }

    #[test]
    fn files_come_out_as_they_went_in() {
        let zip = plugin([
            Entry::folder("pkg/"),
            Entry::deflated("pkg/a.py", "x = 1\n".repeat(1000)),
            Entry::stored("pkg/é.bin", b"\x00\xff"),
            Entry::deflated("empty", ""),
        ]);
        let contents = read(&zip).unwrap();
        assert_eq!(
            contents.order,
            [
                "manifest.json",
                "__main__.py",
                "pkg/",
                "pkg/a.py",
                "pkg/é.bin",
                "empty"
            ]
        );
        assert_eq!(contents.get("pkg/a.py").unwrap().len(), 6000);
        assert_eq!(contents.get("pkg/é.bin").unwrap(), b"\x00\xff");
        assert_eq!(contents.folders, ["pkg"]);
    }

    #[test]
    fn junk_of_operating_systems_is_not_counted_or_read() {
        let junk = (0..300).map(|n| Entry::stored(format!("__MACOSX/._{n}"), "x"));
        let contents = read(&plugin(junk.chain([Entry::stored("a/.DS_Store", "x")]))).unwrap();
        assert_eq!(contents.order, ["manifest.json", "__main__.py"]);
    }

    #[test]
    fn what_is_no_zip_is_unreadable() {
        let good = plugin([]);
        for bytes in [
            &b""[..],
            b"hello",
            b"PK\x05\x06",
            &vec![0; 100_000],
            &good[..good.len() - 1],
            &good[..40],
        ] {
            unreadable(bytes);
        }
    }

    #[test]
    fn data_before_or_after_the_archive_is_refused() {
        let good = plugin([]);
        assert!(read(&good).is_ok());
        assert!(unreadable(&[&good[..], b"x"].concat()).contains("follows"));
        assert!(unreadable(&[b"#!/bin/sh\n", &good[..]].concat()).contains("precedes"));
        // With offsets that count the prefix it looks sound to most readers.
        let hidden = Entry::stored("hidden.py", "evil");
        let unlisted = zip([hidden.clone(), Entry::stored("manifest.json", "{}")]);
        let listed_second = {
            // Drop the first directory record: 46 bytes and its name.
            let (data, end) = unlisted.split_at(unlisted.len() - 22);
            let directory = u32::from_le_bytes(end[16..20].try_into().unwrap()) as usize;
            let rest = &data[directory + 46 + hidden.name.len()..];
            let mut out = [&data[..directory], rest, end].concat();
            let at = out.len() - 22;
            out[at + 8..at + 12].copy_from_slice(&[1, 0, 1, 0]);
            out[at + 12..at + 16].copy_from_slice(&u32::try_from(rest.len()).unwrap().to_le_bytes());
            out
        };
        assert!(unreadable(&listed_second).contains("precedes its first entry"));
    }

    #[test]
    fn an_archive_comment_is_allowed() {
        let mut zip = plugin([]);
        let at = zip.len() - 2;
        zip[at..].copy_from_slice(&5_u16.to_le_bytes());
        zip.extend(b"hello");
        assert!(read(&zip).is_ok());
    }

    #[test]
    fn counts_and_sizes_of_the_directory_must_be_true() {
        let good = plugin([]);
        let end = good.len() - 22;
        let patched = |at: usize, value: u8| {
            let mut zip = good.clone();
            zip[end + at] = value;
            zip
        };
        assert!(unreadable(&patched(4, 1)).contains("one part of several"));
        assert!(unreadable(&patched(8, 1)).contains("one part of several"));
        let mut fewer = patched(8, 1);
        fewer[end + 10] = 1;
        assert!(unreadable(&fewer).contains("2 entries where its end says 1"));
        unreadable(&patched(12, 1));
        unreadable(&patched(16, 1));
        unreadable(&patched(19, 0xff));
    }

    #[test]
    fn the_64_bit_format_is_refused_whatever_it_says() {
        let good = plugin([]);
        let (body, end) = good.split_at(good.len() - 22);
        let mut locator = b"PK\x06\x07".to_vec();
        locator.extend([0; 4]);
        locator.extend((body.len() as u64).to_le_bytes());
        locator.extend([1, 0, 0, 0]);
        let mut record = b"PK\x06\x06".to_vec();
        record.extend(44_u64.to_le_bytes());
        record.extend([0; 44]);
        for zip in [
            [body, &locator, end].concat(),
            [body, &record, &locator, end].concat(),
        ] {
            unreadable(&zip);
        }
    }

    #[test]
    fn a_size_hidden_in_a_64_bit_field_must_be_true_too() {
        let fields = |inflated: u64, compressed: u64| {
            let mut extra = vec![1, 0, 16, 0];
            extra.extend(inflated.to_le_bytes());
            extra.extend(compressed.to_le_bytes());
            extra
        };
        let entry = |inflated, compressed| {
            Entry::stored("a", "1234").with(|entry| {
                (entry.compressed, entry.inflated) = (u32::MAX, u32::MAX);
                entry.extra = fields(inflated, compressed);
            })
        };
        assert!(read(&plugin([entry(4, 4)])).is_ok());
        assert_eq!(reason(entry(5, 4)), Reason::HeadersDisagree("size"));
        assert!(matches!(reason(entry(u64::MAX, u64::MAX)), Reason::Damaged(_)));
        assert!(matches!(reason(entry(4, u64::MAX - 40)), Reason::Damaged(_)));
    }

    #[test]
    fn entries_of_a_dangerous_kind_are_refused() {
        let kind = |mode: u32| reason(Entry::stored("a", "b").with(|entry| entry.attributes = mode << 16));
        for (mode, what) in [
            (0o120_777, "symbolic link"),
            (0o020_666, "device"),
            (0o060_666, "device"),
            (0o010_644, "named pipe"),
            (0o140_644, "socket"),
            (0o040_755, "folder by its mode and a file by its name"),
            (0o070_000, "file of an unknown kind"),
        ] {
            assert_eq!(kind(mode), Reason::Special(what), "{mode:o}");
        }
        let file_mode = Entry::folder("a/").with(|entry| entry.attributes = 0o100_644 << 16);
        assert_eq!(
            reason(file_mode),
            Reason::Special("file by its mode and a folder by its name")
        );
        let no_mode = Entry::stored("a", "b").with(|entry| entry.attributes = 0x20);
        assert!(
            read(&plugin([no_mode])).is_ok(),
            "tools of other systems write no mode"
        );
    }

    #[test]
    fn encryption_in_any_spelling_is_refused() {
        for bit in [1 << 0, 1 << 6, 1 << 13] {
            assert_eq!(
                reason(Entry::stored("a", "b").with(|entry| entry.flags = bit)),
                Reason::Encrypted
            );
        }
    }

    #[test]
    fn only_stored_and_deflate_are_read() {
        for method in [1, 9, 12, 14, 93, 95, 99, u16::MAX] {
            let entry =
                Entry::stored("a", "b").with(|entry| (entry.method, entry.local_method) = (method, method));
            assert_eq!(reason(entry), Reason::Method(method));
        }
    }

    #[test]
    fn headers_that_disagree_are_refused() {
        let entry = || Entry::deflated("a.py", "print(1)");
        for (entry, what) in [
            (entry().with(|entry| entry.local_name = b"b.py".to_vec()), "name"),
            (entry().with(|entry| entry.local_name = b"a.pyc".to_vec()), "name"),
            (entry().with(|entry| entry.local_method = 0), "compression"),
            (entry().with(|entry| entry.local.0 += 1), "size"),
            (entry().with(|entry| entry.local.1 += 1), "size"),
            (entry().with(|entry| entry.local.2 ^= 1), "size"),
            (entry().with(|entry| entry.local = (0, 0, 0)), "size"),
        ] {
            assert_eq!(reason(entry), Reason::HeadersDisagree(what));
        }
        let streamed = entry().with(|entry| (entry.flags, entry.local) = (8, (0, 0, 0)));
        assert!(
            read(&plugin([streamed])).is_ok(),
            "a streaming writer leaves the local sizes empty"
        );
    }

    #[test]
    fn sizes_and_checksums_are_of_what_really_inflates() {
        let lying = |change: fn(&mut Entry)| {
            reason(
                Entry::deflated("a", "hello hello hello hello")
                    .with(change)
                    .with(|entry| {
                        entry.local = (entry.compressed, entry.inflated, entry.crc);
                    }),
            )
        };
        assert_eq!(lying(|entry| entry.inflated -= 1), Reason::SizeLies);
        assert_eq!(lying(|entry| entry.inflated += 1), Reason::SizeLies);
        assert_eq!(lying(|entry| entry.inflated = 0), Reason::SizeLies);
        assert!(matches!(lying(|entry| entry.crc ^= 1), Reason::Damaged(_)));
        assert!(
            matches!(lying(|entry| entry.raw[0] = 0xff), Reason::Damaged(_)),
            "no block type 3"
        );
        let tail = |entry: &mut Entry| {
            entry.raw.extend(b"tail");
            entry.compressed += 4;
        };
        assert_eq!(
            lying(tail),
            Reason::SizeLies,
            "nothing hides behind the compressed data"
        );
        let cut = |entry: &mut Entry| {
            entry.raw.pop();
            entry.compressed -= 1;
        };
        assert!(matches!(lying(cut), Reason::Damaged(_) | Reason::SizeLies));
        let stored = Entry::stored("a", "1234").with(|entry| (entry.inflated, entry.local.1) = (3, 3));
        assert_eq!(reason(stored), Reason::SizeLies);
    }

    #[test]
    fn a_folder_holds_no_data() {
        let entry = Entry::stored("a/", "data").with(|entry| entry.attributes = 0);
        assert_eq!(reason(entry), Reason::FolderWithData);
    }

    #[test]
    fn overlapping_entries_are_refused() {
        // Two names for one body: the shape of the bombs without nesting.
        let twin = Entry::stored("b", "data").with(|entry| {
            entry.local_name = b"b".to_vec();
            entry.body = false;
            entry.offset = Some(0);
        });
        let same = zip([
            Entry::stored("b", "data"),
            twin.with(|entry| entry.name = b"b".to_vec()),
        ]);
        assert!(matches!(
            read(&same),
            Err(Refusal::Unsafe {
                reason: Reason::Overlap(_),
                ..
            })
        ));
        // A body that contains another entry's whole header and data.
        let inner = &zip([Entry::stored("inner", "x")])[..36];
        let outer = Entry::stored("outer", [inner, b"..."].concat());
        let quoted = Entry::stored("inner", "x").with(|entry| {
            entry.body = false;
            entry.offset = Some(30 + 5);
        });
        assert!(matches!(
            read(&zip([outer, quoted])),
            Err(Refusal::Unsafe {
                reason: Reason::Overlap(_),
                ..
            })
        ));
        // A body that runs into the directory.
        let long = Entry::stored("long", "x").with(|entry| {
            (entry.compressed, entry.inflated) = (20, 20);
            entry.local = (20, 20, entry.crc);
        });
        assert!(matches!(
            read(&zip([long])),
            Err(Refusal::Unsafe {
                reason: Reason::Overlap(_),
                ..
            })
        ));
    }

    #[test]
    fn a_header_that_is_elsewhere_is_refused() {
        for offset in [1, 29, 10_000, u32::MAX - 1, u32::MAX] {
            let entry = Entry::stored("a", "b").with(|entry| entry.offset = Some(offset));
            assert!(read(&plugin([entry])).is_err(), "offset {offset}");
        }
    }

    #[test]
    fn bombs_stop_at_the_limit_whatever_their_headers_say() {
        let zeros = vec![0; ZIP_INFLATED_BYTES / 2];
        let fits = Entry::deflated("a", &zeros[..zeros.len() - 100]);
        assert!(
            read(&plugin([fits.clone(), Entry::deflated("b", &zeros)])).is_ok(),
            "just below"
        );
        let bomb = plugin([
            fits.clone(),
            Entry::deflated("b", [&zeros[..], &[0; 200]].concat()),
        ]);
        assert_eq!(
            read(&bomb),
            Err(Refusal::ExpandsTooLarge { path: "b".to_owned() })
        );
        let lying = Entry::deflated("b", [&zeros[..], &[0; 200]].concat()).with(|entry| {
            entry.inflated = 10;
            entry.local.1 = 10;
        });
        assert_eq!(
            read(&plugin([fits, lying])),
            Err(Refusal::ExpandsTooLarge { path: "b".to_owned() })
        );
    }

    #[test]
    fn the_zip_itself_is_limited_before_anything_is_read() {
        let mut zip = plugin([]);
        zip.resize(ZIP_BYTES + 1, 0);
        assert_eq!(read(&zip), Err(Refusal::TooLarge { bytes: ZIP_BYTES + 1 }));
        let fits = plugin([Entry::stored("big", vec![7; ZIP_BYTES - 1000])]);
        assert!(fits.len() <= ZIP_BYTES && read(&fits).is_ok());
    }

    #[test]
    fn files_folders_and_entries_are_counted() {
        let files = |count: usize| (2..count).map(|n| Entry::stored(format!("f{n}"), ""));
        assert!(
            read(&plugin(files(ZIP_FILES).chain([Entry::folder("d/")]))).is_ok(),
            "folders are no files"
        );
        assert_eq!(
            read(&plugin(files(ZIP_FILES + 1))),
            Err(Refusal::TooManyFiles { files: ZIP_FILES + 1 })
        );
        let folders = (0..=ZIP_FOLDERS).map(|n| Entry::folder(&format!("d{n}/")));
        assert_eq!(read(&plugin(folders)), Err(Refusal::TooManyFolders));
        let implied = (0..10).map(|n| Entry::stored(format!("{n}/{}x", "a/".repeat(120)), ""));
        assert_eq!(read(&plugin(implied)), Err(Refusal::TooManyFolders));
        let junk = (0..ZIP_ENTRIES).map(|n| Entry::stored(format!("__MACOSX/{n}"), ""));
        assert_eq!(read(&plugin(junk)), Err(Refusal::TooManyEntries));
    }

    #[test]
    fn unsafe_names_are_refused_even_in_ignored_places() {
        assert_eq!(
            reason(Entry::stored("__MACOSX/../../x", "")),
            Reason::ParentFolder
        );
        assert!(matches!(
            reason(Entry::stored("__MAIN__.py", "")),
            Reason::Duplicate(_)
        ));
        assert!(matches!(
            reason(Entry::stored("manifest.json/x", "")),
            Reason::FileAndFolder(_)
        ));
    }

    proptest! {
        /// No patched zip makes the reader panic or pass its limits.
        #[test]
        fn a_patched_zip_is_read_or_refused(
            patches in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
            cut in proptest::option::of(any::<prop::sample::Index>()),
        ) {
            let mut zip = plugin([Entry::folder("pkg/"), Entry::deflated("pkg/a.py", "x = 1\n".repeat(50))]);
            for (at, value) in patches {
                let at = at.index(zip.len());
                zip[at] = value;
            }
            if let Some(cut) = cut {
                zip.truncate(cut.index(zip.len()));
            }
            if let Ok(contents) = read(&zip) {
                prop_assert!(contents.files.iter().map(|file| file.data.len()).sum::<usize>() <= ZIP_INFLATED_BYTES);
            }
        }

        /// Whatever files a plugin has, they come out as they went in.
        #[test]
        fn any_files_round_trip(
            files in proptest::collection::btree_map("[a-z]{1,8}(/[a-z]{9,12}){0,3}\\.py", ".{0,80}", 0..20),
        ) {
            let entries = files.iter().enumerate().map(|(n, (path, data))| {
                if n % 2 == 0 { Entry::stored(path, data) } else { Entry::deflated(path, data) }
            });
            let contents = read(&zip(entries)).unwrap();
            prop_assert_eq!(contents.files.len(), files.len());
            for (path, data) in &files {
                prop_assert_eq!(contents.get(path), Some(data.as_bytes()));
            }
        }
    }
}
