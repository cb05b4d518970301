package import Foundation
internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Reads whole files that come from outside.
package enum FileBytes {
    /// Files above this size (1 GiB) are refused: no image, list or annotation is that large.
    static let maximumCount = 1 << 30

    /// Whether there is something at a place.
    static func exists(_ url: URL) -> Bool { access(resolved(url.path), F_OK) == 0 }

    /// Whether there is a folder at a place.
    package static func isFolder(_ url: URL) -> Bool {
        var status = stat()
        return stat(resolved(url.path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The bytes under which the system knows a path, with a zero at the end.
    ///
    /// A path that leads to nothing and has replacement marks stands for a name that is no UTF-8: ``FileName`` keeps its bytes, and the
    /// bytes of a name that another program repaired (a command line's) are looked up in its folder, where one name alone looks so.
    static func resolved(_ path: String) -> [CChar] {
        let own = path.utf8CString.map { $0 }
        guard FileName.isRepaired(path), access(own, F_OK) != 0 else { return own }
        if let bytes = FileName.bytes(path) { return (bytes + [0]).map { CChar(bitPattern: $0) } }
        let url = URL(fileURLWithPath: path)
        let alike = names(like: url)
        guard alike.count == 1 else { return own }
        var found: [CChar] = resolved(url.deletingLastPathComponent().path).dropLast()
        found.append(CChar(bitPattern: UInt8(ascii: "/")))
        found += alike[0].map { CChar(bitPattern: $0) }
        return found + [0]
    }

    /// The names in a path's folder that become its last component when what is no UTF-8 is replaced.
    static func names(like url: URL) -> [[UInt8]] {
        let wanted = url.lastPathComponent
        let entries = (try? FolderListing.entries(url.deletingLastPathComponent())) ?? []
        return entries.map(\.bytes).filter { String(decoding: $0, as: UTF8.self) == wanted }
    }

    /// The bytes of a regular file.
    ///
    /// Pipes, devices and folders are refused by their type, before anything is read, because reading them may never
    /// end.
    static func read(_ url: URL) throws(FileFailure) -> [UInt8] {
        let descriptor = open(resolved(url.path), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
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

    /// The first bytes of a regular file, fewer where it ends; nil for one that cannot be read.
    static func first(_ count: Int, of url: URL) -> [UInt8]? {
        let descriptor = open(resolved(url.path), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return try? contents(of: descriptor, count: min(count, Int(status.st_size)))
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
