internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A file's bytes in memory that the system reads when they are touched and may drop again.
///
/// What is mapped is the file as it was opened: a file that is replaced by renaming (as ``Safetensors/save(_:to:)`` does) or
/// deleted stays readable. A file that is *overwritten in place* changes under the reader, and one that is cut short ends the
/// process at the next touch of the missing pages (SIGBUS); ``check()`` finds that before tensors are made, not after.
final class MappedFile: Sendable {
    let path: String
    let byteCount: Int
    // An address as a number: mapped read-only memory is safe to share, which the type checker cannot see in a pointer.
    private let start: UInt
    private let descriptor: Int32

    /// Maps a file of any size.
    init(path: String) throws(FileFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno) }
        do throws(FileFailure) {
            byteCount = try Self.size(of: descriptor)
            start = try Self.map(descriptor, byteCount)
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        if byteCount > 0 { munmap(UnsafeMutableRawPointer(bitPattern: start), byteCount) }
        close(descriptor)
    }

    /// The first byte.
    var address: UnsafeRawPointer {
        guard let pointer = UnsafeRawPointer(bitPattern: start) else { failure("MappedFile", "\(path) is not mapped") }
        return pointer
    }

    /// All bytes, valid while the file lives.
    var bytes: UnsafeRawBufferPointer {
        byteCount == 0 ? UnsafeRawBufferPointer(start: nil, count: 0) : UnsafeRawBufferPointer(start: address, count: byteCount)
    }

    /// Throws where the file has become shorter since it was mapped.
    func check() throws(CheckpointError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) >= byteCount else {
            throw .file(
                path, reason: "was cut short while it was read; write checkpoints beside the old file and rename them")
        }
    }

    private static func size(of descriptor: Int32) throws(FileFailure) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return Int(status.st_size)
        case S_IFDIR: throw .system(EISDIR)
        default: throw FileFailure(found: "a device or a pipe", advice: "write the checkpoint to a file first")
        }
    }

    private static func map(_ descriptor: Int32, _ count: Int) throws(FileFailure) -> UInt {
        if count == 0 { return 0 }
        guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw .system(errno)
        }
        return UInt(bitPattern: address)
    }
}
