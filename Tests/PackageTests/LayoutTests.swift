import Foundation
import Testing

@Suite("Layout of the repository")
struct LayoutTests {
    static let libraries = ["TensorCore", "Datasets", "SegModels", "Diffusion", "PseudoLabel"]

    @Test("No source file is longer than 500 lines")
    func length() throws {
        let extensions: Set<String> = ["swift", "c", "cpp", "h", "hpp", "py", "sh"]
        let paths = ["Sources", "Tests", "Examples", "Scripts", "Benchmarks"].flatMap {
            Repository.paths(in: $0, extensions: extensions)
        }
        try #require(paths.count > 20, "the search for sources finds none: it looks in the wrong place")
        for path in paths {
            let count = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(count <= 500, "\(path) has \(count) lines")
        }
    }

    @Test("No file names a path of one machine")
    func machinePaths() throws {
        let extensions: Set<String> = ["swift", "c", "cpp", "h", "hpp", "md", "py", "sh", "json", "yml", "csv", "txt"]
        let folders = ["Sources", "Tests", "Examples", "Scripts", "Benchmarks", "Docs"]
        let rootFiles = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "Package.swift", ".ci/run"]
        let roots = ["/work/", "/root/", "/home/", "/Users/", "/opt/"]
        let machine = #/(?:^|[\s"'=(:`])/(?:work|root|home|Users|opt)/\w/#
        for path in folders.flatMap({ Repository.paths(in: $0, extensions: extensions) }) + rootFiles {
            for line in try Repository.text(path).split(separator: "\n") where roots.contains(where: { line.contains($0) }) {
                guard let match = line.firstMatch(of: machine) else { continue }
                Issue.record("\(path) contains \(match.output)")
            }
        }
    }

    @Test("Every library has a DocC catalog with an overview page", arguments: libraries)
    func catalogs(library: String) throws {
        let page = try Repository.text("Sources/\(library)/\(library).docc/\(library).md")
        #expect(page.hasPrefix("# ``\(library)``\n"))
        #expect(page.contains("## Topics\n"))
    }

    @Test("The documentation check and the Swift Package Index cover every library")
    func documentedTargets() throws {
        let list = Self.libraries.joined(separator: ", ")
        #expect(try Repository.text(".spi.yml").contains("documentation_targets: [\(list)]"))
        let check = try Repository.text("Scripts/check-docs.sh")
        #expect(check.contains("targets=(\(Self.libraries.joined(separator: " ")))"))
        let manifest = try Repository.text("Package.swift")
        for library in Self.libraries { #expect(manifest.contains(".library(name: \"\(library)\"")) }
    }

    @Test("Every example is a package of its own that depends on this one and has a README")
    func examples() throws {
        let folders = Repository.folders(in: "Examples")
        try #require(!folders.isEmpty)
        for folder in folders {
            #expect(
                try Repository.text("Examples/\(folder)/Package.swift").contains(#".package(name: "swift-fss", path: "../..")"#))
            #expect(Repository.exists("Examples/\(folder)/README.md"))
        }
    }

    @Test("The weights that come along have at most 22 MB")
    func shippedWeights() throws {
        let files = Repository.paths(in: "Sources", extensions: ["safetensors"])
        let sizes = try files.map { path in
            try FileManager.default.attributesOfItem(atPath: Repository.root.appending(path: path).path)[.size] as? Int ?? 0
        }
        #expect(sizes.reduce(0, +) <= 22_000_000, "\(zip(files, sizes).map { "\($0): \($1) bytes" })")
    }

    @Test("The licence is Apache 2.0")
    func license() throws {
        let text = try Repository.text("LICENSE")
        #expect(text.contains("Apache License"))
        #expect(text.contains("Version 2.0, January 2004"))
    }
}
