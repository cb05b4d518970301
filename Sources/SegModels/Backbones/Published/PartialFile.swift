internal import Foundation
internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A file that a download appends to, locked against other processes while it is open.
final class PartialFile: Sendable {
    let url: URL
    private let descriptor: Int32

    /// Opens or makes the file; what an earlier process left is continued.
    init(_ url: URL) throws(DownloadError) {
        self.url = url
        descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o644)
        guard descriptor >= 0 else { throw Self.failure(url, errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .busy(url.path)
        }
    }

    deinit { close(descriptor) }

    /// Lets others have the file, which goes where nothing is in it. Connections may hold the object for a while after that.
    func release() {
        if count == 0 { unlink(url.path) }
        flock(descriptor, LOCK_UN)
    }

    /// Bytes that are there.
    var count: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Takes away what is there.
    func truncate() { ftruncate(descriptor, 0) }

    /// Takes the file away.
    func remove() {
        truncate()
        unlink(url.path)
    }

    /// Appends bytes.
    func append(_ data: Data) throws(DownloadError) {
        let code: Int32 = data.withUnsafeBytes { bytes in
            var position = 0
            while position < bytes.count, let base = bytes.baseAddress {
                let written = write(descriptor, base + position, bytes.count - position)
                if written < 0 && errno == EINTR { continue }
                if written <= 0 { return written < 0 ? errno : ENOSPC }
                position += written
            }
            return 0
        }
        if code != 0 { throw Self.failure(url, code) }
    }

    /// Gives the file its name, after its bytes are on the disk.
    func rename(to place: URL) throws(DownloadError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(url, errno) }
        guard systemRename(url.path, place.path) == 0 else { throw Self.failure(place, errno) }
    }

    private static func failure(_ url: URL, _ code: Int32) -> DownloadError {
        let failure = FileFailure.system(code)
        return .file(url.path, reason: "cannot be written: \(failure.found); \(failure.advice)")
    }
}

/// The system call, under a name that `PartialFile.rename` does not shadow.
private func systemRename(_ old: String, _ new: String) -> Int32 { rename(old, new) }
