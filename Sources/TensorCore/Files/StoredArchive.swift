internal import CZlib

/// Small zip archives of whole files: what is compressed already is stored as it is, so that any unpacker opens them.
///
/// The same entries give the same bytes: there is no time and no platform in them. Archives that another program packed again, and
/// compressed, are read as well.
package enum StoredArchive {
    /// One file of an archive.
    package struct Entry: Hashable, Sendable {
        /// Its path.
        package var name: String
        /// Its content.
        package var bytes: [UInt8]

        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// 1 January 1980, the first day that the format knows.
    private static let date: UInt64 = 0x21

    /// The archive of entries, in their order.
    ///
    /// - Precondition: fewer than 2^16 entries and 2^32 bytes.
    package static func data(_ entries: [Entry]) -> [UInt8] {
        let total = entries.reduce(0) { $0 + $1.bytes.count + 2 * $1.name.utf8.count + 76 }
        precondition(entries.count < 1 << 16 && total < 1 << 32, "StoredArchive: \(total) bytes do not fit an archive of 32 bits")
        var (archive, table): ([UInt8], [UInt8]) = ([], [])
        archive.reserveCapacity(total + 22)
        for entry in entries {
            let place = archive.count
            let sum = entry.bytes.withUnsafeBytes { fss_crc32($0.baseAddress, $0.count) }
            // Version 1.0, flags (names beyond ASCII are UTF-8), stored; then time, date, checksum and both sizes.
            let flags: UInt64 = entry.name.utf8.allSatisfy { $0 < 128 } ? 0 : 1 << 11
            var shared = number(10, 2) + number(flags, 2) + number(0, 2) + number(0, 2) + number(date, 2)
            shared += number(UInt64(sum), 4) + number(UInt64(entry.bytes.count), 4) + number(UInt64(entry.bytes.count), 4)
            shared += number(UInt64(entry.name.utf8.count), 2) + number(0, 2)
            archive += [0x50, 0x4b, 3, 4] + shared + entry.name.utf8 + entry.bytes
            // Made by version 1.0; then comment, disk, attributes within and outside, and the place.
            table += [0x50, 0x4b, 1, 2] + number(10, 2) + shared + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4)
            table += number(UInt64(place), 4) + entry.name.utf8
        }
        let counts = number(UInt64(entries.count), 2)
        let start = number(UInt64(archive.count), 4)
        return archive + table + [0x50, 0x4b, 5, 6] + number(0, 4) + counts + counts + number(UInt64(table.count), 4) + start
            + number(0, 2)
    }

    private static func number(_ value: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    /// The entries that `wants` names, in the order of the archive, their checksums compared.
    ///
    /// - Parameters:
    ///   - archive: the bytes of an archive.
    ///   - limit: the most bytes that all of them may have; no more are made.
    ///   - wants: whether an entry is to be read.
    /// - Throws: ``FileFailure`` for what is no archive, a damaged one, and one of more content.
    package static func entries(
        _ archive: [UInt8], limit: Int, where wants: (String) -> Bool = { _ in true }
    ) throws(FileFailure) -> [Entry] {
        func damaged(_ reason: String) -> FileFailure {
            FileFailure(found: "a damaged zip archive (\(reason))", advice: "copy or make the file again")
        }
        let table: [ZipArchive.Entry]
        do {
            guard archive.withUnsafeBytes({ ZipArchive.isArchive($0) }) else {
                throw FileFailure(found: "no zip archive", advice: "check that it is the right file")
            }
            table = try archive.withUnsafeBytes { try ZipArchive($0).entries }.filter { wants($0.name) }
        } catch let failure as FileFailure {
            throw failure
        } catch {
            throw damaged((error as? ZipArchive.Failure)?.reason ?? "\(error)")
        }
        var left = limit
        for entry in table {
            guard entry.size <= left else {
                throw FileFailure(found: "more than \(limit) bytes of content", advice: "check that it is the right file")
            }
            left -= entry.size
        }
        var found: [Entry] = []
        for entry in table {
            guard let bytes = content(of: entry, in: archive) else { throw damaged("the content of \"\(entry.name)\"") }
            found.append(Entry(name: entry.name, bytes: bytes))
        }
        return found
    }

    /// The content, where it is as long as the table says and has its checksum.
    private static func content(of entry: ZipArchive.Entry, in archive: [UInt8]) -> [UInt8]? {
        var content = Array(archive[entry.range])
        if entry.isDeflated {
            var status = FSS_INFLATE_DAMAGED
            content = content.withUnsafeBytes { source in
                // One byte more than the table says: a stream that goes on is seen.
                [UInt8](unsafeUninitializedCapacity: entry.size + 1) { target, filled in
                    status = fss_inflate(source.baseAddress, source.count, target.baseAddress, entry.size + 1, &filled)
                }
            }
            guard status == FSS_INFLATE_OK else { return nil }
        }
        let sum = content.withUnsafeBytes { fss_crc32($0.baseAddress, $0.count) }
        return content.count == entry.size && sum == entry.checksum ? content : nil
    }
}
