import Foundation

/// The repository as files: what the tests of this target look at.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let skipped: Set<String> = [".build", ".git", ".swiftpm", ".venv", "__pycache__", "runs"]

    /// Paths below `folder` relative to the root, sorted, whose extension is one of `extensions` (any when empty).
    static func paths(in folder: String, extensions: Set<String> = []) -> [String] {
        let base = root.appending(path: folder)
        guard let entries = FileManager.default.enumerator(at: base, includingPropertiesForKeys: [.isRegularFileKey]) else {
            return []
        }
        var found: [String] = []
        for case let url as URL in entries {
            if skipped.contains(url.lastPathComponent) {
                entries.skipDescendants()
                continue
            }
            let isFile = (try? url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) ?? false
            if isFile, extensions.isEmpty || extensions.contains(url.pathExtension) {
                found.append(String(url.path.dropFirst(root.path.count)).trimmingPrefix("/").description)
            }
        }
        return found.sorted()
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// Names of the folders directly below `folder`.
    static func folders(in folder: String) -> [String] {
        let urls = try? FileManager.default.contentsOfDirectory(
            at: root.appending(path: folder), includingPropertiesForKeys: [.isDirectoryKey])
        let folders = (urls ?? []).filter { (try? $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false }
        return folders.map(\.lastPathComponent).sorted()
    }

    /// The Swift sources of the package's targets as code, without comments and the contents of strings.
    static func swiftSources() throws -> [(path: String, code: [String])] { try scanned.get() }

    private static let scanned = Result {
        try paths(in: "Sources", extensions: ["swift"]).map { (path: $0, code: SwiftCode.lines(of: try text($0))) }
    }
}
