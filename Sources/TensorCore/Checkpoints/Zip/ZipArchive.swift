/// The entries of a zip archive, by the table at its end, and where their bytes lie.
///
/// What torch and NumPy write: one part, not encrypted, stored or deflated, ZIP64 where the sizes need it. Sizes come from the
/// table alone, since writers of streams leave those before the entries empty. Every entry is checked to lie in the file, before the
/// table and apart from the others, under a name of its own; what is stored needs no copy.
struct ZipArchive {
    /// Why an archive is refused.
    struct Failure: Error {
        var reason: String
    }

    /// One file of the archive.
    struct Entry {
        var name: String
        /// Where its bytes lie in the archive's file.
        var range: Range<Int>
        /// Bytes of its content.
        var size: Int
        var isDeflated: Bool
        var checksum: UInt32
    }

    /// In the order of the table.
    private(set) var entries: [Entry] = []
    private var places: [String: Int] = [:]

    private static let mostEntries = 1 << 17
    private static let longestName = 4096

    /// The entry called `name`.
    subscript(_ name: String) -> Entry? { places[name].map { entries[$0] } }

    /// Whether the bytes begin as a zip archive does, one without entries included.
    static func isArchive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let reader = ByteReader(bytes: bytes)
        return reader.has([0x50, 0x4b, 3, 4], at: 0) || reader.has([0x50, 0x4b, 5, 6], at: 0)
    }

    /// Reads the table.
    init(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        let reader = ByteReader(bytes: bytes)
        let table = try ZipTable(reader)
        guard table.count <= Self.mostEntries else {
            throw Failure(reason: "\(table.count) entries, at most \(Self.mostEntries) are accepted")
        }
        var place = table.range.lowerBound
        var locals: [(start: Int, end: Int)] = []
        for number in 0..<table.count {
            guard place < table.range.upperBound, let record = ZipRecord(reader, at: place), record.end <= table.range.upperBound
            else { throw Failure(reason: "the table ends after \(number) of \(table.count) entries") }
            place = record.end
            guard record.name.utf8.count <= Self.longestName else {
                throw Failure(reason: "a name of \(record.name.utf8.count) bytes")
            }
            let entry = try Self.entry(record, reader, before: table.range.lowerBound)
            guard places.updateValue(number, forKey: entry.name) == nil else {
                throw Failure(reason: "two entries called \"\(entry.name.prefix(100))\"")
            }
            entries.append(entry)
            locals.append((record.place, entry.range.upperBound))
        }
        locals.sort { $0.start < $1.start }
        for (one, next) in zip(locals, locals.dropFirst()) where one.end > next.start {
            throw Failure(reason: "entries that overlap at byte \(next.start)")
        }
    }

    private static func entry(_ record: ZipRecord, _ reader: ByteReader, before end: Int) throws(Failure) -> Entry {
        func refuse(_ reason: String) -> Failure { Failure(reason: "entry \"\(record.name.prefix(100))\": \(reason)") }
        guard record.flags & 0x2041 == 0 else { throw refuse("it is encrypted") }
        guard record.method == 0 || record.method == 8 else { throw refuse("compression method \(record.method)") }
        guard record.method == 8 || record.packedSize == record.size else {
            throw refuse("stored, but \(record.packedSize) bytes for \(record.size)")
        }
        guard reader.has([0x50, 0x4b, 3, 4], at: record.place), let name = reader.number(at: record.place + 26, width: 2),
            let extra = reader.number(at: record.place + 28, width: 2)
        else { throw refuse("nothing begins at byte \(record.place)") }
        guard reader.text(at: record.place + 30, count: name) == record.name else {
            throw refuse("another name stands before it")
        }
        let start = record.place + 30 + name + extra
        guard start <= end, record.packedSize <= end - start else {
            throw refuse("\(record.packedSize) bytes from byte \(start) on, beyond the table at \(end): truncated or corrupt")
        }
        return Entry(
            name: record.name, range: start..<(start + record.packedSize), size: record.size, isDeflated: record.method == 8,
            checksum: record.checksum)
    }
}

