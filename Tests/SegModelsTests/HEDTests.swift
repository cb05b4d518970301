internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Edges of both published forms against PyTorch's.
@Suite("Holistically-nested edge detection")
struct HEDTests {
    private static let channels = [6, 8, 10, 12, 12]

    private static func network(_ form: HED.Form) throws -> HED {
        let network = HED(ParameterScope(), form, channels: channels)
        try network.load(BackboneFixtures.formulaState(of: network))
        return network
    }

    private func expectEqual(_ actual: Tensor, _ expected: Tensor, _ name: String, _ tolerance: Tolerance) {
        let problem = mismatch(actual, expected, tolerance)
        #expect(problem == nil, "\(name): \(problem ?? "")")
    }

    @Test("Maps, edges and gradients", arguments: HED.Form.allCases)
    func parity(_ form: HED.Form) throws {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        let golden = try Goldens(contentsOf: folder.appendingPathComponent("hed.safetensors"))
        let network = try Self.network(form)
        let pictures = (BackboneFixtures.formulaImages(2, 37, 52).converted(to: .float32) * 0.02).requiringGradient()
        let near = Tolerance.elements(relative: 1e-3, absolute: 1e-4)
        for (index, map) in network.logits(pictures).enumerated() {
            expectEqual(map, try golden.tensor("\(form.rawValue).map\(index + 1)"), "map \(index + 1)", near)
        }
        let edges = network(pictures)
        expectEqual(edges, try golden.tensor("\(form.rawValue).edges"), "edges", near)
        let gradient = try #require(edges.mean().gradients()[pictures])
        expectEqual(gradient, try golden.tensor("\(form.rawValue).gradient"), "gradient", .relativeNorm(1e-3))
    }

    @Test("Files of both forms load under their names, and others are refused")
    func loading() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("hed.safetensors")
        let stages = [("One", [0, 2]), ("Two", [1, 3]), ("Thr", [1, 3, 5]), ("Fou", [1, 3, 5]), ("Fiv", [1, 3, 5])]
        for form in HED.Form.allCases {
            let network = try Self.network(form)
            var state = network.stateDict()
            if form == .original {
                for name in state.names {
                    let parts = name.split(separator: ".").map(String.init)
                    var new = "moduleCombine.0.\(parts[parts.count - 1])"
                    if let stage = Int(parts[0].dropFirst(5)) {
                        let (word, layers) = stages[stage - 1]
                        new =
                            parts[1] == "convs"
                            ? "moduleVgg\(word).\(layers[Int(parts[2]) ?? 0]).\(parts[3])" : "moduleScore\(word).\(parts[2])"
                    }
                    state[new] = state[name]
                    state[name] = nil
                }
            }
            try Safetensors.save(state, to: file)
            let loaded = try HED.load(file)
            #expect(loaded.form == form)
            let pictures = BackboneFixtures.formulaImages(1, 20, 24)
            #expect(loaded(pictures).scalars == withoutGradients { network(pictures) }.scalars)
        }
        var other = StateDict()
        other["conv1.weight"] = Tensor(zeros: [1])
        try Safetensors.save(other, to: file)
        #expect(throws: CheckpointError.self) { try HED.load(file) }
    }
}
