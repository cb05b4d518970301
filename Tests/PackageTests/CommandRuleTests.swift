import Foundation
import Testing

/// The command parses, calls and prints: what it decides is a library call.
@Suite("Rules of the command")
struct CommandRuleTests {
    @Test("fss-cli does not import TensorCore")
    func imports() throws {
        let sources = try Repository.swiftSources().filter { $0.path.hasPrefix("Sources/fss-cli/") }
        try #require(sources.count > 10, "the search finds no source of the command")
        for (path, code) in sources {
            let modules = ImportRuleTests.imports(path: path, code: code).map(\.module)
            #expect(!modules.contains("TensorCore"), "\(path)")
        }
    }

    @Test("No file of fss-cli is longer than 150 lines")
    func length() throws {
        for path in Repository.paths(in: "Sources/fss-cli", extensions: ["swift"]) {
            let count = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(count <= 150, "\(path) has \(count) lines")
        }
    }

    @Test("The process' arguments are read in one place")
    func arguments() throws {
        let places = try Repository.swiftSources().filter { $0.code.contains { $0.contains("CommandLine.arguments") } }
        #expect(places.map(\.path) == ["Sources/fss-cli/FSS.swift"])
    }
}
