internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// The files of publishers, at full size, by the names and shapes that `Scripts/goldens/transformer_backbones.py` lists.
@Suite("Published files of transformer backbones")
struct PublishedKeysTests {
    /// The preset and the file's index.
    private struct File {
        var preset: String
        var index: WeightsIndex
    }

    /// Tensors of these shapes without values: only names and shapes are read.
    private static func files() throws -> [File] {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        let text = try String(contentsOf: folder.appendingPathComponent("backbone-published-keys.txt"), encoding: .utf8)
        var lists: [(preset: String, scope: ParameterScope)] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            if fields[0] == "#" {
                lists.append((String(fields[1]), ParameterScope(.loading)))
                continue
            }
            let shape = Shape(try fields[1].split(separator: "x").map { try #require(Int($0)) })
            let scope = try #require(lists.last).scope
            for name in names(String(fields[0])) { _ = scope.parameter(name, shape: shape, initializer: .zeros) }
        }
        return lists.map { File(preset: $0.preset, index: WeightsIndex(Listed(scope: $0.scope))) }
    }

    /// A module of nothing but its parameters.
    private final class Listed: Module {
        let scope: ParameterScope
        init(scope: ParameterScope) { self.scope = scope }
    }

    /// `blocks.[3].weight` stands for three names.
    private static func names(_ text: String) -> [String] {
        guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"),
            let count = Int(text[text.index(after: open)..<close])
        else { return [text] }
        return (0..<count).map { text[..<open] + "\($0)" + text[text.index(after: close)...] }
    }

    @Test("Every file is told as its preset, and of its preset's family alone")
    func presets() throws {
        let files = try Self.files()
        #expect(files.count == 24)
        for file in files {
            let names = Backbones.names(fitting: file.index)
            #expect(names.contains(file.preset), "\(file.preset): \(names)")
            #expect(Set(BackboneFamilies.networks(fitting: file.index).map(\.family)).count == 1)
        }
    }
}
