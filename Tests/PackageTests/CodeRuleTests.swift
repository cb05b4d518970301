import Foundation
import Testing

@Suite("Code rules")
struct CodeRuleTests {
    private static func occurrences(of pattern: Regex<Substring>) throws -> [String] {
        try Repository.swiftSources().flatMap { path, code in
            code.enumerated().filter { $0.element.contains(pattern) }.map { "\(path):\($0.offset + 1)" }
        }
    }

    @Test("Only TensorCore's Storage has an unchecked conformance")
    func uncheckedSendable() throws {
        let found = try Self.occurrences(of: /@unchecked\s+Sendable/)
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.hasPrefix("Sources/TensorCore/Tensor/Storage.swift:") }, "\(found)")
        #expect(try Self.occurrences(of: /nonisolated\(unsafe\)/) == [])
    }

    @Test("No forced try, no forced cast")
    func forced() throws {
        #expect(try Self.occurrences(of: /\btry!/) == [])
        #expect(try Self.occurrences(of: /\bas!/) == [])
    }

    @Test("No unsafe build flags, which would keep the package from being a dependency")
    func unsafeFlags() throws {
        let manifest = try Repository.text("Package.swift")
        #expect(!manifest.contains("unsafeFlags"))
        #expect(!manifest.contains("march=native"))
    }

    @Test("No printing from the libraries: they report through values")
    func printing() throws {
        let found = try Self.occurrences(of: /(?:^|[^.\w])(?:print|debugPrint|dump)\(/)
        #expect(found.filter { !$0.hasPrefix("Sources/fss-cli/") } == [])
    }

    @Test("No work left behind in comments")
    func marks() throws {
        let sources = Repository.paths(in: "Sources", extensions: ["swift", "c", "cpp", "h", "hpp"])
        let marks = #/\b(?:TODO|FIXME|XXX|HACK)\b/#
        for path in sources { #expect(try !Repository.text(path).contains(marks), "\(path)") }
    }
}
