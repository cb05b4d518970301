internal import Foundation
internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A file that is written piece by piece beside its final place, and gets its name at the end. Without the end nothing is left behind.
final class GrowingFile {
    private static let bufferSize = 1 << 16

    /// Where it will be.
    let url: URL
    private let temporary: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []

    /// Begins a file.
    ///
    /// - Throws: ``DatasetError`` where none can be made.
    init(_ url: URL) throws(DatasetError) {
        self.url = url
        temporary = AtomicFile.temporary(beside: url)
        descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(url, errno) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
    }

    /// Adds a text.
    ///
    /// - Throws: ``DatasetError`` when the disk takes no more.
    func write(_ text: String) throws(DatasetError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Adds what another file has so far.
    ///
    /// - Throws: ``DatasetError`` when that cannot be read, or the disk takes no more.
    func append(_ other: GrowingFile) throws(DatasetError) {
        try other.flush()
        var (position, piece): (off_t, [UInt8]) = (0, [UInt8](repeating: 0, count: Self.bufferSize))
        while true {
            let count = piece.withUnsafeMutableBytes { pread(other.descriptor, $0.baseAddress, $0.count, position) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(url, errno) }
            if count == 0 { return }
            buffer.append(contentsOf: piece[..<count])
            position += off_t(count)
            try flush()
        }
    }

    /// Gives the file its name; what stood there is replaced.
    ///
    /// - Throws: ``DatasetError`` when that fails; what stood there is untouched then.
    func finish() throws(DatasetError) {
        try flush()
        guard fsync(descriptor) == 0, rename(temporary, url.path) == 0 else { throw Self.failure(url, errno) }
        close(descriptor)
        descriptor = -1
    }

    private func flush() throws(DatasetError) {
        do throws(FileFailure) { try AtomicFile.append(buffer, to: descriptor) } catch { throw Self.failure(url, error) }
        buffer.removeAll(keepingCapacity: true)
    }

    private static func failure(_ url: URL, _ code: Int32) -> DatasetError { failure(url, .system(code)) }

    private static func failure(_ url: URL, _ failure: FileFailure) -> DatasetError {
        DatasetError(file: url.path, found: failure.found, expected: "a place to write the file", advice: failure.advice)
    }
}
