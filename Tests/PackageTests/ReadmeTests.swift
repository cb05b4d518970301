import Foundation
import Testing

@Suite("Documents agree with the repository")
struct ReadmeTests {
    static let documents: [String] = {
        let pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        let folders = ["Docs", "Examples", "Benchmarks"].flatMap { Repository.paths(in: $0, extensions: ["md"]) }
        return pages + folders
    }()

    private static func makeTargets() throws -> Set<String> {
        let makefile = try Repository.text("Makefile")
        return Set(makefile.matches(of: #/(?m)^([a-z]+):/#).map { String($0.1) })
    }

    @Test("The Makefile has the targets that the project promises")
    func promised() throws {
        let targets = try Self.makeTargets()
        #expect(targets.isSuperset(of: ["demo", "test", "bench", "docs", "format", "lint", "build", "clean"]))
    }

    @Test("Every `make` command of the documents is a target", arguments: documents)
    func makeCommands(document: String) throws {
        let targets = try Self.makeTargets()
        let commands = try Repository.text(document).matches(of: #/(?m)(?:^\s*(?:\$ )?|`)make ([a-z]+)/#)
        for command in commands { #expect(targets.contains(String(command.1)), "\(document): make \(command.1)") }
        if document == "README.md" { #expect(!commands.isEmpty) }
    }

    @Test("Every relative link of the documents leads to a file", arguments: documents)
    func links(document: String) throws {
        let base = URL(filePath: document, relativeTo: Repository.root.appending(path: "", directoryHint: .isDirectory))
        for match in try Repository.text(document).matches(of: #/\]\(([^)#\s]+)(?:#[^)]*)?\)/#) {
            let target = String(match.1)
            if target.contains("://") || target.hasPrefix("mailto:") { continue }
            let url = URL(filePath: target, relativeTo: base)
            #expect(FileManager.default.fileExists(atPath: url.path), "\(document) links to \(target)")
        }
    }

    @Test("Every script that the Makefile and CI call exists and can be executed")
    func scripts() throws {
        let text = try Repository.text("Makefile") + Repository.text(".ci/run")
        let scripts = Set(text.matches(of: #/\b(?:Scripts|Benchmarks)\/[\w.-]+\.sh/#).map { String($0.output) })
        try #require(!scripts.isEmpty)
        for script in scripts {
            let path = Repository.root.appending(path: script).path
            #expect(FileManager.default.isExecutableFile(atPath: path), "\(script)")
        }
    }
}
