import Foundation
import Testing

/// Who may import whom. SwiftPM lets transitive imports through, so the table is enforced here.
@Suite("Import rules")
struct ImportRuleTests {
    private static let system: Set<String> = [
        "Foundation", "FoundationNetworking", "FoundationXML", "Synchronization", "Dispatch", "Glibc", "Musl", "Darwin",
    ]

    private static let libraries: Set<String> = ["TensorCore", "Datasets", "SegModels", "Diffusion", "PseudoLabel"]

    /// Beside the system's own modules. Arrows never run upward.
    private static let allowed: [String: Set<String>] = [
        "TensorCore": ["CTensorKernels", "CZlib", "CMPI"],
        "Datasets": ["TensorCore", "CImageCodecs", "CSimdjson", "CMatIO"],
        "SegModels": ["TensorCore"],
        "Diffusion": ["TensorCore", "SegModels", "Datasets"],
        "PseudoLabel": ["TensorCore", "SegModels", "Datasets", "Diffusion"],
        "fss-cli": libraries.union(["ArgumentParser", "CMicroHTTP"]),
    ]

    struct Import: CustomStringConvertible {
        let path: String
        let line: Int
        let module: String
        var target: String { String(path.split(separator: "/")[1]) }
        var description: String { "\(path):\(line): import \(module)" }
    }

    static func imports(path: String, code: [String]) -> [Import] {
        let pattern =
            #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?(\w+)/#
        return code.enumerated().compactMap { index, line in
            line.firstMatch(of: pattern).map { Import(path: path, line: index + 1, module: String($0.1)) }
        }
    }

    @Test("Every import of every target stands in the table")
    func imports() throws {
        let all = try Repository.swiftSources().flatMap { Self.imports(path: $0.path, code: $0.code) }
        try #require(all.count > 10, "the search for imports finds none: it looks in the wrong place")
        for item in all where !Self.system.contains(item.module) {
            let allowed = Self.allowed[item.target] ?? []
            #expect(allowed.contains(item.module), "\(item): \(item.target) may import \(allowed.sorted())")
        }
    }

    @Test("Every target with Swift sources has a row in the table")
    func targets() throws {
        let targets = Set(Repository.paths(in: "Sources", extensions: ["swift"]).map { $0.split(separator: "/")[1] })
        for target in targets { #expect(Self.allowed[String(target)] != nil, "Sources/\(target) is not in the table") }
    }

    @Test("The table has no cycle and runs downward only")
    func direction() {
        let order = ["TensorCore", "Datasets", "SegModels", "Diffusion", "PseudoLabel", "fss-cli"]
        for (position, target) in order.enumerated() {
            let above = Set(order[position...])
            #expect(Self.allowed[target]?.isDisjoint(with: above) == true)
        }
    }

    @Test("The libraries depend on no package; only fss-cli takes swift-argument-parser")
    func packages() throws {
        let manifest = try Repository.text("Package.swift")
        #expect(manifest.matches(of: #/\.package\(/#).count == 1)
        #expect(manifest.contains("https://github.com/apple/swift-argument-parser"))
        #expect(manifest.matches(of: #/\.product\(name:/#).count == 1)
    }

    @Test(
        "The search reads every form of an import",
        arguments: [
            ("import Foundation", "Foundation"),
            ("public import TensorCore", "TensorCore"),
            ("  internal import struct Foundation.URL", "Foundation"),
            ("@testable import Datasets", "Datasets"),
            ("@_spi(Internals) private import SegModels", "SegModels"),
        ])
    func forms(line: String, module: String) {
        #expect(Self.imports(path: "Sources/X/y.swift", code: [line]).map(\.module) == [module])
    }
}
