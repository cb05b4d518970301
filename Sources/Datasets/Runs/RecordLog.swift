public import Foundation
internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A file of JSON lines, one a record, that grows while a run is at work: what is done stays, however the run ends.
public final class RecordLog<Record: Codable> {
    /// The records: those of earlier runs, and unless it keeps none, those that were added.
    public private(set) var records: [Record] = []
    private let url: URL
    private let keepsAdded: Bool

    /// Opens a log, or begins one.
    ///
    /// A last line that has no end, which a killed run leaves, is cut off.
    ///
    /// - Parameters:
    ///   - url: the file.
    ///   - keepsAdded: whether ``records`` grows; a log of many records is in the file alone otherwise.
    /// - Throws: ``DatasetError`` for a file that cannot be read or a line that is no record.
    public init(_ url: URL, keepsAdded: Bool = true) throws(DatasetError) {
        self.url = url
        self.keepsAdded = keepsAdded
        guard FileBytes.exists(url) else { return }
        let bytes: [UInt8]
        do throws(FileFailure) { bytes = try FileBytes.read(url) } catch {
            throw DatasetError(file: url.path, found: error.found, expected: "a log of records", advice: error.advice)
        }
        let end = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        for (index, line) in bytes[..<end].split(separator: UInt8(ascii: "\n")).enumerated() {
            do { records.append(try RunJSON.decode(Record.self, from: Data(line))) } catch {
                let reason = (error as? DecodingError)?.placeAndReason
                throw DatasetError(
                    file: url.path, place: "line \(index + 1)", found: reason.map { "\($0.key) \($0.reason)" } ?? "no JSON",
                    expected: "a record of this run", advice: "remove the line: its work is done again")
            }
        }
        if end < bytes.count && truncate(url.path, off_t(end)) != 0 { throw Self.failure(url, errno) }
    }

    /// Adds a record; it is on the disk when this returns.
    ///
    /// - Throws: ``DatasetError`` when it cannot be written; the log is as it was then.
    public func append(_ record: Record) throws(DatasetError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(record) else {
            throw DatasetError(
                file: url.path, found: "a record that JSON cannot hold", expected: "numbers, texts, lists and keys",
                advice: "report this as a defect")
        }
        line.append(UInt8(ascii: "\n"))
        try write(line)
        if keepsAdded { records.append(record) }
    }

    private func write(_ line: Data) throws(DatasetError) {
        let descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(url, errno) }
        defer { close(descriptor) }
        let before = lseek(descriptor, 0, SEEK_END)
        let written = line.withUnsafeBytes { systemWrite(descriptor, $0) }
        guard written == line.count else {
            let code = written < 0 ? errno : ENOSPC
            ftruncate(descriptor, before)
            throw Self.failure(url, code)
        }
    }

    private static func failure(_ url: URL, _ code: Int32) -> DatasetError {
        let failure = FileFailure.system(code)
        return DatasetError(file: url.path, found: failure.found, expected: "a log that can grow", advice: failure.advice)
    }
}

/// The system call, under a name that `RecordLog.write` does not shadow; one call a line, so that lines never mix.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
