public import Foundation
internal import Synchronization

/// Files that appear whole or not at all.
public enum AtomicFile {
    private static let writes = Atomic<Int>(0)

    /// Writes to a temporary file in the same folder, flushes it to the disk and renames it.
    ///
    /// - Throws: ``CheckpointError/file(_:reason:)``; the temporary file is removed.
    public static func write(_ data: Data, to url: URL) throws(CheckpointError) {
        // One name a call: tasks of one process may write the same file at once.
        let number = writes.wrappingAdd(1, ordering: .relaxed).newValue
        let process = ProcessInfo.processInfo.processIdentifier
        let temporary = url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent).\(process)-\(number).partial")
        do {
            try flushed(data, to: temporary)
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw .file(url.path, reason: "cannot be written: \(error.localizedDescription)")
        }
        guard rename(temporary.path, url.path) == 0 else {
            let reason = String(cString: strerror(errno))
            try? FileManager.default.removeItem(at: temporary)
            throw .file(url.path, reason: "cannot be put in place: \(reason)")
        }
    }

    private static func flushed(_ data: Data, to url: URL) throws {
        try data.write(to: url)
        let handle = try FileHandle(forUpdating: url)
        try handle.synchronize()
        try handle.close()
    }
}