/// Where the table lies and how many entries it has.
private struct ZipTable {
    var range: Range<Int>
    var count: Int

    /// The record at the end, behind which a comment may stand, and ZIP64's where the numbers do not fit that.
    init(_ reader: ByteReader) throws(ZipArchive.Failure) {
        func refuse(_ reason: String) -> ZipArchive.Failure { ZipArchive.Failure(reason: reason) }
        let total = reader.bytes.count
        let earliest = max(0, total - 22 - 65535)
        guard total >= 22,
            let end = (earliest...(total - 22)).last(where: { place in
                reader.has([0x50, 0x4b, 5, 6], at: place)
                    && reader.number(at: place + 20, width: 2).map { place + 22 + $0 == total } == true
            })
        else { throw refuse("the table at the end is missing: the file was cut short, or the download did not finish") }
        var fields = [(8, 2), (10, 2), (12, 4), (16, 4)].compactMap { reader.number(at: end + $0.0, width: $0.1) }
        var limit = end
        if reader.has([0x50, 0x4b, 6, 7], at: end - 20) {
            guard let place = reader.number(at: end - 12, width: 8), place <= end - 76, reader.has([0x50, 0x4b, 6, 6], at: place)
            else { throw refuse("the ZIP64 record is not where it should be") }
            fields = [24, 32, 40, 48].compactMap { reader.number(at: place + $0, width: 8) }
            limit = place
        }
        guard fields.count == 4, fields[0] == fields[1] else { throw refuse("an archive in several parts") }
        guard fields[3] <= limit, fields[2] == limit - fields[3] else {
            throw refuse("the table should have \(fields[2]) bytes from byte \(fields[3]) on, the file has it end at \(limit)")
        }
        (range, count) = (fields[3]..<limit, fields[1])
    }
}

/// One row of the table.
private struct ZipRecord {
    var name = ""
    var flags = 0
    var method = 0
    var checksum: UInt32 = 0
    var packedSize = 0
    var size = 0
    /// Where the entry begins, its own header included.
    var place = 0
    /// The byte behind the row.
    var end = 0

    init?(_ reader: ByteReader, at start: Int) {
        guard reader.has([0x50, 0x4b, 1, 2], at: start) else { return nil }
        let layout = [(8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (42, 4)]
        let fields = layout.compactMap { reader.number(at: start + $0.0, width: $0.1) }
        guard fields.count == layout.count, let text = reader.text(at: start + 46, count: fields[5]) else { return nil }
        (name, flags, method, checksum) = (text, fields[0], fields[1], UInt32(truncatingIfNeeded: fields[2]))
        (packedSize, size, place) = (fields[3], fields[4], fields[8])
        let extra = start + 46 + fields[5]
        end = extra + fields[6] + fields[7]
        guard end <= reader.bytes.count else { return nil }
        guard [packedSize, size, place].contains(0xFFFF_FFFF) else { return }
        guard widen(reader, extra..<(extra + fields[6])) else { return nil }
    }

    /// ZIP64's numbers, those only that do not fit the row, in the order size, size in the archive, place.
    private mutating func widen(_ reader: ByteReader, _ extra: Range<Int>) -> Bool {
        var place = extra.lowerBound
        while let mark = reader.number(at: place, width: 2), let count = reader.number(at: place + 2, width: 2),
            place + 4 + count <= extra.upperBound
        {
            guard mark == 1 else {
                place += 4 + count
                continue
            }
            var next = place + 4
            for field in [\ZipRecord.size, \ZipRecord.packedSize, \ZipRecord.place] where self[keyPath: field] == 0xFFFF_FFFF {
                guard next + 8 <= place + 4 + count, let value = reader.number(at: next, width: 8) else { return false }
                self[keyPath: field] = value
                next += 8
            }
            return true
        }
        return false
    }
}
