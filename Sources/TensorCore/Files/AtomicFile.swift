package import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Writes files so that a reader sees the old content or the new one, never a part.
package enum AtomicFile {
    /// A replacement of the `write` system call, so that tests can play a full disk.
    package typealias Writer = (_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int

    /// Writes to a temporary file in the same folder, syncs it and renames it over `url`.
    ///
    /// On any failure the temporary file is removed and whatever stood at `url` before is untouched. Without `isDurable` the
    /// file is not forced to the disk: for caches, whose readers check what they find.
    package static func write(
        _ bytes: some ContiguousBytes, to url: URL, isDurable: Bool = true, writer: Writer? = nil
    ) throws(FileFailure) {
        let folder = url.deletingLastPathComponent()
        let temporary = temporary(beside: url)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system(errno) }
        var failure = fill(descriptor, with: bytes, writer: writer ?? writeBytes)
        if isDurable && failure == 0 && fsync(descriptor) != 0 { failure = errno }
        if close(descriptor) != 0 && failure == 0 { failure = errno }
        if failure == 0 && rename(temporary, url.path) != 0 { failure = errno }
        guard failure == 0 else {
            unlink(temporary)
            throw .system(failure)
        }
        if isDurable { syncFolder(folder) }
    }

    /// Writes all bytes where a descriptor is.
    package static func append(_ bytes: some ContiguousBytes, to descriptor: Int32) throws(FileFailure) {
        let failure = fill(descriptor, with: bytes, writer: writeBytes)
        if failure != 0 { throw .system(failure) }
    }

    /// Gives a file a second name, at once in place of what has it.
    ///
    /// - Returns: false where that cannot be: a file system without second names, a link, which would not outlive what it leads to.
    package static func link(_ source: URL, as url: URL) -> Bool {
        var (own, other) = (stat(), stat())
        guard lstat(source.path, &own) == 0, own.st_mode & S_IFMT == S_IFREG else { return false }
        // The same file already: renaming one name of it to another would do nothing.
        if lstat(url.path, &other) == 0, own.st_dev == other.st_dev, own.st_ino == other.st_ino { return true }
        let temporary = temporary(beside: url)
        guard systemLink(source.path, temporary) == 0 else { return false }
        if rename(temporary, url.path) == 0 { return true }
        unlink(temporary)
        return false
    }

    /// A name in the same folder for what will be renamed to `url`; ``isTemporary(_:)`` knows it.
    package static func temporary(beside url: URL) -> String {
        let suffix = String(UInt32.random(in: .min ... .max), radix: 36)
        let name = ".\(url.lastPathComponent).\(getpid())-\(suffix).tmp"
        return url.deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// Whether a name is that of a file that `write` has not renamed yet: `.NAME.PROCESS-SUFFIX.tmp`.
    package static func isTemporary(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].isEmpty, parts.last == "tmp" else { return false }
        let mark = parts[parts.count - 2].split(separator: "-")
        return mark.count == 2 && Int32(mark[0]) != nil && UInt32(mark[1], radix: 36) != nil
    }

    /// Writes all bytes; returns 0 or the `errno` of the failure.
    private static func fill(_ descriptor: Int32, with bytes: some ContiguousBytes, writer: Writer) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            var position = 0
            while position < buffer.count {
                let written = writer(descriptor, base + position, buffer.count - position)
                if written < 0 && errno == EINTR { continue }
                if written < 0 { return errno }
                if written == 0 { return ENOSPC }
                position += written
            }
            return 0
        }
    }

    /// Makes the rename durable; a file system that cannot sync folders is no reason to fail.
    private static func syncFolder(_ folder: URL) {
        let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        systemWrite(descriptor, bytes, count)
    }
}

/// The system call, under a name that `AtomicFile.link` does not shadow.
private func systemLink(_ source: String, _ target: String) -> Int32 { link(source, target) }

/// The system call, under a name that `AtomicFile.write` does not shadow.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
