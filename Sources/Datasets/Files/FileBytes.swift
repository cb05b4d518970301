internal import Foundation
internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Reads whole files that come from outside.
enum FileBytes {
    /// Files above this size (1 GiB) are refused: no image, list or annotation is that large.
    static let maximumCount = 1 << 30

    /// Whether there is something at a place.
    static func exists(_ url: URL) -> Bool { access(url.path, F_OK) == 0 }

    /// The bytes of a regular file.
    ///
    /// Pipes, devices and folders are refused by their type, before anything is read, because reading them may never
    /// end.
    static func read(_ url: URL) throws(FileFailure) -> [UInt8] {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR { throw .system(EISDIR) }
        guard kind == S_IFREG else {
            throw FileFailure(found: "a pipe or a device", advice: "give the path of a regular file")
        }
        guard status.st_size <= maximumCount else {
            throw FileFailure(found: "a file of \(status.st_size) bytes", advice: "give a file below 1 GiB")
        }
        return try contents(of: descriptor, count: Int(status.st_size))
    }

    /// Reads until `count` bytes are there or the file ends, whichever is first.
    private static func contents(of descriptor: Int32, count: Int) throws(FileFailure) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            guard let base = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
            while filled < count {
                let got = readBytes(descriptor, base + filled, count - filled)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { return }
                filled += got
            }
        }
        guard failure == 0 else { throw .system(failure) }
        return bytes
    }
}

/// The system call, under a name that `FileBytes.read` does not shadow.
private func readBytes(_ descriptor: Int32, _ destination: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, destination, count)
}
