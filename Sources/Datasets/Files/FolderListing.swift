internal import Foundation
internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// What is in a folder, by the bytes of names: Foundation's listing gives names that are no UTF-8 as texts that no file has.
enum FolderListing {
    /// One entry.
    struct Entry: Sendable, Hashable {
        /// The bytes of its name.
        var bytes: [UInt8]
        /// Whether it is a folder; links count as what they lead to.
        var isFolder: Bool
        /// Whether it is a link.
        var isLink: Bool

        /// Its name, by ``FileName``.
        var name: String { FileName.text(bytes) }
    }

    /// The entries in the order of their bytes, "." and ".." left out.
    static func entries(_ url: URL) throws(FileFailure) -> [Entry] {
        let path = FileBytes.resolved(url.path)
        guard let folder = opendir(path) else { throw .system(errno) }
        defer { closedir(folder) }
        var entries: [Entry] = []
        errno = 0
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
                buffer.prefix { $0 != 0 }.map { $0 }
            }
            if name == Array(".".utf8) || name == Array("..".utf8) { continue }
            let type = entry.pointee.d_type
            entries.append(
                Entry(bytes: name, isFolder: isFolder(type, folder, name), isLink: isLink(type, folder, name)))
            errno = 0
        }
        guard errno == 0 else { throw .system(errno) }
        return entries.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    private static func isLink(_ type: UInt8, _ folder: OpaquePointer, _ name: [UInt8]) -> Bool {
        guard type == UInt8(DT_UNKNOWN) else { return type == UInt8(DT_LNK) }
        var status = stat()
        let path = (name + [0]).map { CChar(bitPattern: $0) }
        return fstatat(dirfd(folder), path, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    private static func isFolder(_ type: UInt8, _ folder: OpaquePointer, _ name: [UInt8]) -> Bool {
        if type == UInt8(DT_DIR) { return true }
        guard type == UInt8(DT_LNK) || type == UInt8(DT_UNKNOWN) else { return false }
        var status = stat()
        let path = (name + [0]).map { CChar(bitPattern: $0) }
        return fstatat(dirfd(folder), path, &status, 0) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
