package import Foundation
package import TensorCore

extension RunFolder {
    /// Takes a place for a new run of several ranks: the first takes it as one process does, the others follow.
    ///
    /// - Throws: ``RunError`` at the first rank, as ``init(_:command:prefix:force:)``; others are told of it by its end.
    public static func taken(
        _ path: String?, command: String, prefix: String? = nil, force: Bool = false, ranks: RunRanks
    ) throws(RunError) -> RunFolder {
        try first(ranks) { () throws(RunError) in try RunFolder(path, command: command, prefix: prefix, force: force) }
    }

    /// Takes the folder of an earlier run to go on with it, at every rank.
    ///
    /// - Throws: ``RunError`` at the first rank, as ``init(resuming:command:)``; others are told of it by its end.
    public static func resumed(_ path: String, command: String, ranks: RunRanks) throws(RunError) -> RunFolder {
        try first(ranks) { () throws(RunError) in try RunFolder(resuming: path, command: command) }
    }

    /// Takes a place as `take` does at the first rank; the others follow.
    ///
    /// - Throws: what `take` throws at the first rank; others are told of it by its end.
    package static func taken(by ranks: RunRanks, _ take: () throws -> RunFolder) throws -> RunFolder {
        let own = ranks.isFirst ? try take() : nil
        let path = try ranks.communicator.shared(own?.url.path ?? "")
        return own ?? RunFolder(following: URL(fileURLWithPath: path))
    }

    private static func first(
        _ ranks: RunRanks, _ take: () throws(RunError) -> RunFolder
    ) throws(RunError) -> RunFolder {
        do {
            return try taken(by: ranks) { try take() }
        } catch let error as RunError {
            throw error
        } catch {
            throw .conflict("\(error)")
        }
    }

    /// A file of the folder as the first rank sees it, at every rank: others may see it late or not at all.
    ///
    /// - Returns: nil where there is none.
    /// - Throws: ``RunError`` for a file that cannot be read.
    package func shared(_ name: String, _ communicator: any Communicator) throws -> Data? {
        let file = url.appendingPathComponent(name)
        return try communicator.shared(FileBytes.exists(file) ? Data(Self.bytes(of: file)) : nil)
    }

    private static func bytes(of file: URL) throws(RunError) -> [UInt8] {
        do throws(FileFailure) { return try FileBytes.read(file) } catch {
            throw .file(file.path, found: error.found, expected: "a file of this run", advice: error.advice)
        }
    }
}
